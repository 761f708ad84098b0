package transport

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// serve starts a real server; secure dresses it in TLS.
func serve(t *testing.T, handler http.HandlerFunc, secure func(*httptest.Server)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure == nil {
		server.Start()
	} else {
		secure(server)
		server.StartTLS()
	}
	t.Cleanup(server.Close)
	return server
}

func http1(*httptest.Server) {}

func http2(s *httptest.Server) { s.EnableHTTP2 = true }

// dresses are the ways in which a server may speak.
var dresses = map[string]func(*httptest.Server){"plain": nil, "TLS": http1, "TLS, of a server of HTTP/2": http2}

// zipped is a text in gzip.
func zipped(tb testing.TB, text string) string {
	tb.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, err := io.WriteString(zip, text)
	if err != nil || zip.Close() != nil {
		tb.Fatal("cannot be zipped")
	}
	return b.String()
}

// reach makes a client of a real server, which takes its certificate.
func reach(t *testing.T, server *httptest.Server) *Client {
	t.Helper()
	client := newClient(t, nil)
	transport, ok := client.RoundTripper.(*http.Transport)
	if !ok {
		t.Fatalf("the transport is %T", client.RoundTripper)
	}
	t.Cleanup(transport.CloseIdleConnections)
	if server.Certificate() != nil {
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	}
	return client
}

// attempt makes one attempt at a reset and returns what became of it, so that no test
// waits for a pause.
func attempt(t *testing.T, server *httptest.Server) *Result {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{client: reach(t, server), Operation: Operation{Request: request, Effect: Resets, Budget: DefaultBudget}}
	response, err := r.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
	}
	return &r.Result
}

// TestWhatBecomesOfAnAttemptOnTheWire: what was sent and what was not is told
// apart whatever carries it.
func TestWhatBecomesOfAnAttemptOnTheWire(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		handler http.HandlerFunc
		want    Outcome
		acted   bool
	}{
		"lost before any answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ConnectionLost, true},
		"an answer that is cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"success":true`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, Truncated, true},
		"an answer in pieces that is cut": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"success":true`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, Truncated, true},
		// What the status says stands, so that a reset is not repeated too soon.
		"a 504 that is cut": {broken(504), StillRunning, true},
		"a 502 that is cut": {broken(502), ConnectionLost, true},
		"a 429 that is cut": {broken(429), RateLimited, false},
		"a whole answer":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, resetBody) }, Success, true},
		"a refusal": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, forbiddenBody)
		}, APIError, false},
	}
	for dress, secure := range dresses {
		for name, c := range cases {
			t.Run(dress+"/"+name, func(t *testing.T) {
				t.Parallel()
				got := attempt(t, serve(t, c.handler, secure))
				if got.Outcome != c.want || got.MayHaveActed != c.acted {
					t.Errorf("outcome %d, want %d; may have acted: %t; %v", got.Outcome, c.want, got.MayHaveActed, got.Err)
				}
			})
		}
	}
}

// TestHTTP2IsNotSpoken: over it, the transport repeats a request by itself when
// a stream is refused, a reset too.
func TestHTTP2IsNotSpoken(t *testing.T) {
	t.Parallel()
	var protocol atomic.Value
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		protocol.Store(r.Proto)
		_, _ = io.WriteString(w, resetBody)
	}, http2)
	if got := attempt(t, server); got.Outcome != Success || protocol.Load() != "HTTP/1.1" {
		t.Errorf("outcome %d over %v, %v", got.Outcome, protocol.Load(), got.Err)
	}
}

func TestAConnectionThatDoesNotComeAboutSendsNothing(t *testing.T) {
	t.Parallel()
	gone := serve(t, func(http.ResponseWriter, *http.Request) {}, nil)
	gone.Close()
	silentEnd := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
		s.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			return nil, hello.Conn.Close()
		}}
	})
	for name, server := range map[string]*httptest.Server{"nobody listens": gone, "closed within the handshake": silentEnd} {
		if got := attempt(t, server); got.Outcome != Unreachable || got.MayHaveActed || got.Attempts != 1 {
			t.Errorf("%s: outcome %d, may have acted: %t, %v", name, got.Outcome, got.MayHaveActed, got.Err)
		}
	}
}

// TestAPackedAnswerThatIsSpoiltIsNoSuccess: what the reset did is not known
// then, and nothing of what could be unpacked is told.
func TestAPackedAnswerThatIsSpoiltIsNoSuccess(t *testing.T) {
	t.Parallel()
	whole := zipped(t, resetBody)
	spoilt := func(at int) string { return whole[:at] + string(whole[at]^0x55) + whole[at+1:] }
	for name, body := range map[string]string{
		"not gzip at all": resetBody, "empty": "", "the head alone": whole[:10], "cut in the middle": whole[:len(whole)/2], "without its sum": whole[:len(whole)-8],
		"another method": spoilt(2), "broken in the middle": spoilt(len(whole) / 2), "a wrong sum": spoilt(len(whole) - 8), "a wrong length": spoilt(len(whole) - 1),
		"something after it": whole + "{}", "twice": whole + whole,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := attempt(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = io.WriteString(w, body)
			}, nil))
			if got.Err != nil && strings.Contains(got.Err.Error(), testPassword) {
				t.Errorf("the password is quoted: %v", got.Err)
			}
			if got.Outcome == Success || !got.MayHaveActed || got.Attempts != 1 {
				t.Errorf("outcome %d, may have acted: %t, %v", got.Outcome, got.MayHaveActed, got.Err)
			}
		})
	}
}

// broken answers with a status and the beginning of a body.
func broken(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
