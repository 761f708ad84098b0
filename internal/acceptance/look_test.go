package acceptance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const (
	lookWarning    = "New resource takes over an SMTP credential"
	twiceWarning   = "Two resources rotate one SMTP credential"
	deletedWarning = "SMTP credential is marked as deleted"
)

// TestThePlanOfACreationSaysWhosePasswordItEnds, and its apply says the same again.
func TestThePlanOfACreationSaysWhosePasswordItEnds(t *testing.T) {
	t.Parallel()
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	all := map[string]struct {
		refusal *simulator.Fault
		texts   []string
	}{
		"in use": {nil, []string{
			"resets the password of login", "stop until they have the new one", "existing_password", "import", "moved",
		}},
		"changed": {nil, []string{"last changed at 2026-05-20T13:00:00Z"}},
		"wrong GUID": {
			new(simulator.FaultEnvelope(simulator.KindGet, 404, "Credential not found", false)),
			[]string{"404", "Credential not found", "The apply fails with this error", "check domain and credential_guid"},
		},
		"wrong account": {
			new(simulator.FaultEnvelope(simulator.KindGet, 404, "Domain not found", false)),
			[]string{"404", "Domain not found", "The apply fails with this error", "KIRIMEMAIL_USERNAME"},
		},
		"another domain's": {
			new(simulator.FaultEnvelope(simulator.KindGet, 403, "Credential does not belong to the specified domain", false)),
			[]string{"403", "does not belong", "The apply fails with this error", "check domain and credential_guid"},
		},
		"suspended": {
			new(simulator.FaultEnvelope(simulator.KindGet, 403, "Account suspended", false)),
			[]string{"403", "Account suspended", "The apply fails with this error"},
		},
	}
	c := newCases(t, s, all)
	clock.advance(time.Hour)
	s.ResetExternally("example.com", c.guids["changed"])
	for _, command := range [][]string{{"plan", "-out=plan"}, {"apply", "plan"}} {
		s.ClearFaults()
		s.spoilLists()
		for name, test := range all {
			if test.refusal != nil {
				c.inject(name, *test.refusal)
			}
		}
		warnings, shown := c.told("warning", command...)
		if shown.code != 0 {
			t.Fatal(shown.text)
		}
		c.checkTold(warnings, func(name string) []string { return append(all[name].texts, lookWarning) })
		if command[0] == "plan" {
			plan := c.savedPlan()
			for name := range all {
				planned := change(t, plan, c.address(name))
				for _, attribute := range []string{"username", "login", "created_at", "password"} {
					if !unknown(planned, attribute) {
						t.Errorf("%s: %s is known in the plan", name, attribute)
					}
				}
			}
			if n := s.resets(); n > 0 {
				t.Errorf("a plan made %d resets", n)
			}
		}
	}
	s.ClearFaults()
	c.checkRotated(nil, "created", func(string) int { return 1 })
}

