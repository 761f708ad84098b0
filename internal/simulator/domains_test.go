package simulator_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// data is the data of a GET.
func (f *fixture) data(path string) map[string]any {
	f.t.Helper()
	return at(f.t, tree(f.t, f.do(http.MethodGet, path, "").body), "data").(map[string]any)
}

func TestDomain(t *testing.T) {
	t.Parallel()
	const path = "/api/domains/new.example"
	f := start(t, simulator.Options{MXRecords: json.RawMessage(`["mx.example"]`)})
	res := f.do(http.MethodPost, "/api/domains", `{"domain":"new.example","dkim_key_length":1024}`)
	equal(t, "status", res.status, http.StatusCreated)
	equal(t, "data", len(at(t, tree(t, res.body), "data").(map[string]any)), 1)
	equal(t, "acted", f.lastEntry().Acted, true)
	res = f.do(http.MethodPost, "/api/domains", `{"domain":"new.example","dkim_key_length":1024}`)
	equal(t, "status of a taken name", res.status, http.StatusUnprocessableEntity)
	at(t, tree(t, res.body), "errors", "domain")

	f.clock.Move(time.Hour)
	res = f.do(http.MethodPut, path, `{"open_track":true}`)
	equal(t, "answer to PUT", string(res.body),
		`{"data":{"open_track":true,"click_track":false,"unsub_track":false}}`)
	f.do(http.MethodPut, path, `{"click_track":true}`)
	data := f.data(path)
	for name, want := range map[string]any{
		"domain": "new.example", "open_track": true, "click_track": true, "unsub_track": false, "is_verified": false,
		"created_at": stampOf(begin), "modified_at": stampOf(begin.Add(time.Hour)), "id": json.Number("2"),
	} {
		equal(t, name, data[name], want)
	}
	equal(t, "MX record", data["mx_records"].([]any)[0], any("mx.example"))

	hook := f.AddWebhook("new.example", "opened", "https://example.com/hook")
	login := f.AddCredential("new.example", "app").Login
	password := f.IssuedPasswords()[1]
	equal(t, "error of a login", f.Login(t.Context(), login, password), nil)
	res = f.do(http.MethodDelete, path, "")
	equal(t, "answer to DELETE", string(res.body), `{"message":"Domain deleted successfully."}`)
	equal(t, "message", message(t, f.do(http.MethodGet, path, "")), "Domain not found")
	if err := f.Login(t.Context(), login, password); err == nil {
		t.Error("the credential of a deleted domain still logs in")
	}
	f.AddDomain("new.example")
	equal(t, "message", message(t, f.do(http.MethodGet, path+"/webhooks/"+hook.GUID, "")), "Webhook not found")
	equal(t, "violations", len(f.Violations()), 0)
}

// The record holds a public key of the length that was asked for, so that a client can read the length from it.
func TestDKIMKeyLength(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	for _, bits := range []int{1024, 2048} {
		name := fmt.Sprintf("key%d.example", bits)
		f.do(http.MethodPost, "/api/domains", fmt.Sprintf(`{"domain":%q,"dkim_key_length":%d}`, name, bits))
		record := f.data("/api/domains/" + name)["dns_record"].(string)
		text, ok := strings.CutPrefix(record, "v=DKIM1; k=rsa; p=")
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil || !ok {
			t.Fatalf("%q: %v", record, err)
		}
		key, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "length", key.(*rsa.PublicKey).N.BitLen(), bits)
	}
}

func TestListDomains(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	for i := range 11 {
		f.AddDomain(fmt.Sprintf("d%d.example", i))
	}
	for query, want := range map[string]int{
		"": 10, "?page=2": 2, "?limit=100": 12, "?search=D1": 2, "?search=example.com": 1, "?search=nothing": 0,
	} {
		for _, shape := range []simulator.ListShape{
			simulator.ShapeFlat, simulator.ShapePaginated, simulator.ShapePaginator,
		} {
			f.SetOptions(func(o *simulator.Options) { o.ListShape = shape })
			answer := tree(t, f.do(http.MethodGet, "/api/domains"+query, "").body)
			items := answer["data"]
			switch shape {
			case simulator.ShapeFlat:
				at(t, answer, "pagination", "total")
			case simulator.ShapePaginated:
				at(t, items, "pagination", "total")
				items = at(t, items, "data")
			default:
				at(t, items, "total")
				items = at(t, items, "data")
			}
			equal(t, string(shape)+query, len(items.([]any)), want)
		}
	}
}

