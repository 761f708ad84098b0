package simulator_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const openAPIVariable = "KIRIMEMAIL_OPENAPI"

// openAPI loads one of the vendor's descriptions, which are not part of this repository: openapi.json of the account's
// API, or openapi-domain-key.json beside it.
func openAPI(t *testing.T, name string) *openapi3.T {
	t.Helper()
	path := os.Getenv(openAPIVariable)
	if path == "" {
		path = filepath.Join(filepath.Dir(moduleRoot(t)), "shared", "api", "openapi.json")
	}
	path = filepath.Join(filepath.Dir(path), name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("there is no API description at %s; set %s to where one is", path, openAPIVariable)
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod in any folder above")
		}
		dir = filepath.Dir(dir)
	}
}

// beyond are the fields that the vendor's SDKs know and its description does not.
var beyond = []string{"last_password_changed"}

// tighten makes every described field required and every other one wrong: the description itself requires nothing,
// so that an empty object would pass.
func tighten(schema *openapi3.Schema, done map[*openapi3.Schema]bool) {
	if done[schema] {
		return
	}
	done[schema] = true
	for name, property := range schema.Properties {
		tighten(property.Value, done)
		schema.Required = append(schema.Required, name)
	}
	if schema.Items != nil {
		tighten(schema.Items.Value, done)
	}
	if len(schema.Properties) == 0 {
		return
	}
	slices.Sort(schema.Required)
	schema.WithoutAdditionalProperties()
	if _, ok := schema.Properties["user_smtp_guid"]; ok {
		for _, name := range beyond {
			schema.Properties[name] = openapi3.NewIntegerSchema().WithNullable().NewRef()
		}
	}
}

// conform checks an answer against the description of its endpoint and status.
func conform(t *testing.T, doc *openapi3.T, done map[*openapi3.Schema]bool, method, path string, res response) {
	t.Helper()
	item := doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		t.Fatalf("%s %s is not described", method, path)
	}
	described := item.GetOperation(method).Responses.Value(strconv.Itoa(res.status))
	if described == nil {
		t.Errorf("%s %s: the status %d is not described", method, path, res.status)
		return
	}
	contentType := res.header.Get("Content-Type")
	media := described.Value.Content[contentType]
	if media == nil {
		t.Fatalf("%s %s: %d as %q is not described", method, path, res.status, contentType)
	}
	tighten(media.Schema.Value, done)
	var body any
	if err := json.Unmarshal(res.body, &body); err != nil {
		t.Fatal(err)
	}
	if err := media.Schema.Value.VisitJSON(body, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s %s: %d: %v", method, path, res.status, err)
	}
	for name, header := range described.Value.Headers {
		value := res.header.Get(name)
		if _, err := strconv.Atoi(value); err != nil || !header.Value.Schema.Value.Type.Is("integer") {
			t.Errorf("%s %s: %d: %s is %q", method, path, res.status, name, value)
		}
	}
}

