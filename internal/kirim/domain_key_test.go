package kirim

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

const (
	testKey    = "key_49090c7de8d6"
	testSecret = "sec-71bd05aa3e90f4"
)

func domainKeyConfig(transport http.RoundTripper) Config {
	config := testConfig(transport)
	config.DomainKey, config.Username, config.Token = true, testKey, testSecret
	return config
}

func newDomainKeyClient(t *testing.T, transport http.RoundTripper) *Client {
	t.Helper()
	return mustNew(t, domainKeyConfig(transport))
}

func createCredential(ctx context.Context, c *Client) error {
	_, err := c.CreateCredential(ctx, testDomain, "myuser")
	return err
}

func removeCredential(ctx context.Context, c *Client) error {
	return c.DeleteCredential(ctx, testDomain, testGUID)
}

func listDomains(ctx context.Context, c *Client) error {
	_, err := c.ListDomains(ctx, "")
	return err
}

func TestADomainsKeyHasEndpointsOfItsOwn(t *testing.T) {
	t.Parallel()
	const credentials = "/gateway/api/v4/transactional/credentials"
	const one = credentials + "/" + testGUID
	for name, test := range map[string]struct {
		call func(context.Context, *Client) error
		body string
		want string
	}{
		"list":   {list, listBody, "GET " + credentials + "?limit=100&page=1"},
		"read":   {get, getBody, "GET " + one},
		"reset":  {reset, resetBody, "POST " + one + "/reset-password"},
		"create": {createCredential, createBody, "POST " + credentials + ` {"username":"myuser"}`},
		"delete": {removeCredential, `{"success":true,"message":"Credential deleted successfully."}`, "DELETE " + one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, answers(200, test.body))
			if name == "create" { // it looks first for what there is
				w.turns = append([]turn{none}, w.turns...)
			}
			config := domainKeyConfig(w)
			config.BaseURL += "/gateway"
			if err := test.call(t.Context(), mustNew(t, config)); err != nil {
				t.Fatal(err)
			}
			if got := w.asked(t); !strings.HasSuffix(got, test.want) {
				t.Errorf("asked %s, want %s", got, test.want)
			}
			key, secret, _ := w.requests[0].BasicAuth()
			domain := w.requests[0].Header.Get("domain")
			if key != testKey || secret != testSecret || domain != testDomain {
				t.Errorf("asked as %s:%s of the domain %q", key, secret, domain)
			}
		})
	}
}

// TestADomainsKeyIsUsedForTheDomainAsItIsSent has a domain in another spelling, and reads
// side by side, which share a list.
func TestADomainsKeyIsUsedForTheDomainAsItIsSent(t *testing.T) {
	t.Parallel()
	w := newWire(t, answers(200, getBody))
	if _, err := newDomainKeyClient(t, w).GetCredential(t.Context(), "Bücher.Example.", testGUID); err != nil {
		t.Fatal(err)
	}
	if domain := w.requests[0].Header.Get("domain"); domain != "xn--bcher-kva.example" {
		t.Errorf("of the domain %q", domain)
	}
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue(t, "flat", 250)
		client := newDomainKeyClient(t, c)
		n := 0
		for _, err := range sideBySide(t, 250, 10, func(ctx context.Context) error {
			c.mu.Lock()
			n++
			guid := guid(n - 1)
			c.mu.Unlock()
			_, err := client.ReadCredential(ctx, testDomain, guid, false)
			return err
		}) {
			t.Error(err)
		}
		if all := c.lists + c.own; all > 5 {
			t.Errorf("%d requests for 250 credentials", all)
		}
	})
}

func TestAnAccountsRequestNamesNoDomain(t *testing.T) {
	t.Parallel()
	w := newWire(t, answers(200, getBody))
	if err := get(t.Context(), newClient(t, w)); err != nil {
		t.Fatal(err)
	}
	if values := w.requests[0].Header.Values("domain"); len(values) > 0 {
		t.Errorf("it has the header domain: %q", values)
	}
}

