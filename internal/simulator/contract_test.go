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

// openAPI loads the vendor's description, which is not part of this repository.
func openAPI(t *testing.T) *openapi3.T {
	t.Helper()
	path := os.Getenv(openAPIVariable)
	if path == "" {
		path = filepath.Join(filepath.Dir(moduleRoot(t)), "shared", "api", "openapi.json")
	}
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
	doc := openAPI(t)
	done := make(map[*openapi3.Schema]bool)
	const (
		list       = "/api/domains/{domain}/credentials"
		credential = list + "/{credential}"
		reset      = credential + "/reset-password"
	)
	for _, endpoint := range []struct {
		kind              simulator.Kind
		method, path      string
		body              string
		success           int
		forbidden, checks bool // has a 403; has a 422
	}{
		{kind: simulator.KindList, method: http.MethodGet, path: list, success: 200},
		{
			kind: simulator.KindCreate, method: http.MethodPost, path: list,
			body: `{"username":"new"}`, success: 201, checks: true,
		},
		{kind: simulator.KindGet, method: http.MethodGet, path: credential, success: 200, forbidden: true},
		{kind: simulator.KindReset, method: http.MethodPut, path: reset, success: 200, forbidden: true},
		{kind: simulator.KindDelete, method: http.MethodDelete, path: credential, success: 200, forbidden: true},
	} {
		f := start(t, simulator.Options{})
		f.AddDomain("other.example")
		path := func(domain, guid string) string {
			return strings.NewReplacer("{domain}", domain, "{credential}", guid).Replace(endpoint.path)
		}
		try := func(want int, path string) {
			t.Helper()
			res := f.do(endpoint.method, path, endpoint.body)
			equal(t, string(endpoint.kind)+": status", res.status, want)
			conform(t, doc, done, endpoint.method, endpoint.path, res)
		}
		usual := path("example.com", f.cred.GUID)
		try(404, path("nothing.example", f.cred.GUID))
		if endpoint.forbidden {
			try(403, path("other.example", f.cred.GUID))
			try(404, path("example.com", "92703823-f3a4-48e2-8e87-7adf25454800"))
		}
		f.Inject(simulator.FaultServerError(endpoint.kind, false), simulator.FaultRateLimit(endpoint.kind, "5"))
		try(500, usual)
		try(429, usual)
		token := f.Token()
		f.SetOptions(func(o *simulator.Options) { o.RateLimit.Requests = 1 })
		try(endpoint.success, usual)
		try(429, usual)
		f.SetOptions(func(o *simulator.Options) { o.RateLimit.Requests = 0 })
		if endpoint.checks {
			try(422, usual) // the name is taken by now
		}
		r := f.request(t.Context(), endpoint.method, usual, endpoint.body)
		r.SetBasicAuth("demo", token+"x")
		res, err := f.send(r)
		equal(t, "error", err, nil)
		equal(t, "status with a wrong token", res.status, 401)
		conform(t, doc, done, endpoint.method, endpoint.path, res)
		equal(t, "violations", len(f.Violations()), 0)
	}
}
