package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// clocked is a service and a folder that go by one clock, with a password
// applied.
func clocked(t *testing.T, arguments ...string) (*clock, service, *workspace) {
	t.Helper()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(arguments...)+dependentBlock)
	w.apply()
	w.checkKept(w.password(), 1)
	return c, s, w
}

// configure writes the resource anew, with other arguments.
func (w *workspace) configure(arguments ...string) {
	w.t.Helper()
	w.write("main.tf", w.service.providerBlock()+w.service.passwordBlock(arguments...)+dependentBlock)
}

// checkKept checks that the stored password is the given one and live, that
// there were so many resets in all, and that nothing is planned.
func (w *workspace) checkKept(password string, resets int) {
	w.t.Helper()
	if w.password() != password {
		w.t.Error("the stored password has changed")
	}
	w.service.checkLive(w.t, password)
	w.checkResets(resets)
	w.planIsEmpty()
}

// checkRotated checks that another password than the given one is stored and
// live, and why, that there were so many resets in all, and that nothing more
// is planned. It gives the new one.
func (w *workspace) checkRotated(before, reason string, resets int) string {
	w.t.Helper()
	values := w.values(passwordAddress)
	password, _ := values["password"].(string)
	if password == before {
		w.t.Error("the stored password is the one before")
	}
	if values["rotation_reason"] != reason {
		w.t.Errorf("rotated because of %v, want %s", values["rotation_reason"], reason)
	}
	w.service.checkLive(w.t, password)
	w.checkResets(resets)
	w.planIsEmpty()
	return password
}

func (w *workspace) checkResets(want int) {
	w.t.Helper()
	if got := w.service.resets(); got != want {
		w.t.Errorf("%d resets were asked for, want %d: %s", got, want, w.service.kinds())
	}
}

// plansRotation checks that a plan rotates in place for a reason, and takes the
// dependent along.
func (w *workspace) plansRotation(reason any) {
	w.t.Helper()
	plan := w.plan()
	planned := change(w.t, plan, passwordAddress)
	if !planned.Actions.Update() || !unknown(planned, "password") || !unknown(planned, "password_version") {
		w.t.Errorf("no rotation is planned: %v", planned.Actions)
	}
	if got := after(planned, "rotation_reason"); got != reason {
		w.t.Errorf("planned because of %v, want %v", got, reason)
	}
	if dependent := change(w.t, plan, dependentAddress); !dependent.Actions.Update() {
		w.t.Errorf("the dependent is not planned along: %v", dependent.Actions)
	}
}

// plansSettings checks that a plan changes settings alone.
func (w *workspace) plansSettings() {
	w.t.Helper()
	plan := w.plan()
	planned := change(w.t, plan, passwordAddress)
	if !planned.Actions.Update() || unknown(planned, "password") || unknown(planned, "rotation_reason") {
		w.t.Errorf("not only settings are planned: %v", planned.Actions)
	}
	if dependent := change(w.t, plan, dependentAddress); !dependent.Actions.NoOp() {
		w.t.Errorf("the dependent is touched: %v", dependent.Actions)
	}
}

func (w *workspace) next() any { w.t.Helper(); return w.values(passwordAddress)["next_rotation_at"] }

func TestPeriodRotatesOnceItIsDue(t *testing.T) {
	t.Parallel()
	c, _, w := clocked(t, `rotation_period = "720h"`)
	first := w.password()
	if got, want := w.next(), moment.Add(720*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}

	// A second before it is due nothing happens, and the state is not written.
	c.advance(720*time.Hour - time.Second)
	before := w.stored()
	w.apply()
	w.checkKept(first, 1)
	if after := w.stored(); after != before {
		t.Errorf("the state has changed although nothing was due:\n%s\n%s", before, after)
	}

	c.advance(time.Second)
	w.plansRotation("rotation_period")
	w.must("plan", "-no-color").shows(t, "Warning: SMTP password is due for rotation", "has been due for rotation since 2026-06-19T12:00:00Z",
		"rotation_period 720h0m0s, reckoned from 2026-05-20T12:00:00Z", "The apply rotates it.", `"rotation_period"`)
	w.checkResets(1)
	screen := w.apply()
	if n := strings.Count(screen.text, "Warning: SMTP password is due"); n != 1 {
		t.Errorf("the apply warns %d times:\n%s", n, screen.text)
	}
	second := w.checkRotated(first, "rotation_period", 2)
	if got, want := w.next(), c.now().Add(720*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}

	// Many periods that nobody saw make one rotation, and the next is not due.
	c.advance(10000 * time.Hour)
	w.apply()
	w.checkRotated(second, "rotation_period", 3)
}

