package acceptance

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// remoteBaseURL is a base URL beyond this machine, for which a proxy is used.
const remoteBaseURL = "https://api.example.invalid"

// withBaseURL configures the provider for another address than the service's.
func (s service) withBaseURL(baseURL string) string {
	return strings.Replace(s.providerBlock(), quoted(s.URL()), quoted(baseURL), 1)
}

// TestAProxyThatCannotBeUsedIsRefused, unless nothing would go through it.
func TestAProxyThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const secret = "hunter2"
	w := newWorkspace(t, s, s.withBaseURL(remoteBaseURL)+s.passwordBlock())
	l := w.logTo("TF_LOG=TRACE")
	usual := w.env
	for _, test := range []struct{ variable, address string }{
		{"HTTPS_PROXY", "http://me:" + secret + "%zz@proxy.example.invalid:3128"},
		{"https_proxy", "http://me:" + secret + "#x@proxy.example.invalid:3128"},
		{"HTTPS_PROXY", "http://" + secret + ":1234/x@proxy.example.invalid:3128"},
	} {
		w.env = slices.Concat(usual, []string{"HTTPS_PROXY=", "https_proxy=", test.variable + "=" + test.address})
		w.fails([]string{
			"Unusable provider configuration", "the proxy's address in " + test.variable + ": it ", "%23 for #",
			"Nothing was asked of the API",
		}, "apply", "-auto-approve", "-no-color")
	}
	const client = "@module=smtp.kirim"
	if strings.Contains(l.text(), client) {
		t.Error("a request was made")
	}
	w.write("main.tf", s.providerBlock()+s.passwordBlock())
	w.apply()
	if !strings.Contains(l.text(), client) {
		t.Error("the log has no requests")
	}
	s.checkLive(t, w.password())
	checkNoSecret(t, "the screen", w.screens.String(), []string{secret})
	checkNoSecret(t, "the log", l.text(), []string{secret})
}

// TestWhatAProxyAnswersIsToldAsTheProxys: 407 at once, 502 once the time is over.
func TestWhatAProxyAnswersIsToldAsTheProxys(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const secret = "hunter2"
	var status, asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method != http.MethodConnect || !strings.HasPrefix(r.Host, "api.example.invalid") {
			t.Errorf("the proxy was asked to %s %s", r.Method, r.Host)
		}
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, foreignPage)
	}))
	t.Cleanup(proxy.Close)
	host := proxy.Listener.Addr().String()
	config := s.withBaseURL(remoteBaseURL) + s.passwordBlock(`timeouts = { create = "1s" }`)
	w := newWorkspace(t, s, config)
	l := w.logTo("TF_LOG=TRACE")
	w.env = append(w.env, "HTTPS_PROXY=http://me:"+secret+"@"+host, "NO_PROXY=", "no_proxy=")
	through := "could not connect to api.example.invalid through the proxy " + host + ": "
	for code, texts := range map[int32][]string{
		407: {
			"the proxy answered 407 Proxy Authentication Required",
			"the user name and the password in the environment variable HTTPS_PROXY",
		},
		502: {
			"the proxy answered 502 Bad Gateway",
			"the proxy that the environment variable HTTPS_PROXY names, and base_url",
		},
	} {
		status.Store(code)
		w.fails(append(texts, through, "No password was changed"), "apply", "-auto-approve", "-no-color")
	}
	proxy.Close()
	refused := "could not connect to the proxy " + host + ": "
	w.fails([]string{refused, "No password was changed"}, "apply", "-auto-approve", "-no-color")
	if asked.Load() == 0 {
		t.Error("the proxy was asked for nothing")
	}
	checkNoSecret(t, "the screen", w.screens.String(), []string{secret})
	checkNoSecret(t, "the log", l.text(), []string{secret})
}

// TestABaseURLThatIsAnEndpointsIsNamed by resources, data sources and imports, whatever
// answers there.
func TestABaseURLThatIsAnEndpointsIsNamed(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if base := strings.TrimPrefix(rest, "api/"); !strings.Contains(base, "api/domains/") {
			t.Errorf("asked for %s", r.URL.Path)
		}
		status, body := http.StatusNotFound, map[string]string{
			"envelope": `{"success":false,"message":"Not found"}`,
			"route":    `{"message":"The route could not be found."}`,
		}[name]
		if name == "page" {
			status, body = http.StatusMethodNotAllowed, foreignPage
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(api.Close)
	var resources, data strings.Builder
	bases := map[string]string{"envelope": "/api", "route": "/api/", "page": "/api/domains/example.com"}
	for name, path := range bases {
		fmt.Fprintf(&resources, `
provider "smtp" {
  alias    = %[1]q
  base_url = %[2]q
  username = "me"
  token    = "a-token"
}

resource "smtp_credential_password" %[1]q {
  provider        = smtp.%[1]s
  domain          = "example.com"
  credential_guid = %[3]q
}
`, name, api.URL+"/"+name+path, s.credential.GUID)
		fmt.Fprintf(&data, `
data "smtp_credentials" %[1]q {
  provider = smtp.%[1]s
  domain   = "example.com"
}
`, name)
	}
	w := newWorkspace(t, s, requireProvider+resources.String())
	w.useBuiltProvider()
	told := func(screen screen, times int) {
		t.Helper()
		// Not what a warning of the plan says.
		_, errors, _ := strings.Cut(flatten(screen.text), "Error: ")
		const named = "Check base_url (KIRIMEMAIL_BASE_URL): it ends in /api"
		if n := strings.Count(errors, named); n != times || strings.Contains(errors, "check domain") {
			t.Errorf("base_url is named %d times, want %d:\n%s", n, times, screen.text)
		}
	}
	told(w.fails([]string{`"Not found"`}, "apply", "-auto-approve", "-no-color"), len(bases))
	w.write("data.tf", data.String()+importBlock("smtp_credential_password.envelope", "example.com/"+s.credential.GUID))
	told(w.fails(nil, "plan", "-no-color"), len(bases)+1)
}

// TestAContentCodingThatCannotBeReadIsNamed in the error of a rotation, which is not
// repeated: it may have taken effect.
func TestAContentCodingThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	all := map[string]string{
		"br": "br", "deflate": "deflate", "x-gzip": "x-gzip", "zstd": "zstd", "several": "gzip, br",
	}
	c := newCases(t, s, all)
	c.apply()
	before := c.passwords()
	c.configure(trigger("2"))
	for name, coding := range all {
		fault := simulator.FaultBody(simulator.KindReset, http.StatusOK, "\x1b\x0f\x00\xf8\x25", true)
		fault.Header = map[string]string{"Content-Encoding": coding}
		c.inject(name, fault)
	}
	c.fails(func(name string) []string {
		return []string{
			"its body is compressed as " + quoted(all[name]) + ", which this provider did not ask for and cannot read",
			"the credential's previous password may have stopped working",
		}
	}, "apply", "-auto-approve")
	c.checkKept(before, 2)
	c.apply()
	c.checkRotated(before, "rotation_triggers: version", func(string) int { return 3 })
}
