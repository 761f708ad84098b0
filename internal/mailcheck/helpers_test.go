package mailcheck

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testUser     = "myuser@example.com"
	testPassword = "Zx81-qW7!kLmN"
)

// secrets are all forms in which a login sends the password.
var secrets = map[string]string{
	"password":            testPassword,
	"password in base64":  base64.StdEncoding.EncodeToString([]byte(testPassword)),
	"response of PLAIN":   base64.StdEncoding.EncodeToString([]byte("\x00" + testUser + "\x00" + testPassword)),
	"PLAIN with identity": base64.StdEncoding.EncodeToString([]byte(testUser + "\x00" + testUser + "\x00" + testPassword)),
}

// noSecrets fails if a text contains the password.
func noSecrets(t *testing.T, what, text string) {
	t.Helper()
	for name, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s: it holds the %s: %q", what, name, text)
		}
	}
}

// spelling is all text of an error.
func spelling(e *Error) string {
	text := fmt.Sprintf("%v\n%+v\n", e, *e)
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		text += err.Error() + "\n"
	}
	return text
}

// asError is err as the package's error type, without secrets.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	noSecrets(t, "the error", spelling(e))
	return e
}

// Login logs in once.
func (s Server) Login(ctx context.Context, username, password string) error {
	return second(s.with(&credentials{username, password}, func(c *check) *Error {
		return c.attempt(ctx, time.Now().Add(answerTimeout))
	}))
}

// second is the error of two results.
func second(_ string, err error) error { return err }

// act is an action of the pretend server at one point. It returns whether the
// session goes on.
type act func(p *peer) bool

// pretend is a mail server with scripted behaviour.
type pretend struct {
	tls       *tls.Config // nil: it has no TLS
	implicit  bool        // TLS from the first byte on
	offers    string      // the parameters of AUTH; empty: it has none
	inTheOpen bool        // AUTH is to be had without TLS too
	hides     bool        // STARTTLS is not offered
	password  string      // what it takes; testPassword where empty
	acts      map[string]act

	mu          sync.Mutex
	wire        bytes.Buffer // everything that came, as it came
	commands    []string     // what was understood of it
	connections int
	serving     sync.WaitGroup
}

// peer is one connection, seen from the server.
type peer struct {
	*pretend
	conn   net.Conn
	lines  *bufio.Reader
	secure bool
}

// recorder records all bytes from the client, below TLS.
type recorder struct {
	net.Conn
	m *pretend
}

func (r recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	r.m.wire.Write(p[:n])
	return n, err
}

func (m *pretend) received() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wire.String()
}

func (m *pretend) understood() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.commands)
}

func (m *pretend) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.connections
}

func (m *pretend) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	m.mu.Lock()
	m.connections++
	m.mu.Unlock()
	p := &peer{pretend: m}
	p.use(recorder{conn, m})
	if m.implicit && !p.handshake() || !p.at("greeting", says("220 mail.test ESMTP ready")) {
		return
	}
	for {
		line, ok := p.line()
		if !ok || !p.handle(line) {
			return
		}
	}
}

func (p *peer) use(conn net.Conn) { p.conn, p.lines = conn, bufio.NewReader(conn) }

func (p *peer) line() (string, bool) {
	line, err := p.lines.ReadString('\n')
	line = strings.TrimSuffix(line, "\r\n")
	if err == nil {
		p.mu.Lock()
		p.commands = append(p.commands, line)
		p.mu.Unlock()
	}
	return line, err == nil
}

// at does the scripted act of a point of the session, or else the usual one.
func (p *peer) at(point string, usual act) bool {
	if told, ok := p.acts[point]; ok {
		return told(p)
	}
	return usual(p)
}

func (p *peer) handle(line string) bool {
	words := strings.Fields(line + " ")
	if len(words) == 0 {
		words = []string{""}
	}
	switch words[0] {
	case "EHLO":
		point := "EHLO"
		if p.secure {
			point = "EHLO over TLS"
		}
		return p.at(point, (*peer).extensions)
	case "HELO":
		return p.at("HELO", says("250 mail.test"))
	case "STARTTLS":
		return p.at("STARTTLS", says("220 2.0.0 go on")) && p.handshake()
	case "AUTH":
		return p.login(words[1:])
	case "QUIT":
		p.at("QUIT", says("221 2.0.0 bye"))
		return false
	}
	return p.say("500 5.5.2 " + words[0] + "?")
}

