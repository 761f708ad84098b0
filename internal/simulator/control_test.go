package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestControl(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{Control: true})
	f.AddDomain("empty.example")
	f.do(http.MethodGet, f.credentialPath(), "")

	var entries []simulator.Entry
	res := f.do(http.MethodGet, "/_simulator/journal", "")
	if err := json.Unmarshal(res.body, &entries); err != nil {
		t.Fatal(err)
	}
	equal(t, "entries", len(entries), 1)
	equal(t, "kind", entries[0].Kind, simulator.KindGet)
	res = f.do(http.MethodDelete, "/_simulator/journal", "")
	equal(t, "status of DELETE journal", res.status, http.StatusNoContent)
	equal(t, "entries after DELETE", len(f.Journal()), 0)

	res = f.do(http.MethodPost, "/_simulator/faults", `[{"kind":"reset","status":502,"times":2},{"delay":"1ms"}]`)
	equal(t, "pending", string(res.body), `{"pending":3}`)
	equal(t, "status with a fault", f.do(http.MethodPut, f.resetPath(), "").status, http.StatusBadGateway)

	res = f.do(http.MethodPost, "/_simulator/credentials",
		`{"domain":"new.example","username":"u","guid":"92703823-f3a4-48e2-8e87-7adf25454800"}`)
	equal(t, "status of POST credentials", res.status, http.StatusCreated)
	res = f.do(http.MethodGet, "/_simulator/credentials", "")
	want := `{"domains":["empty.example","example.com","new.example"],"credentials":[` +
		`{"domain":"example.com","guid":"` + f.cred.GUID + `",` +
		`"username":"myuser","login":"myuser@example.com","id":1},` +
		`{"domain":"new.example","guid":"92703823-f3a4-48e2-8e87-7adf25454800",` +
		`"username":"u","login":"u@new.example","id":2}]}`
	equal(t, "credentials", string(res.body), want)

	f.RemoveDomain("empty.example")
	f.RemoveDomain("example.com")
	f.RemoveDomain("new.example")
	res = f.do(http.MethodGet, "/_simulator/credentials", "")
	equal(t, "an empty account", string(res.body), `{"domains":[],"credentials":[]}`)
	f.cred = f.AddCredential("example.com", "myuser")

	equal(t, "no webhooks", string(f.do(http.MethodGet, "/_simulator/webhooks", "").body), "[]")
	hook := f.AddWebhook("example.com", "opened", "https://example.com/hook")
	want = `[{"domain":"example.com","guid":"` + hook.GUID +
		`","type":"opened","url":"https://example.com/hook","is_deleted":false}]`
	equal(t, "webhooks", string(f.do(http.MethodGet, "/_simulator/webhooks", "").body), want)
	res = f.do(http.MethodPost, "/_simulator/records", `{"domain":"example.com","dkim":true,"spf":true}`)
	equal(t, "status of records", res.status, http.StatusNoContent)
	equal(t, "verified without an MX record", f.IsVerified("example.com"), false)

	before := f.live()
	res = f.do(http.MethodPost, "/_simulator/reset-elsewhere", `{"domain":"example.com","guid":"`+f.cred.GUID+`"}`)
	var answered struct {
		NewPassword string `json:"new_password"`
	}
	if err := json.Unmarshal(res.body, &answered); err != nil {
		t.Fatal(err)
	}
	equal(t, "answer to reset-elsewhere", answered.NewPassword, f.live())
	equal(t, "password changed", f.live() != before, true)
	equal(t, "entries of the control endpoint", len(f.Journal()), 1)
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	const path = "/_simulator/faults"
	f := start(t, simulator.Options{Control: true})
	equal(t, "faults at first", string(f.do(http.MethodGet, path, "").body), "[]")
	f.do(http.MethodPost, path, `[{"kind":"get","delay":"1ms"},{"kind":"reset","status":502,"times":3}]`)
	f.do(http.MethodPut, f.resetPath(), "")
	listed := string(f.do(http.MethodGet, path, "").body)
	equal(t, "faults after one is met", listed,
		`[{"kind":"get","times":1,"delay":"1ms"},{"kind":"reset","times":2,"status":502}]`)
	equal(t, "pending when posted again", string(f.do(http.MethodPost, path, listed).body), `{"pending":6}`)
	equal(t, "status of DELETE", f.do(http.MethodDelete, path, "").status, http.StatusNoContent)
	equal(t, "faults after DELETE", string(f.do(http.MethodGet, path, "").body), "[]")
	equal(t, "status without faults", f.do(http.MethodPut, f.resetPath(), "").status, http.StatusOK)
}

