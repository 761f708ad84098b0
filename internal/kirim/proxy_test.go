package kirim

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestParseProxy(t *testing.T) {
	t.Parallel()
	const (
		notURL, scheme, path = "is not a URL", "starts with none of", "it has a path"
		noHost, badPort      = "it has no host", "its port"
		escaped              = "http://me:%25%23%2F%3F%40@proxy.test"
	)
	for name, c := range map[string]struct{ address, want, reason string }{
		"a host":                      {"proxy.test", "http://proxy.test", ""},
		"a host and a port":           {"proxy.test:3128", "http://proxy.test:3128", ""},
		"a login, a host and a port":  {"me:hunter2@proxy.test:3128", "http://me:hunter2@proxy.test:3128", ""},
		"http":                        {"http://proxy.test:3128", "http://proxy.test:3128", ""},
		"https":                       {"https://proxy.test:3128", "https://proxy.test:3128", ""},
		"capital letters":             {"HTTP://proxy.test", "http://proxy.test", ""},
		"socks5":                      {"socks5://proxy.test:1080", "socks5://proxy.test:1080", ""},
		"socks5h":                     {"socks5h://proxy.test:1080", "socks5h://proxy.test:1080", ""},
		"an IPv6 address":             {"http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", ""},
		"a slash at the end":          {"http://proxy.test:3128/", "http://proxy.test:3128/", ""},
		"an escaped password":         {escaped, escaped, ""},
		"an @ that can only be meant": {"http://me:hunter2@3@proxy.test", "http://me:hunter2%403@proxy.test", ""},
		"a % in the password":         {"http://me:hunter2%zz@proxy.test:3128", "", notURL},
		"a % at the password's end":   {"http://me:hunter2%@proxy.test:3128", "", notURL},
		"a # in the password":         {"http://me:hunter2#3@proxy.test:3128", "", notURL},
		"a / in the password":         {"http://me:hunter2/3@proxy.test:3128", "", notURL},
		"a ? in the password":         {"http://me:hunter2?3@proxy.test:3128", "", notURL},
		"none has a scheme":           {"me:hunter2#3@proxy.test:3128", "", notURL},
		"digits before a #":           {"http://hunter2:1234#5@proxy.test:3128", "", path},
		"digits before a /":           {"http://hunter2:1234/5@proxy.test:3128", "", path},
		"a / in the user name":        {"http://hunter2/3@proxy.test:3128", "", path},
		"a [ in the password":         {"http://me:hunter2[@proxy.test", "", notURL},
		"a space":                     {"http://hunter2 .test", "", notURL},
		"a space before it":           {" hunter2.test", "", "begins or ends with white space"},
		"a line break after it":       {"http://hunter2.test\n", "", "begins or ends with white space"},
		"a control character":         {"http://me:hunter2\x7f@proxy.test", "", notURL},
		"a port that is no number":    {"http://proxy.test:hunter2", "", notURL},
		"a port that is too large":    {"http://hunter2.test:65536", "", badPort},
		"port 0":                      {"http://hunter2.test:0", "", badPort},
		"another scheme":              {"ftp://hunter2.test", "", scheme},
		"no scheme before ://":        {"://hunter2.test", "", notURL},
		"one slash too few":           {"http:/hunter2.test:3128", "", path},
		"no host":                     {"http://:3128", "", noHost},
		"a login without a host":      {"http://me:hunter2@", "", noHost},
		"a scheme alone":              {"http://", "", noHost},
		"a path":                      {"http://proxy.test/hunter2", "", path},
		"a query":                     {"http://proxy.test?hunter2", "", path},
		"a fragment":                  {"http://proxy.test#hunter2", "", path},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseProxy(c.address)
			if c.reason == "" {
				if err != nil || got.String() != c.want {
					t.Errorf("got %v, %v; want %s", got, err, c.want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.reason) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, %v; want %q and nothing of the address", got, err, c.reason)
			}
		})
	}
}

// env has these variables and no others.
type env map[string]string

func (e env) get(name string) string { return e[name] }

