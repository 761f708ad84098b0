package acceptance

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// mailServer is a mail server that says as little as RFC 5321 and RFC 4954 allow:
// codes alone, and keywords in small letters. Until it is mended, it has a fault.
type mailServer struct {
	password func() string // that it takes
	// fault returns the reply to a line, hangUp, or "" for the usual reply. A connection
	// begins with an empty line.
	fault func(m *mailServer, line string) string
	// certificate is nil if the server has no TLS. Until it is mended, it has TLS 1.1.
	certificate *tls.Certificate

	mu     sync.Mutex
	heard  map[string]int // how often each command came, by its first word
	mended bool
}

// hangUp is a reply that ends the connection instead.
const hangUp = "hang up"

// start serves on a port of this machine until the test ends.
func (m *mailServer) start(t *testing.T) (port int) {
	t.Helper()
	return listen(t, m.serve).Addr().(*net.TCPAddr).Port
}

func (m *mailServer) mend() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mended = true
}

// serve answers the lines of a connection until its client leaves.
func (m *mailServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	conn = m.secure(conn)
	lines := bufio.NewScanner(conn)
	for {
		reply := m.reply(lines.Text()) // at first, the line is empty
		if reply == hangUp {
			return
		}
		if _, err := io.WriteString(conn, reply+"\r\n"); err != nil || !lines.Scan() {
			return
		}
	}
}

// secure begins TLS on a connection.
func (m *mailServer) secure(conn net.Conn) net.Conn {
	if m.certificate == nil {
		return conn
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	config := &tls.Config{Certificates: []tls.Certificate{*m.certificate}}
	if !m.mended {
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}
	return tls.Server(conn, config)
}

// reply returns the reply to a line.
func (m *mailServer) reply(line string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	command, _, _ := strings.Cut(line, " ")
	m.heard[command]++
	if !m.mended && m.fault != nil {
		if reply := m.fault(m, line); reply != "" {
			return reply
		}
	}
	switch {
	case line == "":
		return "220"
	case command == "EHLO":
		return "250-mail.test\r\n250-auth=login\r\n250"
	case line == "AUTH LOGIN", strings.HasSuffix(decoded(line), "@example.com"):
		return "334"
	case decoded(line) == m.password():
		return "235"
	case line == "QUIT":
		return "221"
	default:
		return "535"
	}
}

func decoded(line string) string {
	text, _ := base64.StdEncoding.DecodeString(line)
	return string(text)
}

// TestMailServers rotates passwords whose logins are checked at mail servers of all
// kinds, and checks again once the servers are mended. A fault counts commands, not
// connections.
func TestMailServers(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}))
	tests := map[string]struct {
		fault    func(m *mailServer, line string) string
		oldTLS   bool
		timeout  string
		error    string // a part of it; if it is empty, the login succeeds
		unusable bool   // the error comes before the reset
	}{
		"says little": {timeout: "1m"},
		"is busy, and greylists": {
			timeout: "1m",
			fault: func(m *mailServer, line string) string {
				switch {
				case strings.HasPrefix(line, "EHLO") && m.heard["EHLO"] == 1:
					return "421 4.3.2 Too busy"
				case strings.HasPrefix(line, "EHLO") && m.heard["EHLO"] == 2:
					return "450 4.7.1 Greylisted"
				case strings.HasPrefix(line, "AUTH") && m.heard["AUTH"] == 1:
					return "454"
				}
				return ""
			},
		},
		"bans after two refusals": {
			timeout: "5s",
			fault: func(m *mailServer, line string) string {
				switch {
				case line == "" && m.heard["AUTH"] >= 2:
					return hangUp
				case strings.HasPrefix(line, "AUTH"):
					return "535 5.7.8 Not you"
				}
				return ""
			},
			error: `the server answered 535 "5.7.8 Not you", and then stopped answering (the connection ended`,
		},
		"does not want this client": {
			timeout: "1m",
			fault: func(_ *mailServer, line string) string {
				if strings.HasPrefix(line, "EHLO") {
					return "550 5.7.1 Not you"
				}
				return ""
			},
			error: `the server answered 550 "5.7.1 Not you" to EHLO`, unusable: true,
		},
		"speaks TLS 1.1 alone": {
			timeout: "1m", oldTLS: true, error: "the server does not speak TLS 1.2 or later", unusable: true,
		},
	}

	s := startService(t, simulator.Options{})
	c := newCases(t, s, tests)
	c.apply()
	before := c.passwords()

	servers, checks := map[string]*mailServer{}, map[string]any{}
	for name, test := range tests {
		m := &mailServer{
			password: func() string { return s.LivePassword("example.com", c.guids[name]) },
			fault:    test.fault, heard: map[string]int{},
		}
		check := map[string]any{"host": "127.0.0.1", "security": "none", "timeout": test.timeout}
		if test.oldTLS {
			m.certificate = &web.TLS.Certificates[0]
			check["security"], check["ca_certificate"] = "tls", authority
		}
		servers[name], check["port"], checks[name] = m, m.start(t), check
	}
	c.local("checks", checks)
	c.configure(trigger("2"), "login_check = local.checks[each.key]")
	errors, _ := c.told("error", "apply", "-auto-approve")
	for name, test := range tests {
		told := flatten(strings.Join(errors[name], "\n"))
		if fails := test.error != ""; fails != (len(errors[name]) > 0) || !strings.Contains(told, test.error) {
			t.Errorf("%s: want %q, told %q", name, test.error, errors[name])
		}
		if verified := c.values(c.address(name))["login_verified_at"] != nil; verified != (test.error == "") {
			t.Errorf("%s: verified: %t", name, verified)
		}
	}

	rotated := c.passwords()
	for name, test := range tests {
		resets, want := c.requests(name, simulator.KindReset), 2
		if test.unusable {
			want = 1
		}
		if resets != want || (rotated[name] == before[name]) != test.unusable {
			t.Errorf("%s: %d resets in all, want %d", name, resets, want)
		}
	}
	// A login that failed has left a check pending: no password is reset again.
	for _, m := range servers {
		m.mend()
	}
	c.apply()
	c.checkRotated(before, "rotation_triggers: version", func(string) int { return 2 })
	now := c.passwords()
	for name, test := range tests {
		if !test.unusable && now[name] != rotated[name] {
			t.Errorf("%s: the stored password has changed", name)
		}
		if c.values(c.address(name))["login_verified_at"] == nil {
			t.Errorf("%s: it is not verified", name)
		}
	}
}
