package kirim

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

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

// rawServer is the other end of each connection: it hears a request, says the
// same bytes and goes away.
func rawServer(said []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer func() { _ = there.Close() }()
			if _, err := http.ReadRequest(bufio.NewReader(there)); err != nil {
				return
			}
			_, _ = there.Write(said)
		}()
		return here, nil
	}
}

// FuzzBytesOnTheWire has whatever answers there say any bytes, over the client's
// own transport. No secret is told, and a password comes only out of an answer
// that carries it.
func FuzzBytesOnTheWire(f *testing.F) {
	head := "HTTP/1.1 200 OK\r\nDate: Wed, 01 Jul 2026 12:01:00 GMT\r\n"
	packed := zipped(f, resetBody)
	for _, seed := range []string{
		"", "{P}", "HTTP/1.1 200 OK\r\n\r\n" + resetBody, head + "Content-Length: 9\r\n\r\n" + resetBody, head + "Content-Length: 9999\r\n\r\n" + resetBody,
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n{P}",
		head + "Content-Encoding: gzip\r\n\r\n" + packed, head + "Content-Encoding: gzip\r\n\r\n" + packed[:len(packed)/2], head + "Content-Encoding: gzip\r\n\r\n" + packed[:40] + "{P}" + packed[40:],
		head + "Content-Encoding: gzip\r\n\r\n{P}", head + "Content-Encoding: br\r\n\r\n" + packed, "HTTP/1.1 100 {P}\r\n\r\n" + head + "\r\n{}",
		"HTTP/1.1 103 \r\nLink: {P}\r\n\r\nHTTP/1.1 101 Switching\r\nUpgrade: {P}\r\n\r\n", "HTTP/1.1 429 {T}\r\nRetry-After: 20\r\n\r\n" + limitedBody,
		"HTTP/1.1 422 {P}\r\n{T}: {B}\r\n\r\n" + `{"success":false,"message":"{T} {B}","errors":{"a":["{T}"]}}`, "HTTP/1.1 307 \r\nLocation: /{P}{T}\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\n{P}\r\n\r\n{}", "HTTP/1.1 2000 {P}\r\n\r\n", "HTTP/1.1 000 {P}\n\n0", "HTTP/1.1 204 No Content\r\n\r\n{P}", "\x16\x03\x01\x02\x00{P}", "SSH-2.0-{P}\r\n", "HTTP/1.1 200 OK\r\nContent-Length: {P}\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		if len(said) > 1<<14 {
			return
		}
		said = []byte(withSecrets.Replace(string(said)))
		synctest.Test(t, func(t *testing.T) {
			var logged records
			config := testConfig(nil)
			config.BaseURL, config.Logger = "http://localhost", logged.logger()
			client := mustNew(t, config)
			transport := client.transport.RoundTripper.(*http.Transport)
			transport.Proxy, transport.DialContext = nil, rawServer(said)
			defer transport.CloseIdleConnections()
			ctx, cancel := context.WithTimeout(t.Context(), fuzzTimeout)
			defer cancel()
			reset, err := client.ResetPassword(ctx, testDomain, testGUID)
			switch {
			case (reset == nil) == (err == nil):
				t.Fatalf("%q: got %v and %v", said, reset, err)
			case reset != nil:
				if packed := bytes.Contains(said, []byte("\x1f\x8b")); !packed && !strings.HasPrefix(string(said), "HTTP/") || reset.Password == "" || reset.Attempts != 1 {
					t.Errorf("%q: got %+v", said, reset)
				}
			default:
				e := asError(t, err)
				quoted := spelling(e)
				if e.Message == "" {
					noSecrets(t, "the error", quoted)
				}
				for name, secret := range accountSecrets {
					if strings.Contains(quoted, secret) {
						t.Errorf("the error holds the %s: %s", name, quoted)
					}
				}
				screened(t, "the message", e.Message)
				// Whatever was said was said in answer to a reset.
				if !e.MayHaveActed && e.Kind != KindRateLimited && (e.Status < 300 || e.Status >= 500) {
					t.Errorf("%q: may not have acted: %v", said, e)
				}
			}
			noSecrets(t, "the log", logged.String())
		})
	})
}
