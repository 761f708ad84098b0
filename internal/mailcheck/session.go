package mailcheck

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

const (
	// dialTimeout is what a connection gets to come about. It is less than an
	// attempt's timeout, so that lost packets do not cost the whole of it.
	dialTimeout = 10 * time.Second
	// maxReceived bounds what is taken from a server in one session, TLS and
	// all: a login needs some kilobytes. net/textproto goes on reading a line that
	// has no end, and takes a time for a reply of many lines that grows with the
	// square of their number.
	maxReceived = 64 << 10
	// quitTimeout is how long the answer to QUIT is waited for; the outcome
	// is known by then.
	quitTimeout = 2 * time.Second
)

type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// session is one connection to the mail server.
//
// Of go-mail it takes the package smtp alone. The client of the package mail
// goes by a time-out of its own instead of the context, leaves its connection
// open where a login fails, and has no types for most of its errors.
type session struct {
	*login
	conn      *boundedConn // nil: there is none yet
	client    *smtp.Client // nil: the server has not greeted yet
	prefers   string       // the mechanism to take if it is on offer
	offered   []string     // those that the server offers
	mechanism string       // the one that was taken
}

// run logs in and leaves.
func (s *session) run(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The SMTP client knows no contexts. The connection is closed, and not given
	// a deadline, because a later deadline would undo an earlier one.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	s.conn = &boundedConn{Conn: conn}

	err = s.open(ctx)
	if err == nil {
		err = s.authenticate()
	}
	if s.client != nil {
		_ = conn.SetDeadline(time.Now().Add(quitTimeout))
		_ = s.client.Quit()
	}
	return err
}

func (s *session) connect(ctx context.Context) (net.Conn, error) {
	dial := s.server.dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := dial(ctx, "tcp", s.server.addr())
	if err != nil {
		return nil, err
	}
	// The name alone proves nothing: localhost is what the resolver says it is.
	if s.server.Security == SecurityNone && !addrOf(conn.RemoteAddr()).IsLoopback() {
		_ = conn.Close()
		return nil, errNotLoopback
	}
	return conn, nil
}

// addrOf is the IP address of one end of a connection; none where it has none.
func addrOf(addr net.Addr) netip.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// open takes the server's greeting, greets back, and sees to it that the line
// is protected as it has to be.
func (s *session) open(ctx context.Context) error {
	conn := net.Conn(s.conn)
	if s.server.Security == SecurityTLS {
		secure := tls.Client(conn, s.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			return s.handshakeFailure(err)
		}
		conn = secure
	}
	client, err := smtp.NewClient(conn, s.server.Host)
	if err != nil {
		return err
	}
	s.client = client
	if err := client.Hello(heloName(s.conn.LocalAddr())); err != nil {
		return err
	}
	if s.server.Security == SecuritySTARTTLS {
		return s.startTLS()
	}
	return nil
}

// heloName is what the client calls itself: by its address, for want of a name
// that a server could look up (RFC 5321, section 4.1.4).
func heloName(local net.Addr) string {
	switch ip := addrOf(local); {
	case ip.Is4():
		return "[" + ip.String() + "]"
	case ip.Is6():
		return "[IPv6:" + ip.String() + "]"
	default:
		return "localhost"
	}
}

// startTLS protects the line, or fails. What was said before TLS counts for
// nothing after it: go-mail asks for the extensions anew.
func (s *session) startTLS() error {
	if offered, _ := s.client.Extension("STARTTLS"); !offered {
		return errNoSTARTTLS
	}
	unprotected := s.client.Text
	err := s.client.StartTLS(s.tls)
	// The handshake is made when EHLO is sent, and its errors come as EHLO's.
	if state, begun := s.client.TLSConnectionState(); begun && !state.HandshakeComplete {
		return s.handshakeFailure(err)
	}
	if err != nil {
		return err
	}
	// Somebody on the way has put words in the server's mouth. go-mail drops
	// them, so that they do no harm; but such a line is not to be trusted.
	if unprotected.R.Buffered() > 0 {
		return errInjected
	}
	return nil
}

const mechanismPLAIN, mechanismLOGIN = "PLAIN", "LOGIN"

// authenticate gives nil where the server has taken the password.
func (s *session) authenticate() error {
	_, offer := s.client.Extension("AUTH")
	s.offered = strings.Fields(strings.ToUpper(offer))
	if len(s.offered) == 0 {
		return errNoAuth
	}
	mechanisms := []string{mechanismPLAIN, mechanismLOGIN}
	if s.prefers == mechanismLOGIN {
		slices.Reverse(mechanisms)
	}
	for _, mechanism := range mechanisms {
		if slices.Contains(s.offered, mechanism) {
			s.mechanism = mechanism
			return s.exchange()
		}
	}
	return &problem{KindUnusable, "of the AUTH mechanisms that it offers none is spoken here, which are PLAIN and LOGIN: " +
		s.secrets.Line(offer)}
}

// other is the mechanism that may be taken where the server has refused one: it is
// not known (504), too weak (534), or the password is wrong (535; RFC 4954,
// sections 4 and 6). Empty where there is none, or another failure.
func (s *session) other(failure *Error) string {
	if !slices.Contains([]int{504, 534, codeRefused}, failure.Code) || s.mechanism == "" {
		return ""
	}
	for _, mechanism := range []string{mechanismPLAIN, mechanismLOGIN} {
		if mechanism != s.mechanism && slices.Contains(s.offered, mechanism) {
			return mechanism
		}
	}
	return ""
}

// exchange tells the server user name and password.
//
// It is not go-mail's own exchange: after a refusal that one sends "*", which is
// no command, and waits for an answer to it and to a QUIT. And it takes a success
// for one that came before the server had heard the password.
func (s *session) exchange() error {
	if _, secure := s.client.TLSConnectionState(); !secure && s.server.Security != SecurityNone {
		return errUnprotected
	}
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	lines := []string{"AUTH PLAIN " + encode("\x00"+s.username+"\x00"+s.password)}
	if s.mechanism == mechanismLOGIN {
		// What the challenges say does not matter, and differs among servers: it is
		// the user name first and then the password.
		lines = []string{"AUTH LOGIN", encode(s.username), encode(s.password)}
	}
	for _, line := range lines[:len(lines)-1] {
		if err := s.command(line, 334); err != nil {
			return err
		}
	}
	return s.command(lines[len(lines)-1], 235)
}

// command sends a line. The error of another reply than the one wanted is a
// *[textproto.Error].
func (s *session) command(line string, want int) error {
	if err := s.client.Text.PrintfLine("%s", line); err != nil {
		return err
	}
	_, _, err := s.client.Text.ReadResponse(want)
	return err
}

// boundedConn is a connection that takes no more than maxReceived, and ends
// then: go-mail would try HELO after an EHLO that failed.
type boundedConn struct {
	net.Conn
	received int
	ended    bool // nothing more comes
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.received >= maxReceived {
		_ = c.Close()
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(p[:min(len(p), maxReceived-c.received)])
	c.received += n
	c.ended = c.ended || err != nil
	return n, err
}
