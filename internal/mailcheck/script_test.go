package mailcheck

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// mailServer plays scripts, one a connection. A script has one step a line:
//
//	S: 220 mail.test   sends a line
//	S< 220 mail\n      sends these bytes, with the escapes of a Go string
//	C: EHLO            receives a line that begins so
//	C<                 receives bytes of any kind
//	TLS                begins TLS
//	TLS 1.1            begins TLS, and speaks no later version
//	wait 5s            lets time pass
//	silence            says nothing more
//	drip               says something each second, and never comes to an end
//	flood              sends an endless line
//	hang up            ends the connection
//
// After its last step, a script takes QUIT, or the end of the connection. Anything
// else that the client sends is an error of the test.
//
// {PLAIN}, {USER} and {PASSWORD} are what a client sends in PLAIN and LOGIN, and
// {SECRET} is the password itself.
//
// Of some scripts, all is said by one word:
//
//	refuse   there is no connection: it is refused
//	lose     there is no connection: packets disappear
//	again    the script before serves all further connections
type mailServer struct {
	t       *testing.T
	tls     *tls.Config // nil where no script says TLS
	scripts []string
	began   time.Time

	mu      sync.Mutex
	came    []time.Duration // the connections, since began
	wire    bytes.Buffer    // what was received, below TLS
	serving sync.WaitGroup
}

func newMailServer(t *testing.T, scripts ...string) *mailServer {
	t.Helper()
	return &mailServer{t: t, scripts: scripts, began: time.Now()}
}

// inMemory returns the client's view of a server in memory, which testing/synctest
// can wait for.
func (m *mailServer) inMemory(security Security) Server {
	return Server{
		Host: "localhost", Port: 587, Security: security,
		dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return m.connect(ctx, m.next()) },
	}
}

// listen serves on a socket at this address, and returns the client's view of the
// server.
func (m *mailServer) listen(security Security, ip string) Server {
	m.t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		m.t.Skipf("no socket at %s: %v", ip, err)
	}
	m.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.serving.Go(func() { m.play(conn, m.next()) })
		}
	})
	m.t.Cleanup(func() {
		_ = l.Close()
		m.serving.Wait()
	})
	return Server{Host: ip, Port: l.Addr().(*net.TCPAddr).Port, Security: security}
}

// next returns the script of a new connection.
func (m *mailServer) next() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := len(m.came)
	m.came = append(m.came, time.Since(m.began))
	if last := len(m.scripts) - 1; i >= last && m.scripts[last] == "again" {
		i = last - 1
	}
	if i >= len(m.scripts) {
		m.t.Errorf("connection %d was not expected", i+1)
		return "hang up"
	}
	return m.scripts[i]
}

// connections returns when the connections came.
func (m *mailServer) connections() []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.came
}

// received returns what was received so far, below TLS.
func (m *mailServer) received() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wire.String()
}

// connect makes a connection in memory that plays a script.
func (m *mailServer) connect(ctx context.Context, script string) (net.Conn, error) {
	switch script {
	case "refuse":
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	case "lose":
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
	}
	here, there := net.Pipe()
	m.serving.Go(func() { m.play(there, script) })
	return pipe{here, loopback}, nil
}

// play plays a script on a connection.
func (m *mailServer) play(conn net.Conn, script string) {
	defer func() { _ = conn.Close() }()
	p := &player{mailServer: m}
	p.use(recorder{conn, m})
	for step := range strings.Lines(fillIn.Replace(script)) {
		if !p.step(strings.TrimSuffix(step, "\n")) {
			return
		}
	}
	p.flush()
	switch line, err := p.in.ReadString('\n'); {
	case line == "QUIT\r\n":
		p.out = "221 2.0.0 bye\r\n"
		p.flush()
	case line != "" || err == nil:
		m.t.Errorf("the client sent %q at the end", line)
	}
}

// fillIn puts what the client sends into a script.
var fillIn = strings.NewReplacer("{PLAIN}", secrets["response of PLAIN"], "{PASSWORD}", secrets["password in base64"],
	"{USER}", inBase64(testUser), "{SECRET}", testPassword)

// player is one connection, seen from the server.
type player struct {
	*mailServer
	conn net.Conn
	in   *bufio.Reader
	out  string // to be sent in one write, before the next step that is not S
}

func (p *player) use(conn net.Conn) { p.conn, p.in = conn, bufio.NewReader(conn) }

// flush sends what is to be sent. It returns false if the client has left.
func (p *player) flush() bool {
	if p.out == "" { // a pipe would wait for somebody to read nothing
		return true
	}
	_, err := io.WriteString(p.conn, p.out)
	p.out = ""
	return err == nil
}

// step does one step. It returns whether the session goes on.
func (p *player) step(step string) bool {
	kind, text, _ := strings.Cut(step, " ")
	switch kind {
	case "S:":
		p.out += text + "\r\n"
		return true
	case "S<":
		raw, err := strconv.Unquote(`"` + text + `"`)
		if err != nil {
			p.t.Errorf("%s: %v", step, err)
		}
		p.out += raw
		return true
	}
	if !p.flush() {
		return false
	}
	switch kind {
	case "C:":
		line, err := p.in.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, text) || !strings.HasSuffix(line, "\r\n") {
			p.t.Errorf("the client sent %q, %v; want %q", line, err, text)
			return false
		}
		return true
	case "C<":
		_, err := p.in.Read(make([]byte, 4096))
		return err == nil
	case "TLS":
		config := p.tls
		if text == "1.1" {
			config = p.tls.Clone()
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}
		conn := tls.Server(p.conn, config)
		p.use(conn)
		return conn.HandshakeContext(context.Background()) == nil
	case "wait":
		duration, err := time.ParseDuration(text)
		if err != nil {
			p.t.Errorf("%s: %v", step, err)
		}
		sleep(p.t.Context(), duration)
		return true
	case "silence":
		_, _ = io.Copy(io.Discard, p.conn)
	case "drip":
		for p.out = "250-still here\r\n"; p.flush(); p.out = "250-still here\r\n" {
			_ = p.conn.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := io.Copy(io.Discard, p.conn); !errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
		}
	case "flood":
		for p.out = "250-"; p.flush(); p.out = strings.Repeat("and so on ", 100) {
		}
	case "hang":
	default:
		p.t.Errorf("there is no step %q", step)
	}
	return false
}

// recorder records all bytes from the client, below TLS.
type recorder struct {
	net.Conn
	m *mailServer
}

func (r recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	r.m.wire.Write(p[:n])
	return n, err
}

// pipe is a connection in memory whose ends have addresses.
type pipe struct {
	net.Conn
	remote net.Addr
}

func (p pipe) RemoteAddr() net.Addr { return p.remote }

func (p pipe) LocalAddr() net.Addr { return loopback }

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 587}
