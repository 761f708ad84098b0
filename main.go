// Command terraform-provider-smtp is the Terraform provider for the Kirim.Email
// SMTP service. Terraform and OpenTofu start it; it is not run by hand.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
	"github.com/kirimemail/terraform-provider-smtp/internal/server"
)

// version is set when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger: print how Terraform can reach this process")
	flag.Parse()
	// The CLI stops the provider when it is done with it. A SIGTERM to the whole
	// process group, as a supervisor sends it, reaches the provider too, and must
	// not end it in the middle of a reset: that answer is the only copy of a
	// password. go-plugin sees to SIGINT in the same way.
	signal.Ignore(syscall.SIGTERM)
	// What a library prints unasked goes into the CLI's log, and may hold anything
	// that came over a connection. What is meant to be there comes by tflog.
	log.SetOutput(io.Discard)
	if !*debug {
		go endWithoutParent(os.Getppid())
	}
	if err := server.Serve(provider.New(version), *debug); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// endWithoutParent ends this process soon after the CLI that started it: one
// that was killed has told nobody to, and a SIGTERM is ignored. Whatever is still
// answered could be stored by nobody, and whatever is still asked for could only
// end the password that the next apply makes. On Windows, where a process keeps
// the parent that it had, nothing happens.
func endWithoutParent(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}
