package simulator_test

import (
	"net/http"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestDomainKey(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.AddCredential("other.example", "not-in-the-list")
	do := func(method, path, body string) map[string]any {
		t.Helper()
		res, err := f.send(f.keyRequest(method, path, body))
		equal(t, "error", err, nil)
		return tree(t, res.body)
	}
	const list = "/api/v4/transactional/credentials"
	made := at(t, do(http.MethodPost, list, `{"username":"second"}`), "data")
	guid := at(t, made, "credential", "user_smtp_guid").(string)
	equal(t, "live password", f.LivePassword("example.com", guid), at(t, made, "password").(string))
	equal(t, "credentials", len(at(t, do(http.MethodGet, list, ""), "data").([]any)), 2)
	equal(t, "username", at(t, do(http.MethodGet, f.keyPath(), ""), "data", "username"), any("myuser"))
	reset := do(http.MethodPost, f.keyPath()+"/reset-password", "")
	equal(t, "live password", f.live(), at(t, reset, "data", "new_password").(string))
	equal(t, "success", at(t, do(http.MethodDelete, f.keyPath(), ""), "success"), any(true))
	for i, kind := range []simulator.Kind{
		simulator.KindCreate, simulator.KindList, simulator.KindGet, simulator.KindReset, simulator.KindDelete,
	} {
		e := f.Journal()[i]
		equal(t, "kind", e.Kind, kind)
		equal(t, "domain", e.Domain, "example.com")
	}
	equal(t, "violations", len(f.Violations()), 0)
}

func TestDomainKeyIsStrict(t *testing.T) {
	t.Parallel()
	refusal := `{"error":"Unauthorized"}`
	for name, tc := range map[string]struct {
		method, path string
		edit         func(*http.Request)
		status       int
		body         string // empty: any
		violation    string
	}{
		"no header": {
			"GET", "", func(r *http.Request) { r.Header.Del("Domain") }, 401, refusal, "no domain header",
		},
		"another domain": {
			"GET", "", func(r *http.Request) { r.Header.Set("Domain", "other.example") }, 401, refusal, "",
		},
		"an unknown domain": {
			"GET", "", func(r *http.Request) { r.Header.Set("Domain", "nothing.example") }, 401, refusal, "",
		},
		"a domain in capitals": {
			"GET", "", func(r *http.Request) { r.Header.Set("Domain", "Example.com") }, 401, refusal,
			`domain not in lower-case A-labels without a trailing dot: "Example.com"`,
		},
		"a wrong secret": {
			"GET", "", func(r *http.Request) { r.SetBasicAuth("key", "wrong") }, 401, refusal, "",
		},
		"a reset by PUT": {"PUT", "/reset-password", nil, 405, "", "wrong method PUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, simulator.Options{})
			f.AddDomain("other.example")
			r := f.keyRequest(tc.method, f.keyPath()+tc.path, "")
			if tc.edit != nil {
				tc.edit(r)
			}
			res, err := f.send(r)
			equal(t, "error", err, nil)
			equal(t, "status", res.status, tc.status)
			if tc.body != "" {
				equal(t, "body", string(res.body), tc.body)
			}
			equal(t, "violation", f.lastEntry().Violation, tc.violation)
		})
	}
}

// A domain's key opens nothing else of the account.
func TestDomainKeyIsForCredentialsAlone(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	for _, path := range []string{"/api/domains/example.com", "/api/quota", f.credentialPath()} {
		res, err := f.send(f.keyRequest(http.MethodGet, path, ""))
		equal(t, "error", err, nil)
		equal(t, "status of "+path, res.status, http.StatusUnauthorized)
	}
	f.RemoveDomain("example.com")
	key, secret := f.DomainKey("example.com")
	equal(t, "key of nothing", key+secret, "")
}
