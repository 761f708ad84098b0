package simulator

import (
	"bytes"
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

// Login is one login that the mail server has judged. There is none without TLS, unless Options.Auth says so.
type Login struct {
	Time      time.Time
	Username  string
	OK        bool
	TLS       bool   // the connection was encrypted
	Implicit  bool   // from its first byte on, and not by STARTTLS
	Mechanism string // PLAIN or LOGIN
}

// mailServer is one SMTP server (RFC 5321) on two listeners.
type mailServer struct {
	plain, implicit *trackingListener
	serving         sync.WaitGroup
}

func startMail(s *Server, plainAddr, implicitAddr string) (*mailServer, error) {
	plain, err := track(plainAddr)
	if err != nil {
		return nil, err
	}
	implicit, err := track(implicitAddr)
	if err != nil {
		_ = plain.Close()
		return nil, err
	}
	m := &mailServer{plain: plain, implicit: implicit}
	newServer := func(config *tls.Config) *smtp.Server {
		server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
			return m.newSession(s, c), nil
		}))
		server.Domain = "localhost"
		server.TLSConfig = config
		// The session says what it allows, because that may change while the server runs.
		server.AllowInsecureAuth = true
		server.ErrorLog = log.New(io.Discard, "", 0)
		return server
	}
	config := s.authority.serverConfig()
	// Only a server as a whole can have STARTTLS or not.
	with := branch{Listener: plain, other: make(chan net.Conn), leaves: func() bool { return s.mailOptions().OmitSTARTTLS }}
	// The accept loops end with the listeners' errors, which are ours.
	m.serving.Go(func() {
		_ = newServer(config).Serve(with)
		close(with.other)
	})
	m.serving.Go(func() { _ = newServer(nil).Serve(handover{plain, with.other}) })
	m.serving.Go(func() { _ = newServer(config).Serve(tls.NewListener(m.implicit, config)) })
	return m, nil
}

// mailOptions is how the mail server behaves now.
func (s *Server) mailOptions() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts
}

func (m *mailServer) newSession(s *Server, c *smtp.Conn) *mailSession {
	_, secure := c.TLSConnectionState()
	session := &mailSession{server: s, secure: secure, implicit: m.implicit.owns(c.Conn())}
	o := s.mailOptions()
	switch {
	case o.Auth == AuthNever:
		session.noAuth = errNoAuth
	case o.Auth == AuthOverTLS && !secure:
		session.noAuth = errNeedsTLS
	default:
		session.mechanisms = slices.Clone(o.Mechanisms)
	}
	return session
}

// close does what smtp.Server.Close does not do safely: that one reads a connection which STARTTLS replaces meanwhile.
func (m *mailServer) close() error {
	err := errors.Join(m.plain.Close(), m.implicit.Close())
	m.serving.Wait()
	m.plain.closeAll()
	m.implicit.closeAll()
	return err
}

// mailSession is one session at the mail server. It knows AUTH and nothing of mail.
type mailSession struct {
	server           *Server
	secure, implicit bool
	mechanisms       []string
	noAuth           error // why there are none
	loggedIn         bool
}

var (
	errNoAuth   = &smtp.SMTPError{Code: 502, EnhancedCode: smtp.EnhancedCode{5, 5, 1}, Message: "AUTH is not known here"}
	errNeedsTLS = &smtp.SMTPError{Code: 523, EnhancedCode: smtp.EnhancedCode{5, 7, 10}, Message: "TLS is required"}
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
			return m.judge(mechanism, username, password)
		})}, nil
	case sasl.Login:
		return &loginServer{judge: func(username, password string) error {
			return m.judge(mechanism, username, password)
		}}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (m *mailSession) judge(mechanism, username, password string) error {
	s := m.server
	now := s.lock()
	defer s.mu.Unlock()
	login := Login{Time: now, Username: username, TLS: m.secure, Implicit: m.implicit, Mechanism: mechanism}
	reply := s.loginReply(mechanism)
	if reply.Code != 0 {
		login.OK = reply.Code/100 == 2
	} else {
		login.OK = s.taken(username, password, now)
	}
	m.loggedIn = login.OK
	s.logins = append(s.logins, login)
	s.announce()
	switch {
	case login.OK:
		return nil
	case reply.Code != 0:
		return &smtp.SMTPError{Code: reply.Code, EnhancedCode: smtp.EnhancedCodeNotSet, Message: reply.Message}
	default:
		return smtp.ErrAuthFailed
	}
}

// loginReply is what answers the next login whatever its password, and counts it. Called under s.mu.
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

// taken says whether the password is the live one of that login. Called under s.mu.
func (s *Server) taken(username, password string, now time.Time) bool {
	for _, c := range s.account.credentials {
		c.settle(now, s.opts.SyncDelay)
		if c.Login == username && c.live != "" && c.live == password {
			return true
		}
	}
	return false
}

func (m *mailSession) Mail(string, *smtp.MailOptions) error {
	if !m.loggedIn {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "This server takes no mail"}
}

func (m *mailSession) Rcpt(string, *smtp.RcptOptions) error { return smtp.ErrAuthRequired }
func (m *mailSession) Data(io.Reader) error                 { return smtp.ErrAuthRequired }
func (m *mailSession) Reset()                               {}
func (m *mailSession) Logout() error                        { return nil }

// errMalformed answers what is no message of the mechanism (RFC 4954, section 4). go-smtp would answer 454, which
// asks the client to try again.
var errMalformed = &smtp.SMTPError{Code: 501, EnhancedCode: smtp.EnhancedCode{5, 5, 2}, Message: "Malformed authentication message"}

// strictSASL turns errors that are not SMTP replies into errMalformed.
type strictSASL struct{ sasl.Server }

func (s strictSASL) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := s.Server.Next(response)
	if _, ok := errors.AsType[*smtp.SMTPError](err); err != nil && !ok {
		err = errMalformed
	}
	return challenge, done, err
}

// loginServer is the server's side of LOGIN, which go-sasl has not got: two challenges, two answers.
type loginServer struct {
	judge    func(username, password string) error
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
		return nil, true, l.judge(string(l.username), string(response))
	}
}
