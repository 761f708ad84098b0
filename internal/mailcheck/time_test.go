package mailcheck

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// silences are the points at which a server may fall silent, and what is said
// of it.
var silences = map[string]struct {
	point    string
	security Security
	offers   string
	says     string
}{
	"at once":             {"greeting", SecuritySTARTTLS, "PLAIN", "said nothing"},
	"after the greeting":  {"EHLO", SecuritySTARTTLS, "PLAIN", "stopped answering"},
	"after EHLO":          {"STARTTLS", SecuritySTARTTLS, "PLAIN", "stopped answering"},
	"after STARTTLS":      {"handshake", SecuritySTARTTLS, "PLAIN", "stopped answering"},
	"after the handshake": {"EHLO over TLS", SecuritySTARTTLS, "PLAIN", "stopped answering"},
	"instead of TLS":      {"handshake", SecurityTLS, "PLAIN", "said nothing"},
	"over TLS, at once":   {"greeting", SecurityTLS, "PLAIN", "stopped answering"},
	"after PLAIN":         {"outcome", SecurityTLS, "PLAIN", "stopped answering"},
	"after LOGIN":         {"user", SecurityTLS, "LOGIN", "stopped answering"},
	"after the user name": {"password", SecurityTLS, "LOGIN", "stopped answering"},
	"after the password":  {"outcome", SecurityTLS, "LOGIN", "stopped answering"},
}

// drips says something now and then, and never comes to an end.
func drips(p *peer) bool {
	for p.say("250-still here") {
		_ = p.conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := io.Copy(io.Discard, p.conn); !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	return false
}

func silent(ca *issuer, when string, does act) (*pretend, Server) {
	c := silences[when]
	m := &pretend{
		tls: ca.config(nil), implicit: c.security == SecurityTLS, offers: c.offers,
		acts: map[string]act{c.point: does},
	}
	server := piped(m, c.security)
	server.CACertificate = ca.pem
	return m, server
}

func TestASilentServerIsLeftInTime(t *testing.T) {
	t.Parallel()
	for when, c := range silences {
		for name, does := range map[string]act{"silent": hangs, "dripping": drips} {
			if name == "dripping" && c.point == "handshake" {
				continue // that is no TLS, which shows at once
			}
			for end, limit := range map[string]struct {
				ctx  func(context.Context) (context.Context, context.CancelFunc)
				took time.Duration
				kind Kind
			}{
				"timeout": {context.WithCancel, 30 * time.Second, KindUnreachable},
				"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
					return context.WithTimeout(ctx, 2*time.Second)
				}, 2 * time.Second, KindUnreachable},
				"interrupt": {func(ctx context.Context) (context.Context, context.CancelFunc) {
					ctx, cancel := context.WithCancel(ctx)
					time.AfterFunc(3*time.Second, cancel)
					return ctx, cancel
				}, 3 * time.Second, KindCanceled},
			} {
				t.Run(when+", "+name+", "+end, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						m, server := silent(newIssuer(t), when, does)
						ctx, cancel := limit.ctx(t.Context())
						defer cancel()
						began := time.Now()
						e := asError(t, server.Login(ctx, testUser, testPassword))
						if e.Kind != limit.kind || e.Code != 0 || e.Attempts != 1 {
							t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
						}
						if took := time.Since(began); took != limit.took {
							t.Errorf("it took %s, want %s", took, limit.took)
						}
						want := strings.Fields(c.says)
						if end == "interrupt" {
							want = []string{context.Canceled.Error()}
						}
						for _, word := range want {
							if name == "silent" && !strings.Contains(e.Error(), word) {
								t.Errorf("got %v, want %s", e, word)
							}
						}
						noSecrets(t, "the wire", m.received())
					})
				})
			}
		}
	}
}

func TestAConnectionThatDoesNotComeAboutIsLeftInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(swallowed)
		e := asError(t, w.server().Login(t.Context(), testUser, testPassword))
		if e.Kind != KindUnreachable || !errors.Is(e, context.DeadlineExceeded) || time.Since(w.began) != dialTimeout {
			t.Errorf("kind %d after %s: %v", e.Kind, time.Since(w.began), e)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		e = asError(t, w.server().Login(ctx, testUser, testPassword))
		if e.Kind != KindUnreachable || !strings.Contains(e.Error(), "dial: context deadline exceeded") || time.Since(began) != time.Second {
			t.Errorf("kind %d after %s: %v", e.Kind, time.Since(began), e)
		}
	})
}

// TestTheEndOfTheSessionIsNotWaitedFor: the password has been taken by then.
func TestTheEndOfTheSessionIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]act{"silent": hangs, "dripping": drips} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := piped(open(map[string]act{"QUIT": does}), SecurityNone).Login(t.Context(), testUser, testPassword)
				if err != nil || time.Since(began) != quitTimeout {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began = time.Now()
				err = piped(open(map[string]act{"QUIT": does}), SecurityNone).Login(ctx, testUser, testPassword)
				if err != nil || time.Since(began) != time.Second {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
			})
		})
	}
}

func TestNothingIsStartedOnceTheContextHasEnded(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	over, cancelOver := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelOver()
	await := func(s Server, ctx context.Context, username, password string) error {
		_, err := s.Await(ctx, username, password)
		return err
	}
	for _, do := range []func(Server, context.Context, string, string) error{Server.Login, await} {
		m := open(nil)
		e := asError(t, do(piped(m, SecurityNone), canceled, testUser, testPassword))
		if e.Kind != KindCanceled || e.Attempts != 0 || !errors.Is(e, context.Canceled) {
			t.Errorf("canceled: kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
		}
		e = asError(t, do(piped(m, SecurityNone), over, testUser, testPassword))
		if e.Kind != KindUnreachable || e.Attempts != 0 {
			t.Errorf("over: kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
		}
		if m.count() != 0 {
			t.Errorf("%d connections", m.count())
		}
	}
}

func TestAnUnreachableServerIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	e := asError(t, Server{Host: "127.0.0.1", Port: port, Security: SecurityTLS}.Login(t.Context(), testUser, testPassword))
	if e.Kind != KindUnreachable || !errors.Is(e, syscall.ECONNREFUSED) || e.Code != 0 {
		t.Errorf("kind %d: %v", e.Kind, e)
	}
	unknown := &net.DNSError{Err: "no such host", Name: "mail.test", IsNotFound: true}
	e = asError(t, Server{Host: "mail.test", Port: 25, Security: SecurityTLS, dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: unknown}
	}}.Login(t.Context(), testUser, testPassword))
	if want := "dial tcp: lookup mail.test: no such host"; e.Kind != KindUnreachable || e.Error() != want {
		t.Errorf("kind %d: %v", e.Kind, e)
	}
}

func TestALineThatCannotBeSentIsALostConnection(t *testing.T) {
	t.Parallel()
	leaves := func(p *peer) bool {
		p.extensions()
		return false
	}
	e := asError(t, piped(open(map[string]act{"EHLO": leaves}), SecurityNone).Login(t.Context(), testUser, testPassword))
	if e.Kind != KindUnreachable || !strings.Contains(e.Error(), "the connection ended") {
		t.Errorf("kind %d: %v", e.Kind, e)
	}
}