// TestWhichProxyIsUsed: a variable that cannot be used is an error if it would be used.
func TestWhichProxyIsUsed(t *testing.T) {
	t.Parallel()
	const good, bad = "http://proxy.test:3128", "http://me:hunter2%zz@proxy.test:3128"
	for name, c := range map[string]struct {
		base, want, variable string // base without https://
		environment          env
	}{
		"none":                       {"api.test", "", "", nil},
		"upper case":                 {"api.test", good, "", env{"HTTPS_PROXY": good}},
		"lower case":                 {"api.test", good, "", env{"https_proxy": good}},
		"upper case first":           {"api.test", good, "", env{"HTTPS_PROXY": good, "https_proxy": bad}},
		"of HTTP alone":              {"api.test", "", "", env{"HTTP_PROXY": bad, "http_proxy": bad}},
		"an exception":               {"api.test", "", "", env{"HTTPS_PROXY": good, "NO_PROXY": "other.test,.test"}},
		"this machine":               {"127.0.0.1:8443", "", "", env{"HTTPS_PROXY": good}},
		"unusable":                   {"api.test", "", "HTTPS_PROXY", env{"HTTPS_PROXY": bad}},
		"unusable before a good one": {"api.test", "", "HTTPS_PROXY", env{"HTTPS_PROXY": bad, "https_proxy": good}},
		"unusable, lower case":       {"api.test", "", "https_proxy", env{"https_proxy": bad}},
		"unusable, an exception":     {"api.test", "", "", env{"HTTPS_PROXY": bad, "no_proxy": "api.test"}},
		"unusable, other port":       {"api.test", "", "HTTPS_PROXY", env{"HTTPS_PROXY": bad, "NO_PROXY": "api.test:8443"}},
		"unusable, this machine":     {"[::1]:8443", "", "", env{"HTTPS_PROXY": bad}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(nil)
			config.Getenv = c.environment.get
			config.BaseURL = "https://" + c.base
			client, err := New(config)
			if c.variable != "" {
				want := "the proxy's address in " + c.variable + ": it "
				if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("got %v, want %q before it", err, want)
				}
				config.Transport = newWire(t)
				if _, err := New(config); err != nil {
					t.Errorf("it matters although another transport carries the requests: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			request := &http.Request{URL: &url.URL{Scheme: client.base.Scheme, Host: client.base.Host}}
			proxy, err := client.transport.RoundTripper.(*http.Transport).Proxy(request)
			if err != nil || (proxy != nil) != (c.want != "") || proxy != nil && proxy.String() != c.want {
				t.Errorf("got %v, %v; want %q", proxy, err, c.want)
			}
		})
	}
}

// TestWhatAProxyDoesIsToldAsTheProxys: nothing reaches the API, a 407 is not repeated, and
// the proxy's password is told to nobody.
func TestWhatAProxyDoesIsToldAsTheProxys(t *testing.T) {
	t.Parallel()
	answering := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, page+testPassword)
		}
	}
	hangsUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	closed := serve(t, hangsUp, nil)
	closed.Close()
	nobody, socks := closed.Listener.Addr().String(), refusingSOCKS(t)
	const through, unreachable = "to api.test through the proxy PROXY: ", "to the proxy PROXY: proxyconnect tcp: "
	for name, c := range map[string]struct {
		scheme  string
		address string // empty for a proxy of the handler
		handler http.HandlerFunc
		kind    Kind
		cause   string // PROXY stands for its address
	}{
		"407":              {"http", "", answering(407), KindProxyUnauthorized, through + "the proxy answered 407"},
		"401":              {"http", "", answering(401), KindProxyUnauthorized, through + "the proxy answered 401"},
		"403":              {"http", "", answering(403), KindProxy, through + "the proxy answered 403 Forbidden"},
		"502":              {"http", "", answering(502), KindProxy, through + "the proxy answered 502 Bad Gateway"},
		"503":              {"http", "", answering(503), KindProxy, through + "the proxy answered 503 Service"},
		"504":              {"http", "", answering(504), KindProxy, through + "the proxy answered 504 Gateway Timeout"},
		"599":              {"http", "", answering(599), KindProxy, through + "the proxy answered 599"},
		"it hangs up":      {"http", "", hangsUp, KindProxy, through},
		"it speaks no TLS": {"https", "", answering(200), KindProxy, unreachable + "tls: first record"},
		"no login taken":   {"socks5", socks, nil, KindProxy, through + "socks connect tcp"},
		"nobody listens":   {"http", nobody, nil, KindProxy, unreachable + "dial tcp"},
		"no such host":     {"http", "nowhere.invalid:3128", nil, KindProxy, unreachable + "dial tcp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, asked := c.address, new(atomic.Int32)
			if address == "" {
				address = serve(t, func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					user, password, ok := basicAuth(r.Header.Get("Proxy-Authorization"))
					if ok && user+password != "mehunter2" {
						t.Errorf("the proxy was told %s and %s", user, password)
					}
					c.handler(w, r)
				}, nil).Listener.Addr().String()
			}
			var log bytes.Buffer
			config := testConfig(nil)
			config.Getenv = env{"HTTPS_PROXY": c.scheme + "://me:hunter2@" + address}.get
			config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			if c.kind == KindProxyUnauthorized { // it is not repeated, whatever time is left
				ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
			}
			defer cancel()
			e := asError(t, reset(ctx, mustNew(t, config)))
			cause := strings.ReplaceAll(c.cause, "PROXY", address)
			unsent := !e.MayHaveActed && e.Attempts == 1 && e.Status == 0
			if e.Kind != c.kind || !unsent || !strings.Contains(e.Error(), cause) {
				t.Errorf("kind %s, may have acted: %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.Attempts, e)
			}
			if asked.Load() > 1 {
				t.Errorf("the proxy was asked %d times", asked.Load())
			}
			if !strings.Contains(log.String(), address) {
				t.Errorf("the log does not name the proxy: %s", &log)
			}
			for _, secret := range []string{"hunter2", testPassword, testToken} {
				if strings.Contains(log.String()+spelling(e), secret) {
					t.Errorf("%s is told: %v, %s", secret, e, &log)
				}
			}
		})
	}
}

