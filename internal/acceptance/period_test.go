package acceptance

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

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
	w.checkUnchanged(w.password(), 1)
	return c, s, w
}

// configure writes the resource anew, with other arguments.
func (w *workspace) configure(arguments ...string) {
	w.t.Helper()
	w.write("main.tf", w.service.providerBlock()+w.service.passwordBlock(arguments...)+dependentBlock)
}

// checkKept is checkUnchanged, and that nothing is planned.
func (w *workspace) checkKept(password string, resets int) {
	w.t.Helper()
	w.checkUnchanged(password, resets)
	w.planIsEmpty()
}

// checkUnchanged checks that the stored password is the given one and live, and
// that there were so many resets in all.
func (w *workspace) checkUnchanged(password string, resets int) {
	w.t.Helper()
	if w.password() != password {
		w.t.Error("the stored password has changed")
	}
	w.service.checkLive(w.t, password)
	w.checkResets(resets)
}

// checkRotated is checkNew, and that nothing more is planned.
func (w *workspace) checkRotated(before, reason string, resets int) string {
	w.t.Helper()
	password := w.checkNew(before, reason, resets)
	w.planIsEmpty()
	return password
}

// checkNew checks that another password than the given one is stored and live,
// and why, and that there were so many resets in all. It gives the new one.
func (w *workspace) checkNew(before, reason string, resets int) string {
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

// showsSettings checks that the plan on a screen, of a plan or of an apply, changes
// settings alone, and touches no dependent.
func (s screen) showsSettings(t *testing.T) screen {
	t.Helper()
	s.shows(t, "Plan: 0 to add, 1 to change, 0 to destroy")
	if strings.Contains(s.text, "(known after apply)") {
		t.Errorf("not only settings are planned:\n%s", s.text)
	}
	return s
}

// showsRotation checks that the plan on a screen, of a plan or of an apply, rotates in
// place, and takes the dependent along. The reason, which shows if it is another than
// before, is known.
func (s screen) showsRotation(t *testing.T) screen {
	t.Helper()
	s.shows(t, "Plan: 0 to add, 2 to change, 0 to destroy", passwordAddress+" will be updated in-place",
		dependentAddress+" will be updated in-place")
	for pattern, want := range map[string]bool{
		`~ password_version += \d+ -> \(known after apply\)`: true,
		`~ input += "\w+" -> \(known after apply\)`:          true,
		`~ rotation_reason .*\(known after apply\)`:          false,
	} {
		if regexp.MustCompile(pattern).MatchString(s.text) != want {
			t.Errorf("no rotation is planned: %s on it: want %t\n%s", pattern, want, s.text)
		}
	}
	return s
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
	w.checkUnchanged(first, 1)
	if after := w.stored(); after != before {
		t.Errorf("the state has changed although nothing was due:\n%s\n%s", before, after)
	}

	c.advance(time.Second)
	screen := w.apply().showsRotation(t)
	screen.shows(t, "Warning: SMTP password is due for rotation", `-> "rotation_period"`, "The apply rotates it.",
		"was due for rotation at 2026-06-19T12:00:00Z",
		"rotation_period 720h0m0s, counted from 2026-05-20T12:00:00Z")
	if n := strings.Count(screen.text, "Warning: SMTP password is due"); n != 1 {
		t.Errorf("the apply warns %d times:\n%s", n, screen.text)
	}
	second := w.checkNew(first, "rotation_period", 2)
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
	w.must("plan", "-no-color", "-out=plan").showsSettings(t)
	c.advance(2 * time.Hour)
	w.must("apply", "-no-color", "-input=false", "plan")
	w.checkUnchanged(first, 1)

	// A refresh that is stored is enough for a later plan without one.
	w.must("plan", "-no-color").showsRotation(t)
	w.must("apply", "-no-color", "-auto-approve", "-refresh-only")
	w.must("plan", "-no-color", "-refresh=false", "-out=plan").shows(t, "2 to change", `"rotation_period"`)
	w.checkResets(1)
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
	w.apply().showsSettings(t)
	w.checkUnchanged(first, 1)
	if got, want := w.next(), moment.Add(9000*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}

	w.configure(`rotation_period = "200h"`) // shorter, and not due
	w.apply().showsSettings(t)
	w.checkUnchanged(first, 1)

	w.configure(`rotation_period = "99h"`) // shorter, and due
	w.apply().showsRotation(t).shows(t, "Warning: SMTP password is due for rotation", "counted from",
		`-> "rotation_period"`)
	second := w.checkNew(first, "rotation_period", 2)

	// Due, and made longer before anybody applied it.
	c.advance(100 * time.Hour)
	w.must("plan", "-no-color").showsRotation(t)
	w.configure(`rotation_period = "9000h"`)
	w.apply().showsSettings(t)
	w.checkUnchanged(second, 2)

	w.configure() // given up
	w.apply().showsSettings(t)
	w.checkUnchanged(second, 2)
	if w.next() != nil {
		t.Errorf("next_rotation_at is %v", w.next())
	}
	w.configure(`rotation_period = "1h"`) // taken up, and due
	w.apply().showsRotation(t)
	w.checkRotated(second, "rotation_period", 3)
}

// isUndecided tells whether a plan leaves open whether a case rotates, and takes its
// dependent along.
func (c *cases) isUndecided(plan *tfjson.Plan, name string) bool {
	c.t.Helper()
	planned := change(c.t, plan, c.address(name))
	undecided := planned.Actions.Update() && unknown(planned, "rotation_reason")
	dependent := change(c.t, plan, fmt.Sprintf("terraform_data.dependent[%q]", name))
	for what, is := range map[string]bool{
		"password": unknown(planned, "password"), "password_version": unknown(planned, "password_version"),
		"the dependent": dependent.Actions.Update(),
	} {
		if is != undecided {
			c.t.Errorf("%s: undecided: %t, but %s: %t", name, undecided, what, is)
		}
	}
	return undecided
}

// checkRotations checks of each case that it was rotated for a reason after its creation,
// or not at all if there is none.
func (c *cases) checkRotations(created map[string]string, reason func(name string) string) {
	c.t.Helper()
	now := c.passwords()
	for name := range c.guids {
		rotated := reason(name) != ""
		if (now[name] != created[name]) != rotated {
			c.t.Errorf("%s: its password is another one: want %t", name, rotated)
		}
		if rotated {
			c.checkCase(name, reason(name), 2)
		} else {
			c.checkCase(name, "created", 1)
		}
	}
}

// TestPeriodThatComesDueWithTheApply changes a period to one that is not due
// while it is planned, half an hour before the apply.
func TestPeriodThatComesDueWithTheApply(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	const later = "due in over an hour, and then in half an hour"
	all := map[string]struct {
		period    string
		undecided bool
		due       string
		reason    string
	}{
		"due in half an hour, and when it is applied": {"100h30m", true, "2026-05-24T16:30:00Z", "rotation_period"},
		"due in half an hour, and not yet":            {"100h41m", true, "2026-05-24T16:41:00Z", ""},
		later:                                         {"101h1m", false, "", ""},
	}
	c := newCases(t, s, all, "rotation_period = local.periods[each.key]")
	periods := map[string]string{}
	changePeriods := func(period func(name string) string) {
		for name := range all {
			periods[name] = period(name)
		}
		c.local("periods", periods)
	}
	changePeriods(func(string) string { return "720h" })
	c.apply()
	created := c.passwords()
	clock.advance(100 * time.Hour)
	changePeriods(func(name string) string { return all[name].period })
	warnings, _ := c.told("warning", "plan", "-out=plan")
	plan := c.savedPlan()
	for name, test := range all {
		if got := c.isUndecided(plan, name); got != test.undecided {
			t.Errorf("%s: undecided: %t", name, got)
		}
		told := strings.Join(warnings[name], "\n")
		warns := strings.Contains(told, "SMTP password is about to be due for rotation")
		if warns != test.undecided || !strings.Contains(told, test.due) {
			t.Errorf("%s: the plan warns: %s", name, told)
		}
	}
	clock.advance(31 * time.Minute)
	c.must("apply", "-no-color", "-input=false", "plan")
	rotated := func(name string) string { return all[name].reason }
	c.checkRotations(created, rotated)

	// What is planned and applied at once is no more due than before.
	periods[later] = "101h"
	changePeriods(func(name string) string { return periods[name] })
	warnings, _ = c.told("warning", "apply", "-auto-approve")
	if !strings.Contains(strings.Join(warnings[later], ""), "about to be due for rotation") {
		t.Errorf("the apply warns: %q", warnings)
	}
	c.checkRotations(created, rotated)
	for name := range all {
		if got := c.values(c.address(name))["rotation_period"]; got != periods[name] {
			t.Errorf("%s: rotation_period is %v", name, got)
		}
	}
	c.planIsEmpty()
}

// TestUnknownSettings has settings that are not known while planning.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	type setting struct {
		Argument        string
		Before, Planned any // the source's output
		reason          string
	}
	all := map[string]setting{
		"a period, the same":          {"rotation_period", "720h", "720h", ""},
		"a period, longer":            {"rotation_period", "720h", "9000h", ""},
		"a period, due":               {"rotation_period", "720h", "1h", "rotation_period"},
		"a schedule, the same":        {"rotation_schedule", "@yearly", "@yearly", ""},
		"a schedule, due":             {"rotation_schedule", "@yearly", "@hourly", "rotation_schedule"},
		"a zone, the same":            {"rotation_timezone", "UTC", "UTC", ""},
		"a zone, another":             {"rotation_timezone", "UTC", "Asia/Jakarta", ""},
		"external changes, the same":  {"rotate_on_external_change", true, true, ""},
		"external changes, otherwise": {"rotate_on_external_change", true, false, ""},
	}
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	var arguments []string
	for argument, otherwise := range map[string]string{
		"rotation_period": "null", "rotation_timezone": "null", "rotate_on_external_change": "null",
		"rotation_schedule": `local.all[each.key].Argument == "rotation_timezone" ? "@yearly" : null`,
	} {
		arguments = append(arguments, fmt.Sprintf(
			"%[1]s = local.all[each.key].Argument == %[1]q ? terraform_data.source[each.key].output.it : %[2]s",
			argument, otherwise))
	}
	c := newCases(t, s, all, arguments...)
	c.local("all", all)
	source := func(value, note string) {
		c.write("source.tf", fmt.Sprintf(`
resource "terraform_data" "source" {
  for_each = local.guids
  input    = { it = local.all[each.key].%s, note = %q }
}
`, value, note))
	}
	source("Before", "a")
	c.apply()
	created := c.passwords()
	clock.advance(2 * time.Hour)
	source("Planned", "b")
	plan := c.plan()
	for name := range all {
		if !c.isUndecided(plan, name) {
			t.Errorf("%s: it is decided while planning", name)
		}
	}
	c.apply()
	c.checkRotations(created, func(name string) string { return all[name].reason })
	c.planIsEmpty()
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
	w.apply().showsRotation(t).shows(t, "was due for rotation at 2026-06-01T03:00:00Z", `rotation_schedule "0 3 1 * *" (UTC)`)
	second := w.checkNew(first, "rotation_schedule", 2)
	// It does not drift by when it was applied.
	if got, want := w.next(), "2026-07-01T03:00:00Z"; got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}

	w.configure(`rotation_schedule = "0 3 1 * *"`, `rotation_timezone = "Asia/Jakarta"`)
	w.apply().showsSettings(t)
	w.checkKept(second, 2)
	if got, want := w.next(), "2026-06-30T20:00:00Z"; got != want {
		t.Errorf("next_rotation_at is %v, want %s", got, want)
	}
}
