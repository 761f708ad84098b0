// Package simulator is a pretend Kirim.Email: the credential endpoints of its SMTP API and a mail server that takes
// exactly the passwords that are live. It keeps everything in memory, listens on the loopback interface and nowhere
// else, and stands in for the real service in tests, examples and demonstrations.
//
// It is strict. What a correct client never sends is answered as the API would answer it and noted in the journal as
// a violation. It goes wrong on request: see Fault.
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
	"strings"
	"sync"
	"time"
)

// ErrClosed is what a wait ends with when the server is closed.
var ErrClosed = errors.New("simulator: the server is closed")

// Server is a running pretend service. Its methods may be called from several goroutines.
type Server struct {
	authority *authority
	api       net.Listener
	secure    bool
	http      *http.Server
	mail      *mailServer
	serving   sync.WaitGroup // the accept loops
	closing   chan struct{}

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

// Start starts the service on its three listeners.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	for _, option := range []struct{ name, addr string }{
		{"APIAddr", o.APIAddr}, {"SMTPAddr", o.SMTPAddr}, {"SMTPSAddr", o.SMTPSAddr},
	} {
		if err := CheckAddr(option.addr); err != nil {
			return nil, fmt.Errorf("simulator: Options.%s: %w", option.name, err)
		}
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Server{
		authority: authority,
		secure:    o.ServerTLS,
		closing:   make(chan struct{}),
		changed:   make(chan struct{}),
		opts:      o,
		account:   newAccount(),
	}
	if s.api, err = listen(o.APIAddr); err != nil {
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
		// HTTP/1.1 alone: a connection of HTTP/2 cannot be dropped or cut for one request.
		Protocols: new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	listener := s.api
	if s.secure {
		listener = tls.NewListener(s.api, s.authority.serverConfig())
	}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// Close stops the listeners, ends all connections, stalled ones too, and waits until nothing is under way. Later
// calls do nothing.
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

// lock takes the lock and brings the service up to now: whatever looks at it sees the late landings that are due.
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
	c := newCall(r, &s.opts)
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

	limits, ok := s.windows.take(s.opts.RateLimit, now)
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

// transcribe writes the line of one request that is over.
func (s *Server) transcribe(e *Entry) {
	s.mu.Lock()
	out, line := s.opts.Transcript, fmt.Sprintf("%s %s %d\n", e.Method, e.Path, e.Status)
	if e.Status == 0 {
		line = fmt.Sprintf("%s %s no answer\n", e.Method, e.Path)
	}
	s.mu.Unlock()
	if out == nil {
		return
	}
	s.transcript.Lock()
	defer s.transcript.Unlock()
	// A transcript that cannot be written is no reason to fail a request.
	_, _ = io.WriteString(out, line)
}
