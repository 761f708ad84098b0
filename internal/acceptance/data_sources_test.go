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
}

// refusedLookup is a data source that a plan refuses with one error.
type refusedLookup struct {
	kind, arguments string
	says            []string
}

// checkRefused plans all of them at once, each one in a file of its own.
func (w *workspace) checkRefused(lookups map[string]refusedLookup) {
	w.t.Helper()
	for name, lookup := range lookups {
		label := strings.ReplaceAll(name, " ", "_")
		w.write(name+".tf", fmt.Sprintf("data %q %q {\n  %s\n}\n", lookup.kind, label, lookup.arguments))
	}
	shown := w.run("plan", "-input=false", "-json")
	told := map[string]string{} // by file
	found := findDiagnostics(w.t, shown.text)
	for _, d := range found {
		if d.Range != nil && d.Snippet != nil {
			told[d.Range.Filename] += d.Summary + "\n" + d.Detail + "\n" + d.Snippet.Code
		}
	}
	for name, lookup := range lookups {
		screen{told[name+".tf"], shown.code}.shows(w.t, lookup.says...)
	}
	if len(found) != len(lookups) || len(told) != len(lookups) || shown.code == 0 {
		w.t.Errorf("%d errors in %d files, want %d:\n%s", len(found), len(told), len(lookups), shown.text)
	}
}

// TestDataSourcesRefuse has lookups that find nothing, or may not look, and arguments that
// name nothing.
func TestDataSourcesRefuse(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const credential, noGUID = "smtp_credential", `credential_guid = "00000000-0000-0000-0000-000000000000"`
	const aURL, missing = `domain = "https://example.com"`, `domain = "missing.example"`
	of := func(arguments ...string) string {
		return "domain = \"example.com\"\n  " + strings.Join(arguments, "\n  ")
	}
	newWorkspace(t, s, s.providerBlock()).checkRefused(map[string]refusedLookup{
		"neither": {credential, of(), []string{
			"No attribute specified", "one (and only one) of", "credential_guid", "username",
		}},
		"both": {credential, of(`username = "a"`, noGUID), []string{
			"2 attributes specified", "one (and only one) of",
		}},
		"a numeric id": {credential, of(`credential_guid = "17"`), []string{
			"Invalid credential_guid", "numeric id",
		}},
		"no user name":        {credential, of(`username = ""`), []string{"username", "at least 1"}},
		"a URL":               {"smtp_credentials", aURL, []string{"Invalid domain", "leave out the scheme"}},
		"an IP address":       {"smtp_domain", `domain = "192.0.2.1"`, []string{"Invalid domain", "IP address"}},
		"no text to look for": {"smtp_domains", `search = ""`, []string{"search string length must be at least 1"}},
		"another type": {"smtp_webhooks", of(`type = "opens"`), []string{
			"Invalid Attribute Value Match", "type", `"opened"`,
		}},
		"a URL of webhooks": {"smtp_webhooks", aURL, []string{"Invalid domain", "leave out the scheme"}},
	})
	if len(s.kinds()) > 0 {
		t.Errorf("asked for %v", s.kinds())
	}

	s.Inject(simulator.FaultEnvelope(simulator.KindGetQuota, 404, "User quota not found", false))
	w := newWorkspace(t, s, s.providerBlock())
	w.checkRefused(map[string]refusedLookup{
		"a GUID that no credential has": {credential, of(noGUID), []string{
			"Could not find the SMTP credential", `404, "Credential not found"`, "Nothing was changed.",
			"smtp_credentials", "credential_guid =",
		}},
		"a user name that no credential has": {credential, of(`username = "nobody"`), []string{
			"Could not find the SMTP credential", `none of its credentials has the user name "nobody"`, "username =",
		}},
		"a domain that is not there": {credential, missing + "\n" + `username = "mailer"`, []string{
			"Could not list the SMTP credentials", "no such domain", "Domain missing.example: ",
		}},
		"a domain by its name": {"smtp_domain", missing, []string{
			"Could not find the domain", "Domain missing.example", `404, "Domain not found"`, "Nothing was changed.",
			"domain =",
		}},
		"webhooks of a domain that is not there": {"smtp_webhooks", missing, []string{
			"Could not list the webhooks", "Domain missing.example: ", "no such domain", "check domain",
			"Nothing was changed.", "domain = ",
		}},
		"no quota": {"smtp_quota", "", []string{
			"Could not find the account's quota", `The account: the API answered 404, "User quota not found".`,
			"Look at what the error says.",
		}},
	})
	if strings.Contains(w.screens.String(), "Domain :") {
		t.Errorf("an empty domain is shown:\n%s", w.screens.String())
	}

	wrongToken := strings.Replace(s.providerBlock(), s.Token(), "wrong", 1)
	newWorkspace(t, s, wrongToken).checkRefused(map[string]refusedLookup{
		"credentials": {credential, of(`username = "mailer"`), []string{
			"Could not list the SMTP credentials", "401", "KIRIMEMAIL_TOKEN",
		}},
		"domains": {"smtp_domains", "", []string{
			"Could not list the domains", "The account: the API answered 401", "Nothing was changed.",
			"KIRIMEMAIL_TOKEN",
		}},
	})
}

// TestALookupOfADeletedCredentialFindsNothing has a credential that the API still tells
// of, and marks as deleted.
func TestALookupOfADeletedCredentialFindsNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{Rewrite: func(_ simulator.Kind, body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), `"user_smtp_guid"`, `"is_deleted":true,"user_smtp_guid"`))
	}})
	lookup := func(argument, value string) refusedLookup {
		return refusedLookup{
			"smtp_credential", fmt.Sprintf("domain = \"example.com\"\n  %s = %q", argument, value),
			[]string{"Could not find the SMTP credential", "Nothing was changed."},
		}
	}
	newWorkspace(t, s, s.providerBlock()).checkRefused(map[string]refusedLookup{
		"by GUID":      lookup("credential_guid", s.credential.GUID),
		"by user name": lookup("username", s.credential.Username),
	})
}
