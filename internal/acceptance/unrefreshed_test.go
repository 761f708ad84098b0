package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const dueWarning, dueSoonWarning = "Warning: SMTP password is due for rotation", "Warning: SMTP password is about to be due for rotation"

// TestDueWithoutARefresh: a nightly job with -refresh=false rotates, too.
func TestDueWithoutARefresh(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	all := map[string]any{"rotation_period": nil, "rotation_schedule": nil}
	c := newCases(t, s, all, only("rotation_period", `rotation_period = "720h"`),
		only("rotation_schedule", `rotation_schedule = "0 12 19 6 *"`))
	c.apply()
	rotated := func(resets int) {
		t.Helper()
		for name := range all {
			c.checkCase(name, name, resets)
		}
	}
	clock.advance(720*time.Hour - time.Second)
	if screen := c.run("plan", "-no-color", "-refresh=false", "-detailed-exitcode"); screen.code != 0 {
		t.Errorf("planned a second too early:\n%s", screen.text)
	}
	clock.advance(time.Second)
	s.ClearJournal()
	due := strings.TrimPrefix(dueWarning, "Warning: ")
	warnings, _ := c.told("warning", "plan", "-refresh=false", "-out=plan")
	c.checkTold(warnings, func(string) []string {
		return []string{due, "was due for rotation at 2026-06-19T12:00:00Z"}
	})
	plan := c.savedPlan()
	for name := range all {
		planned := change(t, plan, c.address(name))
		if !unknown(planned, "password") || after(planned, "rotation_reason") != name {
			t.Errorf("%s: not planned: %v", name, planned.Actions)
		}
		if planned := change(t, plan, fmt.Sprintf("terraform_data.dependent[%q]", name)); !planned.Actions.Update() {
			t.Errorf("%s: the dependent is not planned along: %v", name, planned.Actions)
		}
	}
	if n := len(s.Journal()); n != 0 {
		t.Errorf("%d requests: %s", n, s.kinds())
	}
	// The saved plan is applied a day later.
	clock.advance(24 * time.Hour)
	c.must("apply", "-no-color", "-input=false", "plan")
	rotated(1)
	if screen := c.run("plan", "-no-color", "-refresh=false", "-detailed-exitcode"); screen.code != 0 {
		t.Errorf("it is planned again:\n%s", screen.text)
	}
	clock.advance(366 * 24 * time.Hour)
	c.apply("-refresh=false")
	rotated(2)
	// An apply plans each update twice, and warns once after a refresh.
	clock.advance(366 * 24 * time.Hour)
	warnings, _ = c.told("warning", "apply", "-auto-approve")
	c.checkTold(warnings, func(string) []string { return []string{due} })
	rotated(3)
	c.planIsEmpty()
}

// TestASavedPlanWithoutARefreshThatIsAppliedLater had nothing due when it was made.
func TestASavedPlanWithoutARefreshThatIsAppliedLater(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	w := newWorkspace(t, startClockedService(t, c, simulator.Options{}), "")
	w.configure(`rotation_period = "720h"`)
	w.apply()
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
	w.apply("-refresh=false").showsSettings(t)
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
// was, and then the apply, which makes no refresh, goes by the clock. Between
// plan and apply there are 40 minutes.
func TestAnUnknownSettingLeavesItToTheApply(t *testing.T) {
	t.Parallel()
	type setting struct {
		ahead    time.Duration // how long before it is due the plan is made
		comesOut string
		rotates  bool
		unknown  bool
	}
	for name, all := range map[string]map[string]setting{
		"-refresh=false": {
			"due, the same":                  {0, "5m", true, true},
			"due, another":                   {0, "6m", false, true},
			"due before the apply, the same": {30 * time.Minute, "5m", true, true},
			"due in more than an hour":       {61 * time.Minute, "5m", false, false},
		},
		"-refresh=true": {
			"due":                           {0, "5m", true, true},
			"due, another":                  {0, "6m", true, true},
			"due before the apply":          {30 * time.Minute, "5m", true, true},
			"due before the apply, another": {30 * time.Minute, "6m", false, true},
			"due after the apply":           {50 * time.Minute, "5m", false, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock(moment)
			s := startClockedService(t, clock, simulator.Options{})
			c := newCases(t, s, all)
			timeouts, periods := map[string]string{}, map[string]string{}
			configure := func(run string) {
				c.configure("rotation_period = local.periods[each.key]",
					"timeouts = { update = terraform_data.timeout[each.key].output }")
				c.write("timeouts.tf", fmt.Sprintf(`
locals {
  periods = jsondecode(%q)
}

resource "terraform_data" "timeout" {
  for_each         = jsondecode(%q)
  input            = each.value
  triggers_replace = %q
}
`, toJSON(t, periods), toJSON(t, timeouts), run))
			}
			for of, test := range all {
				timeouts[of], periods[of] = "5m", (720*time.Hour + test.ahead).String()
			}
			configure("1")
			c.apply()
			first := c.passwords()
			clock.advance(720 * time.Hour)
			for of, test := range all {
				timeouts[of] = test.comesOut
			}
			configure("2")
			warnings, _ := c.told("warning", "plan", name, "-out=plan")
			plan := c.savedPlan()
			clock.advance(40 * time.Minute)
			c.must("apply", "-no-color", "-input=false", "plan")
			for of, test := range all {
				if unknown(change(t, plan, c.address(of)), "password") != test.unknown {
					t.Errorf("%s: the password is planned as unknown: want %t", of, test.unknown)
				}
				recorded := name == "-refresh=true" && test.ahead == 0
				if test.unknown && !recorded {
					told := screen{text: strings.Join(warnings[of], "\n")}
					soon := strings.TrimPrefix(dueSoonWarning, "Warning: ")
					told.shows(t, soon, "An earlier apply keeps it")
				}
				want := 1
				if test.rotates {
					want = 2
				}
				password := c.passwords()[of]
				n, rotated := c.requests(of, simulator.KindReset), password != first[of]
				if n != want || rotated != test.rotates {
					t.Errorf("%s: rotated: %t, after %d resets", of, rotated, n)
				}
				if password != s.LivePassword("example.com", c.guids[of]) {
					t.Errorf("%s: the stored password is not the live one", of)
				}
			}
		})
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
		w.apply().showsSettings(t)
		w.checkUnchanged(first, 1)
	}
	w.planIsEmpty()
	w.configure(trigger("3"))
	w.apply()
	w.checkRotated(first, "rotation_triggers: version", 2)
}