func TestADomainsKeyReachesNothingElse(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, *Client) error{
		"a list of another thing": func(ctx context.Context, c *Client) error {
			_, err := listGadgets(ctx, c)
			return err
		},
		"a create of another thing": func(ctx context.Context, c *Client) error {
			_, err := createGadget(ctx, c)
			return err
		},
		"a write":     writeGadget,
		"a delete":    removeGadget,
		"the domains": listDomains,
		"the domain": func(ctx context.Context, c *Client) error {
			return c.remove(ctx, "delete the domain", DomainRef(testDomain))
		},
		"the domain's settings": func(ctx context.Context, c *Client) error {
			_, err := c.do(ctx, request{op: "update the domain", ref: DomainRef(testDomain), effect: transport.Writes})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			e := asError(t, call(t.Context(), newDomainKeyClient(t, w)))
			if e.Kind != KindAccountOnly || e.MayHaveActed || e.Attempts != 0 {
				t.Errorf("kind %s, %d attempts, may have acted: %t", e.Kind, e.Attempts, e.MayHaveActed)
			}
			if !strings.Contains(e.Error(), "a domain's key reaches the credentials of its domain, and nothing else") {
				t.Errorf("got %v", e)
			}
			w.expect(0)
		})
	}
}

func TestRefusalsOfADomainsKey(t *testing.T) {
	t.Parallel()
	refusal := func(message string) string { return fmt.Sprintf(`{"success":false,"message":%q}`, message) }
	for name, test := range map[string]struct {
		status int
		body   string
		kind   Kind
		noun   string
	}{
		"401":                            {401, `{"error":"Unauthorized"}`, KindUnauthorized, ""},
		"401 in the envelope":            {401, refusal("Unauthorized"), KindUnauthorized, ""},
		"401, a page":                    {401, page, KindUnexpected, ""},
		"403":                            {403, `{"error":"Forbidden"}`, KindForbidden, ""},
		"403 of the credential":          {403, refusal("Credential does not belong to the domain"), KindForbidden, ""},
		"403 in other words":             {403, refusal("The key is not this domain's."), KindForbidden, ""},
		"403, a page":                    {403, page, KindUnexpected, ""},
		"404":                            {404, refusal("Credential not found"), KindNotFound, NounCredential},
		"404 of the domain":              {404, refusal("Domain not found"), KindNotFound, NounDomain},
		"404 that a gateway could make":  {404, `{"error":"Credential not found"}`, KindUnexpected, ""},
		"400, about the header":          {400, `{"error":"Domain data missing"}`, KindUnexpected, ""},
		"422":                            {422, refusal("Validation failed."), KindRejected, ""},
		"504 that a gateway could make":  {504, `{"error":"Gateway timeout"}`, KindServer, ""},
		"a success about something else": {200, `{"success":true}`, KindIncomplete, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := asError(t, reset(t.Context(), newDomainKeyClient(t, newWire(t, answers(test.status, test.body)))))
			if e.Kind != test.kind || e.Noun != test.noun || e.Status != test.status || !e.DomainKey {
				t.Errorf("kind %s of a %q, with a domain's key: %t: %v", e.Kind, e.Noun, e.DomainKey, e)
			}
			if refused := test.status < 500 && test.status >= 400; refused == e.MayHaveActed {
				t.Errorf("may have acted: %t", e.MayHaveActed)
			}
		})
	}
}

// TestNothingOfADomainsKeyIsTold has answers quote the key, its secret and the Basic value.
func TestNothingOfADomainsKeyIsTold(t *testing.T) {
	t.Parallel()
	secrets := []string{testKey, testSecret, base64.StdEncoding.EncodeToString([]byte(testKey + ":" + testSecret))}
	loud := strings.Join(secrets, " or ")
	for name, body := range map[string]string{
		"an error":    fmt.Sprintf(`{"error":%q}`, loud),
		"a message":   fmt.Sprintf(`{"success":false,"message":%q}`, loud),
		"both":        fmt.Sprintf(`{"error":%q,"message":%q}`, loud, loud),
		"the fields":  fmt.Sprintf(`{"success":false,"message":"x","errors":{%q:[%q]}}`, loud, loud),
		"a page":      "<p>" + loud + "</p>",
		"other JSON":  fmt.Sprintf("%q", loud),
		"wrong types": fmt.Sprintf(`{"error":[%q]}`, loud),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{200, 401, 403, 404, 422, 504} {
				var logged records
				config := domainKeyConfig(newWire(t, answers(status, body)))
				config.Logger = logged.logger()
				e := asError(t, reset(t.Context(), mustNew(t, config)))
				told := spelling(e) + fmt.Sprintf("%v %+v", e, e) + logged.String()
				for _, secret := range secrets {
					if strings.Contains(told, secret) {
						t.Errorf("%d: %q is told: %s", status, secret, told)
					}
				}
			}
		})
	}
}

func TestNewNamesTheHalfOfADomainsKeyThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"domain API key: ":    func(c *Config) { c.Username = "hunter2:b" },
		"domain API secret: ": func(c *Config) { c.Token = "hunter2\n" },
	} {
		config := domainKeyConfig(nil)
		change(&config)
		_, err := New(config)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
