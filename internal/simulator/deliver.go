package simulator

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// spoil is the answer as the fault changes it.
func (f *Fault) spoil(a answer) answer {
	if f.Status != 0 {
		a.status = f.Status
	}
	switch {
	case f.Body != nil:
		a.body = []byte(*f.Body)
		a.contentType = contentTypeOf(a.body)
	case f.Status >= 300:
		page := htmlPage(f.Status, "The request could not be served.")
		a.body, a.contentType = page.body, page.contentType
	}
	if missing := f.Size - len(a.body); missing > 0 {
		a.body = append(bytes.Repeat([]byte(" "), missing), a.body...)
	}
	a.header = maps.Clone(a.header)
	if a.header == nil {
		a.header = make(http.Header)
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
	return a
}

// deliver sends the answer, or does what the fault does in its place. It panics with http.ErrAbortHandler where the
// connection is to be closed: net/http does that quietly.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, e *Entry, a answer, f *Fault) {
	if f == nil {
		s.writeHead(w, e, a, nil, true)
		// A client that does not read its answer is its own trouble.
		_, _ = w.Write(a.body)
		return
	}
	if f.Delay > 0 && !s.pause(r, f.Delay) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case f.Stall && !f.Cut:
		s.pause(r, 0)
		panic(http.ErrAbortHandler)
	case f.RST:
		resetConnection(w)
		panic(http.ErrAbortHandler)
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Cut:
		if len(a.body) == 0 {
			a.body = []byte(" ")
		}
		s.writeHead(w, e, a, f.Header, true)
		_, _ = w.Write(a.body[:min(f.CutAfter, len(a.body)-1)])
		flush(w)
		if f.Stall {
			s.pause(r, 0)
		}
		panic(http.ErrAbortHandler)
	case f.Endless:
		s.writeHead(w, e, a, f.Header, false)
		s.writeForever(w, r)
		panic(http.ErrAbortHandler)
	default:
		s.writeHead(w, e, a, f.Header, true)
		_, _ = w.Write(a.body)
	}
}

// writeHead completes the journal before the first byte is out: who has read an answer finds it in the journal.
func (s *Server) writeHead(w http.ResponseWriter, e *Entry, a answer, extra map[string]string, sized bool) {
	s.mu.Lock()
	now := s.opts.Now()
	e.Status = a.status
	s.announce()
	s.mu.Unlock()

	h := w.Header()
	maps.Copy(h, a.header)
	// Set, or net/http goes by another clock.
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Type", a.contentType)
		if sized {
			h.Set("Content-Length", strconv.Itoa(len(a.body)))
		}
	}
	for name, value := range extra {
		if value == "" {
			// A nil value, or net/http would put its own Date and Content-Type there.
			h[http.CanonicalHeaderKey(name)] = nil
		} else {
			h.Set(name, value)
		}
	}
	w.WriteHeader(a.status)
}

// pause waits for d of real time, or for ever where d is 0, and says whether the client is still there.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
		return true
	case <-r.Context().Done():
		return false
	case <-s.closing:
		return false
	}
}

func (s *Server) writeForever(w http.ResponseWriter, r *http.Request) {
	if _, err := fmt.Fprint(w, `{"success":true,"message":"`); err != nil {
		return
	}
	chunk := bytes.Repeat([]byte("more "), 1000)
	for r.Context().Err() == nil {
		select {
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
	// An error means that the client has left; the next write says so too.
	_ = http.NewResponseController(w).Flush()
}

// resetConnection takes the connection from net/http, which would end it politely.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if secure, ok := conn.(*tls.Conn); ok {
		// Closing the TLS side would send an alert before.
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