func (p *peer) extensions() bool {
	lines := "250-mail.test\r\n"
	if p.tls != nil && !p.secure && !p.hides {
		lines += "250-STARTTLS\r\n"
	}
	if p.offers != "" && (p.secure || p.inTheOpen) {
		lines += "250-AUTH " + p.offers + "\r\n"
	}
	return p.say(lines + "250 8BITMIME")
}

func (p *peer) handshake() bool {
	if told, ok := p.acts["handshake"]; ok {
		return told(p)
	}
	secure := tls.Server(p.conn, p.tls)
	if secure.HandshakeContext(context.Background()) != nil {
		return false
	}
	p.use(secure)
	p.secure = true
	return true
}

func (p *peer) login(words []string) bool {
	var user, password string
	switch {
	case len(words) == 2 && words[0] == "PLAIN":
		response, _ := base64.StdEncoding.DecodeString(words[1])
		parts := strings.Split(string(response), "\x00")
		if len(parts) != 3 || parts[0] != "" {
			return p.say("501 5.5.2 malformed")
		}
		user, password = parts[1], parts[2]
	case len(words) == 1 && words[0] == "LOGIN":
		answers := []*string{&user, &password}
		for i, point := range []string{"user", "password"} {
			if !p.at(point, says([]string{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"}[i])) {
				return false
			}
			line, ok := p.line()
			if !ok {
				return false
			}
			answer, _ := base64.StdEncoding.DecodeString(line)
			*answers[i] = string(answer)
		}
	default:
		return p.say("504 5.5.4 unknown mechanism")
	}
	taken := "535 5.7.8 Authentication credentials invalid"
	want := p.password
	if want == "" {
		want = testPassword
	}
	if user == testUser && password == want {
		taken = "235 2.7.0 welcome"
	}
	return p.at("outcome", says(taken))
}

func (p *peer) say(text string) bool {
	_, err := io.WriteString(p.conn, text+"\r\n")
	return err == nil
}

// says sends lines, and ends the last.
func says(text string) act { return func(p *peer) bool { return p.say(text) } }

// hangs sends nothing more, and reads until the client closes.
func hangs(p *peer) bool {
	_, _ = io.Copy(io.Discard, p.conn)
	return false
}

// cuts sends a part of a line and closes.
func cuts(part string) act {
	return func(p *peer) bool {
		_, _ = io.WriteString(p.conn, part)
		return false
	}
}

// floods sends an endless line.
func floods(p *peer) bool {
	for {
		if _, err := io.WriteString(p.conn, strings.Repeat("250-and so on ", 100)); err != nil {
			return false
		}
	}
}

// listen serves on a socket at this address, and returns the client's view of the
// server.
func listen(t *testing.T, m *pretend, security Security, ip string) Server {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		t.Skipf("no socket at %s: %v", ip, err)
	}
	m.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.serving.Go(func() { m.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		m.serving.Wait()
	})
	return Server{Host: ip, Port: l.Addr().(*net.TCPAddr).Port, Security: security}
}

// pipe is a connection in memory whose ends have addresses.
type pipe struct {
	net.Conn
	remote net.Addr
}

func (p pipe) RemoteAddr() net.Addr { return p.remote }

func (p pipe) LocalAddr() net.Addr { return loopback }

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 587}

// piped serves in memory, because testing/synctest can wait for that.
func piped(m *pretend, security Security) Server {
	return Server{
		Host: "localhost", Port: 587, Security: security,
		dial: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go m.serve(there)
			return pipe{here, loopback}, nil
		},
	}
}

// open is a server on this machine that requires no TLS.
func open(acts map[string]act) *pretend {
	return &pretend{offers: "PLAIN LOGIN", inTheOpen: true, acts: acts}
}

// records collects the log, at any level.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *records) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))
}
