package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const lookups = `
data "smtp_credentials" "all" {
  domain = "Example.COM."
}

data "smtp_credential" "by_guid" {
  domain          = "example.com"
  credential_guid = %q
}

data "smtp_credential" "by_username" {
  domain   = "example.com"
  username = "user200"
}

data "smtp_credential" "by_login" {
  domain   = "example.com"
  username = "User200@example.com"
}
`

// TestDataSourcesFindCredentials has 250 credentials: the list costs three requests,
// in each of its shapes, and has them in the API's order.
func TestDataSourcesFindCredentials(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)
	s := startService(t, simulator.Options{Now: func() time.Time { return created }})
	s.populate(250, 0)
	reset := s.AddCredential("example.com", "resetter")
	s.ResetExternally(reset.Domain, reset.GUID)
	w := newWorkspace(t, s, s.providerBlock()+`data "smtp_credentials" "all" {
  domain = "example.com"
}`)
	for _, shape := range []simulator.ListShape{simulator.ShapeFlat, simulator.ShapePaginated, simulator.ShapePaginator} {
		s.SetOptions(func(o *simulator.Options) { o.ListShape = shape })
		s.ClearJournal()
		w.apply()
		if all, lists := s.cost(t); lists != all || lists%3 != 0 || lists > 6 {
			t.Errorf("%s: %d requests, %d lists", shape, all, lists)
		}
	}

	w.write("lookups.tf", strings.Replace(fmt.Sprintf(lookups, strings.ToUpper(reset.GUID)), `"all"`, `"spelled"`, 1))
	w.apply()
	list, ok := w.values("data.smtp_credentials.spelled")["credentials"].([]any)
	if !ok || len(list) != 251 {
		t.Fatalf("%d credentials", len(list))
	}
	first, last := list[0].(map[string]any), list[250].(map[string]any)
	if first["login"] != s.credential.Username+"@example.com" || last["credential_guid"] != reset.GUID {
		t.Errorf("not in the API's order: %v, …, %v", first, last)
	}
	for name, want := range map[string]any{
		"id": "example.com/" + reset.GUID, "username": "resetter", "login": "resetter@example.com",
		"created_at": "2026-05-20T12:00:00Z", "modified_at": "2026-05-20T12:00:00Z", "password_changed_at": "2026-05-20T12:00:00Z",
	} {
		if last[name] != want {
			t.Errorf("%s = %v in the list, want %v", name, last[name], want)
		}
		if got := w.values("data.smtp_credential.by_guid")[name]; got != want {
			t.Errorf("%s = %v by the GUID, want %v", name, got, want)
		}
	}
	if got := first["password_changed_at"]; got != nil {
		t.Errorf("a password that was never reset changed at %v", got)
	}
	spelled := strings.ToUpper(reset.GUID)
	if got := w.values("data.smtp_credential.by_guid")["credential_guid"]; got != spelled {
		t.Errorf("the GUID is not as it was written: %v", got)
	}
	for _, address := range []string{"data.smtp_credential.by_username", "data.smtp_credential.by_login"} {
		if got := w.values(address); got["login"] != "user200@example.com" || len(got["credential_guid"].(string)) != 36 {
			t.Errorf("%s: %v", address, got)
		}
	}
	w.planIsEmpty()
}

// TestDataSourcesRefuse has lookups that find nothing, and arguments that name
// nothing.
func TestDataSourcesRefuse(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	for name, test := range map[string]struct {
		arguments string
		says      []string
	}{
		"a GUID that no credential has": {
			`credential_guid = "00000000-0000-0000-0000-000000000000"`,
			[]string{"Could not find the SMTP credential", `404, "Credential not found"`, "Nothing was changed.", "smtp_credentials", "credential_guid ="},
		},
		"a user name that no credential has": {
			`username = "nobody"`,
			[]string{"Could not find the SMTP credential", `none of its credentials has the user name "nobody"`, "username ="},
		},
		"neither":          {"", []string{"No attribute specified", "one (and only one) of", "credential_guid", "username"}},
		"both":             {`username = "a"` + "\n" + `credential_guid = "00000000-0000-0000-0000-000000000000"`, []string{"2 attributes specified", "one (and only one) of"}},
		"a numeric id":     {`credential_guid = "17"`, []string{"Invalid credential_guid", "numeric id"}},
		"no user name":     {`username = ""`, []string{"username", "at least 1"}},
		"a domain's URL":   {"", []string{"Invalid domain", "leave out the scheme"}},
		"no such domain":   {`username = "mailer"`, []string{"Could not list the SMTP credentials", "no such domain", "Domain missing.example: "}},
		"an unknown token": {`username = "mailer"`, []string{"Could not list the SMTP credentials", "401", "KIRIMEMAIL_TOKEN"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			domain := map[string]string{"a domain's URL": "https://example.com", "no such domain": "missing.example"}[name]
			if domain == "" {
				domain = "example.com"
			}
			kind := "smtp_credential"
			if name == "a domain's URL" {
				kind = "smtp_credentials"
			}
			provider := s.providerBlock()
			if name == "an unknown token" {
				provider = strings.Replace(provider, s.Token(), "wrong", 1)
			}
			w := newWorkspace(t, s, provider+fmt.Sprintf("data %q \"this\" {\n  domain = %q\n  %s\n}\n", kind, domain, test.arguments))
			w.fails(test.says, "plan", "-no-color", "-input=false")
		})
	}
}

// TestALookupOfADeletedCredentialFindsNothing has a credential that the API still tells
// of, and marks as deleted.
func TestALookupOfADeletedCredentialFindsNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{Rewrite: func(_ simulator.Kind, body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), `"user_smtp_guid"`, `"is_deleted":true,"user_smtp_guid"`))
	}})
	for name, argument := range map[string]string{
		"credential_guid": fmt.Sprintf("credential_guid = %q", s.credential.GUID), "username": fmt.Sprintf("username = %q", s.credential.Username),
	} {
		w := newWorkspace(t, s, s.providerBlock()+"data \"smtp_credential\" \"this\" {\n  domain = \"example.com\"\n  "+argument+"\n}\n")
		if screen := w.fails([]string{"Could not find the SMTP credential", "Nothing was changed."}, "plan", "-no-color", "-input=false"); t.Failed() {
			t.Errorf("%s: %s", name, screen.text)
		}
	}
}
