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
	// dialTimeout limits the time for a connection. It is shorter than
	// attemptTimeout, so that lost packets do not use up the whole attempt.
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

type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// session is one connection to the mail server.
//
// It uses only the package smtp of go-mail. The client of go-mail's package mail has
// a timeout of its own instead of the context. It leaves its connection open if a
// login fails, and most of its errors have no type.
type session struct {
	*login
	conn      *boundedConn // nil before the connection
	client    *smtp.Client // nil before the server's greeting
	prefers   string       // the mechanism to use if the server offers it
	mechanism string       // the mechanism in use
	other     string       // the other one that the server offers; mechanism if there is none
}

// run logs in and logs out.
func (s *session) run(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The SMTP client knows no contexts. When ctx ends, the connection is closed. A
	// deadline would not do, because the one for QUIT replaces it.
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
	// The name proves nothing: the resolver decides what localhost is.
	if s.server.Security == SecurityNone && !addrOf(conn.RemoteAddr()).IsLoopback() {
		_ = conn.Close()
		return nil, errNotLoopback
	}
	return conn, nil
}

// addrOf returns the IP address of one end of a connection. It is invalid if the
// connection has none.
func addrOf(addr net.Addr) netip.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// open reads the server's greeting, greets back, and starts TLS if it is required.
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

// heloName returns the name of this client: its address, because it has no name that
// a server could look up (RFC 5321, section 4.1.4).
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

// startTLS starts TLS, or fails. The server's extensions from before TLS do not
// count: go-mail asks for them again.
func (s *session) startTLS() error {
	if offered, _ := s.client.Extension("STARTTLS"); !offered {
		return errNoSTARTTLS
	}
	unprotected := s.client.Text
	err := s.client.StartTLS(s.tls)
	// The handshake happens when EHLO is sent. Its errors look like EHLO's.
	if state, begun := s.client.TLSConnectionState(); begun && !state.HandshakeComplete {
		return s.handshakeFailure(err)
	}
	if err != nil {
		return err
	}
	// A third party may have inserted replies before TLS. go-mail drops them, so they
	// do no harm, but the connection is not to be trusted.
	if unprotected.R.Buffered() > 0 {
		return errInjected
	}
	return nil
}

const mechanismPLAIN, mechanismLOGIN = "PLAIN", "LOGIN"

// authenticate chooses a mechanism and logs in. It returns nil if the server
// accepted the password.
func (s *session) authenticate() error {
	_, offer := s.client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(offer))
	isMissing := func(mechanism string) bool { return !slices.Contains(offered, mechanism) }
	usable := slices.DeleteFunc([]string{mechanismPLAIN, mechanismLOGIN}, isMissing)
	if s.prefers == mechanismLOGIN {
		slices.Reverse(usable)
	}
	switch {
	case len(offered) == 0:
		return errNoAuth
	case len(usable) == 0:
		return &problem{KindUnusable, "of the AUTH mechanisms that it offers none is spoken here, " +
			"which are PLAIN and LOGIN: " + s.secrets.Line(offer)}
	}
	s.mechanism, s.other = usable[0], usable[len(usable)-1]
	return s.exchange()
}

// exchange sends the user name and the password.
//
// It replaces go-mail's own exchange. After a refusal, go-mail sends "*", which is
// not a command, and waits for an answer to it and to a QUIT. It also accepts a
// success that comes before the server has the password.
func (s *session) exchange() error {
	if _, secure := s.client.TLSConnectionState(); !secure && s.server.Security != SecurityNone {
		return errUnprotected
	}
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	lines := []string{"AUTH PLAIN " + encode("\x00"+s.username+"\x00"+s.password)}
	if s.mechanism == mechanismLOGIN {
		// The texts of the challenges differ from server to server and do not matter.
		// The first asks for the user name, the second for the password.
		lines = []string{"AUTH LOGIN", encode(s.username), encode(s.password)}
	}
	for _, line := range lines[:len(lines)-1] {
		if err := s.command(line, 334); err != nil {
			return err
		}
	}
	return s.command(lines[len(lines)-1], 235)
}

// command sends a line and reads the reply. If its code is not the wanted one, the
// error is a *[textproto.Error].
func (s *session) command(line string, want int) error {
	if err := s.client.Text.PrintfLine("%s", line); err != nil {
		return err
	}
	_, _, err := s.client.Text.ReadResponse(want)
	return err
}

// boundedConn is a connection that reads at most maxReceived bytes and closes then.
// If it stayed open, go-mail would try HELO after the failed EHLO.
type boundedConn struct {
	net.Conn
	received int
	ended    bool // nothing more can be read
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
