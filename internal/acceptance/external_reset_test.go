package acceptance

import (
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// externalReset resets the password as somebody else.
func (s service) externalReset() string {
	return s.ResetExternally(s.credential.Domain, s.credential.GUID)
}

const (
	externalWarning = "Warning: SMTP password was reset elsewhere"
	maybeWarning    = "Warning: SMTP password may have changed since its rotation"
)

// onlyTells checks that a plan shows each of the texts, and is empty.
func (w *workspace) onlyTells(texts ...string) screen {
	w.t.Helper()
	s := w.run("plan", "-no-color", "-input=false", "-detailed-exitcode")
	s.shows(w.t, texts...)
	if s.code != 0 {
		w.t.Errorf("something is planned:\n%s", s.text)
	}
	return s
}

func TestAnExternalResetIsAWarning(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock()+dependentBlock)
	w.apply()
	first := w.password()
	c.advance(60 * time.Second)
	s.externalReset()
	// Within a minute, it may be anything: that is told, and never followed.
	screen := w.onlyTells(maybeWarning, "2026-05-20T12:01:00Z", "Try a login")
	if strings.Contains(screen.text, externalWarning) {
		t.Errorf("a minute's difference counts:\n%s", screen.text)
	}
	w.configure("rotate_on_external_change = true")
	w.must("plan", "-no-color").showsSettings(t).shows(t, "update in-place", maybeWarning)
	w.configure()

	c.advance(time.Second)
	s.externalReset()
	w.apply().shows(t, externalWarning, "2026-05-20T12:01:01Z", "rotate_on_external_change", "No changes.")
	if w.password() != first {
		t.Error("the stored password has changed")
	}
	w.checkResets(1)

	// A rotation by the clock tells of it, too.
	w.configure(`rotation_period = "1m"`)
	w.must("plan", "-no-color").shows(t, externalWarning, dueWarning, "stops users of the password made elsewhere")
	w.configure()

	// Opted in, it is rotated, once; whoever has the other password loses it.
	w.configure("rotate_on_external_change = true")
	w.plansRotation("external_change")
	screen = w.apply()
	screen.shows(t, "The apply rotates it")
	if strings.Count(screen.text, externalWarning) != 1 {
		t.Errorf("the apply does not warn once:\n%s", screen.text)
	}
	second := w.checkNew(first, "external_change", 2)

	// And by itself the next time.
	c.advance(time.Hour)
	s.externalReset()
	w.apply()
	w.checkRotated(second, "external_change", 3)
}

// TestATriggerComesBeforeAnExternalChange has both at once, and a change that
// nobody wants followed.
func TestATriggerComesBeforeAnExternalChange(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w, first := rotating(t, s)
	c.advance(time.Hour)
	s.externalReset()
	if screen := w.apply(); strings.Contains(screen.text, "Warning") {
		t.Errorf("a plan that rotates anyway warns:\n%s", screen.text)
	}
	w.checkRotated(first, "rotation_triggers: version", 2)
}

// TestNoStatementNoExternalChange has an API that does not say when passwords
// change, or whose other times change.
func TestNoStatementNoExternalChange(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{OmitPasswordChanged: true})
	all := map[string]any{"last_password_changed is absent": nil, "and modified_at, too": nil}
	c := newCases(t, s, all, "rotate_on_external_change = true")
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			if c.name(credential["user_smtp_guid"]) == "and modified_at, too" {
				credential["modified_at"] = 0
			}
		})
	})
	c.apply()
	clock.advance(time.Hour)
	for _, guid := range c.guids {
		s.ResetExternally("example.com", guid)
	}
	if screen := c.onlyTells(); strings.Contains(screen.text, "Warning") {
		t.Errorf("something is said:\n%s", screen.text)
	}
}

// TestExternalChangeWithoutModifiedAt goes by the answer's Date.
func TestExternalChangeWithoutModifiedAt(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{ZeroModifiedAt: true, TimeFormat: simulator.TimesISO})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock("rotate_on_external_change = true")+dependentBlock)
	w.apply()
	first := w.password()
	c.advance(62 * time.Second)
	s.externalReset()
	w.apply()
	w.checkRotated(first, "external_change", 2)
}

// TestALostRotationOfOursIsNobodyElses: where our own reset acted and its answer
// was lost, the API tells of a change that nobody else has made.
func TestALostRotationOfOursIsNobodyElses(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w, first := rotating(t, s, "rotate_on_external_change = true")
	c.advance(time.Hour)
	s.Inject(simulator.FaultStatus(simulator.KindReset, 504, true))
	w.fails([]string{"may have taken effect"}, "apply", "-auto-approve", "-no-color")
	w.configure(trigger("1"), "rotate_on_external_change = true")
	screen := w.apply()
	screen.shows(t, "may have stopped working", "unfinished_rotation")
	if strings.Contains(screen.text, externalWarning) {
		t.Errorf("somebody else is blamed:\n%s", screen.text)
	}
	w.checkRotated(first, "unfinished_rotation", 2+1)
}
