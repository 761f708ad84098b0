package kirim

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ address, want, reason string }{
		"the default":                   {DefaultBaseURL, DefaultBaseURL, ""},
		"a trailing slash":              {"https://api.test/", "https://api.test", ""},
		"a path":                        {"https://api.test/gateway/smtp//", "https://api.test/gateway/smtp", ""},
		"an escaped path":               {"https://api.test/a%2Fb/", "https://api.test/a%2Fb", ""},
		"a port":                        {"https://api.test:8443", "https://api.test:8443", ""},
		"a scheme in upper case":        {"HTTPS://api.test", "https://api.test", ""},
		"http for localhost":            {"http://localhost:8080", "http://localhost:8080", ""},
		"http for 127.0.0.1":            {"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		"http for another loopback":     {"http://127.9.9.9", "http://127.9.9.9", ""},
		"http for ::1":                  {"http://[::1]:8080", "http://[::1]:8080", ""},
		"http for any other host":       {"http://api.test", "", "does not start with https://"},
		"http for a name like loopback": {"http://127.0.0.1.api.test", "", "does not start with https://"},
		"http for another localhost":    {"http://localhost.api.test", "", "does not start with https://"},
		"http for a private address":    {"http://10.0.0.1", "", "does not start with https://"},
		"http for all addresses":        {"http://0.0.0.0", "", "does not start with https://"},
		"another scheme":                {"ftp://api.test", "", "does not start with https://"},
		"no scheme":                     {"api.test", "", "does not start with https://"},
		"no scheme but a port":          {"localhost:8080", "", "does not start with https://"},
		"no scheme but slashes":         {"//api.test", "", "does not start with https://"},
		"empty":                         {"", "", "does not start with https://"},
		"no host":                       {"https://", "", "it has no host of"},
		"no host but a path":            {"https:///api", "", "it has no host of"},
		"no host but a port":            {"https://:443", "", "it has no host of"},
		"opaque":                        {"https:api.test", "", "it has no host of"},
		"a user":                        {"https://hunter2@api.test", "", "a user name, a password"},
		"a user and a password":         {"https://me:hunter2@api.test", "", "a user name, a password"},
		"an empty user":                 {"https://@api.test", "", "a user name, a password"},
		"a query":                       {"https://api.test/?token=hunter2", "", "a query"},
		"an empty query":                {"https://api.test/?", "", "a query"},
		"a fragment":                    {"https://api.test/#hunter2", "", "a fragment"},
		"an empty fragment":             {"https://api.test/#", "", "a fragment"},
		"no URL, and a password in it":  {"https://me:hunter2@api.test:port", "", "it is not a URL"},
		"a control character":           {"https://api.test/\x7fhunter2", "", "it is not a URL"},
		"white space before it":         {" https://hunter2.test", "", "it begins or ends with white space"},
		"a line break after it":         {"https://hunter2.test\n", "", "it begins or ends with white space or a line break"},
		"an address and a port":         {"127.0.0.1:8080", "", "it is not a URL"},
		"white space within":            {"https://hunter2 .test", "", "it is not a URL"},
		"http for a zone of ::1":        {"http://[::1%25eth0]", "", "does not start with https://"},
		"a host that is too long":       {"https://" + strings.Repeat("a.", 150) + "test", "", "at most 253 characters"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseBaseURL(c.address)
			if c.reason == "" {
				if err != nil || got.String() != c.want {
					t.Errorf("got %v, %v; want %s", got, err, c.want)
				}
				return
			}
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			if !strings.Contains(err.Error(), c.reason) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q in it and nothing of the address", err, c.reason)
			}
		})
	}
}

func TestCheckUsernameAndToken(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, username, token string }{
		"plain":               {"acme", "", ""},
		"an address":          {"me@example.com", "", ""},
		"white space within":  {"ac me", "", ""},
		"other scripts":       {"пользователь", "", ""},
		"a colon":             {"hunter2:x", "it has a colon in it", ""},
		"empty":               {"", "it is empty", "it is empty"},
		"a line break":        {"hunter2\n", "a line break", "a line break"},
		"a line break within": {"hun\nter2", "a line break or", "a line break or"},
		"a zero byte":         {"hun\x00ter2", "cannot be seen", "cannot be seen"},
		"a control character": {"hun\u0085ter2", "cannot be seen", "cannot be seen"},
		"a leading space":     {" hunter2", "white space", "white space"},
		"a trailing space":    {"hunter2 ", "white space", "white space"},
		"an odd space":        {"hunter2\u00a0", "white space", "white space"},
		"a byte order mark":   {"\ufeffhunter2", "cannot be seen", "cannot be seen"},
		"no width":            {"hun\u200bter2", "cannot be seen", "cannot be seen"},
		"another direction":   {"hun\u202eter2", "cannot be seen", "cannot be seen"},
		"a line separator":    {"hun\u2028ter2", "cannot be seen", "cannot be seen"},
		"as long as can be":   {strings.Repeat("a", 2048), "", ""},
		"longer":              {strings.Repeat("a", 2046) + "ter2", "it has 2050 bytes, and 2048", "it has 2050 bytes, and 2048"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for what, check := range map[string]struct {
				err    error
				reason string
			}{"username": {CheckUsername(c.text), c.username}, "token": {CheckToken(c.text), c.token}} {
				switch {
				case check.reason == "" && check.err != nil:
					t.Errorf("%s: %v", what, check.err)
				case check.reason == "":
				case check.err == nil || !strings.Contains(check.err.Error(), check.reason):
					t.Errorf("%s: %v, want %q in it", what, check.err, check.reason)
				case strings.Contains(check.err.Error(), "ter2"):
					t.Errorf("%s: it is quoted: %v", what, check.err)
				}
			}
		})
	}
}

func TestNewNamesTheSettingThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"base URL: ": func(c *Config) { c.BaseURL = "http://me:hunter2@api.test" },
		"username: ": func(c *Config) { c.Username = "a:b" },
		"token: ":    func(c *Config) { c.Token = "hunter2\n" },
	} {
		config := testConfig(nil)
		change(&config)
		client, err := New(config)
		if err == nil || client != nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, %v; want %q before it", client, err, want)
		}
	}
}

func TestTheOwnTransportTakesTLS12(t *testing.T) {
	t.Parallel()
	transport, ok := newClient(t, nil).transport.RoundTripper.(*http.Transport)
	if !ok || transport.TLSClientConfig.MinVersion != tls.VersionTLS12 || transport.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("got %+v", transport)
	}
}

func TestWhatIsSentWithEachRequest(t *testing.T) {
	t.Parallel()
	w := newWire(t, answers(200, getBody), answers(200, listBody), answers(200, resetBody))
	config := testConfig(w)
	config.BaseURL = "https://api.test/gateway/"
	client := mustNew(t, config)
	for _, err := range []error{get(t.Context(), client), list(t.Context(), client), reset(t.Context(), client)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{
		"GET /gateway/api/domains/example.com/credentials/" + testGUID,
		"GET /gateway/api/domains/example.com/credentials?limit=100&page=1",
		"PUT /gateway/api/domains/example.com/credentials/" + testGUID + "/reset-password",
	} {
		r := w.requests[i]
		if got := r.Method + " " + r.URL.RequestURI(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		user, token, ok := r.BasicAuth()
		if !ok || user != testUser || token != testToken {
			t.Errorf("%s: authorised as %q", want, user)
		}
		if r.Header.Get("User-Agent") != "terraform-provider-smtp/test" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s: headers %v", want, r.Header)
		}
		if r.Body != nil || r.ContentLength != 0 || r.Header.Values("Content-Type") != nil {
			t.Errorf("%s: a body, or a type for one: %v", want, r.Header)
		}
	}
}

// FuzzParseBaseURL: whatever passes is https, or http to this machine, holds no
// secret, and a request to it goes to that host and path.
func FuzzParseBaseURL(f *testing.F) {
	for _, seed := range []string{
		DefaultBaseURL, "HTTPS://api.test:8443/a%2Fb//", "http://[::1]:80/", "http://127.0.0.1", "http://LOCALHOST", "https://me:hunter2@api.test", "https:api.test",
		"https://api.test/?hunter2", "https://api.test#hunter2", "http://127.0.0.1.api.test", "https://[::1%25eth0]", "https://a/%2e%2e/\\@b", "https://a:0", "//a", "https://bücher.test/%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		base, err := ParseBaseURL(address)
		if err != nil {
			if base != nil || strings.Contains(err.Error(), "hunter2") || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Fatalf("%q: %v beside %v", address, base, err)
			}
			return
		}
		w := &anyAnswer{status: 200, body: []byte(getBody)}
		config := testConfig(w)
		config.BaseURL = address
		if _, err := mustNew(t, config).GetCredential(t.Context(), testDomain, testGUID); err != nil || len(w.requests) != 1 {
			t.Fatalf("%q: %d requests, %v", address, len(w.requests), err)
		}
		// As whoever writes the request reads it.
		sent, err := url.Parse(w.requests[0].URL.String())
		if err != nil || sent.User != nil || sent.RawQuery != "" || sent.Fragment != "" || sent.Opaque != "" {
			t.Fatalf("%q: asked %s, %v", address, w.requests[0].URL, err)
		}
		ip, _ := netip.ParseAddr(sent.Hostname())
		if sent.Scheme != "https" && (sent.Scheme != "http" || !strings.EqualFold(sent.Hostname(), "localhost") && !ip.Unmap().IsLoopback()) {
			t.Fatalf("%q: asked %s", address, sent)
		}
		whole, err := url.Parse(address)
		if err != nil || strings.TrimSuffix(sent.Host, ":") != strings.TrimSuffix(whole.Host, ":") || w.requests[0].Host != strings.TrimSuffix(whole.Host, ":") {
			t.Fatalf("%q: asked %s of the host %s", address, sent, w.requests[0].Host)
		}
		if !strings.HasSuffix(sent.EscapedPath(), "/api/domains/example.com/credentials/"+testGUID) {
			t.Fatalf("%q: asked %s", address, sent)
		}
		if again, err := ParseBaseURL(base.String()); err != nil || again.String() != base.String() {
			t.Fatalf("%q: first %s, then %v, %v", address, base, again, err)
		}
	})
}
