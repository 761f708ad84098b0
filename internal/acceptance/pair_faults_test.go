package acceptance

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// stillWorks is what each error of a rotation says of the active login.
const stillWorks = "The active login was not touched, and stays as it was"

// TestAFailedResetOfAPairLeavesTheActiveLogin has faults after which no repeat is safe, or
// of no use. The next apply resets the standby again.
func TestAFailedResetOfAPairLeavesTheActiveLogin(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	refused := simulator.FaultEnvelope(simulator.KindReset, 422, "The credential is suspended.", false)
	nothing := simulator.FaultBody(simulator.KindReset, 200, `{"success":true,"data":{}}`, true)
	silence := []string{"the time for this operation ran out", "timeouts"}
	all := map[string]struct {
		fault simulator.Fault
		texts []string
	}{
		"504, acted":     {simulator.FaultStatus(simulator.KindReset, 504, true), []string{"HTTP status 504"}},
		"504, not acted": {simulator.FaultStatus(simulator.KindReset, 504, false), []string{"HTTP status 504"}},
		"no password":    {nothing, []string{"no data.new_password"}},
		"silence":        {simulator.FaultStall(simulator.KindReset, true), silence},
		"taken back":     {simulator.FaultStatus(simulator.KindReset, 504, true), []string{"HTTP status 504"}},
		"refused":        {refused, []string{"422", "The credential is suspended"}},
	}
	own := map[string]variables{"repeated": nil, "late": nil}
	for name := range all {
		own[name] = nil
	}
	own["silence"] = variables{"timeouts": variables{"update": "4s"}}
	p := newPairs(t, s, own)
	p.create()
	before := p.attributes()
	clock.advance(time.Hour)
	p.give("version", "2")
	for name, test := range all {
		p.spoil(name, 1, test.fault)
	}
	p.spoil("repeated", 1, simulator.FaultServerError(simulator.KindReset, true))
	p.spoil("late", 1, simulator.FaultLate(simulator.KindReset, 10*time.Minute, simulator.FaultLost("", false)))
	errors, shown := p.told("error", "apply", "-auto-approve")
	if shown.code == 0 || len(errors) != len(all) {
		t.Errorf("errors about %d cases of %d:\n%s", len(errors), len(all), shown.text)
	}
	now := p.attributes()
	for name, test := range all {
		if len(errors[name]) != 1 {
			t.Errorf("%s: errors %q", name, errors[name])
			continue
		}
		screen{text: errors[name][0]}.shows(t, append(test.texts, "Could not rotate the SMTP password", stillWorks)...)
		p.checkPair(name, turned{0, none, "created", [2]int{1, 1}})
		if now[name] != before[name] {
			t.Errorf("%s: its state has changed", name)
		}
	}
	reason := "rotation_triggers: version"
	p.checkPair("repeated", turned{1, 0, reason, [2]int{1, 2}})
	p.checkPair("late", turned{1, 0, reason, [2]int{1, 2}})

	clock.advance(10 * time.Minute) // by now the lost attempt has ended the active password
	if p.takes("late", 1) {
		t.Fatal("it has not landed")
	}
	p.give("version", "1", "taken back")
	warnings, shown := p.told("warning", "apply", "-auto-approve")
	if shown.code != 0 || len(warnings["taken back"]) > 0 {
		t.Errorf("warned of what nothing depends on: %q\n%s", warnings["taken back"], shown.text)
	}
	for name := range all {
		if name != "taken back" {
			p.checkPair(name, turned{1, 0, reason, [2]int{1, 2}})
			p.checkTakes(name, [2]bool{true, true})
		}
	}
	p.checkPair("taken back", turned{0, none, "created", [2]int{1, 1}})
	p.checkPair("late", turned{0, 1, "late_reset", [2]int{2, 2}})

	// A limit holds for all requests of a provider.
	p.give("version", "3", "refused", "taken back")
	p.spoil("refused", 0, simulator.FaultRateLimit(simulator.KindReset, "3600"))
	p.workspace.fails([]string{"429", "1h0m0s", stillWorks}, "apply", "-auto-approve", "-no-color", "-parallelism=1")
	p.checkPair("refused", turned{1, 0, reason, [2]int{2, 2}})
	p.checkTakes("refused", [2]bool{true, true})
	p.apply()
	p.checkPair("refused", turned{0, 1, reason, [2]int{3, 2}})
	p.checkPair("taken back", turned{1, 0, reason, [2]int{1, 2}})
	p.checkPlanEmpty()
}