// TestDueIsDecidedByTheRefresh applies a saved plan in which nothing was due
// after the due moment.
func TestDueIsDecidedByTheRefresh(t *testing.T) {
	t.Parallel()
	c, _, w := clocked(t, `rotation_period = "1h"`)
	first := w.password()

	w.configure(`rotation_period = "1h"`, `timeouts = { update = "1m" }`)
	w.plansSettings()
	c.advance(2 * time.Hour)
	w.must("apply", "-no-color", "-input=false", "plan")
	if w.password() != first {
		t.Error("the stored password has changed")
	}
	w.checkResets(1)

	// A refresh that is stored is enough for a later plan without one.
	w.plansRotation("rotation_period")
	w.must("apply", "-no-color", "-auto-approve", "-refresh-only")
	w.must("plan", "-no-color", "-refresh=false", "-out=plan").shows(t, "2 to change", `"rotation_period"`)
	c.advance(time.Hour)
	w.must("apply", "-no-color", "-input=false", "plan")
	w.checkRotated(first, "rotation_period", 2)
}

func TestPeriodThatChanges(t *testing.T) {
	t.Parallel()
	c, _, w := clocked(t, `rotation_period = "720h"`)
	first := w.password()
	c.advance(100 * time.Hour)

	w.configure(`rotation_period = "9000h"`) // longer
	w.plansSettings()
	w.apply()
	w.checkKept(first, 1)
	if got, want := w.next(), moment.Add(9000*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}

	w.configure(`rotation_period = "200h"`) // shorter, and not due
	w.plansSettings()
	w.apply()
	w.checkKept(first, 1)

	w.configure(`rotation_period = "99h"`) // shorter, and due
	w.plansRotation("rotation_period")
	w.must("plan", "-no-color").shows(t, "Warning: SMTP password is due for rotation", "rotation_period", "reckoned from")
	w.apply()
	second := w.checkRotated(first, "rotation_period", 2)

	// Due, and made longer before anybody applied it.
	c.advance(100 * time.Hour)
	w.plansRotation("rotation_period")
	w.configure(`rotation_period = "9000h"`)
	w.plansSettings()
	w.apply()
	w.checkKept(second, 2)

	w.configure() // given up
	w.plansSettings()
	w.apply()
	w.checkKept(second, 2)
	if w.next() != nil {
		t.Errorf("next_rotation_at is %v", w.next())
	}
	w.configure(`rotation_period = "1h"`) // taken up, and due
	w.plansRotation("rotation_period")
	w.apply()
	w.checkRotated(second, "rotation_period", 3)
}

// TestPeriodThatComesDueWithTheApply changes a period to one that is not due
// while it is planned.
func TestPeriodThatComesDueWithTheApply(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		planned, applied time.Duration // before it is due
		undecided        bool
		rotates          bool
	}{
		"due in half an hour, and when it is applied": {30 * time.Minute, -time.Minute, true, true},
		"due in half an hour, and not yet":            {30 * time.Minute, 10 * time.Minute, true, false},
		"due in two hours, and then in half an hour":  {2 * time.Hour, 30 * time.Minute, false, false},
		"due in half an hour, at once":                {30 * time.Minute, 30 * time.Minute, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, w := clocked(t, `rotation_period = "720h"`)
			first := w.password()
			c.advance(100*time.Hour - test.planned)
			w.configure(`rotation_period = "100h"`)
			if test.undecided {
				w.plansRotation(nil)
				w.must("plan", "-no-color", "-out=plan").shows(t, "Warning: SMTP password is about to be due for rotation", "2026-05-24T16:00:00Z")
			} else {
				w.plansSettings()
			}
			c.advance(test.planned - test.applied)
			w.must("apply", "-no-color", "-input=false", "plan")
			if test.rotates {
				w.checkRotated(first, "rotation_period", 2)
			} else {
				w.checkKept(first, 1)
			}
			if got, want := w.values(passwordAddress)["rotation_period"], "100h"; got != want {
				t.Errorf("rotation_period is %v", got)
			}
		})
	}
}

