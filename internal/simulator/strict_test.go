package simulator_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestStrictness(t *testing.T) {
	t.Parallel()
	const (
		html  = "<!DOCTYPE html>"
		plain = `{"success":false,"message":"`

		list  = "/api/domains/example.com/credentials"
		one   = list + "/GUID"
		reset = one + "/reset-password"

		domains  = "/api/domains"
		webhooks = domains + "/example.com/webhooks"

		invalid = plain + "Validation failed."
		unknown = "unknown path"
		noBody  = "a body where none belongs"
	)
	noAuth := func(r *http.Request) { r.Header.Del("Authorization") }
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }
	wrongToken := func(r *http.Request) { r.SetBasicAuth("demo", "wrong") }
	wrongUser := func(r *http.Request) {
		_, token, _ := r.BasicAuth()
		r.SetBasicAuth("wrong", token)
	}
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	asType := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", name) }
	}
	for name, tc := range map[string]struct {
		method, path, body string // GUID in a path stands for the credential's
		status             int
		begins             string
		violation          string // empty: none
		edit               func(*http.Request)
	}{
		"root":            {"GET", "/", "", 404, html, unknown, nil},
		"unknown path":    {"GET", "/api/domain/example.com", "", 404, html, unknown, nil},
		"trailing slash":  {"GET", list + "/", "", 404, html, unknown, nil},
		"doubled slash":   {"GET", "/api//domains/example.com/credentials", "", 404, html, unknown, nil},
		"unknown subpath": {"PUT", one + "/reset", "", 404, html, unknown, nil},
		"control is off":  {"GET", "/_simulator/journal", "", 404, html, unknown, nil},
		"escaped slash": {
			"GET", "/api/domains/example.com%2Fcredentials/credentials", "", 404,
			plain + "Domain not found", "", nil,
		},
		"POST to reset":               {"POST", reset, "", 405, plain, "wrong method POST", nil},
		"GET of a reset":              {"GET", reset, "", 405, plain, "wrong method GET", nil},
		"PUT of a credential":         {"PUT", one, "", 405, plain, "wrong method PUT", nil},
		"no authorization":            {"GET", one, "", 401, plain + "Unauthorized", "no Basic authorization", noAuth},
		"bearer":                      {"GET", one, "", 401, plain + "Unauthorized", "no Basic authorization", bearer},
		"wrong token":                 {"GET", one, "", 401, plain + "Unauthorized", "", wrongToken},
		"wrong user":                  {"GET", one, "", 401, plain + "Unauthorized", "", wrongUser},
		"body of a reset":             {"PUT", reset, "{}", 422, invalid, noBody, nil},
		"body of a GET":               {"GET", one, "{}", 422, invalid, noBody, nil},
		"body of a DELETE":            {"DELETE", one, "{}", 422, invalid, noBody, nil},
		"chunked body of a reset":     {"PUT", reset, "{}", 422, invalid, noBody, chunked},
		"password of a reset":         {"PUT", reset, `{"password":"x"}`, 422, invalid, noBody, nil},
		"list as the body of a reset": {"PUT", reset, "[1]", 422, invalid, noBody, nil},
		"more than null":              {"PUT", reset, "null null", 422, invalid, noBody, nil},
		"blank body":                  {"PUT", reset, " ", 422, invalid, noBody, nil},
		"null of another type":        {"PUT", reset, "null", 422, invalid, noBody, asType("text/plain")},
		"null with a GET":             {"GET", one, "null", 422, invalid, noBody, nil},
		"null with a DELETE":          {"DELETE", one, "null", 422, invalid, noBody, nil},
		"null of a creation":          {"POST", list, "null", 422, invalid + `","errors":{"username"`, "", nil},
		"HEAD":                        {"HEAD", list, "", 405, "", "wrong method HEAD", nil},
		"dots in the path":            {"GET", "/api/domains/./example.com/credentials", "", 404, html, unknown, nil},
		"enormous body": {
			"POST", list, strings.Repeat(" ", 1<<20+1), 413,
			plain, "a body longer than anything sensible", nil,
		},
		"query of a reset": {
			"PUT", reset + "?limit=1", "", 422,
			invalid, `unknown query parameter "limit"`, nil,
		},
		"unknown query": {"GET", list + "?per_page=5", "", 422, plain, `unknown query parameter "per_page"`, nil},
		"doubled query": {
			"GET", list + "?page=1&page=2", "", 422,
			plain, "query parameter page given more than once", nil,
		},
		"broken query":   {"GET", list + "?page=%zz", "", 422, plain, "malformed query", nil},
		"limit 0":        {"GET", list + "?limit=0", "", 422, plain, `limit out of range: "0"`, nil},
		"limit 101":      {"GET", list + "?limit=101", "", 422, plain, `limit out of range: "101"`, nil},
		"limit of words": {"GET", list + "?limit=all", "", 422, plain, `limit out of range: "all"`, nil},
		"page 0":         {"GET", list + "?page=0", "", 422, plain, `page out of range: "0"`, nil},
		"endless page": {
			"GET", list + "?page=9223372036854775807", "", 422,
			plain, `page out of range: "9223372036854775807"`, nil,
		},
		"numeric id": {
			"GET", list + "/1", "", 404,
			plain + "Credential not found", `not a GUID in lower case: "1"`, nil,
		},
		"GUID in capitals": {
			"GET", list + "/92703823-F3A4-48E2-8E87-7ADF25454800", "", 404,
			plain + "Credential not found", `not a GUID in lower case: "92703823-F3A4-48E2-8E87-7ADF25454800"`, nil,
		},
		"unknown GUID": {
			"GET", list + "/92703823-f3a4-48e2-8e87-7adf25454800", "", 404,
			plain + "Credential not found", "", nil,
		},
		"unknown domain": {
			"GET", "/api/domains/nothing.example/credentials/GUID", "", 404,
			plain + "Domain not found", "", nil,
		},
		"other domain": {
			"PUT", "/api/domains/other.example/credentials/GUID/reset-password", "", 403,
			plain + "Credential does not belong to the specified domain", "", nil,
		},
		"domain in capitals": {
			"GET", "/api/domains/Example.com/credentials", "", 404,
			plain + "Domain not found", `domain not in lower-case A-labels without a trailing dot: "Example.com"`, nil,
		},
		"domain with a dot": {
			"GET", "/api/domains/example.com./credentials", "", 404,
			plain + "Domain not found", `domain not in lower-case A-labels without a trailing dot: "example.com."`, nil,
		},
		"domain in U-labels": {
			"GET", "/api/domains/b%C3%BCcher.example/credentials", "", 404,
			plain + "Domain not found",
			`domain not in lower-case A-labels without a trailing dot: "bücher.example"`, nil,
		},
		"no username":    {"POST", list, "{}", 422, invalid + `","errors":{"username"`, "", nil},
		"blank username": {"POST", list, `{"username":"a b"}`, 422, invalid + `","errors":{"username"`, "", nil},
		"unknown field": {
			"POST", list, `{"username":"new","password":"x"}`, 422,
			invalid + `","errors":{"password"`, `unknown field "password"`, nil,
		},
		"body not JSON": {"POST", list, "username=new", 422, invalid, "a body that is not application/json", nil},
		"body of another type": {
			"POST", list, `username=new`, 422,
			invalid, `a body as "application/x-www-form-urlencoded"`, asType("application/x-www-form-urlencoded"),
		},
		"username of another type": {
			"POST", list, `{"username":5}`, 422,
			invalid + `","errors":{"username"`, "field username is no string", nil,
		},
		"null as a field": {
			"PUT", domains + "/example.com", `{"open_track":null}`, 422,
			invalid + `","errors":{"open_track"`, "field open_track is no boolean", nil,
		},
		"length as a string": {
			"POST", domains, `{"domain":"new.example","dkim_key_length":"2048"}`, 422,
			invalid + `","errors":{"dkim_key_length"`, "field dkim_key_length is no integer", nil,
		},
		"unknown length": {
			"POST", domains, `{"domain":"new.example","dkim_key_length":4096}`, 422,
			invalid + `","errors":{"dkim_key_length"`, "", nil,
		},
		"no domain": {
			"POST", domains, `{"dkim_key_length":2048}`, 422,
			invalid + `","errors":{"domain"`, "", nil,
		},
		"new domain in capitals": {
			"POST", domains, `{"domain":"New.example","dkim_key_length":2048}`, 422,
			invalid + `","errors":{"domain"`,
			`domain not in lower-case A-labels without a trailing dot: "New.example"`, nil,
		},
		"domains without a token": {"GET", domains, "", 401, `{"error":"Unauthorized","message":"`, "", wrongToken},
		"webhooks by page": {
			"GET", webhooks + "?page=1", "", 422,
			invalid, `unknown query parameter "page"`, nil,
		},
		"webhooks of an unknown type": {
			"GET", webhooks + "?type=sent", "", 422,
			invalid + `","errors":{"type"`, `unknown type "sent"`, nil,
		},
		"webhooks of an unknown domain": {
			"GET", domains + "/nothing.example/webhooks", "", 404,
			plain + "Domain not found or you do not own this domain", "", nil,
		},
		"webhook without a URL": {
			"POST", webhooks, `{"type":"opened"}`, 422,
			invalid + `","errors":{"url"`, "", nil,
		},
		"webhook to a file": {
			"POST", webhooks, `{"type":"opened","url":"file:///x"}`, 422,
			invalid + `","errors":{"url"`, "", nil,
		},
		"unknown webhook": {
			"DELETE", webhooks + "/92703823-f3a4-48e2-8e87-7adf25454800", "", 404,
			plain + "Webhook not found", "", nil,
		},
		"body of a verification": {"POST", domains + "/example.com/verify-mandatory", "{}", 422, invalid, noBody, nil},
		"quota with a query":     {"GET", "/api/quota?x=1", "", 422, invalid, `unknown query parameter "x"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, simulator.Options{})
			f.AddDomain("other.example")
			before := len(f.IssuedPasswords())
			r := f.request(t.Context(), tc.method, strings.ReplaceAll(tc.path, "GUID", f.cred.GUID), tc.body)
			if tc.edit != nil {
				tc.edit(r)
			}
			res, err := f.send(r)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "status", res.status, tc.status)
			if !strings.HasPrefix(string(res.body), tc.begins) {
				t.Errorf("body: got %s, want it to begin with %s", res.body, tc.begins)
			}
			wantType := "application/json"
			if strings.HasPrefix(tc.begins, "<") {
				wantType = "text/html; charset=UTF-8"
			}
			equal(t, "Content-Type", res.header.Get("Content-Type"), wantType)
			entry := f.lastEntry()
			equal(t, "violation", entry.Violation, tc.violation)
			equal(t, "status in the journal", entry.Status, tc.status)
			equal(t, "acted", entry.Acted, false)
			equal(t, "passwords made", len(f.IssuedPasswords())-before, 0)
			want := 0
			if tc.violation != "" {
				want = 1
			}
			equal(t, "number of violations", len(f.Violations()), want)
		})
	}
}

// As the body of a reset, the vendor's Go SDK sends the JSON text null, and its PHP SDK [].
func TestABodyMaySayNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ body, contentType string }{
		{"null", "application/json"},
		{"[]", "application/json"},
		{" \t\r\nnull\r\n\t ", "application/json; charset=utf-8"},
	} {
		f := start(t, simulator.Options{})
		before := f.live()
		r := f.request(t.Context(), http.MethodPut, f.resetPath(), tc.body)
		r.Header.Set("Content-Type", tc.contentType)
		res, err := f.send(r)
		equal(t, "error", err, nil)
		equal(t, "status", res.status, http.StatusOK)
		equal(t, "password changed", f.live() != before, true)
		equal(t, "acted", f.lastEntry().Acted, true)
		equal(t, "body size", f.lastEntry().BodySize, len(tc.body))
		equal(t, "violation", f.lastEntry().Violation, "")
	}
}

func TestWrongMethodSaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	equal(t, "Allow", f.do(http.MethodPost, f.resetPath(), "").header.Get("Allow"), http.MethodPut)
	allowed := f.do(http.MethodPut, f.credentialPath(), "").header.Values("Allow")
	equal(t, "Allow", strings.Join(allowed, ", "), "DELETE, GET")
}

func TestSeveralViolationsAreAllNoted(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.do(http.MethodGet, "/api/domains/EXAMPLE.com/credentials?limit=0", "")
	want := `domain not in lower-case A-labels without a trailing dot: "EXAMPLE.com"; limit out of range: "0"`
	equal(t, "violation", f.lastEntry().Violation, want)
}

func TestCreateAsForm(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("username", "formed"); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := f.request(t.Context(), http.MethodPost, f.listPath(), b.String())
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := f.send(r)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "status", res.status, http.StatusCreated)
	equal(t, "username", at(t, tree(t, res.body), "data", "credential", "username"), any("formed"))
	equal(t, "body size", f.lastEntry().BodySize, b.Len())
}
