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
	)
	for name, tc := range map[string]struct {
		method, path, body string // GUID in a path stands for the credential's
		edit               func(*http.Request)
		status             int
		begins             string
		violation          string // empty: none
	}{
		"root":            {method: "GET", path: "/", status: 404, begins: html, violation: "unknown path"},
		"unknown path":    {method: "GET", path: "/api/domain/example.com", status: 404, begins: html, violation: "unknown path"},
		"trailing slash":  {method: "GET", path: "/api/domains/example.com/credentials/", status: 404, begins: html, violation: "unknown path"},
		"doubled slash":   {method: "GET", path: "/api//domains/example.com/credentials", status: 404, begins: html, violation: "unknown path"},
		"unknown subpath": {method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset", status: 404, begins: html, violation: "unknown path"},
		"control is off":  {method: "GET", path: "/_simulator/journal", status: 404, begins: html, violation: "unknown path"},
		"escaped slash": {
			method: "GET", path: "/api/domains/example.com%2Fcredentials/credentials", status: 404,
			begins: plain + "Domain not found",
		},
		"POST to reset":  {method: "POST", path: "/api/domains/example.com/credentials/GUID/reset-password", status: 405, begins: plain, violation: "wrong method POST"},
		"GET of a reset": {method: "GET", path: "/api/domains/example.com/credentials/GUID/reset-password", status: 405, begins: plain, violation: "wrong method GET"},
		"PUT of a credential": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID", status: 405, begins: plain, violation: "wrong method PUT",
		},
		"no authorization": {
			method: "GET", path: "/api/domains/example.com/credentials/GUID", status: 401, begins: plain + "Unauthorized",
			edit: func(r *http.Request) { r.Header.Del("Authorization") }, violation: "no Basic authorization",
		},
		"bearer": {
			method: "GET", path: "/api/domains/example.com/credentials/GUID", status: 401, begins: plain + "Unauthorized",
			edit: func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, violation: "no Basic authorization",
		},
		"wrong token": {
			method: "GET", path: "/api/domains/example.com/credentials/GUID", status: 401, begins: plain + "Unauthorized",
			edit: func(r *http.Request) { r.SetBasicAuth("demo", "wrong") },
		},
		"wrong user": {
			method: "GET", path: "/api/domains/example.com/credentials/GUID", status: 401, begins: plain + "Unauthorized",
			edit: func(r *http.Request) {
				_, token, _ := r.BasicAuth()
				r.SetBasicAuth("wrong", token)
			},
		},
		"body of a reset": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: "{}", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"body of a GET": {
			method: "GET", path: "/api/domains/example.com/credentials/GUID", body: "{}", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"body of a DELETE": {
			method: "DELETE", path: "/api/domains/example.com/credentials/GUID", body: "{}", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"chunked body of a reset": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: "{}", status: 422,
			edit:   func(r *http.Request) { r.ContentLength = -1 },
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"password of a reset": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: `{"password":"x"}`, status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"list as the body of a reset": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: "[]", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"more than null": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: "null null", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"blank body": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: " ", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"null of another type": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password", body: "null", status: 422,
			edit:   func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"null with a GET": {
			method: "GET", path: "/api/domains/example.com/credentials/GUID", body: "null", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"null with a DELETE": {
			method: "DELETE", path: "/api/domains/example.com/credentials/GUID", body: "null", status: 422,
			begins: plain + "Validation failed.", violation: "a body where none belongs",
		},
		"null of a creation": {
			method: "POST", path: "/api/domains/example.com/credentials", body: "null", status: 422,
			begins: plain + `Validation failed.","errors":{"username"`,
		},
		"HEAD": {method: "HEAD", path: "/api/domains/example.com/credentials", status: 405, violation: "wrong method HEAD"},
		"dots in the path": {
			method: "GET", path: "/api/domains/./example.com/credentials", status: 404, begins: html, violation: "unknown path",
		},
		"enormous body": {
			method: "POST", path: "/api/domains/example.com/credentials", body: strings.Repeat(" ", 1<<20+1), status: 413,
			begins: plain, violation: "a body longer than anything sensible",
		},
		"query of a reset": {
			method: "PUT", path: "/api/domains/example.com/credentials/GUID/reset-password?limit=1", status: 422,
			begins: plain + "Validation failed.", violation: `unknown query parameter "limit"`,
		},
		"unknown query":  {method: "GET", path: "/api/domains/example.com/credentials?per_page=5", status: 422, begins: plain, violation: `unknown query parameter "per_page"`},
		"doubled query":  {method: "GET", path: "/api/domains/example.com/credentials?page=1&page=2", status: 422, begins: plain, violation: "query parameter page given more than once"},
		"broken query":   {method: "GET", path: "/api/domains/example.com/credentials?page=%zz", status: 422, begins: plain, violation: "malformed query"},
		"limit 0":        {method: "GET", path: "/api/domains/example.com/credentials?limit=0", status: 422, begins: plain, violation: `limit out of range: "0"`},
		"limit 101":      {method: "GET", path: "/api/domains/example.com/credentials?limit=101", status: 422, begins: plain, violation: `limit out of range: "101"`},
		"limit of words": {method: "GET", path: "/api/domains/example.com/credentials?limit=all", status: 422, begins: plain, violation: `limit out of range: "all"`},
		"page 0":         {method: "GET", path: "/api/domains/example.com/credentials?page=0", status: 422, begins: plain, violation: `page out of range: "0"`},
		"endless page":   {method: "GET", path: "/api/domains/example.com/credentials?page=9223372036854775807", status: 422, begins: plain, violation: `page out of range: "9223372036854775807"`},
		"numeric id":     {method: "GET", path: "/api/domains/example.com/credentials/1", status: 404, begins: plain + "Credential not found", violation: `not a GUID in lower case: "1"`},
		"GUID in capitals": {
			method: "GET", path: "/api/domains/example.com/credentials/92703823-F3A4-48E2-8E87-7ADF25454800", status: 404,
			begins: plain + "Credential not found", violation: `not a GUID in lower case: "92703823-F3A4-48E2-8E87-7ADF25454800"`,
		},
		"unknown GUID": {
			method: "GET", path: "/api/domains/example.com/credentials/92703823-f3a4-48e2-8e87-7adf25454800", status: 404,
			begins: plain + "Credential not found",
		},
		"unknown domain": {method: "GET", path: "/api/domains/nothing.example/credentials/GUID", status: 404, begins: plain + "Domain not found"},
		"other domain": {
			method: "PUT", path: "/api/domains/other.example/credentials/GUID/reset-password", status: 403,
			begins: plain + "Credential does not belong to the specified domain",
		},
		"domain in capitals": {
			method: "GET", path: "/api/domains/Example.com/credentials", status: 404, begins: plain + "Domain not found",
			violation: `domain not in lower-case A-labels without a trailing dot: "Example.com"`,
		},
		"domain with a dot": {
			method: "GET", path: "/api/domains/example.com./credentials", status: 404, begins: plain + "Domain not found",
			violation: `domain not in lower-case A-labels without a trailing dot: "example.com."`,
		},
		"domain in U-labels": {
			method: "GET", path: "/api/domains/b%C3%BCcher.example/credentials", status: 404, begins: plain + "Domain not found",
			violation: `domain not in lower-case A-labels without a trailing dot: "bücher.example"`,
		},
		"no username":    {method: "POST", path: "/api/domains/example.com/credentials", body: "{}", status: 422, begins: plain + `Validation failed.","errors":{"username"`},
		"blank username": {method: "POST", path: "/api/domains/example.com/credentials", body: `{"username":"a b"}`, status: 422, begins: plain + `Validation failed.","errors":{"username"`},
		"unknown field": {
			method: "POST", path: "/api/domains/example.com/credentials", body: `{"username":"new","password":"x"}`, status: 422,
			begins: plain + `Validation failed.","errors":{"password"`, violation: `unknown field "password"`,
		},
		"body not JSON": {
			method: "POST", path: "/api/domains/example.com/credentials", body: `username=new`, status: 422,
			begins: plain + "Validation failed.", violation: "a body that is not application/json",
		},
		"body of another type": {
			method: "POST", path: "/api/domains/example.com/credentials", body: `username=new`, status: 422,
			edit:   func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
			begins: plain + "Validation failed.", violation: `a body as "application/x-www-form-urlencoded"`,
		},
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

// The vendor's Go SDK sends the JSON text null as the body of a reset.
func TestABodyMaySayNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ body, contentType string }{
		{"null", "application/json"},
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