// Every kind of answer, of every endpoint, has the form that the vendor describes.
func TestContract(t *testing.T) {
	t.Parallel()
	doc := openAPI(t, "openapi.json")
	done := make(map[*openapi3.Schema]bool)
	const (
		domains     = "/api/domains"
		domain      = domains + "/{domain}"
		credentials = domain + "/credentials"
		credential  = credentials + "/{credential}"
		webhooks    = domain + "/webhooks"
		webhook     = webhooks + "/{webhookGuid}"
		newWebhook  = `{"type":"delivered","url":"https://example.com/hook"}`
		test        = `{"event_type":"delivered","url":"https://example.com/hook"}`
	)
	for _, e := range []struct {
		kind               simulator.Kind
		method, path, body string
		success            int
		invalid            string // a body that is a 422; empty: none is
	}{
		{simulator.KindList, "GET", credentials, "", 200, ""},
		{simulator.KindCreate, "POST", credentials, `{"username":"new"}`, 201, `{"username":"myuser"}`},
		{simulator.KindGet, "GET", credential, "", 200, ""},
		{simulator.KindReset, "PUT", credential + "/reset-password", "", 200, ""},
		{simulator.KindDelete, "DELETE", credential, "", 200, ""},
		{simulator.KindListDomains, "GET", domains, "", 200, ""},
		{
			simulator.KindCreateDomain, "POST", domains, `{"domain":"new.example","dkim_key_length":1024}`, 201,
			`{"domain":"example.com","dkim_key_length":2048}`,
		},
		{simulator.KindGetDomain, "GET", domain, "", 200, ""},
		{simulator.KindUpdateDomain, "PUT", domain, `{"open_track":true}`, 200, ""},
		{simulator.KindDeleteDomain, "DELETE", domain, "", 200, ""},
		{simulator.KindVerifyDomain, "POST", domain + "/verify-mandatory", "", 200, ""},
		{simulator.KindListWebhooks, "GET", webhooks, "", 200, ""},
		{simulator.KindCreateWebhook, "POST", webhooks, newWebhook, 201, `{"type":"sent","url":"https://a.example"}`},
		{simulator.KindGetWebhook, "GET", webhook, "", 200, ""},
		{simulator.KindUpdateWebhook, "PUT", webhook, `{"type":"opened"}`, 200, `{}`},
		{simulator.KindDeleteWebhook, "DELETE", webhook, "", 200, ""},
		{simulator.KindTestWebhook, "POST", webhooks + "/test", test, 200, `{"event_type":"sent","url":"x"}`},
		{simulator.KindGetQuota, "GET", "/api/quota", "", 200, ""},
	} {
		f := start(t, simulator.Options{})
		f.AddDomain("other.example")
		hook := f.AddWebhook("example.com", "delivered", "https://example.com/hook").GUID
		path := func(domain, credential, webhook string) string {
			return strings.NewReplacer("{domain}", domain, "{credential}", credential, "{webhookGuid}", webhook).
				Replace(e.path)
		}
		try := func(want int, r *http.Request) {
			t.Helper()
			res, err := f.send(r)
			equal(t, string(e.kind)+": error", err, nil)
			equal(t, string(e.kind)+": status", res.status, want)
			conform(t, doc, done, e.method, e.path, res)
		}
		usual := path("example.com", f.cred.GUID, hook)
		request := func(path, body string) *http.Request {
			return f.request(t.Context(), e.method, path, body)
		}
		if strings.Contains(e.path, "{domain}") {
			try(404, request(path("nothing.example", f.cred.GUID, hook), e.body))
		}
		const unknown = "92703823-f3a4-48e2-8e87-7adf25454800"
		if other := path("example.com", unknown, unknown); other != usual {
			try(404, request(other, e.body))
		}
		if strings.Contains(e.path, "{credential}") {
			try(403, request(path("other.example", f.cred.GUID, hook), e.body))
		}
		if doc.Paths.Value(e.path).GetOperation(e.method).Responses.Value("500") != nil {
			f.Inject(simulator.FaultServerError(e.kind, false))
			try(500, request(usual, e.body))
		}
		f.Inject(simulator.FaultRateLimit(e.kind, "5"))
		try(429, request(usual, e.body))
		if e.invalid != "" {
			try(422, request(usual, e.invalid))
		}
		wrong := request(usual, e.body)
		wrong.SetBasicAuth("demo", f.Token()+"x")
		try(401, wrong)
		f.SetOptions(func(o *simulator.Options) { o.RateLimit.Requests = 1 })
		try(e.success, request(usual, e.body))
		try(429, request(usual, e.body))
		equal(t, "violations", len(f.Violations()), 0)
	}
	f := start(t, simulator.Options{WebhookStatus: 404})
	res := f.do(http.MethodPost, "/api/domains/example.com/webhooks/test", test)
	equal(t, "status of a test that fails", res.status, http.StatusFailedDependency)
	conform(t, doc, done, http.MethodPost, webhooks+"/test", res)
}

// With a domain's key, too.
func TestDomainKeyContract(t *testing.T) {
	t.Parallel()
	doc := openAPI(t, "openapi-domain-key.json")
	done := make(map[*openapi3.Schema]bool)
	const (
		list       = "/api/v4/transactional/credentials"
		credential = list + "/{credential}"
	)
	for _, e := range []struct {
		kind               simulator.Kind
		method, path, body string
		success            int
	}{
		{simulator.KindList, "GET", list, "", 200},
		{simulator.KindCreate, "POST", list, `{"username":"new"}`, 201},
		{simulator.KindGet, "GET", credential, "", 200},
		{simulator.KindReset, "POST", credential + "/reset-password", "", 200},
		{simulator.KindDelete, "DELETE", credential, "", 200},
	} {
		f := start(t, simulator.Options{})
		other := f.AddCredential("other.example", "myuser")
		try := func(want int, guid string, edit func(*http.Request)) {
			t.Helper()
			r := f.keyRequest(e.method, strings.Replace(e.path, "{credential}", guid, 1), e.body)
			edit(r)
			res, err := f.send(r)
			equal(t, string(e.kind)+": error", err, nil)
			equal(t, string(e.kind)+": status", res.status, want)
			conform(t, doc, done, e.method, e.path, res)
		}
		same := func(*http.Request) {}
		try(401, f.cred.GUID, func(r *http.Request) { r.SetBasicAuth(f.Username(), f.Token()) })
		try(401, f.cred.GUID, func(r *http.Request) { r.Header.Set("Domain", "other.example") })
		if e.path != list {
			try(403, other.GUID, same)
			try(404, "92703823-f3a4-48e2-8e87-7adf25454800", same)
		}
		f.Inject(simulator.FaultRateLimit(e.kind, "5"))
		try(429, f.cred.GUID, same)
		f.SetOptions(func(o *simulator.Options) { o.RateLimit = simulator.RateLimit{Requests: 1, ToldLate: true} })
		try(e.success, f.cred.GUID, same)
		try(429, f.cred.GUID, same)
		equal(t, "violations", len(f.Violations()), 0)
	}
}
