package simulator

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Entry is one request in the journal. The arrival of the request writes it, and the answer completes it.
type Entry struct {
	Seq       int         `json:"seq"` // counts from 1; ClearJournal does not start it again
	Time      time.Time   `json:"time"`
	Kind      Kind        `json:"kind"`
	Method    string      `json:"method"`
	Path      string      `json:"path"` // as sent, escapes and all
	RawQuery  string      `json:"raw_query,omitempty"`
	Domain    string      `json:"domain,omitempty"` // from the path, unescaped, or from the header domain
	GUID      string      `json:"guid,omitempty"`   // from the path, unescaped
	Header    http.Header `json:"header"`           // Authorization is "(redacted)"
	BodySize  int         `json:"body_size"`        // in bytes
	Status    int         `json:"status"`           // 0: no answer, or none yet
	Acted     bool        `json:"acted"`            // the request has changed something; see ActLate
	ActedAt   time.Time   `json:"acted_at,omitzero"`
	Fault     string      `json:"fault,omitempty"`
	Violation string      `json:"violation,omitempty"` // the parts that a correct client never sends
	// RemoteAddr is the client's host:port.
	RemoteAddr string `json:"remote_addr"`
}

// acted notes that the request has changed something.
func (e *Entry) acted(at time.Time) { e.Acted, e.ActedAt = true, at }

// redactedHeader is a copy of h without its secrets.
func redactedHeader(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
		if h.Get(name) != "" {
			h.Set(name, "(redacted)")
		}
	}
	return h
}

// enter writes a request into the journal. Called under s.mu.
func (s *Server) enter(c *call, r *http.Request, now time.Time) *Entry {
	s.lastSeq++
	e := &Entry{
		Seq:        s.lastSeq,
		Time:       now,
		Kind:       c.kind(),
		Method:     r.Method,
		Path:       r.URL.EscapedPath(),
		RawQuery:   r.URL.RawQuery,
		Domain:     c.domain,
		GUID:       c.guid,
		Header:     redactedHeader(r.Header),
		RemoteAddr: r.RemoteAddr,
	}
	s.journal = append(s.journal, e)
	s.announce()
	return e
}

// announce wakes all callers of WaitFor. Called under s.mu.
func (s *Server) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Journal is a copy of the journal, oldest first.
func (s *Server) Journal() []Entry {
	s.lock()
	defer s.mu.Unlock()
	return s.copyJournal()
}

func (s *Server) copyJournal() []Entry {
	entries := make([]Entry, 0, len(s.journal))
	for _, e := range s.journal {
		entry := *e
		entry.Header = e.Header.Clone()
		entries = append(entries, entry)
	}
	return entries
}

// Count is the number of requests of a kind in the journal.
func (s *Server) Count(kind Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.journal {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// ClearJournal drops the requests so far and their violations. Logins stay.
func (s *Server) ClearJournal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = nil
	s.announce()
}

// Violations is one line for each request in the journal that a correct client never sends. A violation at the end of a
// test is a bug of its client.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, e := range s.journal {
		if e.Violation != "" {
			lines = append(lines, fmt.Sprintf("request %d, %s %s: %s", e.Seq, e.Method, e.Path, e.Violation))
		}
	}
	return lines
}

// Logins is every login that the mail server has answered, oldest first.
func (s *Server) Logins() []Login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.logins)
}

// WaitFor waits until done holds for the journal. It tries again when a request arrives, acts or is answered, and at
// each login. done may call the server. The error is the context's, or ErrClosed.
func (s *Server) WaitFor(ctx context.Context, done func([]Entry) bool) error {
	for {
		s.lock()
		entries, changed := s.copyJournal(), s.changed
		s.mu.Unlock()
		if done(entries) {
			return nil
		}
		select {
		case <-changed:
		case <-s.closing:
			return ErrClosed
		case <-ctx.Done():
			return fmt.Errorf("simulator: the wait for the journal has ended, %s: %w", summary(entries), ctx.Err())
		}
	}
}

func summary(entries []Entry) string {
	if len(entries) == 0 {
		return "no requests so far"
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, fmt.Sprintf("%s %s %d", e.Method, e.Path, e.Status))
	}
	return "so far: " + strings.Join(lines, ", ")
}
