//go:build unix

package acceptance

import (
	"syscall"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestScreensOfAKilledApply has the provider killed while it rotates, and an API
// that does not say when passwords change.
func TestScreensOfAKilledApply(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{OmitPasswordChanged: true}, map[string]variables{"imported": nil, "stored": nil})
	g.imports("imported")
	g.apply()

	g.change("release", 2)
	for name := range g.cases {
		g.spoil(name, simulator.FaultStall(simulator.KindReset, true))
	}
	provider := g.findable()
	apply := g.startApply(g.resets()+2, true)
	apply.signal(provider(), syscall.SIGKILL)

	g.change("release", 1)
	g.view("killed-apply", func() {}, "plan")
}
