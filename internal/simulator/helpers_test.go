package simulator_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// fixture is a server with one credential and a client of its own, so that no test waits for another's connections.
type fixture struct {
	*simulator.Server
	t     *testing.T
	clock *clock
	http  *http.Client
	cred  simulator.Credential
}

// clock is a time that moves only when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// begin is the clocks' first moment: half a second past a whole one, so that rounding shows.
var begin = time.Date(2030, time.March, 4, 5, 6, 7, 500_000_000, time.UTC)

func start(t *testing.T, o simulator.Options) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: &clock{now: begin}}
	if o.Now == nil {
		o.Now = f.clock.Now
	}
	s, err := simulator.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = s
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CACertificate()) {
		t.Fatal("CACertificate is no PEM certificate")
	}
	transport := &http.Transport{DisableCompression: true}
	transport.TLSClientConfig = clientTLS(roots)
	f.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	f.cred = s.AddCredential("example.com", "myuser")
	return f
}

// request makes a request with the right credentials.
func (f *fixture) request(ctx context.Context, method, path, body string) *http.Request {
	f.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, f.URL()+path, reader)
	if err != nil {
		f.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.SetBasicAuth(f.Username(), f.Token())
	return r
}

// keyRequest makes a request with the key of example.com.
func (f *fixture) keyRequest(method, path, body string) *http.Request {
	f.t.Helper()
	r := f.request(f.t.Context(), method, path, body)
	r.SetBasicAuth(f.DomainKey("example.com"))
	r.Header.Set("Domain", "example.com")
	return r
}

// response is an answer that has been read.
type response struct {
	status int
	header http.Header
	body   []byte
}

// send gives the error of the transport or of reading the body.
func (f *fixture) send(r *http.Request) (response, error) {
	res, err := f.http.Do(r)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return response{status: res.StatusCode, header: res.Header, body: body}, err
}

// do fails the test if there is no answer.
func (f *fixture) do(method, path, body string) response {
	f.t.Helper()
	res, err := f.send(f.request(f.t.Context(), method, path, body))
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res
}

func (f *fixture) listPath() string       { return "/api/domains/" + f.cred.Domain + "/credentials" }
func (f *fixture) credentialPath() string { return f.listPath() + "/" + f.cred.GUID }
func (f *fixture) resetPath() string      { return f.credentialPath() + "/reset-password" }
func (f *fixture) keyPath() string        { return "/api/v4/transactional/credentials/" + f.cred.GUID }
func (f *fixture) live() string           { return f.LivePassword(f.cred.Domain, f.cred.GUID) }

func (f *fixture) lastEntry() simulator.Entry {
	f.t.Helper()
	entries := f.Journal()
	if len(entries) == 0 {
		f.t.Fatal("the journal is empty")
	}
	return entries[len(entries)-1]
}

// tree decodes JSON without any struct, so that an absent value and null differ.
func tree(t *testing.T, body []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("no JSON object: %v in %q", err, body)
	}
	return v
}

// at walks down objects by name.
func at(t *testing.T, v any, names ...string) any {
	t.Helper()
	for _, name := range names {
		object, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%q: not in an object but in %T", name, v)
		}
		if v, ok = object[name]; !ok {
			t.Fatalf("%q: absent from %v", name, object)
		}
	}
	return v
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func stampOf(t time.Time) any { return json.Number(strconv.FormatInt(t.Unix(), 10)) }

func clientTLS(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func message(t *testing.T, r response) string {
	t.Helper()
	equal(t, "success", at(t, tree(t, r.body), "success"), any(false))
	return at(t, tree(t, r.body), "message").(string)
}
