package acceptance

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const cutsOffWarning = "Rotation ends the standby's SMTP password"

// TestAPairTakesTurns creates pairs and rotates them five times: with nothing else set,
// with a login check, and with an end of the previous password.
func TestAPairTakesTurns(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	p := newPairs(t, s, map[string]variables{
		"plain": nil, "checked": nil, "limited": {"period": "720h", "revoke_after": "48h"},
	})
	p.give("login", p.patientLogin("1m"), "checked")
	more := map[string][]string{"checked": {"login_verified_at"}, "limited": {"next_rotation_at", "previous_revoke_at"}}

	shown := p.apply()
	for name := range p.own {
		p.checkPair(name, turned{0, none, "created", [2]int{1, 0}})
		p.checkTakes(name, [2]bool{true, true}) // the second has the password that it had
		p.checkStored(name, variables{"previous_revoke_at": nil, "previous_revoked_at": nil})
		shown.shows(t, fmt.Sprintf("+ active_credential_guid = %q", p.members[name][0].GUID),
			fmt.Sprintf("+ id = %q", p.id(name)))
	}
	for _, attribute := range []string{"active_credential_guid", "rotation_reason", "previous_"} {
		if regexp.MustCompile(`\+ ` + attribute + `\w* += \(known after apply\)`).MatchString(shown.text) {
			t.Errorf("%s is not known in the plan of a creation:\n%s", attribute, shown.text)
		}
	}

	for n := 1; n <= 5; n++ {
		clock.advance(24 * time.Hour)
		before := map[string]float64{}
		for name := range p.own {
			before[name] = p.version(name)
		}
		active := n % 2
		p.give("version", strconv.Itoa(n+1))
		switch n {
		case 1:
			plan := p.plan()
			for name := range p.own {
				p.checkPlannedTurn(name, plan, active, "rotation_triggers: version", more[name]...)
			}
			p.must("apply", "-no-color", "plan")
		case 2: // the previous login still works, and nobody knows who uses it
			warnings, shown := p.told("warning", "apply", "-auto-approve")
			p.checkTold(warnings, func(name string) []string {
				return []string{cutsOffWarning, p.members[name][active].GUID, "active until 2026-05-21T12:00:00Z"}
			})
			if shown.code != 0 {
				t.Fatal(shown.text)
			}
		case 3:
			p.turnLate(clock, "checked", 1-active)
		default:
			shown := p.apply()
			shown.shows(t, "Plan: 0 to add, 6 to change, 0 to destroy")
			for name := range p.own {
				was, is := p.members[name][1-active].GUID, p.members[name][active].GUID
				shown.shows(t, p.address(name)+" will be updated in-place",
					fmt.Sprintf("active_credential_guid = %q -> %q", was, is))
			}
		}
		for name := range p.own {
			p.checkPair(name, turned{active, 1 - active, "rotation_triggers: version", [2]int{1 + n/2, (n + 1) / 2}})
			p.checkTakes(name, [2]bool{true, true})
			if p.version(name) <= before[name] {
				t.Errorf("%s: password_version does not grow", name)
			}
		}
		now := func(later time.Duration) string { return clock.now().Add(later).Format(time.RFC3339) }
		p.checkStored("checked", variables{"login_verified_at": now(0), "rotated_at": now(0)})
		if n == 3 {
			continue // when the clock has gone on
		}
		p.checkStored("plain", variables{"previous_revoke_at": nil, "rotated_at": now(0), "next_rotation_at": nil})
		p.checkStored("limited", variables{
			"previous_revoke_at": now(48 * time.Hour), "previous_revoked_at": nil,
			"next_rotation_at": now(720 * time.Hour),
		})
	}
	for _, kind := range s.kinds() {
		if !slices.Contains([]string{"get", "list", "reset"}, kind) {
			t.Errorf("a request of kind %s was made", kind)
		}
	}
	p.checkPlanEmpty()
}

// turnLate applies a turn while the mail server hears late of new passwords. Until it takes
// that of a case, the login before works, and nothing is fed with the new one.
func (p *pairs) turnLate(clock *clock, name string, active int) {
	p.t.Helper()
	p.service.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	before := len(p.service.Logins())
	moved, works := make(chan error, 1), false
	go func() {
		err := p.service.waitForLogins(p.context(), before+2)
		works = p.takes(name, active)
		clock.advance(2 * time.Hour)
		moved <- err
	}()
	shown := p.apply()
	if err := <-moved; err != nil {
		p.t.Fatal(err)
	}
	if !works {
		p.t.Error("the active login did not work while the new one was checked")
	}
	checked := strings.Index(shown.text, p.address(name)+": Modifications complete")
	dependent := strings.Index(shown.text, fmt.Sprintf("terraform_data.dependent[%q]: Modifying", name))
	if checked < 0 || dependent < checked {
		p.t.Errorf("the dependent did not come after the check:\n%s", shown.text)
	}
	p.service.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
}

