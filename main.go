// Command terraform-provider-smtp is the Terraform provider for the Kirim.Email
// SMTP service. Terraform and OpenTofu start it; it is not run by hand.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
)

// version is set when a release is built.
var version = "dev"

// address is the provider's name at the registry.
const address = "registry.terraform.io/kirimemail/smtp"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger: print how Terraform can reach this process")
	flag.Parse()
	// The CLI stops the provider when it is done with it. A SIGTERM to the whole
	// process group, as a supervisor sends it, reaches the provider too, and must
	// not end it in the middle of a reset: that answer is the only copy of a
	// password. go-plugin sees to SIGINT in the same way.
	signal.Ignore(syscall.SIGTERM)
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: address,
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