func TestVerification(t *testing.T) {
	t.Parallel()
	all := simulator.Records{DKIM: true, SPF: true, MX: true}
	f := start(t, simulator.Options{VerifyAfter: time.Minute})
	f.do(http.MethodPost, "/api/domains", `{"domain":"new.example","dkim_key_length":2048}`)
	verify := func(want string) {
		t.Helper()
		res := f.do(http.MethodPost, "/api/domains/new.example/verify-mandatory", "")
		equal(t, "answer", string(res.body), want)
		shown := f.data("/api/domains/new.example")["is_verified"].(bool)
		equal(t, "is_verified", shown, f.IsVerified("new.example"))
	}
	const none = `{"records":{"dkim":false,"spf":false,"mx":false}}`
	verify(none)
	f.SetRecords("new.example", simulator.Records{DKIM: true})
	verify(`{"records":{"dkim":true,"spf":false,"mx":false}}`)
	equal(t, "verified by one record", f.IsVerified("new.example"), false)
	f.SetRecords("new.example", all)
	equal(t, "verified before the API looks", f.IsVerified("new.example"), false)
	verify(`{"records":{"dkim":true,"spf":true,"mx":true}}`)
	equal(t, "verified", f.IsVerified("new.example"), true)
	f.SetRecords("new.example", simulator.Records{DKIM: true, SPF: true})
	equal(t, "verified after a loss", f.IsVerified("new.example"), false)

	f.RemoveDomain("new.example")
	f.do(http.MethodPost, "/api/domains", `{"domain":"new.example","dkim_key_length":2048}`)
	f.SetOptions(func(o *simulator.Options) { o.VerifyNested = true })
	verify(`{"success":true,"data":` + none + `}`)
	f.clock.Move(time.Minute)
	verify(`{"success":true,"data":{"records":{"dkim":true,"spf":true,"mx":true}}}`)
	equal(t, "verified after a minute", f.IsVerified("new.example"), true)
	equal(t, "verified from the start", f.IsVerified("example.com"), true)
}

func TestDomainAsForm(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	equal(t, "error", form.WriteField("domain", "new.example"), nil)
	equal(t, "error", form.WriteField("dkim_key_length", "2048"), nil)
	equal(t, "error", form.Close(), nil)
	r := f.request(t.Context(), http.MethodPost, "/api/domains", b.String())
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := f.send(r)
	equal(t, "error", err, nil)
	equal(t, "status", res.status, http.StatusCreated)
	equal(t, "violations", len(f.Violations()), 0)
}

func TestDomainElsewhere(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.clock.Move(time.Hour)
	f.SetTracking("example.com", simulator.Tracking{Click: true})
	data := f.data("/api/domains/example.com")
	equal(t, "click_track", data["click_track"], any(true))
	equal(t, "modified_at", data["modified_at"], stampOf(begin.Add(time.Hour)))
	d, ok := f.Domain("Example.com.")
	equal(t, "found", ok, true)
	want := simulator.Domain{
		Name: "example.com", DKIMKeyLength: 2048, IsVerified: true, Tracking: simulator.Tracking{Click: true},
	}
	equal(t, "domain", d, want)
	equal(t, "records of nothing", f.SetRecords("nothing.example", simulator.Records{}), false)
}

// A fault acts, or lets the request land later, whatever the endpoint is.
func TestFaultsOfCreations(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	late := simulator.FaultLate(simulator.KindCreateWebhook, time.Second, simulator.FaultStatus("", 502, false))
	f.Inject(simulator.FaultStatus(simulator.KindCreateDomain, 502, true), late)
	res := f.do(http.MethodPost, "/api/domains", `{"domain":"new.example","dkim_key_length":2048}`)
	equal(t, "status", res.status, http.StatusBadGateway)
	_, made := f.Domain("new.example")
	equal(t, "made", made, true)
	f.do(http.MethodPost, "/api/domains/new.example/webhooks", `{"type":"opened","url":"https://example.com/hook"}`)
	equal(t, "webhooks at first", len(f.Webhooks()), 0)
	f.clock.Move(time.Second)
	equal(t, "webhooks later", len(f.Webhooks()), 1)
	equal(t, "faults", f.PendingFaults(), 0)
}
