package kirim

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
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
				t.Errorf("kind %d, MayHaveActed %t, MayStillRun %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.MayStillRun, e.Attempts, e)
			}
			noSecrets(t, "the error", spelling(e))
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

// TestAnAnswerThatIsNotHTTPIsNotRepeated: something came back, and it was no
// connection that was lost. Where that ends within the head, it was.
func TestAnAnswerThatIsNotHTTPIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said string
		kind Kind
	}{
		"no status line":     {"SSH-2.0-OpenSSH_9.2 and a great deal more\r\n\r\n", KindUnexpected},
		"no status":          {"HTTP/1.1 OK\r\n\r\n", KindUnexpected},
		"two lengths":        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", KindUnexpected},
		"a header too large": {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n{}", KindUnexpected},
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
				t.Errorf("kind %d, MayHaveActed %t, MayStillRun %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.MayStillRun, e.Attempts, e)
			}
			if c.kind == KindUnexpected && !strings.Contains(e.Error(), "is not HTTP") {
				t.Errorf("it does not say so: %v", e)
			}
		})
	}
}
