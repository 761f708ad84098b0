package acceptance

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
	"github.com/kirimemail/terraform-provider-smtp/internal/server"
	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// clock is a clock that the test moves; the provider and the simulator go by
// it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock(at time.Time) *clock { return &clock{at: at} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// moment is an arbitrary one, on which tests start their clocks.
var moment = time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)

// startClockedService starts a simulator that goes by the test's clock, and so do
// the providers of its workspaces.
func startClockedService(t *testing.T, c *clock, options simulator.Options) service {
	t.Helper()
	options.Now = c.now
	s := startService(t, options)
	s.now = c.now
	return s
}

// serveProvider serves the provider from within the test and gives what
// TF_REATTACH_PROVIDERS takes to find it.
func serveProvider(t *testing.T, now func() time.Time) string {
	t.Helper()
	address := "registry.terraform.io/kirimemail/smtp"
	if bench.Tofu {
		address = "registry.opentofu.org/kirimemail/smtp"
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	reattach, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- tf6server.Serve(address, func() tfprotov6.ProviderServer {
			return server.New(provider.WithClock("test", now)())
		}, tf6server.WithDebug(ctx, reattach, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t))
	}()
	t.Cleanup(func() {
		cancel()
		<-closed
	})
	var config *plugin.ReattachConfig
	select {
	case config = <-reattach:
	case err := <-served:
		t.Fatal(err)
	}
	type addr struct{ Network, String string }
	text, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": config.Test,
		"Addr": addr{config.Addr.Network(), config.Addr.String()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
