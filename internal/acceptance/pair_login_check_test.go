package acceptance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const notTaken = "Mail server does not take the SMTP password yet"

// TestALoginCheckOfAPairThatFailsChangesNothing but what is noted beside the state: the
// active login goes on, and so does the next apply, without another reset.
func TestALoginCheckOfAPairThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	const (
		goesOn, elsewhere, takenBack, setting = "goes on", "reset elsewhere", "taken back", "taken back, with a setting"
		unusable, unchecked, again, adopted   = "unusable", "unchecked", "a second time", "imported, and adopted"
	)
	p := newPairs(t, s, map[string]variables{
		goesOn: {"revoke_after": "48h"}, elsewhere: nil, takenBack: nil, setting: nil, unusable: nil, unchecked: nil,
		again: nil, adopted: nil,
	})
	p.write("import.tf", importBlock(p.address(adopted), p.id(adopted)))
	patient, hasty := p.patientLogin("1m"), p.patientLogin("2s")
	p.give("login", patient)
	p.create(adopted)
	first := turned{0, none, "created", [2]int{1, 1}}
	stored, noted, before := p.storedWithoutPrivate(), p.stored(), p.attributes()

	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	p.give("login", hasty)
	p.give("login", loginAt("127.0.0.1:1", variables{"timeout": "1s"}), unusable)
	p.give("version", "2")
	issued := len(s.IssuedPasswords())
	p.fails(func(name string) []string {
		if name == unusable {
			return []string{"Mail server cannot be used for login_check", "No password was changed"}
		}
		return []string{notTaken, p.members[name][1].GUID}
	}, "apply", "-auto-approve")
	if p.storedWithoutPrivate() != stored || p.stored() == noted {
		t.Error("the state has changed, or nothing is noted beside it")
	}
	waiting := s.IssuedPasswords()[issued:]
	for name := range p.own {
		switch name {
		case unusable:
			p.checkPair(name, turned{0, none, "created", [2]int{1, 0}})
		case adopted:
			p.checkResets(name, [2]int{0, 1})
		default:
			p.checkPair(name, first)
		}
	}
	if len(waiting) != 7 {
		t.Fatalf("%d passwords wait", len(waiting))
	}

	// One fails once more, without a reset.
	p.give("login", patient)
	p.give("login", hasty, again)
	p.give("timeouts", variables{"update": "1m"}, setting)
	p.give("existing", p.live(adopted, 0), adopted)
	p.give("version", "1", goesOn, elsewhere, takenBack, setting, unusable, unchecked, adopted)
	p.workspace.fails([]string{notTaken}, "apply", "-auto-approve", "-no-color")
	p.checkPair(again, first)
	p.checkPair(adopted, turned{0, none, "adopted", [2]int{0, 1}})
	for name, now := range p.attributes() {
		if changes := name == setting || name == adopted; changes != (now != before[name]) {
			t.Errorf("%s: its state has changed: want %t", name, changes)
		}
	}

	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	clock.advance(2 * time.Minute)
	p.resetElsewhere(elsewhere, 1)
	p.give("login", patient, again)
	p.give("login", nil, unchecked)
	p.give("existing", nil, adopted)
	p.give("version", "2", goesOn, elsewhere, unusable, unchecked, adopted)
	s.ClearJournal()
	p.must("plan", "-no-color", "-input=false", "-out=plan")
	raw, err := p.command("show", "-json", "plan").Output()
	if err != nil {
		t.Fatal(err)
	}
	checkNoSecret(t, "the plan", string(raw), waiting)
	var plan *tfjson.Plan
	if err := json.Unmarshal(raw, &plan); err != nil {
		t.Fatal(err)
	}
	for name := range p.own {
		switch name {
		case goesOn:
			p.checkPlannedTurn(name, plan, 1, "rotation_triggers: version", "login_verified_at", "previous_revoke_at")
		case unchecked:
			p.checkPlannedTurn(name, plan, 1, "rotation_triggers: version")
		case elsewhere, unusable, again, adopted:
			p.checkPlannedTurn(name, plan, 1, "rotation_triggers: version", "login_verified_at")
		}
		if strings.HasPrefix(name, takenBack) && !change(t, plan, p.address(name)).Actions.NoOp() {
			t.Errorf("what was taken back is planned as %v", change(t, plan, p.address(name)).Actions)
		}
	}
	if n := s.resets(); n > 0 {
		t.Errorf("a plan made %d resets", n)
	}
	p.must("apply", "-no-color", "plan")
	reason := "rotation_triggers: version"
	p.checkPair(goesOn, turned{1, 0, reason, [2]int{0, 0}})
	p.checkStored(goesOn, variables{ // its turn is now, and not when it was reset
		"rotated_at": clock.now().Format(time.RFC3339), "login_verified_at": clock.now().Format(time.RFC3339),
		"previous_revoke_at": clock.now().Add(48 * time.Hour).Format(time.RFC3339),
	})
	p.checkPair(again, turned{1, 0, reason, [2]int{0, 0}})
	p.checkPair(unchecked, turned{1, 0, reason, [2]int{0, 0}})
	p.checkPair(elsewhere, turned{1, 0, reason, [2]int{0, 1}})
	p.checkPair(unusable, turned{1, 0, reason, [2]int{0, 1}})
	p.checkPair(takenBack, turned{0, none, "created", [2]int{0, 0}})
	p.checkPair(setting, turned{0, none, "created", [2]int{0, 0}})
	p.checkPair(adopted, turned{1, 0, reason, [2]int{0, 0}})
	for _, name := range []string{goesOn, again, unchecked, adopted} {
		if n := p.asked(name, 1, simulator.KindGet); n != 1 {
			t.Errorf("%s: the credential whose password waits was asked for %d times", name, n)
		}
		p.checkTakes(name, [2]bool{true, true})
	}

	// What waits is used by the next rotation, whatever it is for.
	p.give("version", "3", takenBack, setting)
	s.ClearJournal()
	if shown := p.apply(); strings.Contains(shown.text, "Warning") {
		t.Errorf("nobody can have the password that waits, and it is warned of:\n%s", shown.text)
	}
	for _, name := range []string{takenBack, setting} {
		p.checkPair(name, turned{1, 0, reason, [2]int{0, 0}})
		p.checkTakes(name, [2]bool{true, true})
	}
	p.checkPlanEmpty()
}

// TestAWaitingPasswordIsInNoLog, with a domain's key, at the noisiest level.
func TestAWaitingPasswordIsInNoLog(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	p := newPairs(t, s, map[string]variables{"it": {"revoke": true}})
	p.provider = s.keyBlock("example.com")
	p.give("login", p.patientLogin("1m"))
	p.logTo("TF_LOG=TRACE")
	p.create()
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	p.give("login", p.patientLogin("2s"))
	p.give("version", "2")
	p.workspace.fails([]string{notTaken}, "apply", "-auto-approve", "-no-color")
	p.checkPair("it", turned{0, none, "created", [2]int{1, 1}})
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	p.give("login", p.patientLogin("1m"))
	p.apply()
	p.checkPair("it", turned{1, 0, "rotation_triggers: version", [2]int{1, 1}})
	p.checkTakes("it", [2]bool{true, true})
	p.destroy()
	p.checkResets("it", [2]int{2, 2})
	p.checkTakes("it", [2]bool{false, false})
	s.checkKeyUsed(t)
}
