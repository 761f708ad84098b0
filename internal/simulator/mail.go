package simulator

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Login is one login that the mail server has answered.
type Login struct {
	Time      time.Time
	Username  string
	OK        bool
	TLS       bool   // the connection is encrypted
	Implicit  bool   // the encryption begins with the first byte, without STARTTLS
	Mechanism string // PLAIN or LOGIN
}

// mailServer is an SMTP server (RFC 5321) on two listeners.
type mailServer struct {
	plain, implicit net.Listener
	accepting       sync.WaitGroup
	serving         sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // still in use
}

func startMail(s *Server, plainAddr, implicitAddr string) (*mailServer, error) {
	plain, err := net.Listen("tcp", plainAddr)
	if err != nil {
		return nil, err
	}
	implicit, err := net.Listen("tcp", implicitAddr)
	if err != nil {
		_ = plain.Close()
		return nil, err
	}
	m := &mailServer{plain: plain, implicit: implicit, conns: make(map[net.Conn]bool)}
	m.accepting.Go(func() { m.accept(s, plain) })
	m.accepting.Go(func() { m.accept(s, implicit) })
	return m, nil
}

// accept serves the connections of a listener until it is closed.
func (m *mailServer) accept(s *Server, from net.Listener) {
	for {
		conn, err := from.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		} else if err != nil {
			continue
		}
		m.mu.Lock()
		m.conns[conn] = true
		m.mu.Unlock()
		m.serving.Go(func() {
			m.serve(s, conn, from == m.implicit)
			m.mu.Lock()
			delete(m.conns, conn)
			m.mu.Unlock()
		})
	}
}

// serve serves one connection until it ends. The connection has an SMTP server of its own: a server of go-smtp offers
// STARTTLS on all its connections or on none.
func (m *mailServer) serve(s *Server, conn net.Conn, implicit bool) {
	s.mu.Lock()
	omitSTARTTLS := s.opts.OmitSTARTTLS
	s.mu.Unlock()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return newSession(s, c, implicit), nil
	}))
	server.Domain = "localhost"
	// The session decides instead: Options.Auth.
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	if implicit {
		conn = tls.Server(conn, s.certificate.tls)
	} else if !omitSTARTTLS {
		server.TLSConfig = s.certificate.tls
	}
	// Serve returns when it has accepted the connection, and Shutdown when the connection has ended.
	_ = server.Serve(newSingleListener(conn))
	_ = server.Shutdown(context.Background())
}

// close ends all sessions. smtp.Server.Close is not safe: it reads connections while STARTTLS replaces them.
func (m *mailServer) close() error {
	err := errors.Join(m.plain.Close(), m.implicit.Close())
	m.accepting.Wait()
	m.mu.Lock()
	for conn := range m.conns {
		_ = conn.Close()
	}
	m.mu.Unlock()
	m.serving.Wait()
	return err
}

// mailSession is one session at the mail server. It takes AUTH and no mail.
type mailSession struct {
	server           *Server
	secure, implicit bool
	mechanisms       []string
	noAuth           error // why there are none
	loggedIn         bool
}

func newSession(s *Server, c *smtp.Conn, implicit bool) *mailSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, secure := c.TLSConnectionState()
	session := &mailSession{server: s, secure: secure, implicit: implicit}
	switch {
	case s.opts.Auth == AuthNever:
		session.noAuth = errNoAuth
	case s.opts.Auth == AuthOverTLS && !secure:
		session.noAuth = errNeedsTLS
	default:
		session.mechanisms = slices.Clone(s.opts.Mechanisms)
	}
	return session
}

func reply(code int, enhanced smtp.EnhancedCode, message string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: message}
}

// The server's own refusals. RFC 4954 (section 4) answers a malformed message with 501. The 454 of go-smtp has the
// client try again.
var (
	errNoAuth    = reply(502, smtp.EnhancedCode{5, 5, 1}, "AUTH is not known here")
	errNeedsTLS  = reply(523, smtp.EnhancedCode{5, 7, 10}, "TLS is required")
	errNeedsAuth = reply(530, smtp.EnhancedCode{5, 7, 0}, "Authentication required")
	errNoMail    = reply(550, smtp.EnhancedCode{5, 7, 1}, "This server takes no mail")
	errMalformed = reply(501, smtp.EnhancedCode{5, 5, 2}, "Malformed authentication message")
)

func (m *mailSession) AuthMechanisms() []string { return m.mechanisms }

func (m *mailSession) Auth(mechanism string) (sasl.Server, error) {
	if m.noAuth != nil {
		return nil, m.noAuth
	}
	if !slices.Contains(m.mechanisms, mechanism) {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	switch mechanism {
	case sasl.Plain:
		return strictSASL{sasl.NewPlainServer(func(identity, username, password string) error {
			if identity != "" && identity != username {
				return smtp.ErrAuthFailed
			}
			return m.logIn(mechanism, username, password)
		})}, nil
	case sasl.Login:
		return &loginServer{logIn: func(username, password string) error {
			return m.logIn(mechanism, username, password)
		}}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (m *mailSession) logIn(mechanism, username, password string) error {
	s := m.server
	now := s.lock()
	defer s.mu.Unlock()
	login := Login{Time: now, Username: username, TLS: m.secure, Implicit: m.implicit, Mechanism: mechanism}
	err := error(smtp.ErrAuthFailed)
	if fixed := s.loginReply(mechanism); fixed.Code != 0 {
		login.OK = fixed.Code/100 == 2
		err = reply(fixed.Code, smtp.EnhancedCodeNotSet, fixed.Message)
	} else {
		login.OK = s.isLive(username, password, now)
	}
	m.loggedIn = login.OK
	s.logins = append(s.logins, login)
	s.announce()
	if login.OK {
		return nil
	}
	return err
}

// loginReply is the reply to the next login whatever its password, and counts it. Called under s.mu.
func (s *Server) loginReply(mechanism string) LoginReply {
	reply := s.opts.LoginReply
	switch {
	case reply.Code == 0:
		return s.opts.LoginReplies[mechanism]
	case reply.Times == 1:
		s.opts.LoginReply = LoginReply{}
	case reply.Times > 1:
		s.opts.LoginReply.Times--
	}
	return reply
}

// isLive reports whether the mail server takes the password for a login. Called under s.mu.
func (s *Server) isLive(username, password string, now time.Time) bool {
	for _, c := range s.account.credentials {
		c.synchronize(now, s.opts.SyncDelay)
		if c.Login == username && c.live != "" && c.live == password {
			return true
		}
	}
	return false
}

func (m *mailSession) Mail(string, *smtp.MailOptions) error {
	if !m.loggedIn {
		return errNeedsAuth
	}
	return errNoMail
}

func (m *mailSession) Rcpt(string, *smtp.RcptOptions) error { return smtp.ErrAuthRequired }
func (m *mailSession) Data(io.Reader) error                 { return smtp.ErrAuthRequired }
func (m *mailSession) Reset()                               {}
func (m *mailSession) Logout() error                        { return nil }

// strictSASL answers an error that is no SMTP reply with errMalformed.
type strictSASL struct{ sasl.Server }

func (s strictSASL) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := s.Server.Next(response)
	if _, ok := errors.AsType[*smtp.SMTPError](err); err != nil && !ok {
		err = errMalformed
	}
	return challenge, done, err
}

// loginServer is the server's side of LOGIN, which go-sasl lacks: two challenges, two responses.
type loginServer struct {
	logIn    func(username, password string) error
	username []byte
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.username == nil:
		l.username = bytes.Clone(response)
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.logIn(string(l.username), string(response))
	}
}
