package acceptance

import (
	"fmt"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestErrorsQuoteTheAPIAndNameWhatToLookAt meets each refusal at creation, in a
// rotation and in a refresh.
func TestErrorsQuoteTheAPIAndNameWhatToLookAt(t *testing.T) {
	t.Parallel()
	const page = "<html><body>404 Not Found nginx</body></html>"
	for name, test := range map[string]struct {
		fault func(kind simulator.Kind) simulator.Fault
		texts []string
	}{
		"401": {
			func(kind simulator.Kind) simulator.Fault {
				return simulator.FaultEnvelope(kind, 401, "Unauthorized", false)
			},
			[]string{`the API answered 401, "Unauthorized"`, "KIRIMEMAIL_TOKEN", "KIRIMEMAIL_USERNAME"},
		},
		"403": {
			func(kind simulator.Kind) simulator.Fault {
				return simulator.FaultEnvelope(kind, 403, "Credential does not belong to the specified domain", false)
			},
			[]string{`"Credential does not belong to the specified domain"`, "check domain", "credential_guid", "domain = "},
		},
		"404 of the domain": {
			func(kind simulator.Kind) simulator.Fault {
				return simulator.FaultEnvelope(kind, 404, "Domain not found", false)
			},
			[]string{`"Domain not found"`, "check domain", "KIRIMEMAIL_USERNAME"},
		},
		"404 of a proxy": {
			func(kind simulator.Kind) simulator.Fault { return simulator.FaultBody(kind, 404, page, false) },
			[]string{"HTTP status 404", "not the API's own", "base_url (KIRIMEMAIL_BASE_URL)"},
		},
		"404 of another kind": {
			func(kind simulator.Kind) simulator.Fault {
				return simulator.FaultEnvelope(kind, 404, "Route not found", false)
			},
			[]string{`the API answered 404, "Route not found"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1")))
			apply := []string{"apply", "-auto-approve", "-no-color"}

			s.Inject(test.fault(simulator.KindReset))
			w.fails(append(test.texts, "Could not rotate the SMTP password", "Nothing new was stored"), apply...)
			if s.resets() != 1 {
				t.Errorf("asked %d times", s.resets())
			}
			w.apply()
			password := w.password()

			s.Inject(test.fault(simulator.KindGet))
			gets := s.Count(simulator.KindGet)
			w.fails(append(test.texts, "Could not read the SMTP credential", "left as it is"), "plan", "-no-color")
			if s.Count(simulator.KindGet) != gets+1 {
				t.Errorf("asked %d times", s.Count(simulator.KindGet)-gets)
			}
			w.planIsEmpty()

			w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2")))
			s.Inject(test.fault(simulator.KindReset))
			w.fails(append(test.texts, "the state stays as it was"), apply...)
			if s.resets() != 3 || w.password() != password {
				t.Errorf("asked %d times in all, or lost the password", s.resets())
			}
			w.apply()
			s.checkLive(t, w.password())
			w.planIsEmpty()
		})
	}
}

func TestCredentialThatNeverWasIsAnErrorAtCreation(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := s.providerBlock() + s.passwordBlock()
	s.RemoveCredential(s.credential.Domain, s.credential.GUID)
	w := newWorkspace(t, s, config)
	w.fails([]string{`the API answered 404, "Credential not found"`, "credential_guid", "smtp_credentials"}, "apply", "-auto-approve", "-no-color")
	if s.resets() != 1 {
		t.Errorf("asked %d times", s.resets())
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
}

func TestBadArgumentsAreRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	domain, guid := s.credential.Domain, s.credential.GUID
	for name, test := range map[string]struct {
		domain, guid, rest string
		texts              []string
	}{
		"a URL as domain":       {"https://example.com", guid, "", []string{"Invalid domain", `"example.com"`}},
		"a path in the domain":  {"example.com/../x", guid, "", []string{"Invalid domain"}},
		"an empty domain":       {"", guid, "", []string{"Invalid domain", "empty"}},
		"a host without a dot":  {"localhost", guid, "", []string{"Invalid domain", "one dot"}},
		"a numeric id":          {domain, "42", "", []string{"Invalid credential_guid", "numeric id"}},
		"no UUID":               {domain, "mailer", "", []string{"Invalid credential_guid", "UUID", "6f9619ff-8b86-4011-b42d-00c04fc964ff"}},
		"no duration":           {domain, guid, `timeouts = { update = "soon" }`, []string{"Invalid timeouts.update", `"5m"`}},
		"no time at all":        {domain, guid, `timeouts = { read = "0s" }`, []string{"Invalid timeouts.read", "longer than zero"}},
		"time before the start": {domain, guid, `timeouts = { create = "-5m" }`, []string{"Invalid timeouts.create", "longer than zero"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, s, s.providerBlock()+fmt.Sprintf(`
resource "smtp_credential_password" "this" {
  domain          = %q
  credential_guid = %q
  %s
}
`, test.domain, test.guid, test.rest))
			w.fails(test.texts, "validate", "-no-color")
			w.fails(test.texts, "plan", "-no-color")
			if requests := s.kinds(); len(requests) > 0 {
				t.Errorf("requests were made: %s", requests)
			}
		})
	}
}

func TestMissingDomainIsToldHowToBeForgotten(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	s.RemoveDomain(s.credential.Domain)
	w.fails([]string{`"Domain not found"`, "terraform state rm"}, "plan", "-no-color")
	w.must("state", "rm", passwordAddress)
	w.must("plan", "-no-color").shows(t, "1 to add")
}
