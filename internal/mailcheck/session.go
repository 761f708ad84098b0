package mailcheck

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// dialTimeout limits the time for a connection. It is shorter than
	// answerTimeout, so that lost packets do not use up the whole attempt.
	dialTimeout = 10 * time.Second
	// maxReceived limits the bytes from a server in one session, TLS included. A
	// login needs some kilobytes. Without a limit, an endless reply is read for ever.
	maxReceived = 64 << 10
	// quitTimeout limits the wait for the answer to QUIT. The outcome is known by
	// then.
	quitTimeout = 2 * time.Second
)

// session is one connection to the mail server.
//
// It speaks SMTP itself. The clients of net/smtp and of go-mail send "*" after a
// refusal, which is not a command, and accept a success that comes before the server
// has the password. They hide the TLS handshake within EHLO, and most of their errors
// have no type. Nor do they take a reply of the code alone; see readReply.
type session struct {
	*check
	conn           *boundedConn    // nil before the connection
	text           *textproto.Conn // nil before the connection, and while TLS begins
	secure         bool            // TLS protects the connection
	asked          string          // the command before the login that a reply answers, for errors
	offersSTARTTLS bool
	offersAUTH     string // the mechanisms that the server offers
	prefers        string // the mechanism to use if the server offers it
	mechanism      string // the mechanism in use
	other          string // the other one that the server offers; mechanism if there is none
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
	if _, err := s.expect(220); err != nil {
		return err
	}
	if err := s.hello(); err != nil {
		return err
	}
	if s.secure || s.server.Security == SecurityNone || !s.offersSTARTTLS {
		return nil
	}
	s.asked = "STARTTLS"
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
		return handshakeError(err)
	}
	s.text, s.secure = textproto.NewConn(conn), true
	return nil
}

// handshakeError recognizes a server whose TLS is too old. Such a server sends an
// alert, or chooses an older version all the same. crypto/tls has no types for these
// errors.
func handshakeError(err error) error {
	switch text := err.Error(); {
	case strings.HasPrefix(text, "tls: server selected unsupported protocol version"),
		text == "remote error: tls: protocol version not supported":
		return errOldTLS
	case text == "remote error: tls: handshake failure":
		return errNoCipher
	}
	return err
}

// hello greets the server and reads its extensions. The name of this client is its
// address, because it has no name that a server could look up (RFC 5321, section
// 4.1.4).
//
// HELO follows if the server does not know EHLO (500 or 502; RFC 5321, section 3.2). It
// brings no extensions, and so no AUTH: it only shows that the server speaks SMTP.
func (s *session) hello() error {
	name := addrOf(s.conn.LocalAddr()).String()
	if strings.Contains(name, ":") {
		name = "IPv6:" + name
	}
	s.asked, s.offersSTARTTLS, s.offersAUTH = "EHLO", false, ""
	lines, err := s.command(250, fmt.Sprintf("EHLO [%s]", name))
	if refusal, ok := errors.AsType[*Error](err); ok && (refusal.Code == 500 || refusal.Code == 502) {
		if _, failure := s.command(250, fmt.Sprintf("HELO [%s]", name)); failure == nil {
			err = unusable(refusal.Error() + ", and so offers no AUTH")
		}
	}
	if err != nil {
		return err
	}
	for _, line := range lines[1:] { // the first has the server's name
		// AUTH=PLAIN LOGIN is the form of a draft. Servers offer it beside AUTH for old
		// clients, or alone.
		end := strings.IndexAny(line+" ", " =")
		switch strings.ToUpper(line[:end]) {
		case "STARTTLS":
			s.offersSTARTTLS = true
		case "AUTH":
			s.offersAUTH += " " + strings.TrimLeft(line[end:], " =")
		}
	}
	return nil
}

const mechanismPLAIN, mechanismLOGIN = "PLAIN", "LOGIN"

// chooseMechanism returns an error if there is no mechanism to send a password by,
// or no TLS to protect it.
func (s *session) chooseMechanism() error {
	if !s.secure && s.server.Security != SecurityNone {
		return errNoSTARTTLS
	}
	offered := strings.Fields(strings.ToUpper(s.offersAUTH))
	isMissing := func(mechanism string) bool { return !slices.Contains(offered, mechanism) }
	usable := slices.DeleteFunc([]string{mechanismPLAIN, mechanismLOGIN}, isMissing)
	if s.prefers == mechanismLOGIN {
		slices.Reverse(usable)
	}
	switch {
	case len(offered) == 0:
		return unusable("the server offers no AUTH")
	case len(usable) == 0:
		return unusable(fmt.Sprintf("the server offers neither AUTH PLAIN nor AUTH LOGIN; it offers %q",
			s.secrets.Line(s.offersAUTH)))
	}
	s.mechanism, s.other = usable[0], usable[len(usable)-1]
	return nil
}

// authenticate logs in by the chosen mechanism. It returns nil if the server accepted
// the password.
func (s *session) authenticate() error {
	s.asked = ""
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

// command sends a line and returns the lines of the reply. If its code is not the
// wanted one, the error is an *[Error].
func (s *session) command(want int, line string) ([]string, error) {
	if err := s.text.PrintfLine("%s", line); err != nil {
		return nil, err
	}
	return s.expect(want)
}

// expect reads a reply.
func (s *session) expect(want int) ([]string, error) {
	r, err := readReply(s.text.R)
	if err == nil && r.code != want {
		err = s.unexpected(r)
	}
	return r.lines, err
}

// reply is a reply of the server.
type reply struct {
	code  int
	lines []string // without the code
}

var replyLine = regexp.MustCompile(`^([1-9][0-9]{2})(?:([ -])(.*))?$`)

// readReply reads one reply, of one line or of several. A client must be prepared for
// a line of the code alone (RFC 5321, section 4.2.1), and net/textproto is not. It
// also takes a line that was cut off for a whole one.
func readReply(from *bufio.Reader) (r reply, err error) {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return reply{}, err
		}
		line = strings.TrimRight(line, "\r\n")
		parts := replyLine.FindStringSubmatch(line)
		if parts == nil && r.code == 0 {
			return reply{}, errNotSMTP
		}
		if parts == nil { // in a banner that was configured without codes
			r.lines = append(r.lines, line)
			continue
		}
		// If the codes differ, the last one counts. Postfix's postscreen sends a line of
		// its greeting (220) before it decides, and then perhaps a 521.
		r.code, _ = strconv.Atoi(parts[1])
		r.lines = append(r.lines, parts[3])
		if parts[2] != "-" {
			return r, nil
		}
	}
}

// boundedConn is a connection that reads at most maxReceived bytes.
type boundedConn struct {
	net.Conn
	received int
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.received >= maxReceived {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(p[:min(len(p), maxReceived-c.received)])
	c.received += n
	return n, err
}