// TestARefusedAccountIsToldInThePlanOfACreation, once: the others would be refused too.
func TestARefusedAccountIsToldInThePlanOfACreation(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(20, 20)
	w := newWorkspace(t, s, strings.Replace(s.providerBlock(), s.Token(), "not-the-token", 1)+s.crowd(guids, "1"))
	w.must("plan", "-no-color", "-parallelism=1").shows(t, lookWarning, "401", "KIRIMEMAIL_TOKEN", "The apply fails with this error")
	if n := len(s.Journal()); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

// TestWhatAReplacementEndsIsTold in the plan of its successor. What a refresh found gone
// has been told: to look at it costs a request. The stored password is kept out, though
// the API quotes it: the workspace checks the screen for secrets.
func TestWhatAReplacementEndsIsTold(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const gone = "SMTP credential is gone"
	other := s.AddCredential("example.com", "other")
	looked := func(name string) []string {
		return []string{lookWarning, fmt.Sprintf("resets the password of login %q", name+"@example.com")}
	}
	edit := func(old, replacement string) func(string) string {
		return func(block string) string { return strings.Replace(block, old, replacement, 1) }
	}
	another := func(guid string) func(string) string {
		return func(block string) string {
			return regexp.MustCompile(`credential_guid = .*`).ReplaceAllString(block, "credential_guid = "+quoted(guid))
		}
	}
	all := map[string]struct {
		edit    func(block string) string
		address string // of the successor
		told    []string
	}{
		"replaced":      {another(other.GUID), "replaced", looked("other")},
		"renamed":       {edit(`"renamed"`, `"name"`), "name", looked("renamed")},
		"counted":       {edit(`d" {`, "d\" {\n  for_each = toset([\"a\"])"), `counted["a"]`, looked("counted")},
		"moved":         {edit(`"moved"`, `"moved_to"`), "moved_to", nil},
		"tainted":       {edit("", ""), "tainted", looked("tainted")},
		"quoted":        {edit(`"example.com"`, `"example.org"`), "quoted", []string{lookWarning, "403"}},
		"gone":          {edit("", ""), "gone", []string{gone}},
		"gone_replaced": {another(s.credential.GUID), "gone_replaced", append(looked("mailer"), gone)},
	}
	guids := map[string]string{}
	before := s.providerBlock()
	after := before + "moved {\n  from = smtp_credential_password.moved\n  to = smtp_credential_password.moved_to\n}\n"
	for name, test := range all {
		of := s
		of.credential = s.AddCredential("example.com", name)
		guids[name] = of.credential.GUID
		before += called(name, of.passwordBlock())
		after += test.edit(called(name, of.passwordBlock()))
	}
	w := newWorkspace(t, s, before)
	w.apply()
	w.must("taint", "smtp_credential_password.tainted")
	s.spoilLists()
	quoting := fmt.Sprint("Credential does not belong to the specified domain: ",
		w.values("smtp_credential_password.quoted")["password"])
	for _, fault := range []simulator.Fault{ // of the refresh, and of the look
		simulator.FaultDelay(simulator.KindGet, time.Millisecond),
		simulator.FaultEnvelope(simulator.KindGet, 403, quoting, false),
	} {
		fault.GUID = guids["quoted"]
		s.Inject(fault)
	}
	s.RemoveCredential("example.com", guids["gone"])
	s.RemoveCredential("example.com", guids["gone_replaced"])
	s.ClearJournal()
	w.write("main.tf", after)
	c := &cases{workspace: w}
	warnings, shown := c.told("warning", "plan")
	for name, test := range all {
		told := screen{text: strings.Join(warnings["smtp_credential_password."+test.address], "\n")}
		told.shows(t, test.told...)
		if strings.Contains(told.text, lookWarning) != slices.Contains(test.told, lookWarning) {
			t.Errorf("%s: looked at: %q", name, told.text)
		}
	}
	if shown.code != 0 || strings.Contains(shown.text, twiceWarning) {
		t.Errorf("the plan fails, or two resources are told:\n%s", shown.text)
	}
	requests := 0
	for _, entry := range s.Journal() {
		if entry.GUID == guids["gone"] {
			requests++
		}
	}
	if requests != 1 {
		t.Errorf("what is gone was asked for %d times", requests)
	}
}

// TestALookFailsNoPlan, and no apply of it: the API goes before the first plan, comes
// before the first apply, and goes again before the second.
func TestALookFailsNoPlan(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"no answer":    simulator.FaultStall(simulator.KindGet, false),
		"lost":         simulator.FaultLost(simulator.KindGet, false),
		"a limit":      simulator.FaultRateLimit(simulator.KindGet, "6"),
		"a page":       simulator.FaultBody(simulator.KindGet, 404, foreignPage, false),
		"its own 500":  simulator.FaultServerError(simulator.KindGet, false),
		"another form": simulator.FaultBody(simulator.KindGet, 200, `{"success":true,"data":[]}`, false),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			fault.Times = 100
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock()+dependentBlock)
			s.Inject(fault)
			w.must("plan", "-no-color", "-out=plan").shows(t, lookWarning, "could not look at this credential")
			s.ClearFaults()
			w.must("apply", "-no-color", "plan").shows(t, lookWarning)
			first := w.password()
			w.must("plan", "-no-color", "-out=plan", "-replace="+passwordAddress)
			s.Inject(fault)
			w.must("apply", "-no-color", "plan")
			s.ClearFaults()
			w.checkRotated(first, "created", 2)
		})
	}
}

// TestManyCreationsShareTheirLooks has an API that answers nothing, and one that does.
func TestManyCreationsShareTheirLooks(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(250, 60)
	w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1"))
	const most = 3 + 2 // pages, and some more
	w.must("plan", "-no-color", "-out=plan")
	if all, lists := s.cost(t); all > most+1 {
		t.Errorf("the plan cost %d requests, %d of them lists", all, lists)
	}
	s.ClearJournal()
	w.must("apply", "-no-color", "plan")
	if all, resets := len(s.Journal()), s.resets(); resets != len(guids) || all-resets > most+1 {
		t.Errorf("the apply cost %d requests, %d of them resets", all, resets)
	}

	stall := simulator.FaultStall(simulator.KindGet, false)
	stall.Times = 1000
	s.Inject(stall)
	stall.Kind = simulator.KindList
	s.Inject(stall)
	s.ClearJournal()
	w.write("main.tf", s.providerBlock()+strings.Replace(s.crowd(guids, "1"), "crowd", "renamed", 1))
	w.must("plan", "-no-color", "-refresh=false")
	if all, lists := s.cost(t); all > 40 {
		t.Errorf("an API without an answer was asked %d times, %d of them for lists", all, lists)
	}
}

