// Package simulator is a pretend Kirim.Email for tests, examples and demonstrations: its SMTP API for domains,
// credentials, webhooks and the quota, and a mail server that takes exactly the live passwords. It keeps everything in
// memory and listens on loopback alone.
//
// The simulator is strict. It answers a request that a correct client never sends as the API answers it, and notes a
// violation in the journal. It fails on request: see Fault.
package simulator

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrClosed is the error of a wait that the end of the server ends.
var ErrClosed = errors.New("simulator: the server is closed")

// Server is a running simulator. Several goroutines may call its methods.
type Server struct {
	certificate *certificate
	api         net.Listener
	secure      bool
	http        *http.Server
	mail        *mailServer
	serving     sync.WaitGroup // the accept loops
	closing     chan struct{}

	mu       sync.Mutex // guards everything below
	closed   bool
	active   sync.WaitGroup // handlers; Add only under mu and while not closed
	opts     Options
	account  account
	windows  rateWindows
	faults   []Fault
	landings []landing
	journal  []*Entry
	lastSeq  int
	logins   []Login
	changed  chan struct{} // closed and replaced when the journal or the logins change

	transcript sync.Mutex
}

// Start starts the API and the mail server.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	for _, option := range []struct{ name, addr string }{
		{"APIAddr", o.APIAddr}, {"SMTPAddr", o.SMTPAddr}, {"SMTPSAddr", o.SMTPSAddr},
	} {
		if err := CheckAddr(option.addr); err != nil {
			return nil, fmt.Errorf("simulator: Options.%s: %w", option.name, err)
		}
	}
	certificate, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Server{
		certificate: certificate,
		secure:      o.ServerTLS,
		closing:     make(chan struct{}),
		changed:     make(chan struct{}),
		opts:        o,
		account:     newAccount(),
	}
	if s.api, err = net.Listen("tcp", o.APIAddr); err != nil {
		return nil, fmt.Errorf("simulator: API: %w", err)
	}
	if s.mail, err = startMail(s, o.SMTPAddr, o.SMTPSAddr); err != nil {
		_ = s.api.Close()
		return nil, fmt.Errorf("simulator: mail server: %w", err)
	}
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		// HTTP/1.1 alone: a fault must not end other requests of an HTTP/2 connection.
		Protocols: new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	listener := s.api
	if s.secure {
		listener = tls.NewListener(s.api, s.certificate.tls)
	}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// Close ends the listeners and all connections, stalled ones too, and waits until nothing is under way. Later calls do
// nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	s.mu.Unlock()

	err := errors.Join(s.http.Close(), s.mail.close())
	s.serving.Wait()
	s.active.Wait()
	return err
}

// lock takes the lock and lets the late landings that are due act, so that every look at the service sees them.
func (s *Server) lock() time.Time {
	s.mu.Lock()
	now := s.opts.Now()
	s.land(now)
	return now
}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	now := s.lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	s.active.Add(1)
	defer s.active.Done()
	if s.opts.Control && strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.mu.Unlock()
		s.serveControl(w, r)
		return
	}
	c := newCall(r, s)
	e := s.enter(c, r, now)
	s.mu.Unlock()
	defer s.transcribe(e)

	if c.checkBody(r) != nil {
		// The client has left in the middle of its request, or the server is being closed.
		panic(http.ErrAbortHandler)
	}
	a, f := s.decide(c, e)
	s.deliver(w, r, e, a, f)
}

// decide is the answer to a call and the fault that spoils it. It makes the change that goes with them.
func (s *Server) decide(c *call, e *Entry) (a answer, f Fault) {
	now := s.lock()
	defer s.mu.Unlock()
	defer s.announce()
	e.BodySize, e.Violation = c.bodySize, strings.Join(c.violations, "; ")

	limit := s.opts.RateLimit
	// The reference describes the headers for each answer to a domain's key.
	limit.ToldLate = limit.ToldLate && !c.byKey()
	limits, ok := s.windows.take(limit, now)
	if !ok {
		a = tooMany()
	} else if met := s.takeFault(e); met == nil {
		a = s.act(c, now)
	} else {
		f, e.Fault = *met, met.String()
		// Without an answer of the request's own, the API's 500 stands in.
		a = serverError()
		switch f.act() {
		case ActBefore:
			a = s.act(c, now)
		case ActLate:
			s.landings = append(s.landings, landing{at: e.Time.Add(f.ActAfter), apart: f.ActApart, entry: e, call: c})
		case ActNever:
		}
		f.spoil(&a)
	}
	if s.opts.Rewrite != nil && a.header.Get("Content-Type") == typeJSON {
		a.body = s.opts.Rewrite(e.Kind, a.body)
	}
	maps.Copy(a.header, limits)
	if a.acted {
		e.acted(now)
	}
	return a, f
}

// transcribe writes one line for a request that is over.
func (s *Server) transcribe(e *Entry) {
	s.mu.Lock()
	out, status := s.opts.Transcript, strconv.Itoa(e.Status)
	s.mu.Unlock()
	if out == nil {
		return
	}
	if status == "0" {
		status = "no answer"
	}
	s.transcript.Lock()
	defer s.transcript.Unlock()
	// A broken transcript does not fail a request.
	_, _ = fmt.Fprintln(out, e.Method, e.Path, status)
}
