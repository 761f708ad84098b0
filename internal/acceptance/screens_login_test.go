package acceptance

import (
	"context"
	"maps"
	"net"
	"os"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// patientLogin is a login_check at the screenCases's mail server, which waits for as
// long as a test does.
func (g *screenCases) patientLogin(more variables) variables {
	check := variables{"ca_certificate": string(g.CACertificate()), "timeout": "1m"}
	maps.Copy(check, more)
	return loginAt(g.SMTPAddr(), check)
}

// TestScreensOfAnInterrupt presses Ctrl-C while the mail server does not know the
// new passwords yet.
func TestScreensOfAnInterrupt(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{SyncDelay: time.Hour}, map[string]variables{"created": nil, "rotated": nil})
	created := g.cases["created"]
	delete(g.cases, "created")
	g.hang()
	g.apply()
	g.cases["created"] = created
	release, tried := 1, 0
	g.meanwhile = func(command *os.Process) error {
		ctx, cancel := context.WithTimeout(g.context(), time.Minute)
		defer cancel()
		// The first refusal is tried by LOGIN, too.
		if err := g.WaitFor(ctx, func([]simulator.Entry) bool { return g.triedEach(tried, 3) }); err != nil {
			return err
		}
		return command.Signal(os.Interrupt)
	}
	g.view("interrupt", func() {
		release++
		g.cases["rotated"]["release"] = release
		g.change("login", g.patientLogin(nil))
		tried = len(g.Logins())
	}, "apply", "-auto-approve")
}

// TestScreensOfAnInterruptBeforeTheReset has a mail server that says nothing.
func TestScreensOfAnInterruptBeforeTheReset(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	g.apply()
	before := g.LivePassword("example.com", g.guid("shop"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	g.meanwhile = func(command *os.Process) error {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = conn.Close() })
		return command.Signal(os.Interrupt)
	}
	// Its port is in the error, and another one each time.
	g.change("login", loginAt(listener.Addr().String(), variables{"timeout": "1m"}))
	g.change("release", 2)
	g.ports = append(g.ports, listener.Addr().String())
	g.view("interrupt-preflight", func() {}, "apply", "-auto-approve")
	if g.LivePassword("example.com", g.guid("shop")) != before || g.resets() != 1 {
		t.Errorf("%d resets", g.resets())
	}
}

// triedEach tells whether a login of each one was tried so many times after
// the first ones.
func (g *screenCases) triedEach(after, times int) bool {
	tried := map[string]int{}
	for _, login := range g.Logins()[after:] {
		tried[login.Username]++
	}
	for name := range g.cases {
		if tried[name+"@example.com"] < times {
			return false
		}
	}
	return true
}

// TestScreensOfALoginThatFollows has it made up for what the API leaves open, not
// possible, and refused for a password that was adopted.
func TestScreensOfALoginThatFollows(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{OmitPasswordChanged: true, RemoteSynced: simulator.SyncedFalse}, map[string]variables{
		"late": nil, "nameless": nil, "mistyped": {"existing": "a-password-that-is-mistyped"},
	})
	g.change("login", g.patientLogin(nil))
	g.cases["mistyped"]["login"] = g.patientLogin(variables{"timeout": "4s"})
	g.hang()
	g.view("login-follows", func() {
		g.forget()
		g.spoil("late", simulator.FaultLost(simulator.KindReset, true))
		g.spoilResetsAndReads(map[string]simulator.Fault{"nameless": answerWith(`"new_password":%q`, unseen)})
	}, "apply", "-auto-approve")
	checkNoSecret(t, "the screen", g.screens.String(), []string{unseen})
}

// TestScreensOfALoginThatIsRefused has the mail server alone tell that somebody
// else was at work.
func TestScreensOfALoginThatIsRefused(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{OmitPasswordChanged: true}, map[string]variables{"shop": {"follow": true}})
	g.change("login", g.patientLogin(variables{"on_refresh": true}))
	g.apply()
	g.ResetExternally("example.com", g.guid("shop"))
	g.view("login-refused", func() {}, "plan")
}
