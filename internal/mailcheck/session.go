package mailcheck

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

const (
	// dialTimeout limits the time for a connection. It is shorter than
	// answerTimeout, so that lost packets do not use up the whole attempt.
	dialTimeout = 10 * time.Second
	// maxReceived limits the bytes from a server in one session, TLS included. A
	// login needs some kilobytes. Without a limit, net/textproto reads an endless
	// line for ever. A reply of many lines costs time that grows with the square of
	// their number.
	maxReceived = 64 << 10
	// quitTimeout limits the wait for the answer to QUIT. The outcome is known by
	// then.
	quitTimeout = 2 * time.Second
)

// session is one connection to the mail server.
//
// It speaks SMTP itself, over net/textproto. The clients of net/smtp and of go-mail
// send "*" after a refusal, which is not a command, and accept a success that comes
// before the server has the password. They hide the TLS handshake within EHLO, and
// most of their errors have no type.
type session struct {
	*check
	conn       *boundedConn      // nil before the connection
	text       *textproto.Conn   // nil before the connection, and while TLS begins
	secure     bool              // TLS protects the connection
	extensions map[string]string // what the server offers, with parameters
	prefers    string            // the mechanism to use if the server offers it
	mechanism  string            // the mechanism in use
	other      string            // the other one that the server offers; mechanism if there is none
}

// run logs in and logs out. In a preflight it only sees whether a login is possible.
func (s *session) run(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := s.server.dial(dialing, "tcp", s.server.Addr())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The name proves nothing: the resolver decides what localhost is.
	if s.server.Security == SecurityNone && !addrOf(conn.RemoteAddr()).IsLoopback() {
		return errNotLoopback
	}
	// net/textproto knows no contexts. When ctx ends, the connection is closed. A
	// deadline would not do, because the one for QUIT replaces it.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	s.conn = &boundedConn{Conn: conn}

	err = s.open(ctx)
	if err == nil {
		err = s.chooseMechanism()
	}
	if err == nil && s.credentials != nil {
		err = s.authenticate()
	}
	if s.text != nil {
		_ = conn.SetDeadline(time.Now().Add(quitTimeout))
		_, _ = s.command(221, "QUIT")
	}
	return err
}

// addrOf returns the IP address of one end of a connection. It is invalid if the
// connection has none.
func addrOf(addr net.Addr) netip.Addr {
	endpoint, _ := netip.ParseAddrPort(addr.String())
	return endpoint.Addr().Unmap().WithZone("")
}

// open reads the server's greeting, greets back, and starts TLS if it is required
// and offered.
func (s *session) open(ctx context.Context) error {
	if s.server.Security == SecurityTLS {
		if err := s.startTLS(ctx); err != nil {
			return err
		}
	} else {
		s.text = textproto.NewConn(s.conn)
	}
	if _, _, err := s.text.ReadResponse(220); err != nil {
		return err
	}
	if err := s.hello(); err != nil {
		return err
	}
	_, offered := s.extensions["STARTTLS"]
	if s.secure || s.server.Security == SecurityNone || !offered {
		return nil
	}
	if _, err := s.command(220, "STARTTLS"); err != nil {
		return err
	}
	// A third party may have inserted replies before TLS. They would be dropped, so
	// they do no harm, but the connection is not to be trusted.
	if s.text.R.Buffered() > 0 {
		return errInTheClear
	}
	if err := s.startTLS(ctx); err != nil {
		return err
	}
	return s.hello() // the extensions from before TLS do not count
}

// startTLS protects the connection. If that fails, nothing more is sent.
func (s *session) startTLS(ctx context.Context) error {
	s.text = nil
	conn := tls.Client(s.conn, s.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	s.text, s.secure = textproto.NewConn(conn), true
	return nil
}

// hello greets the server and reads its extensions. HELO is not tried: without
// extensions there is no AUTH. The name of this client is its address, because it
// has no name that a server could look up (RFC 5321, section 4.1.4).
func (s *session) hello() error {
	name := addrOf(s.conn.LocalAddr()).String()
	if strings.Contains(name, ":") {
		name = "IPv6:" + name
	}
	reply, err := s.command(250, fmt.Sprintf("EHLO [%s]", name))
	s.extensions = map[string]string{}
	for _, line := range strings.Split(reply, "\n")[1:] { // the first has the server's name
		extension, parameters, _ := strings.Cut(line, " ")
		s.extensions[strings.ToUpper(extension)] = parameters
	}
	return err
}

const mechanismPLAIN, mechanismLOGIN = "PLAIN", "LOGIN"

// chooseMechanism returns an error if there is no mechanism to send a password by,
// or no TLS to protect it.
func (s *session) chooseMechanism() error {
	if !s.secure && s.server.Security != SecurityNone {
		return errNoSTARTTLS
	}
	offered := strings.Fields(strings.ToUpper(s.extensions["AUTH"]))
	isMissing := func(mechanism string) bool { return !slices.Contains(offered, mechanism) }
	usable := slices.DeleteFunc([]string{mechanismPLAIN, mechanismLOGIN}, isMissing)
	if s.prefers == mechanismLOGIN {
		slices.Reverse(usable)
	}
	if len(usable) == 0 {
		offer := s.secrets.Line(s.extensions["AUTH"])
		return unusable(fmt.Sprintf("the server offers neither AUTH PLAIN nor AUTH LOGIN; it offers %q", offer))
	}
	s.mechanism, s.other = usable[0], usable[len(usable)-1]
	return nil
}

// authenticate logs in by the chosen mechanism. It returns nil if the server accepted
// the password.
func (s *session) authenticate() error {
	username, password := s.credentials.username, s.credentials.password
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	lines := []string{"AUTH PLAIN " + encode("\x00"+username+"\x00"+password)}
	if s.mechanism == mechanismLOGIN {
		// The texts of the challenges differ from server to server and do not matter.
		// The first asks for the user name, the second for the password.
		lines = []string{"AUTH LOGIN", encode(username), encode(password)}
	}
	for _, line := range lines[:len(lines)-1] {
		if _, err := s.command(334, line); err != nil {
			return err
		}
	}
	_, err := s.command(235, lines[len(lines)-1])
	return err
}

// command sends a line and returns the text of the reply. If its code is not the
// wanted one, the error is a *[textproto.Error].
func (s *session) command(want int, line string) (reply string, err error) {
	if err := s.text.PrintfLine("%s", line); err != nil {
		return "", err
	}
	_, reply, err = s.text.ReadResponse(want)
	return reply, err
}

// boundedConn is a connection that reads at most maxReceived bytes.
type boundedConn struct {
	net.Conn
	received int
	ended    bool // nothing more can be read
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.received >= maxReceived {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(p[:min(len(p), maxReceived-c.received)])
	c.received += n
	c.ended = c.ended || err != nil
	return n, err
}
