//go:build unix

package acceptance

import (
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestInterruptLetsTheAnswerComeBack presses Ctrl-C, or stops all processes of
// the group as a supervisor does, while a reset is on its way.
func TestInterruptLetsTheAnswerComeBack(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.startBuiltProvider()
	w.configure(trigger("uninterrupted"))
	w.apply()
	for name, test := range map[string]struct {
		signal syscall.Signal
		group  bool
	}{
		"SIGINT to the CLI":    {syscall.SIGINT, false},
		"SIGINT to the group":  {syscall.SIGINT, true},
		"SIGTERM to the CLI":   {syscall.SIGTERM, false},
		"SIGTERM to the group": {syscall.SIGTERM, true},
	} {
		before, resets := w.password(), s.resets()
		w.configure(trigger(name))
		s.Inject(simulator.FaultDelay(simulator.KindReset, 3*time.Second))
		apply := w.startApply(resets+1, true)
		receiver := apply.command.Process.Pid
		if test.group {
			receiver = -receiver
		}
		apply.signal(receiver, test.signal)
		if w.password() == before {
			t.Errorf("%s: the answer was not stored", name)
		}
		w.service.checkLive(t, w.password())
		w.apply() // of what the interrupt has left: the dependent
		w.checkResets(resets + 1)
	}
	w.planIsEmpty()
}

// TestInterruptEndsAWait has a domain whose records do not hold.
func TestInterruptEndsAWait(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetRecords("example.com", simulator.Records{MX: true})
	w := newWorkspace(t, s, s.providerBlock()+verificationBlock())
	w.startBuiltProvider()
	apply := w.start("apply", "-auto-approve", "-no-color", "-input=false")
	if err := s.awaitVerify(t.Context(), 2); err != nil { // so that the first has been answered
		t.Fatal(err)
	}
	apply.signal(apply.command.Process.Pid, syscall.SIGINT)
	shown := screen{text: w.screens.String()}
	shown.shows(t, "The domain is not verified yet", "for DKIM, SPF.", "because it was interrupted")
	if n := s.Count(simulator.KindVerifyDomain); n != 2 || len(w.resources()) != 0 {
		t.Errorf("asked %d times, stored %v", n, w.resources())
	}
}
