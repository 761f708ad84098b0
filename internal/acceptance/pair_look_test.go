package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestThePlanOfAPairSaysWhatIsAheadOfItsCredentials: the creation ends the first one's
// password; a second one that the API refuses fails the first rotation; a credential that
// another resource has, too, is told by each plan that has both.
func TestThePlanOfAPairSaysWhatIsAheadOfItsCredentials(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	p := newPairs(t, s, map[string]variables{
		"in use": nil, "adopted": nil, "no first": nil, "no second": nil, "not its second": nil,
		"a single's first": nil, "a single's second": nil, "another pair's": nil,
	})
	member := func(name string, member int) string { return p.members[name][member].GUID }
	p.own["adopted"]["existing"] = p.live("adopted", 0)
	p.own["another pair's"]["guids"] = []string{member("another pair's", 0), member("in use", 1)}
	shared := []string{member("a single's first", 0), member("a single's second", 1), member("in use", 1)}
	for n, guid := range shared[:2] {
		p.further += resourceBlock("smtp_credential_password", fmt.Sprintf("single%d", n), map[string]string{
			"domain": `"example.com"`, "credential_guid": quoted(guid),
		})
	}
	p.configure()
	// countTwice counts what is told about each credential that two resources have.
	countTwice := func(shown screen) (counts []int) {
		for _, guid := range shared {
			n := 0
			for _, d := range findDiagnostics(t, shown.text) {
				if d.Summary == twiceWarning && strings.Contains(d.Detail, guid) {
					n++
				}
			}
			counts = append(counts, n)
		}
		return counts
	}

	notFound := simulator.FaultEnvelope(simulator.KindGet, 404, "Credential not found", false)
	s.spoilLists()
	p.spoil("no first", 0, notFound)
	p.spoil("no second", 1, notFound)
	p.spoil("not its second", 1,
		simulator.FaultEnvelope(simulator.KindGet, 403, "Credential does not belong to the specified domain", false))
	warnings, shown := p.told("warning", "plan", "-out=plan")
	if shown.code != 0 || s.resets() > 0 {
		t.Fatalf("%d resets:\n%s", s.resets(), shown.text)
	}
	for name, texts := range map[string][]string{
		"in use":         {lookWarning, fmt.Sprintf("resets the password of login %q", p.members["in use"][0].Login)},
		"no first":       {lookWarning, "404", member("no first", 0), "The apply fails with this error"},
		"no second":      {"404", "Credential not found", member("no second", 1), "rotation"},
		"not its second": {"403", "does not belong", member("not its second", 1), "rotation"},
		"adopted":        nil,
	} {
		told := strings.Join(warnings[name], "\n")
		screen{text: told}.shows(t, texts...)
		if strings.Contains(told, p.members[name][1].Login) || (told == "") != (texts == nil) {
			t.Errorf("%s: warned %q", name, warnings[name])
		}
	}
	if counts := countTwice(shown); !slices.Equal(counts, []int{1, 1, 1}) {
		t.Errorf("told of two resources that have one credential: %v", counts)
	}
	s.ClearFaults()
	p.must("apply", "-no-color", "-parallelism=1", "plan")
	for _, name := range []string{"in use", "no first", "no second", "not its second"} {
		p.checkPair(name, turned{0, none, "created", [2]int{1, 0}})
		p.checkTakes(name, [2]bool{true, true})
	}
	p.checkPair("adopted", turned{0, none, "adopted", [2]int{0, 0}})
	clock.advance(time.Hour)
	shown = p.checkPlanEmpty("-json")
	if counts := countTwice(shown); !slices.Equal(counts, []int{1, 1, 1}) {
		t.Errorf("told of two resources that have one credential: %v", counts)
	}
}
