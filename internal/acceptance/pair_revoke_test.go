package acceptance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const notRevoked = "SMTP password not revoked"

// TestThePreviousPasswordOfAPairEndsWhenItIsDue by what a refresh has found, once, and
// nothing else with it.
func TestThePreviousPasswordOfAPairEndsWhenItIsDue(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	own := map[string]variables{
		"plain": nil, "elsewhere": nil, "gone": nil, "refused": nil, "unknown": nil, "unacted": nil, "removed": nil,
		"rotating": nil, "waiting": nil, "lengthened": nil, "shortened": {"revoke_after": "9000h"}, "added": {},
		"about to be due": {}, "unlimited": {},
	}
	for name := range own {
		if own[name] == nil {
			own[name] = variables{"revoke_after": "48h"}
		}
	}
	p := newPairs(t, s, own)
	p.create()
	clock.advance(time.Hour)
	p.give("version", "2")
	p.apply()
	at := func(after time.Duration) string { return clock.now().Add(after).Format(time.RFC3339) }
	rotated := turned{1, 0, "rotation_triggers: version", [2]int{1, 1}}
	for name := range own {
		p.checkPair(name, rotated)
		p.checkTakes(name, [2]bool{true, true})
	}
	rotatedAt := at(0)
	due := at(48 * time.Hour)
	p.checkStored("plain", variables{"previous_revoke_at": due, "previous_revoked_at": nil})
	p.checkStored("shortened", variables{"previous_revoke_at": at(9000 * time.Hour)})
	p.checkStored("added", variables{"previous_revoke_at": nil, "rotated_at": rotatedAt})

	// Of one, the credential gets a password that waits.
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 1000 * time.Hour })
	p.own["waiting"]["login"] = p.patientLogin("2s")
	p.give("version", "3", "waiting")
	clock.advance(time.Hour)
	p.workspace.fails([]string{notTaken}, "apply", "-auto-approve", "-no-color")
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	delete(p.own["waiting"], "login")
	p.give("version", "2", "waiting")

	clock.advance(47*time.Hour - time.Second)
	p.checkPlanEmpty()

	p.resetElsewhere("elsewhere", 0)
	s.RemoveCredential("example.com", p.members["gone"][0].GUID)
	clock.advance(time.Second)
	p.give("revoke_after", nil, "removed")
	p.give("revoke_after", "1h", "shortened", "added")
	p.give("revoke_after", "50h", "lengthened")
	p.give("revoke_after", "48h30m", "about to be due")
	p.give("version", "3", "rotating")
	p.give("timeouts", variables{"update": "1m"}, "refused")
	plan := p.plan()
	for name, test := range map[string]struct {
		unknown  []string
		revokeAt any
	}{
		"plain": {[]string{"previous_revoked_at"}, due}, "elsewhere": {[]string{"previous_revoked_at"}, due},
		"gone":    {[]string{"previous_revoked_at"}, due},
		"refused": {[]string{"previous_revoked_at"}, due}, "unknown": {[]string{"previous_revoked_at"}, due},
		"unacted": {[]string{"previous_revoked_at"}, due},
		"waiting": {[]string{"previous_revoked_at"}, due}, "removed": {nil, nil},
		"shortened":       {[]string{"previous_revoked_at"}, at(-47 * time.Hour)},
		"added":           {[]string{"previous_revoked_at"}, at(-47 * time.Hour)},
		"lengthened":      {nil, at(2 * time.Hour)},
		"about to be due": {[]string{"previous_revoked_at"}, at(30 * time.Minute)},
	} {
		planned, dependent := p.checkPlanned(name, plan, test.unknown...)
		if dependent {
			t.Errorf("%s: its dependent is touched", name)
		}
		if got := after(planned, "previous_revoke_at"); got != test.revokeAt {
			t.Errorf("%s: previous_revoke_at is planned as %v, want %v", name, got, test.revokeAt)
		}
	}
	p.checkPlannedTurn("rotating", plan, 0, "rotation_triggers: version", "previous_revoke_at")
	if !change(t, plan, p.address("unlimited")).Actions.NoOp() {
		t.Error("a pair without revoke_previous_after is planned to change")
	}

	refused := simulator.FaultBody(simulator.KindReset, 422, `{"success":false,"message":"Validation failed."}`, false)
	p.spoil("refused", 0, refused)
	p.spoil("unknown", 0, simulator.FaultStatus(simulator.KindReset, 504, true))
	p.spoil("unacted", 0, simulator.FaultStatus(simulator.KindReset, 504, false))
	errors, shown := p.told("error", "apply", "plan")
	for name, texts := range map[string][]string{
		"refused": {"Could not revoke the SMTP password", "422", p.members["refused"][0].GUID},
		"unknown": {"Could not revoke the SMTP password", "504", p.members["unknown"][0].GUID},
		"unacted": {"Could not revoke the SMTP password", "504", p.members["unacted"][0].GUID},
	} {
		screen{text: strings.Join(errors[name], "\n")}.shows(t, texts...)
	}
	if len(errors) != 3 || len(errors["refused"]) != 1 || len(errors["unknown"]) != 1 {
		t.Errorf("errors: %q", errors)
	}
	revoked := rotated
	revoked.resets = [2]int{2, 1}
	for _, name := range []string{"plain", "shortened", "added"} {
		p.checkPair(name, revoked)
		p.checkTakes(name, [2]bool{false, true})
		p.checkStored(name, variables{"previous_revoked_at": at(0), "rotated_at": rotatedAt})
	}
	for _, name := range []string{"removed", "lengthened", "about to be due", "unlimited"} {
		p.checkPair(name, rotated)
		p.checkTakes(name, [2]bool{true, true})
		p.checkStored(name, variables{"previous_revoked_at": nil})
	}
	p.checkPair("elsewhere", rotated)
	p.checkStored("elsewhere", variables{"previous_revoke_at": due, "previous_revoked_at": nil})
	if warnings := p.toldBy(shown, "warning"); !warnedOf(warnings["elsewhere"], notRevoked) || len(warnings) != 1 {
		t.Errorf("warnings: %q", warnings)
	}
	p.checkPair("gone", rotated)
	p.checkStored("gone", variables{"previous_revoked_at": at(0)})
	p.checkPair("waiting", revoked) // the second reset is that of the login check
	p.checkStored("waiting", variables{"previous_revoked_at": at(0)})
	p.checkPair("rotating", turned{0, 1, "rotation_triggers: version", [2]int{2, 1}})
	p.checkTakes("rotating", [2]bool{true, true})
	p.checkStored("rotating", variables{"previous_revoke_at": at(48 * time.Hour), "previous_revoked_at": nil})
	p.checkPair("refused", revoked)
	p.checkTakes("refused", [2]bool{true, true})
	p.checkStored("refused", variables{"previous_revoked_at": nil, "previous_revoke_at": due})
	if timeouts, _ := p.values(p.address("refused"))["timeouts"].(map[string]any); timeouts["update"] != "1m" {
		t.Errorf("timeouts are stored as %v", timeouts)
	}
	p.checkPair("unknown", revoked)
	p.checkPair("unacted", revoked)
	p.checkStored("unknown", variables{"previous_revoked_at": nil})

	// What failed is planned again, and a dependent that it held up. A reset that is seen to
	// have acted needs no other one.
	p.apply().shows(t, "Plan: 0 to add, 4 to change, 0 to destroy", p.address("refused"), p.address("unknown"))
	p.checkPair("unknown", revoked)
	revoked.resets = [2]int{3, 1}
	p.checkPair("refused", revoked)
	p.checkPair("unacted", revoked)
	for _, name := range []string{"refused", "unknown", "unacted"} {
		p.checkTakes(name, [2]bool{false, true})
		p.checkStored(name, variables{"previous_revoked_at": at(0)})
	}
	if shown := p.checkPlanEmpty(); strings.Contains(shown.text, notRevoked) {
		t.Errorf("what was left alone is told again:\n%s", shown.text)
	}
}

