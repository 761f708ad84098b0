package acceptance

import (
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// late has a service whose next reset loses its connection and lands so long
// after it arrived, by the test's clock.
func late(t *testing.T, lands time.Duration) (*clock, service, *workspace, string) {
	t.Helper()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w, first := rotating(t, s)
	c.advance(time.Hour)
	s.Inject(simulator.FaultLate(simulator.KindReset, lands, simulator.FaultLost("", false)))
	return c, s, w, first
}

// TestResetThatLandedAfterTheAnswerIsResetOnceMore has an older call that ends
// the password which a later one is just answered with.
func TestResetThatLandedAfterTheAnswerIsResetOnceMore(t *testing.T) {
	t.Parallel()
	c, s, w, first := late(t, 2*time.Second)
	s.Inject(simulator.FaultDelay(simulator.KindReset, time.Second))
	gets := s.Count(simulator.KindGet)
	landed := make(chan error, 1)
	go func() {
		err := s.awaitReset(t.Context(), 2, true) // the first, and the repeat
		c.advance(2 * time.Second)
		landed <- err
	}()
	screen := w.apply()
	if err := <-landed; err != nil {
		t.Fatal(err)
	}
	if strings.Contains(screen.text, "Warning") {
		t.Errorf("it ended well, and warns:\n%s", screen.text)
	}
	w.checkRotated(first, "rotation_triggers: version", 4)
	// One of the refresh, one after each answer, and one of the empty plan.
	if got := s.Count(simulator.KindGet) - gets; got != 4 {
		t.Errorf("%d reads, want 4: %s", got, s.kinds())
	}
}

// TestAChangeTimeThatIsASecondLaterCostsNoReset has a server whose change time
// is a second later than that of the same reset's answer, with one attempt lost.
func TestAChangeTimeThatIsASecondLaterCostsNoReset(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{PasswordChangedLag: time.Second})
	c := newCases(t, s, map[string]any{"by modified_at": nil, "by the Date": nil})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			if c.name(credential["user_smtp_guid"]) == "by the Date" {
				credential["modified_at"] = 0
			}
		})
	})
	c.apply()
	before := c.passwords()
	c.configure(trigger("2"))
	for name := range c.guids {
		c.inject(name, simulator.FaultLost(simulator.KindReset, true))
	}
	if screen := c.apply(); strings.Contains(screen.text, "Warning") {
		t.Errorf("it warns:\n%s", screen.text)
	}
	clock.advance(time.Hour)
	c.checkRotated(before, "rotation_triggers: version", func(string) int { return 3 })
}

// TestResetThatLandsLaterStillIsFoundByARefresh rotates without anybody having
// asked to follow what is reset elsewhere: it was our own.
func TestResetThatLandsLaterStillIsFoundByARefresh(t *testing.T) {
	t.Parallel()
	c, s, w, first := late(t, 10*time.Minute)
	w.apply()
	second := w.checkNew(first, "rotation_triggers: version", 3)

	c.advance(10 * time.Minute)
	if s.mailServerTakes(t.Context(), second) {
		t.Fatal("nothing has landed")
	}
	w.plansRotation("late_reset")
	screen := w.apply()
	screen.shows(t, "Warning: Stored SMTP password was ended by a late reset", `-> "late_reset"`, "The apply rotates it")
	if strings.Contains(screen.text, externalWarning) {
		t.Errorf("somebody else is blamed:\n%s", screen.text)
	}
	w.checkNew(second, "late_reset", 4)

	// The one after that was answered at once: nothing of ours can land any
	// more, so that the next change is somebody else's.
	c.advance(2 * time.Minute)
	s.externalReset()
	w.onlyTells(externalWarning, "To rotate it, set rotate_on_external_change")
}

// TestTwoLostAttemptsThatLandOneAfterTheOther has the second one end the password
// that was made for the first.
func TestTwoLostAttemptsThatLandOneAfterTheOther(t *testing.T) {
	t.Parallel()
	c, s, w, first := late(t, 2*time.Minute)
	s.Inject(simulator.FaultLate(simulator.KindReset, 4*time.Minute, simulator.FaultLost("", false)))
	w.apply()
	second := w.checkNew(first, "rotation_triggers: version", 4)

	c.advance(3 * time.Minute)
	w.apply()
	third := w.checkNew(second, "late_reset", 5)

	// The trigger's next change forgets it as little.
	w.configure(trigger("3"))
	w.apply()
	fourth := w.checkNew(third, "rotation_triggers: version", 6)
	c.advance(time.Minute)
	w.apply()
	w.checkRotated(fourth, "late_reset", 7)
}

// TestAChangeLongAfterALostAttemptIsSomebodyElses: an attempt does not run for
// ever.
func TestAChangeLongAfterALostAttemptIsSomebodyElses(t *testing.T) {
	t.Parallel()
	c, s, w, first := late(t, time.Second)
	w.apply()
	if w.password() == first {
		t.Fatal("it was not rotated")
	}
	c.advance(16 * time.Minute)
	s.externalReset()
	w.onlyTells(externalWarning)
}

// TestUnfinishedResetThatLandsLate was answered with 504, and lands after the
// next apply has rotated the password again.
func TestUnfinishedResetThatLandsLate(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w, first := rotating(t, s)
	c.advance(time.Hour)
	s.Inject(simulator.FaultLate(simulator.KindReset, time.Minute, simulator.FaultStatus("", 504, false)))
	w.fails([]string{"HTTP status 504", "may have stopped working"}, "apply", "-auto-approve", "-no-color")
	w.apply()
	second := w.checkNew(first, "rotation_triggers: version", 3)

	c.advance(time.Minute)
	w.apply()
	w.checkRotated(second, "late_reset", 4)
}
