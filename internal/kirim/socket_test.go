package kirim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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

func http1(*httptest.Server)   {}
func http2(s *httptest.Server) { s.EnableHTTP2 = true }

// reach makes a client of a real server; trusting, it takes its certificate.
func reach(t *testing.T, server *httptest.Server, trusting bool) *Client {
	t.Helper()
	config := testConfig(nil)
	config.BaseURL = server.URL
	client := mustNew(t, config)
	transport, ok := client.transport.RoundTripper.(*http.Transport)
	if !ok {
		t.Fatalf("the transport is %T", client.transport.RoundTripper)
	}
	t.Cleanup(transport.CloseIdleConnections)
	if trusting && server.Certificate() != nil {
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	}
	return client
}

// dresses are the ways in which a server may speak.
var dresses = map[string]func(*httptest.Server){"plain": nil, "TLS": http1, "TLS, of a server of HTTP/2": http2}

func TestAServerThatCannotBeTrustedIsSentNothingAndAskedOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secure   func(*httptest.Server)
		trusting bool
		host     string
		cause    string
	}{
		"an unknown authority": {http1, false, "", "certificate signed by unknown authority"},
		"another name":         {http1, true, "localhost", "certificate is valid for"},
		"TLS 1.1": {func(s *httptest.Server) {
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		}, true, "", "protocol version not supported"},
		"no TLS": {nil, true, "", "does not look like a TLS handshake"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) }, c.secure)
			client := reach(t, server, c.trusting)
			client.base.Scheme = "https"
			if c.host != "" {
				_, port, _ := net.SplitHostPort(client.base.Host)
				client.base.Host = net.JoinHostPort(c.host, port)
			}
			e := asError(t, reset(t.Context(), client))
			if e.Kind != KindCertificate || e.MayHaveActed || e.Attempts != 1 || !strings.Contains(e.Error(), c.cause) {
				t.Errorf("kind %s, MayHaveActed %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.Attempts, e)
			}
			if n := requests.Load(); n != 0 {
				t.Errorf("%d requests came", n)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	target := serve(t, func(http.ResponseWriter, *http.Request) { followed.Add(1) }, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target.URL+r.URL.Path, status)
		}, nil)
		client := reach(t, server, true)
		for _, err := range []error{get(t.Context(), client), reset(t.Context(), client)} {
			e := asError(t, err)
			if e.Kind != KindUnexpected || e.Status != status || e.Attempts != 1 || !strings.Contains(e.Reason, "redirect") {
				t.Errorf("%d: %v", status, e)
			}
		}
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d requests came to the target", n)
	}
}

func TestAResetHasNoBodyOnTheWire(t *testing.T) {
	t.Parallel()
	for dress, secure := range dresses {
		t.Run(dress, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || len(body) != 0 || r.ContentLength > 0 || r.Header.Get("Content-Type") != "" {
					t.Errorf("a body of %q, headers %v", body, r.Header)
				}
				if user, token, ok := r.BasicAuth(); !ok || user != testUser || token != testToken {
					t.Error("not authorised")
				}
				if r.UserAgent() != "terraform-provider-smtp/test" {
					t.Errorf("User-Agent %q", r.UserAgent())
				}
				_, _ = io.WriteString(w, resetBody)
			}, secure)
			if err := reset(t.Context(), reach(t, server, true)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnAnswerOfMoreThanAMiBIsNotTaken(t *testing.T) {
	t.Parallel()
	large := strings.Replace(resetBody, `"score":8`, `"x":"`+strings.Repeat("x", maxAnswer)+`"`, 1)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, large) }, nil)
	e := asError(t, reset(t.Context(), reach(t, server, true)))
	if e.Kind != KindUnexpected || !e.MayHaveActed || e.Attempts != 1 || !strings.Contains(e.Error(), "at most 1 MiB") {
		t.Errorf("kind %s, MayHaveActed %t: %v", e.Kind, e.MayHaveActed, e)
	}
}

// TestALostResetIsTold: the pause before a repeat is longer than what is left.
func TestALostResetIsTold(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	e := asError(t, reset(ctx, reach(t, server, true)))
	if e.Kind != KindConnection || !e.MayHaveActed || e.Attempts != 1 {
		t.Errorf("kind %s, MayHaveActed %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.Attempts, e)
	}
	noSecrets(t, "the error", spelling(e))
}

func TestAClientServesManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	client := reach(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			_, _ = io.WriteString(w, resetBody)
			return
		}
		_, _ = io.WriteString(w, getBody)
	}, http2), true)
	failures := make(chan error)
	for i := range 20 {
		go func() {
			if i%2 == 0 {
				failures <- reset(t.Context(), client)
				return
			}
			failures <- get(t.Context(), client)
		}()
	}
	for range 20 {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}