// TestAReasonOfItsOwnTurnsAPair: a period, a schedule, a reset of the active credential by
// somebody else. One of the standby is nobody's business. Without a refresh, the clock
// decides, also about the end of a previous password.
func TestAReasonOfItsOwnTurnsAPair(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	p := newPairs(t, s, map[string]variables{
		"period": {"period": "720h"}, "schedule": {"schedule": "0 3 1 * *"}, "followed": {"follow": true}, "told": nil,
		"standby": {"follow": true}, "previous": {"follow": true}, "revoked": {"revoke_after": "48h"},
	})
	p.create()
	clock.advance(time.Hour)
	p.give("version", "2", "previous", "revoked")
	p.apply()
	rotated := turned{1, 0, "rotation_triggers: version", [2]int{1, 1}}
	p.checkPair("previous", rotated)
	p.checkPair("revoked", rotated)
	clock.advance(48*time.Hour - time.Second)
	p.checkPlanEmpty("-refresh=false")
	clock.advance(time.Second)
	p.apply("-refresh=false").shows(t, "Plan: 0 to add, 1 to change, 0 to destroy")
	p.checkPair("revoked", turned{1, 0, "rotation_triggers: version", [2]int{2, 1}})
	p.checkTakes("revoked", [2]bool{false, true})
	p.checkStored("revoked", variables{"previous_revoked_at": clock.now().Format(time.RFC3339)})

	clock.advance(671 * time.Hour)
	for name, member := range map[string]int{"followed": 0, "told": 0, "standby": 1, "previous": 0} {
		p.resetElsewhere(name, member)
	}
	p.give("version", "3", "revoked")
	warnings, shown := p.told("warning", "apply", "-auto-approve")
	if shown.code != 0 {
		t.Fatal(shown.text)
	}
	for warning, names := range map[string][]string{
		strings.TrimPrefix(externalWarning, "Warning: "): {"followed", "told"},
		strings.TrimPrefix(dueWarning, "Warning: "):      {"period", "schedule"},
		cutsOffWarning: {"followed", "period", "schedule"}, // and not where the previous password has ended
	} {
		for name := range p.own {
			if warnedOf(warnings[name], warning) != slices.Contains(names, name) {
				t.Errorf("%s: of %q, warned %q", name, warning, warnings[name])
			}
		}
	}
	followed := strings.Join(warnings["followed"], "\n")
	if !strings.Contains(followed, "(external_change) resets its password") {
		t.Errorf("it does not tell that the other credential is reset, and why:\n%s", followed)
	}
	turn := func(reason string) turned { return turned{1, 0, reason, [2]int{1, 1}} }
	p.checkPair("period", turn("rotation_period"))
	p.checkStored("period", variables{"next_rotation_at": clock.now().Add(720 * time.Hour).Format(time.RFC3339)})
	p.checkPair("schedule", turn("rotation_schedule"))
	p.checkStored("schedule", variables{"next_rotation_at": "2026-07-01T03:00:00Z"})
	p.checkPair("followed", turn("external_change"))
	p.checkResets("told", [2]int{1, 0})
	p.checkPair("standby", turned{0, none, "created", [2]int{1, 0}})
	p.checkPair("previous", rotated)
	p.checkPair("revoked", turned{0, 1, "rotation_triggers: version", [2]int{3, 1}})
	for _, name := range []string{"period", "schedule", "revoked"} {
		p.checkTakes(name, [2]bool{true, true})
	}
	p.checkStored("revoked", variables{"previous_revoked_at": nil})

	p.give("revoke_after", nil, "revoked")
	clock.advance(720 * time.Hour)
	warnings, shown = p.told("warning", "apply", "-auto-approve", "-refresh=false")
	for _, name := range []string{"period", "schedule"} {
		if shown.code != 0 || !warnedOf(warnings[name], cutsOffWarning) {
			t.Errorf("%s: warned %q\n%s", name, warnings[name], shown.text)
		}
	}
	p.checkPair("period", turned{0, 1, "rotation_period", [2]int{2, 1}})
	p.checkPair("schedule", turned{0, 1, "rotation_schedule", [2]int{2, 1}})
	p.checkResets("followed", [2]int{1, 1})
	p.checkResets("revoked", [2]int{3, 1})
	p.checkPlanEmpty()
}