// TestTwoResourcesOnOneCredentialAreTold by each plan that has both.
func TestTwoResourcesOnOneCredentialAreTold(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	one := s.providerBlock() + s.passwordBlock()
	two := one + strings.Replace(s.passwordBlock(trigger("1")), `"this"`, `"other"`, 1)
	w := newWorkspace(t, s, one)
	isTold := func(want bool, arguments ...string) screen {
		t.Helper()
		shown := w.must(append(arguments, "-no-color")...)
		if want {
			shown.shows(t, "Warning: "+twiceWarning, s.credential.GUID)
		} else if strings.Contains(shown.text, twiceWarning) {
			t.Errorf("%s tells of two resources:\n%s", arguments, shown.text)
		}
		return shown
	}
	w.write("main.tf", two)
	isTold(true, "plan") // that creates both
	w.write("main.tf", one)
	isTold(false, "apply", "-auto-approve")
	isTold(false, "plan", "-replace="+passwordAddress)
	w.write("main.tf", two)
	c.advance(time.Second) // so that there are two versions, which are seconds
	created := isTold(true, "apply", "-auto-approve")
	created.shows(t, lookWarning)
	if shown := isTold(true, "plan"); strings.Contains(shown.text, "more similar") { // in which nothing changes
		t.Errorf("it is told more than once:\n%s", shown.text)
	}
	isTold(true, "plan", "-refresh=false")
	w.must("plan", "-no-color", "-refresh-only").shows(t, "Warning: "+twiceWarning, s.credential.GUID, "the state holds two passwords of it")
	w.write("main.tf", s.providerBlock()+s.passwordBlock("revoke_on_destroy = true")+
		strings.Replace(s.passwordBlock(trigger("2")), `"this"`, `"other"`, 1))
	isTold(true, "apply", "-auto-approve") // that updates both
	w.write("main.tf", one)
	w.apply() // which removes one
	isTold(false, "plan")
}

// TestOneOddAnswerSilencesNoOtherLook: the API answers at once, and about some credentials oddly.
func TestOneOddAnswerSilencesNoOtherLook(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(13, 12)
	s.spoilLists()
	for i, odd := range []simulator.Fault{
		simulator.FaultEnvelope(simulator.KindGet, 422, "Validation failed", false),
		simulator.FaultBody(simulator.KindGet, 200, `{"success":true,"data":[]}`, false),
	} {
		odd.GUID, odd.Times = guids[i], 10
		s.Inject(odd)
	}
	w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1"))
	shown := w.must("plan", "-json", "-parallelism=1")
	if n := strings.Count(shown.text, `"summary":"`+lookWarning); n != len(guids) {
		t.Errorf("%d of %d creations are told", n, len(guids))
	}
}

// TestOnlyADeletedCredentialIsToldAsDeleted, by the plan of a creation and by a refresh; not where is_deleted is
// false, and deleted_at says nothing that is a time.
func TestOnlyADeletedCredentialIsToldAsDeleted(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	all := map[string]any{
		"deleted": nil,
		"word":    "never", "zero date": "0000-00-00 00:00:00", "empty": "", "zero": 0, "false": false, "dash": "-",
	}
	c := newCases(t, s, all)
	s.spoilLists()
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			if name := c.name(credential["user_smtp_guid"]); name == "deleted" {
				credential["is_deleted"] = true
			} else {
				credential["is_deleted"], credential["deleted_at"] = false, all[name]
			}
		})
	})
	told := c.checkWarned(deletedWarning, []string{"deleted"}, "apply", "-auto-approve")
	told["deleted"].shows(t, lookWarning)
	before := c.passwords()
	told = c.checkWarned(deletedWarning, []string{"deleted"}, "plan", "-detailed-exitcode")
	told["deleted"].shows(t, c.guids["deleted"])
	c.checkKept(before, 1)
}

// TestCredentialsThatAreNotKnownYetAreNotToldAsOne, though their GUIDs are equal in that.
func TestCredentialsThatAreNotKnownYetAreNotToldAsOne(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	unknown := func(name string) string {
		return fmt.Sprintf(`
resource "terraform_data" "%[1]s" {
  input = uuid()
}
resource "smtp_credential_password" "%[1]s" {
  domain          = "example.com"
  credential_guid = terraform_data.%[1]s.output
}
`, name)
	}
	w := newWorkspace(t, s, s.providerBlock()+unknown("one")+unknown("two"))
	if shown := w.must("plan", "-no-color"); strings.Contains(shown.text, twiceWarning) || len(s.kinds()) > 0 {
		t.Errorf("after %v it shows:\n%s", s.kinds(), shown.text)
	}
}

// TestWhatTheSameApplyRevokedIsNotLookedAt: its password has ended already.
func TestWhatTheSameApplyRevokedIsNotLookedAt(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock("revoke_on_destroy = true"))
	w.apply()
	w.must("plan", "-no-color", "-out=plan", "-replace="+passwordAddress)
	s.ClearJournal()
	shown := w.must("apply", "-no-color", "plan")
	if want := []string{"get", "reset", "reset"}; !slices.Equal(s.kinds(), want) || strings.Contains(shown.text, lookWarning) {
		t.Errorf("requests: %v, want %v:\n%s", s.kinds(), want, shown.text)
	}
}