// TestAnUnknownTriggerOfAPair may come out as it was, also where a previous password has
// ended or is about to.
func TestAnUnknownTriggerOfAPair(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	source := func(release, note string) variables { return variables{"release": release, "note": note} }
	p := newPairs(t, s, map[string]variables{
		"kept": nil, "kept, with a setting": {"revoke_after": "1h"}, "rotated": {"revoke_after": "1h"},
		"revoked": {"revoke_after": "1h"}, "revoked, given up": {"revoke_after": "1h"}, "due": {"revoke_after": "3h"},
		"due, and rotated": {"revoke_after": "3h"}, "imported": nil,
	})
	p.expressions = map[string]string{
		"rotation_triggers": `{ fixed = "x", release = terraform_data.source[each.key].output.release }`,
		"existing_password": `each.key != "imported" ? null : try(
    strrev(terraform_data.source[each.key].output.live), null)`,
	}
	p.write("import.tf", importBlock(p.address("imported"), p.id("imported")))
	p.further += `
resource "terraform_data" "source" {
  for_each = local.own
  input    = each.value.source
}
`
	p.give("source", source("1", "a"))
	p.create("imported")
	// Two of them have been revoked, and two are about to be.
	turned2 := turned{1, 0, "rotation_triggers: release", [2]int{1, 1}}
	rotated := []string{"rotated", "revoked", "revoked, given up", "due", "due, and rotated"}
	p.give("source", source("2", "b"), rotated...)
	p.apply()
	for name := range p.own {
		if slices.Contains(rotated, name) {
			p.checkPair(name, turned2)
		}
	}
	clock.advance(2 * time.Hour)
	p.apply()
	clock.advance(2 * time.Hour)
	for name, test := range map[string]variables{
		"kept": source("1", "c"), "kept, with a setting": source("1", "c"), "rotated": source("3", "c"),
		"revoked": source("2", "c"), "revoked, given up": source("2", "c"), "due": source("2", "c"),
		"due, and rotated": source("3", "c"),
		"imported":         {"release": "2", "note": "c", "live": reverse(p.live("imported", 0))},
	} {
		p.own[name]["source"] = test
	}
	p.give("revoke_after", nil, "revoked, given up")
	p.give("revoke_after", "2h", "kept, with a setting")
	warnings, shown := p.told("warning", "plan", "-out=plan")
	if shown.code != 0 {
		t.Fatal(shown.text)
	}
	plan := p.savedPlan()
	undecided := withAttributes(ofAPair, "active_credential_guid", "previous_credential_guid", "rotation_reason")
	for name := range p.own {
		planned := change(t, plan, p.address(name))
		dependent := change(t, plan, fmt.Sprintf("terraform_data.dependent[%q]", name))
		for _, attribute := range undecided {
			if !unknown(planned, attribute) {
				t.Errorf("%s: %s is planned as %v", name, attribute, after(planned, attribute))
			}
		}
		if !planned.Actions.Update() || !dependent.Actions.Update() {
			t.Errorf("%s: planned as %v, its dependent as %v", name, planned.Actions, dependent.Actions)
		}
		// Where the previous password has ended, a turn would end nothing.
		hasEnded := slices.Contains([]string{"rotated", "revoked", "revoked, given up"}, name)
		if warnedOf(warnings[name], cutsOffWarning) == hasEnded {
			t.Errorf("%s: warned %q", name, warnings[name])
		}
	}
	p.must("apply", "-no-color", "plan")
	p.checkPair("imported", turned{0, none, "adopted", [2]int{0, 0}})
	p.checkPair("kept", turned{0, none, "created", [2]int{1, 0}})
	p.checkPair("kept, with a setting", turned{0, none, "created", [2]int{1, 0}})
	p.checkStored("kept, with a setting", variables{"revoke_previous_after": "2h"})
	revoked := turned2
	revoked.resets = [2]int{2, 1}
	for _, name := range []string{"revoked", "revoked, given up"} {
		p.checkPair(name, revoked)
		p.checkStored(name, variables{"previous_revoked_at": clock.now().Add(-2 * time.Hour).Format(time.RFC3339)})
	}
	p.checkPair("rotated", turned{0, 1, "rotation_triggers: release", [2]int{3, 1}})
	p.checkPair("due, and rotated", turned{0, 1, "rotation_triggers: release", [2]int{2, 1}})
	p.checkPair("due", revoked)
	for name := range p.own {
		p.checkTakes(name, [2]bool{!slices.Contains([]string{"revoked", "revoked, given up", "due"}, name), true})
	}
	p.checkPlanEmpty()
}