func TestControlTakesWhatItLists(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{Control: true})
	var listed []simulator.ControlRequest
	if err := json.Unmarshal(f.do(http.MethodGet, "/_simulator/", "").body, &listed); err != nil {
		t.Fatal(err)
	}
	equal(t, "requests", len(listed), len(simulator.ControlRequests()))
	for _, r := range listed {
		res := f.do(r.Method, r.Path, string(r.Body))
		if res.status/100 != 2 || r.Does == "" {
			t.Errorf("%s %s %s (%s): got %d, %s", r.Method, r.Path, r.Body, r.Does, res.status, res.body)
		}
	}
	equal(t, "entries of the control endpoint", len(f.Journal()), 0)
}

func TestControlIsStrict(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{Control: true})
	for _, tc := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "nothing", "", 404, ""},
		{"PUT", "journal", "", 405, ""},
		{"POST", "", "", 405, ""},
		{"POST", "faults", `{"status":502}`, 400, "a list of faults"},
		{"POST", "faults", `[{"status":502},{"colour":"red"}]`, 400, `faults[1]: json: unknown field "colour"`},
		{"POST", "faults", `[{"status":99}]`, 400, "faults[0]: status: 99 is not between 200 and 599"},
		{"POST", "faults", `[{"status":"502"}]`, 400, "faults[0]: status: must be int, not string"},
		{"POST", "faults", `[{"delay":"soon"}]`, 400, `faults[0]: delay: must be time.Duration, not "soon"`},
		{"POST", "faults", `[{"act":"after","act_after":"3"}]`, 400, `act_after: must be time.Duration, not "3"`},
		{"POST", "faults", `[{"act_apart":"2s"}]`, 400, "faults[0]: act_apart: only if act is after"},
		{"POST", "faults", `[] []`, 400, "something follows"},
		{"POST", "faults", ``, 400, "EOF"},
		{"POST", "credentials", `{"username":"u"}`, 400, "domain: is required"},
		{"POST", "credentials", `{"domain":"d"}`, 400, "username: is required"},
		{"POST", "credentials", `{"domain":"d","username":"u","password":"p"}`, 400, `unknown field "password"`},
		{"POST", "credentials", `{"domain":5}`, 400, "domain: must be string, not number"},
		{"POST", "credentials", `{"domain":"example.com","username":"myuser"}`, 409, "example.com has myuser already"},
		{"POST", "credentials", `{"domain":"d","username":"u","guid":"7"}`, 409, `guid: "7" is not a UUID`},
		{"POST", "records", `{"dkim":true}`, 400, "domain: is required"},
		{"POST", "records", `{"domain":"d","dmarc":true}`, 400, `unknown field "dmarc"`},
		{"POST", "records", `{"domain":"d","dkim":true}`, 404, "domain: no such domain"},
		{"POST", "reset-elsewhere", `{"guid":"x"}`, 400, "domain: is required"},
		{"POST", "reset-elsewhere", `{"domain":"d"}`, 400, "guid: is required"},
		{"POST", "reset-elsewhere", `{"domain":"d","guid":"x"}`, 404, "guid: no such credential"},
	} {
		res := f.do(tc.method, "/_simulator/"+tc.path, tc.body)
		if res.status != tc.status {
			t.Errorf("%s %s %s: got %d, want %d", tc.method, tc.path, tc.body, res.status, tc.status)
		}
		if tc.says == "" {
			continue
		}
		if text := at(t, tree(t, res.body), "error").(string); !strings.Contains(text, tc.says) {
			t.Errorf("%s %s %s: got %q, want %q", tc.method, tc.path, tc.body, text, tc.says)
		}
	}
	equal(t, "pending faults", f.PendingFaults(), 0)
}

// The control endpoint gives away no password, no token and no domain's key.
func TestControlTellsNoSecrets(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{Control: true})
	f.do(http.MethodPut, f.resetPath(), "")
	key, secret := f.DomainKey("example.com")
	_, err := f.send(f.keyRequest(http.MethodPost, f.keyPath()+"/reset-password", ""))
	equal(t, "error", err, nil)
	for _, path := range []string{"journal", "credentials"} {
		body := string(f.do(http.MethodGet, "/_simulator/"+path, "").body)
		if !strings.Contains(body, f.cred.GUID) {
			t.Errorf("%s does not tell of the credential: %s", path, body)
		}
		for _, secret := range append(f.IssuedPasswords(), f.Token(), key, secret) {
			quoted, err := json.Marshal(secret)
			equal(t, "error", err, nil)
			if strings.Contains(body, secret) || strings.Contains(body, string(quoted)) {
				t.Errorf("%s tells %q: %s", path, secret, body)
			}
		}
	}
}
