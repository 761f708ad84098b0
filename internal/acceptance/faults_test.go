package acceptance

import (
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
	for name, test := range map[string]struct {
		faults []simulator.Fault
		resets int
	}{
		"500 of the API's own, not acted": {[]simulator.Fault{simulator.FaultServerError(simulator.KindReset, false)}, 3},
		"500 of the API's own, acted":     {[]simulator.Fault{simulator.FaultServerError(simulator.KindReset, true)}, 3},
		"an answer that was cut":          {[]simulator.Fault{simulator.FaultCut(simulator.KindReset)}, 3},
		"a connection lost":               {[]simulator.Fault{simulator.FaultLost(simulator.KindReset, true)}, 3},
		"a late landing": {[]simulator.Fault{
			simulator.FaultLate(simulator.KindReset, 3*time.Second, simulator.FaultStatus("", 502, false)),
		}, 3},
		"429":                {[]simulator.Fault{simulator.FaultRateLimit(simulator.KindReset, "1")}, 3},
		"429 without a time": {[]simulator.Fault{simulator.FaultRateLimit(simulator.KindReset, "")}, 3},
		"one after the other": {[]simulator.Fault{
			simulator.FaultRateLimit(simulator.KindReset, "1"), simulator.FaultServerError(simulator.KindReset, true),
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w, before := rotating(t, s)
			s.Inject(test.faults...)
			w.apply()
			if w.password() == before {
				t.Error("the password before is still stored")
			}
			s.checkLive(t, w.password())
			if s.resets() != test.resets || s.PendingFaults() != 0 {
				t.Errorf("%d resets, want %d; %d faults not met", s.resets(), test.resets, s.PendingFaults())
			}
			w.planIsEmpty()
		})
	}
}

// TestResetThatMayHaveActedIsFinishedByTheNextApply has faults after which no
// repeat is safe. The error says so; the next apply rotates, even where the
// changed trigger has been taken back. TestOddAnswersToAReset has more of them.
func TestResetThatMayHaveActedIsFinishedByTheNextApply(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault simulator.Fault
		texts []string
	}{
		"504":               {simulator.FaultStatus(simulator.KindReset, 504, true), []string{"HTTP status 504"}},
		"a page":            {simulator.FaultBody(simulator.KindReset, 200, "<html>ok</html>", true), []string{"HTTP status 200", "HTML"}},
		"no password":       {simulator.FaultBody(simulator.KindReset, 200, `{"success":true,"data":{}}`, true), []string{"no data.new_password"}},
		"silence":           {simulator.FaultStall(simulator.KindReset, true), []string{"the time for this operation ran out", "timeouts"}},
		"a body that stops": {simulator.FaultStop(simulator.KindReset), []string{"the time for this operation ran out", "timeouts"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w, before := rotating(t, s, `timeouts = { update = "4s" }`)
			s.Inject(test.fault)
			w.fails(append(test.texts, "the credential's previous password may have stopped working", `"unfinished_rotation"`),
				"apply", "-auto-approve", "-no-color")
			if s.resets() != 2 {
				t.Errorf("%d resets, want 2: it was repeated", s.resets())
			}
			if w.password() != before {
				t.Error("the state has another password")
			}

			w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("1"), `timeouts = { update = "4s" }`)+dependentBlock)
			w.must("plan", "-no-color").shows(t, "Warning: Stored SMTP password may have stopped working", `-> "unfinished_rotation"`)
			plan := w.plan()
			if reason := after(change(t, plan, passwordAddress), "rotation_reason"); reason != "unfinished_rotation" {
				t.Errorf("the next plan's reason is %v", reason)
			}
			if !unknown(change(t, plan, dependentAddress), "output") {
				t.Error("the dependent is not planned along")
			}
			w.must("apply", "-no-color", "plan")
			s.checkLive(t, w.password())
			if s.resets() != 3 {
				t.Errorf("%d resets, want 3", s.resets())
			}
			w.planIsEmpty()
		})
	}
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
	w, before := rotating(t, s)
	s.Inject(simulator.FaultRateLimit(simulator.KindReset, "3600"))
	w.fails([]string{"429", "1h0m0s", "timeouts", "the state stays as it was"}, "apply", "-auto-approve", "-no-color")
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