// TestUnknownSettings has settings that are not known while planning.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, planned string // the source's output
		argument        string
		rotates         bool
		reason          string
	}{
		"a period, the same":          {`"720h"`, `"720h"`, `rotation_period = terraform_data.source.output.it`, false, ""},
		"a period, longer":            {`"720h"`, `"9000h"`, `rotation_period = terraform_data.source.output.it`, false, ""},
		"a period, due":               {`"720h"`, `"1h"`, `rotation_period = terraform_data.source.output.it`, true, "rotation_period"},
		"a schedule, the same":        {`"@yearly"`, `"@yearly"`, `rotation_schedule = terraform_data.source.output.it`, false, ""},
		"a schedule, due":             {`"@yearly"`, `"@hourly"`, `rotation_schedule = terraform_data.source.output.it`, true, "rotation_schedule"},
		"a zone, the same":            {`"UTC"`, `"UTC"`, "rotation_schedule = \"@yearly\"\n  rotation_timezone = terraform_data.source.output.it", false, ""},
		"a zone, another":             {`"UTC"`, `"Asia/Jakarta"`, "rotation_schedule = \"@yearly\"\n  rotation_timezone = terraform_data.source.output.it", false, ""},
		"external changes, the same":  {`true`, `true`, `rotate_on_external_change = terraform_data.source.output.it`, false, ""},
		"external changes, otherwise": {`true`, `false`, `rotate_on_external_change = terraform_data.source.output.it`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock(moment)
			s := startClockedService(t, c, simulator.Options{})
			config := func(value, note string) string {
				return s.providerBlock() + fmt.Sprintf(`
resource "terraform_data" "source" {
  input = { it = %s, note = %q }
}
`, value, note) + s.passwordBlock(test.argument) + dependentBlock
			}
			w := newWorkspace(t, s, config(test.before, "a"))
			w.apply()
			first := w.password()
			c.advance(2 * time.Hour)
			w.write("main.tf", config(test.planned, "b"))
			w.plansRotation(nil)
			w.apply()
			if test.rotates {
				w.checkRotated(first, test.reason, 2)
			} else {
				w.checkKept(first, 1)
			}
		})
	}
}

func TestScheduleKeepsItsOwnMoments(t *testing.T) {
	t.Parallel()
	c, _, w := clocked(t, `rotation_schedule = "0 3 1 * *"`)
	first := w.password()
	if got, want := w.next(), "2026-06-01T03:00:00Z"; got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}
	c.advance(12*24*time.Hour - 9*time.Hour - time.Second) // a second too early
	w.checkKept(first, 1)
	c.advance(36 * time.Hour)
	w.plansRotation("rotation_schedule")
	w.must("plan", "-no-color").shows(t, "since 2026-06-01T03:00:00Z", `rotation_schedule "0 3 1 * *" (UTC)`)
	w.apply()
	second := w.checkRotated(first, "rotation_schedule", 2)
	// It does not drift by when it was applied.
	if got, want := w.next(), "2026-07-01T03:00:00Z"; got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}

	w.configure(`rotation_schedule = "0 3 1 * *"`, `rotation_timezone = "Asia/Jakarta"`)
	w.plansSettings()
	w.apply()
	w.checkKept(second, 2)
	if got, want := w.next(), "2026-06-30T20:00:00Z"; got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}
}
