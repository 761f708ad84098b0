package kirim

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	testUser     = "acme"
	testToken    = "tok-9f3c2a7e51"
	testDomain   = "example.com"
	testGUID     = "92703823-f3a4-48e2-8e87-7adf25454800"
	testPassword = "Zx81-qW7!kLmN"

	credentialJSON = `{"id":1,"user_smtp_guid":"` + testGUID + `","username":"myuser","created_at":1640995200,"modified_at":1640995300}`
	getBody        = `{"success":true,"data":` + credentialJSON + `}`
	createBody     = `{"success":true,"data":{"credential":` + credentialJSON + `,"password":"` + testPassword + `"}}`
	listBody       = `{"success":true,"data":[` + credentialJSON + `],"domain":"example.com"}`
	resetBody      = `{"success":true,"message":"Password reset successfully.","data":{"credential":` + credentialJSON +
		`,"new_password":"` + testPassword + `","strength_info":{"score":8},"remote_synced":true}}`
	brokenBody    = `{"success":false,"message":"An error occurred while processing the request."}`
	forbiddenBody = `{"success":false,"message":"Credential does not belong to the specified domain"}`
	limitedBody   = `{"success":false,"message":"Too many attempts. Please try again later."}`
	page          = `<html><body>Down for maintenance</body></html>`
)

// What the policy allows.
const (
	maxAttempts  = 6
	firstPause   = time.Second
	landingPause = 5 * time.Second
	maxAnswer    = 1 << 20
)

// turn is what a request meets.
type turn func(*http.Request) (*http.Response, error)

// wire is a transport in memory: one turn a request, in order. A request too
// many fails the test.
type wire struct {
	t     *testing.T
	began time.Time

	mu       sync.Mutex
	turns    []turn
	requests []*http.Request
	came     []time.Duration // since began
}

func newWire(t *testing.T, turns ...turn) *wire {
	t.Helper()
	return &wire{t: t, began: time.Now(), turns: turns}
}

func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.requests = append(w.requests, request)
	w.came = append(w.came, time.Since(w.began))
	if len(w.requests) > len(w.turns) {
		w.mu.Unlock()
		w.t.Errorf("request %d (%s %s) where %d were to come", len(w.requests), request.Method, request.URL, len(w.turns))
		return untrustworthy(request)
	}
	next := w.turns[len(w.requests)-1]
	w.mu.Unlock()
	return next(request)
}

// expect checks how many requests came.
func (w *wire) expect(n int) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.requests) != n {
		w.t.Fatalf("%d requests came, want %d", len(w.requests), n)
	}
}

// pause is the time between the requests i and i+1, counted from 0.
func (w *wire) pause(i int) time.Duration { return w.came[i+1] - w.came[i] }

func connected(request *http.Request) {
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

// answers gives an answer; headers are name, value, name, value.
func answers(status int, body string, headers ...string) turn {
	return func(request *http.Request) (*http.Response, error) {
		connected(request)
		header := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			header.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: header, Request: request,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

// cuts gives an answer whose body breaks off.
func cuts(status int, part string) turn {
	return func(request *http.Request) (*http.Response, error) {
		response, err := answers(status, "")(request)
		response.Body = io.NopCloser(io.MultiReader(strings.NewReader(part), failing{io.ErrUnexpectedEOF}))
		return response, err
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// loses takes the request and closes the connection.
func loses(request *http.Request) (*http.Response, error) {
	connected(request)
	return nil, io.EOF
}

// hangs takes the request and never answers.
func hangs(request *http.Request) (*http.Response, error) {
	connected(request)
	<-request.Context().Done()
	return nil, request.Context().Err()
}

// swallows never even connects.
func swallows(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}

// after takes the request and lets next answer after a while.
func after(d time.Duration, next turn) turn {
	return func(request *http.Request) (*http.Response, error) {
		connected(request)
		select {
		case <-time.After(d):
			return next(request)
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
}

func refusesConnection(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// stale finds its connection closed before it wrote to it, and gets no other.
func stale(request *http.Request) (*http.Response, error) {
	connected(request)
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn("api.test:443")
	}
	return refusesConnection(request)
}

func untrustworthy(*http.Request) (*http.Response, error) {
	return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
}

func fails(err error) turn {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func repeated(n int, t turn) []turn {
	turns := make([]turn, n)
	for i := range turns {
		turns[i] = t
	}
	return turns
}

func testConfig(transport http.RoundTripper) Config {
	return Config{
		BaseURL: "https://api.test", Username: testUser, Token: testToken,
		UserAgent: "terraform-provider-smtp/test", Now: time.Now, Transport: transport,
	}
}

func mustNew(t *testing.T, config Config) *Client {
	t.Helper()
	client, err := New(config)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return client
}

func newClient(t *testing.T, transport http.RoundTripper) *Client {
	t.Helper()
	return mustNew(t, testConfig(transport))
}

// records collects what is logged, at any level.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *records) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))
}

func reset(ctx context.Context, c *Client) error {
	_, err := c.ResetPassword(ctx, testDomain, testGUID)
	return err
}

func get(ctx context.Context, c *Client) error {
	_, err := c.GetCredential(ctx, testDomain, testGUID)
	return err
}

func list(ctx context.Context, c *Client) error {
	_, err := listOne(ctx, c)
	return err
}

// asError is err as the package's error type.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

// spelling is all that an error can tell a reader.
func spelling(e *Error) string {
	var b strings.Builder
	for _, s := range []string{e.Error(), e.Op, e.Message, e.Reason} {
		b.WriteString(s + "\n")
	}
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		b.WriteString(err.Error() + "\n")
	}
	return b.String()
}

// noSecrets fails where a text holds one of the secrets.
func noSecrets(t *testing.T, what, text string) {
	t.Helper()
	for name, secret := range map[string]string{
		"token":    testToken,
		"Basic":    base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testToken)),
		"password": testPassword,
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds the %s: %s", what, name, text)
		}
	}
}

func between(t *testing.T, what string, got, least, most time.Duration) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: %s, want %s to %s", what, got, least, most)
	}
}

func listOne(ctx context.Context, c *Client) (*pageOf[Credential], error) {
	return listPage(ctx, c, listCredentials(testDomain), 1, decodeListed)
}
