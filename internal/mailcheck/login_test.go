package mailcheck

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

// TestLogin logs in through sockets.
func TestLogin(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t)
	for security, session := range map[Security]string{
		SecuritySTARTTLS: startsTLS + "S: 250-mail.test\nS: 250 AUTH PLAIN\n" + byPLAIN,
		SecurityTLS:      "TLS\n" + login,
		SecurityNone:     login,
	} {
		for ip, name := range map[string]string{"127.0.0.1": "[127.0.0.1]", "::1": "[IPv6:::1]"} {
			t.Run(string(security)+", "+ip, func(t *testing.T) {
				t.Parallel()
				session := strings.ReplaceAll(session, "EHLO [127.0.0.1]", "EHLO "+name)
				m := newMailServer(t, session+welcome+"C: QUIT\nS: 221 bye", session+"S: 535 no\nC: QUIT\nS: 221 bye")
				m.tls = ca.config(nil)
				server := m.listen(security, ip)
				var log records
				server.CACertificate, server.Logger = ca.pem, log.logger()
				mechanism, err := server.Login(t.Context(), testUser, testPassword)
				if err != nil || mechanism != mechanismPLAIN {
					t.Errorf("got %q, %v", mechanism, err)
				}
				e := asError(t, second(server.Login(t.Context(), testUser, testPassword)))
				if e.Kind != KindRefused || e.Code != codeRefused || e.Attempts != 1 {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
				}
				if security != SecurityNone {
					noSecrets(t, "the wire", m.received())
				}
				noSecrets(t, "the log", log.String())
				if n := strings.Count(log.String(), "\n"); n != 2 {
					t.Errorf("%d records: %s", n, &log)
				}
			})
		}
	}
}

// TestUnprotectedOnThisMachineAlone: by its name, and by where it leads to.
func TestUnprotectedOnThisMachineAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host   string
		remote net.Addr
		taken  bool
	}{
		"localhost":                      {"localhost", loopback, true},
		"in capitals":                    {"LocalHost", loopback, true},
		"another address of loopback":    {"127.8.9.10", &net.TCPAddr{IP: net.IPv4(127, 8, 9, 10)}, true},
		"IPv6":                           {"::1", &net.TCPAddr{IP: net.IPv6loopback}, true},
		"localhost that leads elsewhere": {"localhost", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, false},
		"an address that is none":        {"localhost", &net.UnixAddr{Name: "@mail"}, false},
		"a name":                         {"mail.example.com", loopback, false},
		"an address":                     {"192.0.2.1", loopback, false},
		"any address":                    {"0.0.0.0", loopback, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMailServer(t, taken)
			server := m.inMemory(SecurityNone)
			server.Host = c.host
			server.dial = func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				m.serving.Go(func() { m.play(there, taken) })
				return pipe{here, c.remote}, nil
			}
			_, err := server.Login(t.Context(), testUser, testPassword)
			m.serving.Wait()
			if c.taken {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := asError(t, err); e.Kind != KindUnusable || !strings.Contains(e.Error(), "not on this machine") {
				t.Errorf("kind %d: %v", e.Kind, e)
			}
			if got := m.received(); got != "" {
				t.Errorf("it was sent %q", got)
			}
		})
	}
}

// TestOtherSecurityIsNone: without TLS no password is sent, whatever the server offers
// and whatever Security says.
func TestOtherSecurityIsNone(t *testing.T) {
	t.Parallel()
	for _, script := range []string{offersPLAIN, offersLOGIN} {
		for _, security := range []Security{"", "ssl", "opportunistic"} {
			m := newMailServer(t, script)
			_, err := m.inMemory(security).Login(t.Context(), testUser, testPassword)
			m.serving.Wait()
			if e := asError(t, err); e.Kind != KindUnusable || !errors.Is(e, errNoSTARTTLS.Err) {
				t.Errorf("%s: %v", security, e)
			}
			noSecrets(t, "the wire", m.received())
		}
	}
}

func TestWhatCannotBeSentIsRefused(t *testing.T) {
	t.Parallel()
	server := newMailServer(t).inMemory(SecurityTLS) // a connection is an error
	calls := map[string]func(ctx context.Context, username, password string) (string, error){
		"Login": server.Login, "Await": server.Await, "Confirm": server.Confirm, "Probe": server.Probe,
	}
	for name, c := range map[string]struct{ username, password, says string }{
		"no user name":                 {"", "x", "is empty"},
		"no password":                  {"x", "", "is empty"},
		"a line break in a user name":  {"x\ny", "x", "contains a line break"},
		"a line break in the password": {"x", testPassword + "\r", "contains a line break"},
		"a NUL in the password":        {"x", testPassword + "\x00", "or a NUL"},
	} {
		for call, do := range calls {
			e := asError(t, second(do(t.Context(), c.username, c.password)))
			if e.Kind != KindArgument || e.Attempts != 0 || !strings.Contains(e.Error(), c.says) {
				t.Errorf("%s, %s: kind %d after %d attempts: %v", call, name, e.Kind, e.Attempts, e)
			}
		}
	}
}
