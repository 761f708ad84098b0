// Package server serves a provider to the CLI that has started this process. It
// does what terraform-plugin-framework's providerserver does, and keeps what a
// plan of thousands of resources costs within bounds.
package server

import (
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// address is the provider's name at the registry.
const address = "registry.terraform.io/kirimemail/smtp"

// Serve serves a provider until the CLI has done with it. With debug it prints
// how a CLI can reach this process instead.
func Serve(newProvider func() provider.Provider, debug bool) error {
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		for name, value := range quiet(os.Getenv) {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return New(newProvider()) }, options...)
}

// New gives the server of a provider.
func New(p provider.Provider) tfprotov6.ProviderServer {
	return forgetful{providerserver.NewProtocol6(p)()}
}

// quiet gives the variables that have the SDK and the provider log no more than
// the CLI keeps. Left alone, both log everything, and the CLI parses each line
// and throws it away: a third of all that a plan of a thousand resources costs.
// TF_LOG_PROVIDER, else TF_LOG, is what the CLI goes by.
func quiet(getenv func(string) string) map[string]string {
	level := getenv("TF_LOG_PROVIDER")
	if level == "" {
		level = getenv("TF_LOG")
	}
	switch level = strings.ToLower(level); level {
	case "", "off":
		level = "off"
	case "debug", "info", "warn", "error":
	default: // all of it, and so for what is no level: the CLI takes that for TRACE
		return nil
	}
	quieter := map[string]string{}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_SMTP"} {
		if getenv(name) == "" {
			quieter[name] = level
		}
	}
	return quieter
}
