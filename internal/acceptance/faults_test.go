package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// rotating is a workspace with a stored password and a changed trigger.
func rotating(t *testing.T, s service, arguments ...string) (w *workspace, before string) {
	t.Helper()
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(append(arguments, trigger("1"))...)+dependentBlock)
	w.apply()
	before = w.password()
	w.write("main.tf", s.providerBlock()+s.passwordBlock(append(arguments, trigger("2"))...)+dependentBlock)
	return w, before
}

// TestResetIsRepeatedWhereThatIsSafe has faults after which one apply gets
// through, with the password of the last answer stored.
func TestResetIsRepeatedWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	type repeated struct {
		faults []simulator.Fault
		resets int
	}
	for group, all := range map[string]map[string]repeated{
		"failures": {
			"500 of the API's own, not acted": {[]simulator.Fault{simulator.FaultServerError(simulator.KindReset, false)}, 3},
			"500 of the API's own, acted":     {[]simulator.Fault{simulator.FaultServerError(simulator.KindReset, true)}, 3},
			"an answer that was cut":          {[]simulator.Fault{simulator.FaultCut(simulator.KindReset)}, 3},
			"a connection lost":               {[]simulator.Fault{simulator.FaultLost(simulator.KindReset, true)}, 3},
			"a late landing": {[]simulator.Fault{
				simulator.FaultLate(simulator.KindReset, 3*time.Second, simulator.FaultStatus("", 502, false)),
			}, 3},
		},
		"limits": { // which hold for all requests of a provider
			"429":                {[]simulator.Fault{simulator.FaultRateLimit(simulator.KindReset, "1")}, 3},
			"429 without a time": {[]simulator.Fault{simulator.FaultRateLimit(simulator.KindReset, "")}, 3},
			"one after the other": {[]simulator.Fault{
				simulator.FaultRateLimit(simulator.KindReset, "1"), simulator.FaultServerError(simulator.KindReset, true),
			}, 4},
		},
	} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			c := newCases(t, s, all)
			c.apply()
			before := c.passwords()
			c.configure(trigger("2"))
			for name, test := range all {
				c.inject(name, test.faults...)
			}
			c.apply()
			if n := s.PendingFaults(); n != 0 {
				t.Errorf("%d faults were not met", n)
			}
			c.checkRotated(before, "rotation_triggers: version", func(name string) int { return all[name].resets })
		})
	}
}

// TestResetThatMayHaveActedIsFinishedByTheNextApply has faults after which no
// repeat is safe, odd answers among them. The error says so; the next apply
// rotates, even where the changed trigger has been taken back.
func TestResetThatMayHaveActedIsFinishedByTheNextApply(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	all := map[string]struct {
		fault simulator.Fault
		texts []string
	}{
		"504":               {simulator.FaultStatus(simulator.KindReset, 504, true), []string{"HTTP status 504"}},
		"no password":       {simulator.FaultBody(simulator.KindReset, 200, `{"success":true,"data":{}}`, true), []string{"no data.new_password"}},
		"silence":           {simulator.FaultStall(simulator.KindReset, true), []string{"the time for this operation ran out", "timeouts"}},
		"a body that stops": {simulator.FaultStop(simulator.KindReset), []string{"the time for this operation ran out", "timeouts"}},
	}
	for name, odd := range oddAnswers(simulator.KindReset) {
		test := all[name]
		test.fault, test.texts = odd.fault, []string{odd.text, "200"}
		all[name] = test
	}
	c := newCases(t, s, all, `timeouts = {
    update = contains(["silence", "a body that stops"], each.key) ? "4s" : "5m"
  }`)
	c.apply()
	before := c.passwords()
	c.configure(trigger("2"))
	for name, test := range all {
		c.inject(name, test.fault)
	}
	c.fails(func(name string) []string {
		return append(all[name].texts, "Could not rotate the SMTP password",
			"the credential's previous password may have stopped working", `"unfinished_rotation"`)
	}, "apply", "-auto-approve")
	c.checkKept(before, 2)

	c.configure(trigger("1"))
	screen := c.must("plan", "-no-color", "-input=false", "-out=plan")
	screen.shows(t, "Warning: Stored SMTP password may have stopped working")
	if n := strings.Count(screen.text, `-> "unfinished_rotation"`); n != len(all) {
		t.Errorf("%d of %d are told to be made up for:\n%s", n, len(all), screen.text)
	}
	plan := c.savedPlan()
	for name := range all {
		if reason := after(change(t, plan, c.address(name)), "rotation_reason"); reason != "unfinished_rotation" {
			t.Errorf("%s: the next plan's reason is %v", name, reason)
		}
		if !unknown(change(t, plan, fmt.Sprintf("terraform_data.dependent[%q]", name)), "output") {
			t.Errorf("%s: the dependent is not planned along", name)
		}
	}
	c.must("apply", "-no-color", "plan")
	c.checkRotated(before, "unfinished_rotation", func(string) int { return 3 })
}

func TestCreationThatMayHaveActedStoresNothingAndIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	s.Inject(simulator.FaultStatus(simulator.KindReset, 504, true))
	w.fails([]string{"HTTP status 504", "the credential's previous password may have stopped working", "Nothing new was stored"}, "apply", "-auto-approve", "-no-color")
	if w.values(passwordAddress) != nil {
		t.Error("something was stored")
	}
	w.apply()
	s.checkLive(t, w.password())
	w.planIsEmpty()
}

func TestWaitLongerThanTheTimeIsGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w, before := rotating(t, s, `timeouts = { update = "1m" }`)
	s.Inject(simulator.FaultRateLimit(simulator.KindReset, "120"))
	w.fails([]string{"429", "2m0s", "timeouts", "Nothing new was stored"}, "apply", "-auto-approve", "-no-color")
	if w.password() != before || s.resets() != 2 {
		t.Errorf("%d resets, want 2, or another password", s.resets())
	}
	s.checkLive(t, before)
}

func TestNoConnectionIsToldByNameOfTheSetting(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := strings.Replace(s.providerBlock(), s.URL(), "http://127.0.0.1:1", 1)
	w := newWorkspace(t, s, config+s.passwordBlock(`timeouts = { create = "3s" }`))
	w.fails([]string{"127.0.0.1:1", "refused", "KIRIMEMAIL_BASE_URL", "Nothing new was stored"}, "apply", "-auto-approve", "-no-color")
}
