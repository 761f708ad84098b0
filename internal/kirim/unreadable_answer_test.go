package kirim

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnAnswerThatIsNotPackedAsItSays is not repeated: whatever garbles one
// answer garbles the next, and each reset ends a password. One that breaks off
// is repeated as any other.
func TestAnAnswerThatIsNotPackedAsItSays(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(zip, resetBody)
	_ = zip.Close()
	whole := zipped.Bytes()
	flipped := func(i int) []byte {
		b := bytes.Clone(whole)
		b[i] ^= 0xff
		return b
	}
	for name, c := range map[string]struct {
		body []byte
		kind Kind
		text string
	}{
		"not packed":           {[]byte(resetBody), KindUnexpected, "not compressed as it says"},
		"a wrong checksum":     {flipped(len(whole) - 8), KindUnexpected, "not compressed as it says"},
		"corrupt":              {flipped(10), KindUnexpected, "not compressed as it says"},
		"empty":                {nil, KindUnexpected, "body is empty"},
		"packed and cut short": {whole[:len(whole)/2], KindConnection, "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(c.body)
			}, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			defer cancel()
			e := asError(t, reset(ctx, reach(t, server, true)))
			if e.Kind != c.kind || !e.MayHaveActed || e.MayStillRun || e.Attempts != 1 || !strings.Contains(e.Error(), c.text) {
				t.Errorf("kind %s, MayHaveActed %t, MayStillRun %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.MayStillRun, e.Attempts, e)
			}
			noSecrets(t, "the error", spelling(e))
		})
	}
}

// TestAResetThatIsNotAnsweredInHTTPMayLand: if the head of an answer cannot be read,
// a reset is repeated as one whose connection was lost: when it has landed, and with
// the word that it may still run.
func TestAResetThatIsNotAnsweredInHTTPMayLand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said     string
		repeated bool
	}{
		"a head that is cut": {"HTTP/1.1 200 OK\r\nContent-Le", true},
		"two lengths":        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", true},
		"no colon":           {"HTTP/1.1 200 OK\r\nX\r\n\r\n{}", true},
		"nothing":            {"", true},
		"a header too large": {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxAnswer) + "\r\n\r\n{}", true},
		"no HTTP":            {"SSH-2.0-OpenSSH_9.2\r\n", false},
		"no status":          {"HTTP/1.1 OK\r\n\r\n", false},
		"504":                {"HTTP/1.1 504 X\r\n\r\n", false},
		"101":                {"HTTP/1.1 101 X\r\n\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				config := testConfig(nil)
				config.BaseURL = "http://localhost"
				client := mustNew(t, config)
				transport := client.transport.RoundTripper.(*http.Transport)
				var came []time.Time
				dial := rawServer([]byte(c.said))
				transport.Proxy, transport.DialContext = nil, func(ctx context.Context, network, address string) (net.Conn, error) {
					came = append(came, time.Now())
					return dial(ctx, network, address)
				}
				defer transport.CloseIdleConnections()
				e := asError(t, reset(t.Context(), client))
				if want := map[bool]int{true: maxAttempts, false: 1}[c.repeated]; len(came) != want || e.Attempts != want || !e.MayHaveActed {
					t.Errorf("%d requests, %d attempts, MayHaveActed %t: %v", len(came), e.Attempts, e.MayHaveActed, e)
				}
				if c.repeated && (!e.MayStillRun || e.Kind != KindConnection) {
					t.Errorf("kind %s, MayStillRun %t: %v", e.Kind, e.MayStillRun, e)
				}
				for i := range len(came) - 1 {
					between(t, "pause", came[i+1].Sub(came[i]), settled.least, settled.most)
				}
			})
		})
	}
}

// TestWhatFollowsAnAnswerIsNotPrinted: an answer that is longer than its header
// says has a password in the rest of it, which would come as unasked for. The
// connection is closed instead of waiting for that; see TestMain.
func TestWhatFollowsAnAnswerIsNotPrinted(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"a length that is too short":  "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
		"an answer that has no body":  "HTTP/1.1 204 No Content\r\n\r\n",
		"an empty one":                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"a refusal that is too short": "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := make(chan struct{})
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				defer close(closed)
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, head+resetBody)
				_, _ = io.Copy(io.Discard, conn) // until the client has closed it
			}, nil)
			if err := reset(t.Context(), reach(t, server, true)); err == nil {
				t.Error("it succeeded")
			}
			select {
			case <-closed:
			case <-time.After(time.Minute):
				t.Error("the connection is kept")
			}
			if strings.Contains(printed.String(), testPassword) {
				t.Error("the password was printed")
			}
		})
	}
}

// TestAnAnswerThatIsNotHTTPIsNotRepeated: what net/http takes for no HTTP is no
// connection that was lost. A head that it cannot read may have been cut.
func TestAnAnswerThatIsNotHTTPIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said string
		kind Kind
	}{
		"no status line":     {"SSH-2.0-OpenSSH_9.2 and a great deal more\r\n\r\n", KindUnexpected},
		"no status":          {"HTTP/1.1 OK\r\n\r\n", KindUnexpected},
		"two lengths":        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", KindConnection},
		"a header too large": {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n{}", KindConnection},
		"cut in its head":    {"HTTP/1.1 200 OK\r\nContent-Le", KindConnection},
		"nothing":            {"", KindConnection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, c.said)
			}, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			defer cancel()
			e := asError(t, reset(ctx, reach(t, server, true)))
			if e.Kind != c.kind || !e.MayHaveActed || e.Attempts != 1 || e.MayStillRun != (c.kind == KindConnection) {
				t.Errorf("kind %s, MayHaveActed %t, MayStillRun %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.MayStillRun, e.Attempts, e)
			}
			if c.kind == KindUnexpected && !strings.Contains(e.Error(), "is not HTTP") {
				t.Errorf("it does not say so: %v", e)
			}
		})
	}
}
