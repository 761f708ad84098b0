// Package server serves a provider to the CLI that has started this process. It works as the framework's own
// providerserver does, with bounds on the memory and the logs of a plan of thousands of resources.
package server

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// address is the provider's name at the registry.
const address = "registry.terraform.io/kirimemail/smtp"

// Serve serves a provider until the CLI stops it. With debug, the process waits for a CLI and prints how to reach it.
func Serve(newProvider func() provider.Provider, debug bool) error {
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	} else if err := limitLogLevels(); err != nil {
		return err
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return New(newProvider()) }, options...)
}

// New is the server of a provider.
func New(p provider.Provider) tfprotov6.ProviderServer {
	server := providerserver.NewProtocol6(p)()
	if framework, ok := server.(frameworkServer); ok {
		return contextReleaser{framework}
	}
	// A framework without one of those interfaces costs memory, and nothing else.
	return server
}

// limitLogLevels holds the logs of the SDK and of the provider to the level that the CLI keeps. Without that, both log
// everything, and the CLI parses each line and drops it: a third of the work in a plan of a thousand resources. The
// CLI's own level is TF_LOG_PROVIDER, else TF_LOG.
func limitLogLevels() error {
	level := strings.ToLower(cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "off"))
	if !slices.Contains([]string{"off", "debug", "info", "warn", "error"}, level) {
		return nil // TRACE, or no level at all, which the CLI takes for TRACE
	}
	var err error
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_SMTP"} {
		if os.Getenv(name) == "" {
			err = cmp.Or(err, os.Setenv(name, level))
		}
	}
	return err
}
