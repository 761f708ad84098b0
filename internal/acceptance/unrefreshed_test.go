package acceptance

import (
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const dueWarning, dueSoonWarning = "Warning: SMTP password is due for rotation", "Warning: SMTP password is about to be due for rotation"

// TestDueWithoutARefresh: a nightly job with -refresh=false rotates, too.
func TestDueWithoutARefresh(t *testing.T) {
	t.Parallel()
	for name, argument := range map[string]string{"rotation_period": `rotation_period = "720h"`, "rotation_schedule": `rotation_schedule = "0 12 19 6 *"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s, w := clocked(t, argument)
			first := w.password()
			c.advance(720*time.Hour - time.Second)
			if screen := w.run("plan", "-no-color", "-refresh=false", "-detailed-exitcode"); screen.code != 0 {
				t.Errorf("planned a second too early:\n%s", screen.text)
			}
			c.advance(time.Second)
			s.ClearJournal()
			plan := w.plan("-refresh=false")
			if planned := change(t, plan, passwordAddress); !unknown(planned, "password") || after(planned, "rotation_reason") != name {
				t.Errorf("not planned: %v", planned.Actions)
			}
			if planned := change(t, plan, dependentAddress); !planned.Actions.Update() {
				t.Errorf("the dependent is not planned along: %v", planned.Actions)
			}
			w.must("plan", "-no-color", "-refresh=false").shows(t, dueWarning, "has been due for rotation since 2026-06-19T12:00:00Z")
			if n := len(s.Journal()); n != 0 {
				t.Errorf("%d requests: %s", n, s.kinds())
			}
			// The saved plan is applied a day later.
			c.advance(24 * time.Hour)
			w.must("apply", "-no-color", "-input=false", "plan")
			second := w.checkRotated(first, name, 1)
			if screen := w.run("plan", "-no-color", "-refresh=false", "-detailed-exitcode"); screen.code != 0 {
				t.Errorf("it is planned again:\n%s", screen.text)
			}
			c.advance(366 * 24 * time.Hour)
			w.apply("-refresh=false")
			w.checkRotated(second, name, 2)
		})
	}
}

// TestASavedPlanWithoutARefreshThatIsAppliedLater had nothing due when it was made.
func TestASavedPlanWithoutARefreshThatIsAppliedLater(t *testing.T) {
	t.Parallel()
	c, _, w := clocked(t, `rotation_period = "720h"`)
	first := w.password()
	w.configure(`rotation_period = "720h"`, `timeouts = { update = "1m" }`)
	w.must("plan", "-no-color", "-refresh=false", "-out=plan").shows(t, "1 to change")
	c.advance(721 * time.Hour)
	w.must("apply", "-no-color", "-input=false", "plan")
	if w.password() != first {
		t.Error("the stored password has changed")
	}
	w.checkResets(1)
	// Something else makes an update: only a refresh may find it.
	w.configure(`rotation_period = "720h"`, `timeouts = { update = "2m" }`)
	if planned := change(t, w.plan("-refresh=false"), passwordAddress); unknown(planned, "password") || !planned.Actions.Update() {
		t.Errorf("not only settings are planned: %v", planned.Actions)
	}
	w.must("apply", "-no-color", "-input=false", "plan")
	w.apply("-refresh=false")
	w.checkRotated(first, "rotation_period", 2)
}

// TestAPendingLoginCheckWaitsForTheRefresh: it makes an update by itself, which an
// apply plans once more.
func TestAPendingLoginCheckWaitsForTheRefresh(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w := newWorkspace(t, s, "")
	check := func(trigger string) { // a time-out that is soon over
		w.configure(s.loginCheck(`timeout = "1s"`), `rotation_period = "720h"`, `rotation_triggers = { version = "`+trigger+`" }`)
	}
	check("1")
	w.apply()
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 535, Message: "Not yet"} })
	check("2")
	w.fails([]string{"does not take the SMTP password yet"}, "apply", "-auto-approve", "-no-color")
	pending := w.password()
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{} })
	c.advance(721 * time.Hour)
	if planned := change(t, w.plan("-refresh=false"), passwordAddress); unknown(planned, "password") || !unknown(planned, "login_verified_at") {
		t.Errorf("more than the check is planned: %v", planned.Actions)
	}
	w.must("apply", "-no-color", "-input=false", "plan")
	if w.password() != pending {
		t.Error("the stored password has changed")
	}
	w.checkResets(2)
	w.apply("-refresh=false")
	w.checkRotated(pending, "rotation_period", 3)
}

// TestAnUnknownSettingLeavesItToTheApply: the configuration may come out as it
// was, and then the apply, which makes no refresh, goes by the clock.
func TestAnUnknownSettingLeavesItToTheApply(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ahead    time.Duration // how long before it is due the plan is made
		later    time.Duration // the apply
		comesOut string
		refresh  bool
		rotates  bool
		unknown  bool
	}{
		"due, the same":                         {0, 0, "5m", false, true, true},
		"due, another":                          {0, 0, "6m", false, false, true},
		"due, found by a refresh":               {0, 0, "5m", true, true, true},
		"due, found by a refresh, another":      {0, 0, "6m", true, true, true},
		"due before the apply, the same":        {30 * time.Minute, time.Hour, "5m", false, true, true},
		"due before the apply, after a refresh": {30 * time.Minute, time.Hour, "5m", true, true, true},
		"due before the apply, another":         {30 * time.Minute, time.Hour, "6m", true, false, true},
		"due after the apply":                   {30 * time.Minute, time.Minute, "5m", true, false, true},
		"due in more than an hour":              {61 * time.Minute, time.Minute, "5m", false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock(moment)
			s := startClockedService(t, c, simulator.Options{})
			w := newWorkspace(t, s, "")
			configure := func(timeout, run string) {
				w.write("main.tf", s.providerBlock()+`
resource "terraform_data" "timeout" {
  input            = "`+timeout+`"
  triggers_replace = "`+run+`"
}
`+s.passwordBlock(`rotation_period = "720h"`, `timeouts = { update = terraform_data.timeout.output }`)+dependentBlock)
			}
			configure("5m", "1")
			w.apply()
			first := w.password()
			c.advance(720*time.Hour - test.ahead)
			configure(test.comesOut, "2")
			arguments := []string{"-refresh=false"}
			if test.refresh {
				arguments = nil
			}
			planned := change(t, w.plan(arguments...), passwordAddress)
			if unknown(planned, "password") != test.unknown {
				t.Errorf("the password is planned as unknown: want %t", test.unknown)
			}
			recorded := test.refresh && test.ahead == 0
			if test.unknown && !recorded {
				w.must(append([]string{"plan", "-no-color"}, arguments...)...).shows(t, dueSoonWarning, "Otherwise the stored password stays")
			}
			c.advance(test.later)
			w.must("apply", "-no-color", "-input=false", "plan")
			want := 1
			if test.rotates {
				want = 2
			}
			w.checkResets(want)
			if rotated := w.password() != first; rotated != test.rotates {
				t.Errorf("rotated: %t", rotated)
			}
			s.checkLive(t, w.password())
		})
	}
}

// TestAnApplyWarnsOfADuePasswordOnceAfterARefresh: it plans each update twice.
func TestAnApplyWarnsOfADuePasswordOnceAfterARefresh(t *testing.T) {
	t.Parallel()
	c, _, w := clocked(t, `rotation_period = "1h"`)
	c.advance(time.Hour)
	// Of warnings with one headline the CLI shows the first, and how many more there are.
	if screen := w.apply(); strings.Count(screen.text, dueWarning) != 1 || strings.Contains(screen.text, "similar warning") {
		t.Errorf("it does not warn once:\n%s", screen.text)
	}
}

// TestAnEmptyMapOfTriggersIsNone: a module's variable is one by default.
func TestAnEmptyMapOfTriggersIsNone(t *testing.T) {
	t.Parallel()
	_, _, w := clocked(t, "rotation_triggers = {}")
	first := w.password()
	for _, arguments := range [][]string{
		{trigger("1")}, {"rotation_triggers = {}"}, {trigger("2")}, {}, {"rotation_triggers = {}"}, {"rotation_triggers = { version = null }"},
	} {
		w.configure(arguments...)
		w.plansSettings()
		w.apply()
		w.checkKept(first, 1)
	}
	w.configure(trigger("3"))
	w.plansRotation("rotation_triggers: version")
	w.apply()
	w.checkRotated(first, "rotation_triggers: version", 2)
}
