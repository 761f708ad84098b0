package mailcheck

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// silences are the points at which a server may fall silent, and what is said
// of it.
var silences = map[string]struct {
	security Security
	script   string // until then
	says     string
}{
	"at once":             {SecuritySTARTTLS, "", "said nothing"},
	"after the greeting":  {SecuritySTARTTLS, greeting, "stopped answering"},
	"after EHLO":          {SecuritySTARTTLS, asksForTLS, "stopped answering"},
	"after STARTTLS":      {SecuritySTARTTLS, asksForTLS + "S: 220 go on\nC<\n", "stopped answering"},
	"after the handshake": {SecuritySTARTTLS, startsTLS, "stopped answering"},
	"instead of TLS":      {SecurityTLS, "C<\n", "said nothing"},
	"over TLS, at once":   {SecurityTLS, "TLS\n", "stopped answering"},
	"after PLAIN":         {SecurityTLS, "TLS\n" + login, "stopped answering"},
	"after LOGIN":         {SecurityTLS, "TLS\n" + offersLOGIN + "C: AUTH LOGIN\n", "stopped answering"},
	"after the user name": {SecurityTLS, "TLS\n" + offersLOGIN + "C: AUTH LOGIN\nS: 334\nC: {USER}\n", "stopped"},
	"after the password":  {SecurityTLS, "TLS\n" + loginAsks("334", "334"), "stopped answering"},
}

func TestASilentServerIsLeftInTime(t *testing.T) {
	t.Parallel()
	for when, c := range silences {
		for _, step := range []string{"silence", "drip"} {
			if step == "drip" && strings.HasSuffix(c.script, "C<\n") {
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
				t.Run(when+", "+step+", "+end, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						ca := newIssuer(t)
						m := newMailServer(t, c.script+step)
						m.tls = ca.config(nil)
						server := m.inMemory(c.security)
						server.CACertificate = ca.pem
						ctx, cancel := limit.ctx(t.Context())
						defer cancel()
						began := time.Now()
						e := asError(t, second(server.Login(ctx, testUser, testPassword)))
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
							if step == "silence" && !strings.Contains(e.Error(), word) {
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
		m := newMailServer(t, "lose", "again")
		e := asError(t, second(m.inMemory(SecurityNone).Login(t.Context(), testUser, testPassword)))
		if e.Kind != KindUnreachable || !errors.Is(e, context.DeadlineExceeded) || time.Since(m.began) != dialTimeout {
			t.Errorf("kind %d after %s: %v", e.Kind, time.Since(m.began), e)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		e = asError(t, second(m.inMemory(SecurityNone).Login(ctx, testUser, testPassword)))
		if e.Kind != KindUnreachable || !strings.Contains(e.Error(), "dial: context deadline exceeded") || time.Since(began) != time.Second {
			t.Errorf("kind %d after %s: %v", e.Kind, time.Since(began), e)
		}
	})
}

// TestTheEndOfTheSessionIsNotWaitedFor: the password has been taken by then.
func TestTheEndOfTheSessionIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"silence", "drip"} {
		for limit, took := range map[time.Duration]time.Duration{time.Minute: quitTimeout, time.Second: time.Second} {
			t.Run(step+", "+limit.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m := newMailServer(t, taken+"C: QUIT\n"+step)
					ctx, cancel := context.WithTimeout(t.Context(), limit)
					defer cancel()
					_, err := m.inMemory(SecurityNone).Login(ctx, testUser, testPassword)
					if err != nil || time.Since(m.began) != took {
						t.Errorf("after %s: %v", time.Since(m.began), err)
					}
				})
			})
		}
	}
}

func TestNothingIsStartedOnceTheContextHasEnded(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	over, cancelOver := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelOver()
	for name, call := range calls {
		m := newMailServer(t, mute)
		e := asError(t, second(call(canceled, m.inMemory(SecurityNone))))
		if e.Kind != KindCanceled || e.Attempts != 0 || !errors.Is(e, context.Canceled) {
			t.Errorf("%s, canceled: kind %d, %d attempts: %v", name, e.Kind, e.Attempts, e)
		}
		e = asError(t, second(call(over, m.inMemory(SecurityNone))))
		if e.Kind != KindUnreachable || e.Attempts != 0 {
			t.Errorf("%s, over: kind %d, %d attempts: %v", name, e.Kind, e.Attempts, e)
		}
		if n := len(m.connections()); n != 0 {
			t.Errorf("%s: %d connections", name, n)
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
	server := Server{Host: "127.0.0.1", Port: port, Security: SecurityTLS}
	e := asError(t, second(server.Login(t.Context(), testUser, testPassword)))
	if e.Kind != KindUnreachable || !errors.Is(e, syscall.ECONNREFUSED) || e.Code != 0 {
		t.Errorf("kind %d: %v", e.Kind, e)
	}
	unknown := &net.DNSError{Err: "no such host", Name: "mail.test", IsNotFound: true}
	server.dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: unknown}
	}
	e = asError(t, second(server.Login(t.Context(), testUser, testPassword)))
	if want := "dial tcp: lookup mail.test: no such host"; e.Kind != KindUnreachable || e.Error() != want {
		t.Errorf("kind %d: %v", e.Kind, e)
	}
}
