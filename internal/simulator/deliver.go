package simulator

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// spoil changes an answer as the fault says.
func (f *Fault) spoil(a *answer) {
	if f.Status != 0 {
		a.status = f.Status
	}
	switch {
	case f.Body != nil:
		a.body = []byte(*f.Body)
		a.header.Set("Content-Type", contentTypeOf(a.body))
	case f.Status >= 300:
		a.body = htmlPage(f.Status, "The request could not be served.").body
		a.header.Set("Content-Type", typeHTML)
	}
	if missing := f.Size - len(a.body); missing > 0 {
		a.body = append(bytes.Repeat([]byte(" "), missing), a.body...)
	}
	if f.Gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		// A bytes.Buffer takes everything.
		_, _ = z.Write(a.body)
		_ = z.Close()
		a.body = b.Bytes()
		a.header.Set("Content-Encoding", "gzip")
	}
}

// contentTypeOf is the type that a body is sent as.
func contentTypeOf(body []byte) string {
	if json.Valid(body) {
		return typeJSON
	}
	return typeHTML
}

// deliver sends the answer as far as the fault lets it. The panic with http.ErrAbortHandler has net/http close the
// connection quietly.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, e *Entry, a answer, f Fault) {
	if f.Delay > 0 && !s.pause(r, f.Delay) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case f.Stall && !f.Cut:
		s.pause(r, 0)
	case f.RST:
		resetConnection(w)
	case f.Drop:
	case f.Cut:
		if len(a.body) == 0 {
			a.body = []byte(" ")
		}
		s.writeHead(w, e, a, f)
		_, _ = w.Write(a.body[:min(f.CutAfter, len(a.body)-1)])
		flush(w)
		if f.Stall {
			s.pause(r, 0)
		}
	case f.Endless:
		s.writeHead(w, e, a, f)
		s.writeForever(w, r)
	default:
		s.writeHead(w, e, a, f)
		// An error means that the client does not read its answer.
		_, _ = w.Write(a.body)
		return
	}
	panic(http.ErrAbortHandler)
}

// writeHead completes the journal before the first byte is out: a client that has its answer finds it in the journal.
func (s *Server) writeHead(w http.ResponseWriter, e *Entry, a answer, f Fault) {
	s.mu.Lock()
	now := s.opts.Now()
	e.Status = a.status
	s.announce()
	s.mu.Unlock()

	h := w.Header()
	maps.Copy(h, a.header)
	// Without a Date, net/http takes one from another clock.
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	switch {
	case a.status == http.StatusNoContent || a.status == http.StatusNotModified:
		h.Del("Content-Type")
	case !f.Endless:
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	for name, value := range f.Header {
		h.Set(name, value)
		if value == "" {
			// For an absent value, net/http fills in a Date and a Content-Type of its own; for a nil value it does not.
			h[http.CanonicalHeaderKey(name)] = nil
		}
	}
	w.WriteHeader(a.status)
}

// pause waits for d of real time, or for ever if d is 0. It reports whether the client is still there.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	var elapsed <-chan time.Time
	if d > 0 {
		elapsed = time.After(d)
	}
	select {
	case <-elapsed:
		return true
	case <-r.Context().Done():
		return false
	case <-s.closing:
		return false
	}
}

func (s *Server) writeForever(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"success":true,"message":"`)
	chunk := bytes.Repeat([]byte("more "), 1000)
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.closing:
			return
		default:
		}
		if _, err := w.Write(chunk); err != nil {
			return
		}
		flush(w)
	}
}

func flush(w http.ResponseWriter) {
	// An error means that the client has left; the next write fails too.
	_ = http.NewResponseController(w).Flush()
}

// resetConnection takes the connection from net/http and ends it with a TCP reset.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if secure, ok := conn.(*tls.Conn); ok {
		// Closing the TLS connection sends an alert first.
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
