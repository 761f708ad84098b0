package acceptance

import (
	"fmt"
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
			for name := range all {
				planned := change(t, c.savedPlan(), c.address(name))
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

// TestWhatAReplacementEndsIsTold in the plan of its successor.
func TestWhatAReplacementEndsIsTold(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	other := s.AddCredential("example.com", "other")
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	renamed := func(from, to string) string {
		return s.providerBlock() + strings.Replace(s.passwordBlock(), from, to, 1)
	}
	moved := "moved {\n  from = smtp_credential_password.this\n  to = smtp_credential_password.renamed\n}\n"
	for name, test := range map[string]struct{ configuration, login string }{
		"another GUID":           {renamed(s.credential.GUID, other.GUID), "other@example.com"},
		"a rename without moved": {renamed(`"this"`, `"renamed"`), "mailer@example.com"},
		"count to for_each":      {renamed(`"this" {`, "\"this\" {\n  for_each = toset([\"a\"])"), "mailer@example.com"},
		"a rename with moved":    {renamed(`"this"`, `"renamed"`) + moved, ""},
	} {
		w.write("main.tf", test.configuration)
		told := w.must("plan", "-no-color")
		if want := fmt.Sprintf("resets the password of login %q", test.login); test.login != "" {
			told.shows(t, lookWarning, want)
		} else if strings.Contains(told.text, lookWarning) {
			t.Errorf("%s: it warns:\n%s", name, told.text)
		}
		if strings.Contains(told.text, twiceWarning) {
			t.Errorf("%s: two resources are told:\n%s", name, told.text)
		}
	}
	w.write("main.tf", renamed("", ""))
	w.must("taint", passwordAddress)
	s.ClearJournal()
	told := w.must("plan", "-no-color")
	told.shows(t, lookWarning, `resets the password of login "mailer@example.com"`)
	if strings.Contains(told.text, twiceWarning) {
		t.Errorf("two resources are told:\n%s", told.text)
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
	guids := s.populate(250, 120)
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
	w.apply()
	isTold(false, "plan")
	isTold(false, "plan", "-replace="+passwordAddress)
	w.write("main.tf", two)
	c.advance(time.Second) // so that there are two versions, which are seconds
	isTold(true, "plan") // that creates one
	w.apply().shows(t, lookWarning)
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
	w.must("taint", passwordAddress)
	isTold(false, "plan")
}

// TestACredentialThatIsMarkedAsDeletedIsTold by a refresh, and by the plan of a creation.
func TestACredentialThatIsMarkedAsDeletedIsTold(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) { credential["is_deleted"] = true })
	})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.must("plan", "-no-color").shows(t, deletedWarning, s.credential.GUID, lookWarning)
	w.apply()
	password := w.password()
	w.must("plan", "-no-color").shows(t, deletedWarning, s.credential.GUID, "No changes")
	w.checkKept(password, 1)
}

// TestAnotherGUIDForACredentialThatIsGoneIsLookedAt: whose password ends is told in the plan.
func TestAnotherGUIDForACredentialThatIsGoneIsLookedAt(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	other := s.AddCredential("example.com", "other")
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	s.RemoveCredential("example.com", s.credential.GUID)
	w.write("main.tf", s.providerBlock()+strings.Replace(s.passwordBlock(), s.credential.GUID, other.GUID, 1))
	w.must("plan", "-no-color").shows(t, "SMTP credential is gone", lookWarning, `resets the password of login "other@example.com"`)
}

// TestALookKeepsTheStoredPasswordOut of the plan of a replacement, though the API quotes it.
func TestALookKeepsTheStoredPasswordOut(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	quoting := "Credential does not belong to the specified domain: " + w.password()
	s.Inject(simulator.FaultDelay(simulator.KindGet, time.Millisecond), // the refresh
		simulator.FaultEnvelope(simulator.KindGet, 403, quoting, false))
	w.write("main.tf", s.providerBlock()+strings.Replace(s.passwordBlock(), `"example.com"`, `"example.org"`, 1))
	w.must("plan", "-no-color").shows(t, lookWarning, "403") // the workspace checks the screen for secrets
}

// TestOneOddAnswerSilencesNoOtherLook: the API answers at once, and about one credential oddly.
func TestOneOddAnswerSilencesNoOtherLook(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]simulator.Fault{
		"422":        simulator.FaultEnvelope(simulator.KindGet, 422, "Validation failed", false),
		"incomplete": simulator.FaultBody(simulator.KindGet, 200, `{"success":true,"data":[]}`, false),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			guids := s.populate(31, 30)
			s.spoilLists()
			odd.GUID, odd.Times = guids[0], 10
			s.Inject(odd)
			w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1"))
			shown := w.must("plan", "-json", "-parallelism=1")
			if n := strings.Count(shown.text, `"summary":"`+lookWarning); n != len(guids) {
				t.Errorf("%d of %d creations are told", n, len(guids))
			}
		})
	}
}

// TestOnlyADeletedCredentialIsToldAsDeleted: is_deleted is false, and deleted_at says nothing that is a time.
func TestOnlyADeletedCredentialIsToldAsDeleted(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"word": "never", "zero date": "0000-00-00 00:00:00", "empty": "", "zero": 0, "false": false, "dash": "-"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			s.SetOptions(func(o *simulator.Options) {
				o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
					credential["is_deleted"], credential["deleted_at"] = false, value
				})
			})
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
			w.apply()
			if shown := w.must("plan", "-no-color"); strings.Contains(shown.text, deletedWarning) {
				t.Errorf("it is told as deleted (is_deleted): %s", shown.text)
			}
		})
	}
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

// TestWhatARefreshFoundGoneIsNotLookedAt: it has been told, and asking again costs a request.
func TestWhatARefreshFoundGoneIsNotLookedAt(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	s.RemoveCredential("example.com", s.credential.GUID)
	s.ClearJournal()
	shown := w.must("plan", "-no-color")
	shown.shows(t, "Warning: SMTP credential is gone", "1 to add")
	if strings.Contains(shown.text, lookWarning) || !slices.Equal(s.kinds(), []string{"get"}) {
		t.Errorf("it is looked at after %v:\n%s", s.kinds(), shown.text)
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
