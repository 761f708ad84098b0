package acceptance

import (
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestErrorsQuoteTheAPIAndNameWhatToLookAt meets each refusal at creation, in a
// rotation and in a refresh.
func TestErrorsQuoteTheAPIAndNameWhatToLookAt(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	envelope := func(status int, message string) func(simulator.Kind) simulator.Fault {
		return func(kind simulator.Kind) simulator.Fault {
			return simulator.FaultEnvelope(kind, status, message, false)
		}
	}
	all := map[string]struct {
		fault func(kind simulator.Kind) simulator.Fault
		texts []string
	}{
		"401": {
			envelope(401, "Unauthorized"),
			[]string{`the API answered 401, "Unauthorized"`, "KIRIMEMAIL_TOKEN", "KIRIMEMAIL_USERNAME"},
		},
		"403": {
			envelope(403, "Credential does not belong to the specified domain"),
			[]string{`"Credential does not belong to the specified domain"`, "check domain", "credential_guid", "domain = "},
		},
		"404 of the domain": {
			envelope(404, "Domain not found"),
			[]string{`"Domain not found"`, "check domain", "KIRIMEMAIL_USERNAME"},
		},
		"404 of a proxy": {
			func(kind simulator.Kind) simulator.Fault { return simulator.FaultBody(kind, 404, foreignPage, false) },
			[]string{"HTTP status 404", "not the API's own", "base_url (KIRIMEMAIL_BASE_URL)"},
		},
		"404 of another kind": {envelope(404, "Route not found"), []string{`the API answered 404, "Route not found"`}},
	}
	c := newCases(t, s, all)
	refused := func(kind simulator.Kind, texts []string, arguments ...string) {
		t.Helper()
		resets := s.resets()
		before := map[string]int{}
		for name, test := range all {
			before[name] = c.requests(name, kind)
			c.inject(name, test.fault(kind))
		}
		c.fails(func(name string) []string { return append(texts, all[name].texts...) }, arguments...)
		for name := range all {
			if n := c.requests(name, kind) - before[name]; n != 1 {
				t.Errorf("%s: asked %d times", name, n)
			}
		}
		if kind != simulator.KindReset && s.resets() != resets {
			t.Errorf("%d resets were made", s.resets()-resets)
		}
	}
	refused(simulator.KindReset, []string{"Could not rotate the SMTP password", "Nothing new was stored"}, "apply", "-auto-approve")
	c.apply()
	password := c.passwords()

	s.spoilLists()
	refused(simulator.KindGet, []string{"Could not read the SMTP credential", "The stored password is unchanged"}, "plan")
	s.ClearFaults()

	c.configure(trigger("2"))
	refused(simulator.KindReset, []string{"Nothing new was stored"}, "apply", "-auto-approve")
	c.checkKept(password, 3)
	c.apply()
	c.checkRotated(password, "rotation_triggers: version", func(string) int { return 4 }) // two of them refused
}

// TestCredentialThatNeverWasIsAnErrorAtCreation, whether its password is to be reset or adopted.
func TestCredentialThatNeverWasIsAnErrorAtCreation(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	existing := only("adopted", `existing_password = "somebody-s-password"`)
	c := newCases(t, s, map[string]any{"reset": nil, "adopted": nil}, existing)
	for _, guid := range c.guids {
		s.RemoveCredential("example.com", guid)
	}
	texts := map[string][]string{
		"reset":   {`the API answered 404, "Credential not found"`, "credential_guid", "smtp_credentials"},
		"adopted": {"Could not adopt the SMTP password", "Credential not found", "Nothing new was stored"},
	}
	c.fails(func(name string) []string { return texts[name] }, "apply", "-auto-approve")
	if n := c.requests("reset", simulator.KindReset); n != 1 || s.resets() != 1 || len(c.credentials()) > 0 {
		t.Errorf("reset %d times, %d resets in all, stored: %v", n, s.resets(), c.credentials())
	}
}

func TestCredentialThatIsGoneIsPlannedAnew(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	s.Inject(simulator.FaultEnvelope(simulator.KindGet, 404, "Credential not found", false))
	w.must("plan", "-no-color").shows(t, "Warning: SMTP credential is gone", "will be created", "1 to add")
	// It was only a refresh: the state has it still, and the credential is back.
	w.planIsEmpty()

	// Where the whole domain is missing, it may be the wrong account.
	s.RemoveDomain(s.credential.Domain)
	w.fails([]string{`"Domain not found"`, "terraform state rm"}, "plan", "-no-color")
}
