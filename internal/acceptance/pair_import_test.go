package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestAPairIsTakenOver by an import or with existing_password, without a reset: the first
// credential that is named is the active one.
func TestAPairIsTakenOver(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	p := newPairs(t, s, map[string]variables{
		"in order": nil, "swapped": nil, "adopted": {"period": "720h"}, "adopted later": nil,
	})
	p.give("revoke_after", "48h")
	p.further = "" // a fingerprint of no password is an error
	p.own["adopted"]["existing"] = p.live("adopted", 0)
	p.configure()
	id := func(name string, first int) string {
		return fmt.Sprintf("example.com/%s,%s", p.members[name][first].GUID, p.members[name][1-first].GUID)
	}
	p.write("import.tf", importBlock(p.address("in order"), strings.ToUpper(id("in order", 0)))+
		importBlock(p.address("swapped"), id("swapped", 1))+
		importBlock(p.address("adopted later"), id("adopted later", 0)))
	shown := p.apply()
	shown.shows(t, "Plan: 3 to import, 1 to add", unknownPasswordWarning, "3 imported, 1 added")
	imported := variables{
		"password": nil, "password_version": 0.0, "rotation_reason": "imported", "previous_credential_guid": nil,
		"previous_revoke_at": nil, "previous_revoked_at": nil, "rotated_at": "2026-05-20T12:00:00Z", "strength": nil,
		"remote_sync": nil,
	}
	for name, first := range map[string]int{"in order": 0, "swapped": 1, "adopted later": 0} {
		active := p.members[name][first]
		imported["id"], imported["active_credential_guid"] = id(name, first), active.GUID
		imported["username"], imported["login"] = active.Username, active.Login
		p.checkStored(name, imported)
	}
	p.checkPair("adopted", turned{0, none, "adopted", [2]int{}})
	p.checkStored("adopted", variables{
		"next_rotation_at": "2026-06-19T12:00:00Z", "strength": nil, "remote_sync": nil, "existing_password": nil,
	})
	p.give("existing", p.live("adopted later", 0), "adopted later")
	p.apply().shows(t, "Plan: 0 to add, 1 to change", `-> "adopted"`)
	p.checkPair("adopted later", turned{0, none, "adopted", [2]int{}})
	if n := s.resets(); n != 0 {
		t.Errorf("%d resets", n)
	}
	for name := range p.own {
		p.checkTakes(name, [2]bool{true, true})
	}

	clock.advance(time.Hour)
	p.give("version", "2")
	p.apply()
	for name := range p.own {
		want := turned{1, 0, "rotation_triggers: version", [2]int{0, 1}}
		if name == "swapped" { // its order is that of the import
			p.members[name] = [2]simulator.Credential{p.members[name][1], p.members[name][0]}
			p.seen[name] = &[2]string{p.seen[name][1], p.seen[name][0]}
		}
		p.checkPair(name, want)
		p.checkTakes(name, [2]bool{true, true})
		p.checkStored(name, variables{"previous_revoke_at": nil}) // this resource has not set that password
	}
	// A password that was adopted goes on working until the next turn ends it, or may have
	// ended it. Then no replacement adopts it.
	clock.advance(48 * time.Hour)
	p.give("version", "3", "adopted", "adopted later")
	p.spoil("adopted later", 0, simulator.FaultStatus(simulator.KindReset, 504, true))
	p.workspace.fails([]string{"Plan: 0 to add, 2 to change, 0 to destroy", stillWorks},
		"apply", "-auto-approve", "-no-color")
	p.checkPair("adopted", turned{0, 1, "rotation_triggers: version", [2]int{1, 1}})
	p.checkPair("adopted later", turned{1, 0, "rotation_triggers: version", [2]int{1, 1}})
	errors, _ := p.told("error", "plan", "-replace="+p.address("adopted"), "-replace="+p.address("adopted later"))
	for _, name := range []string{"adopted", "adopted later"} {
		if !warnedOf(errors[name], "existing_password would bring an old password back") || len(errors) != 2 {
			t.Errorf("%s: errors %q", name, errors)
		}
	}
	p.give("existing", nil)
	p.give("version", "2", "adopted later")
	p.checkPlanEmpty()
}

// TestAPairIsImportedByItsIdentity, by a block.
func TestAPairIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()
	importsByIdentity.need(t)
	s := startService(t, simulator.Options{})
	p := newPairs(t, s, map[string]variables{"it": nil})
	p.further = fmt.Sprintf(`
import {
  to = %s
  identity = {
    domain           = "example.com"
    credential_guids = [%q, %q]
  }
}
`, p.address("it"), strings.ToUpper(p.members["it"][1].GUID), p.members["it"][0].GUID)
	p.configure()
	p.apply().shows(t, "Plan: 1 to import, 0 to add", unknownPasswordWarning)
	p.checkStored("it", variables{
		"active_credential_guid": p.members["it"][1].GUID, "previous_credential_guid": nil, "password": nil,
		"id": "example.com/" + p.members["it"][1].GUID + "," + p.members["it"][0].GUID,
	})
	p.checkPlanEmpty()
	if n := s.resets(); n > 0 {
		t.Errorf("%d resets", n)
	}
}

func TestBadImportsOfAPairAreExplained(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const other, good = "00000000-0000-4000-8000-000000000000", "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff,"
	invalid := []string{"Invalid import id", good}
	missing := []string{"Could not import the SMTP credential", "Credential not found", "Nothing was imported"}
	all := map[string]struct {
		id    string // ONE and TWO are the GUIDs of the case
		texts []string
	}{
		"no domain":     {"ONE,TWO", invalid},
		"one GUID":      {"example.com/ONE", invalid},
		"three GUIDs":   {"example.com/ONE,TWO," + other, invalid},
		"a slash":       {"example.com/ONE/TWO", invalid},
		"twice the one": {"example.com/ONE,ONE", invalid},
		"a numeric id":  {"example.com/ONE,17", append(slices.Clone(invalid), "numeric id")},
		"no first":      {"example.com/" + other + ",TWO", missing},
		"no second":     {"example.com/ONE," + other, missing},
	}
	own := map[string]variables{}
	for name := range all {
		own[name] = nil
	}
	p := newPairs(t, s, own)
	p.further = ""
	id := func(name string) string {
		return strings.NewReplacer("ONE", p.members[name][0].GUID, "TWO", p.members[name][1].GUID).Replace(all[name].id)
	}
	for name := range all {
		p.further += importBlock(p.address(name), id(name))
	}
	p.configure()
	told, _ := p.told("error", "apply", "-auto-approve")
	errors := told[""] // the CLI names no address there
	for name, test := range all {
		i := slices.IndexFunc(errors, func(text string) bool {
			isMissing := strings.HasPrefix(name, "no ") && strings.Contains(text, other)
			return strings.Contains(text, id(name)) || isMissing && strings.Contains(text, test.texts[1])
		})
		if i < 0 {
			t.Errorf("%s: there is no error: %q", name, errors)
			continue
		}
		screen{text: errors[i]}.shows(t, test.texts...)
	}
	state, _ := os.ReadFile(filepath.Join(p.dir, "terraform.tfstate")) // there may be none
	if len(errors) != len(all) || strings.Contains(string(state), pairType) || s.resets() > 0 {
		t.Errorf("%d errors of %d, %d resets; stored: %s", len(errors), len(all), s.resets(), state)
	}
}