// refusingSOCKS is the address of a SOCKS5 proxy that accepts no way to log in.
func refusingSOCKS(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 16))
			_, _ = conn.Write([]byte{5, 0xff})
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// basicAuth reads the header that a proxy is sent.
func basicAuth(header string) (user, password string, ok bool) {
	return (&http.Request{Header: http.Header{"Authorization": {header}}}).BasicAuth()
}

// TestAProxyCarriesTheRequests, and learns nothing but where they go.
func TestAProxyCarriesTheRequests(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, resetBody) }, http1)
	var connects atomic.Int32
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "example.com:443" {
			t.Errorf("the proxy was asked to %s %s", r.Method, r.Host)
		}
		connects.Add(1)
		there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		go func() { _, _ = io.Copy(there, here) }()
		_, _ = io.Copy(here, there)
	}, nil)
	proxied := env{"HTTPS_PROXY": proxy.URL}
	client := reachAs(t, server, server.URL, proxied)
	if err := reset(t.Context(), client); err != nil || connects.Load() != 0 {
		t.Errorf("%d connections by way of the proxy to this machine, %v", connects.Load(), err)
	}
	client = reachAs(t, server, "https://example.com", proxied) // as its certificate says
	if err := reset(t.Context(), client); err != nil || connects.Load() != 1 {
		t.Errorf("%d connections by way of the proxy, %v", connects.Load(), err)
	}
}

// reachAs makes a client that trusts a server, under a base URL of one's own.
func reachAs(t *testing.T, server *httptest.Server, baseURL string, e env) *Client {
	t.Helper()
	config := testConfig(nil)
	config.BaseURL, config.Getenv = baseURL, e.get
	client := mustNew(t, config)
	transport, ok := client.transport.RoundTripper.(*http.Transport)
	if !ok {
		t.Fatalf("the transport is %T", client.transport.RoundTripper)
	}
	t.Cleanup(transport.CloseIdleConnections)
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	return client
}