// TestAnotherOrderOrSpellingOfAPairChangesNothing, another member replaces it, and so does
// a taint. A destruction ends what is live of a pair that revokes.
func TestAnotherOrderOrSpellingOfAPairChangesNothing(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	p := newPairs(t, s, map[string]variables{
		"swapped": nil, "spelled": nil, "swapped early": nil, "member": nil, "tainted": nil,
		"replaced": {"revoke": true}, "revoked": {"revoke": true}, "revoked, once": {"revoke": true},
		"elsewhere": {"revoke": true},
	})
	swap := func(name string) { p.own[name]["guids"] = []string{p.members[name][1].GUID, p.members[name][0].GUID} }
	p.create()
	swap("swapped early")
	p.give("version", "2", "swapped", "spelled", "member", "tainted", "replaced", "revoked", "elsewhere")
	clock.advance(time.Hour)
	p.apply()
	second := turned{1, 0, "rotation_triggers: version", [2]int{1, 1}}
	p.checkPair("swapped early", turned{0, none, "created", [2]int{1, 0}})
	for _, name := range []string{"swapped", "spelled", "member", "tainted", "replaced", "revoked", "elsewhere"} {
		p.checkPair(name, second)
		p.checkTakes(name, [2]bool{true, true})
	}

	swap("swapped")
	p.own["spelled"]["domain"] = "EXAMPLE.com."
	p.give("guids", []string{
		strings.ToUpper(p.members["spelled"][1].GUID), strings.ToUpper(p.members["spelled"][0].GUID),
	}, "spelled")
	p.checkPlanEmpty()

	p.give("version", "2", "swapped early") // the order of the creation counts
	third := s.AddCredential("example.com", "third")
	was := p.members["member"]
	p.give("guids", []string{was[0].GUID, third.GUID}, "member")
	p.members["member"] = [2]simulator.Credential{was[0], third}
	p.must("taint", p.address("tainted"))
	clock.advance(time.Hour)
	p.resetElsewhere("elsewhere", 0) // the previous one
	shown := p.apply("-replace="+p.address("replaced"), "-replace="+p.address("swapped"))
	shown.shows(t, "Plan: 4 to add, 6 to change, 4 to destroy", p.address("member")+" must be replaced",
		"# forces replacement")
	p.members["swapped"] = [2]simulator.Credential{p.members["swapped"][1], p.members["swapped"][0]}
	*p.seen["swapped"] = [2]string{p.seen["swapped"][1], p.seen["swapped"][0]}
	p.checkPair("swapped early", second)
	for name, resets := range map[string][2]int{
		"member": {2, 0}, "tainted": {2, 1}, "replaced": {3, 2}, "swapped": {2, 1},
	} {
		p.checkPair(name, turned{0, none, "created", resets})
	}
	p.checkTakes("tainted", [2]bool{true, true})
	p.checkTakes("replaced", [2]bool{true, false})
	if s.Login(t.Context(), was[1].Login, p.seen["member"][1]) != nil {
		t.Error("the member that was left out has lost its password")
	}

	p.destroy().shows(t, "Warning: SMTP password not revoked", p.members["elsewhere"][0].GUID, "was changed after")
	for name, want := range map[string]struct {
		resets [2]int
		takes  [2]bool
	}{
		"swapped":       {[2]int{2, 1}, [2]bool{true, true}},
		"revoked":       {[2]int{2, 2}, [2]bool{false, false}},
		"revoked, once": {[2]int{2, 0}, [2]bool{false, true}},
		"elsewhere":     {[2]int{1, 2}, [2]bool{false, false}}, // the first by another hand
		"replaced":      {[2]int{4, 2}, [2]bool{false, false}},
	} {
		p.checkResets(name, want.resets)
		p.checkTakes(name, want.takes)
	}
}
