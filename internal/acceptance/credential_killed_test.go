//go:build unix

package acceptance

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// startCreate starts an apply and waits until it has made a credential.
func (w *workspace) startCreate() *running {
	w.t.Helper()
	return w.startCreateOf(simulator.KindCreate)
}

// startCreateOf starts an apply and waits until a request of this kind has acted.
func (w *workspace) startCreateOf(kind simulator.Kind) *running {
	w.t.Helper()
	apply := w.start("apply", "-auto-approve", "-no-color", "-input=false")
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	err := w.service.WaitFor(ctx, func(entries []simulator.Entry) bool {
		return slices.ContainsFunc(entries, func(entry simulator.Entry) bool {
			return entry.Kind == kind && entry.Acted
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return apply
}

// TestAKilledCreateIsTold: the next apply finds the name taken. It resets nothing, because
// the credential may be somebody else's, and says how to import it.
func TestAKilledCreateIsTold(t *testing.T) {
	t.Parallel()
	for name, victim := range map[string]func(cli, provider int) int{
		"the provider": func(_, provider int) int { return provider },
		"both":         func(cli, _ int) int { return -cli },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob")+besideBlock(adoptsInitial))
			provider := w.findable()
			s.Inject(simulator.FaultStall(simulator.KindCreate, true))
			apply := w.startCreate()
			apply.signal(victim(apply.command.Process.Pid, provider()), syscall.SIGKILL)
			texts := []string{"has already been taken", "Nothing was made.", `to import it by is "example.com/bob".`}
			w.fails(texts, "apply", "-auto-approve", "-no-color")
			w.must("import", "-no-color", credentialAddress, "example.com/bob")
			if got := s.changes(); !slices.Equal(got, []string{"create", "create"}) {
				t.Errorf("asked for %v", got)
			}
			w.apply() // its password is not known, so that another one is made
			s.ClearJournal()
			w.planIsEmpty()
			if guid := w.checkInitial(false); w.password() != s.LivePassword("example.com", guid) {
				t.Error("the stored password is not the live one")
			}
		})
	}
}

// TestAnInterruptedCreateIsStored: the answer comes back, and with it the password.
func TestAnInterruptedCreateIsStored(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob")+besideBlock(adoptsInitial))
			w.startBuiltProvider()
			s.Inject(simulator.FaultDelay(simulator.KindCreate, 3*time.Second))
			apply := w.startCreate()
			apply.signal(-apply.command.Process.Pid, signal)
			guid := w.checkInitial(true)
			w.apply()
			if got := s.changes(); !slices.Equal(got, []string{"create"}) {
				t.Errorf("asked for %v", got)
			}
			if w.password() != s.LivePassword("example.com", guid) {
				t.Error("the stored password is not the live one")
			}
			w.planIsEmpty()
		})
	}
}
