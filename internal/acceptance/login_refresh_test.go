package acceptance

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestRefreshThatLogsIn finds out by proof that somebody else has reset the
// password, where the API says nothing.
func TestRefreshThatLogsIn(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{OmitPasswordChanged: true})
	w := newWorkspace(t, s, "")
	check := s.loginCheck("on_refresh = true")
	w.configure(check)
	w.apply()
	first := w.password()
	stored := w.stored()
	w.apply()
	if w.stored() != stored {
		t.Error("a refresh that finds nothing new has changed the state")
	}

	s.externalReset()
	screen := w.run("plan", "-no-color", "-detailed-exitcode")
	screen.shows(t, externalWarning, "no longer accepts the stored password (535)")
	if screen.code != 0 {
		t.Errorf("something is planned:\n%s", screen.text)
	}
	w.checkResets(1)

	// What cannot be asked says nothing, whatever was seen and stored before.
	w.apply()
	for name, change := range map[string]func(*simulator.Options){
		"put off":       func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 454, Message: "Later"} },
		"refused twice": func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 550, Message: "No"} },
		"no AUTH":       func(o *simulator.Options) { o.Auth = simulator.AuthNever },
	} {
		s.SetOptions(change)
		w.configure(check, "rotate_on_external_change = true")
		w.plansSettings()
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, "SMTP password") {
			t.Errorf("%s: something is said:\n%s", name, screen.text)
		}
		s.SetOptions(func(o *simulator.Options) { o.LoginReply, o.Auth = simulator.LoginReply{}, simulator.AuthOverTLS })
	}
	w.configure(check, "rotate_on_external_change = true")
	w.plansRotation("external_change")
	w.apply()
	w.checkRotated(first, "external_change", 2)
}

// TestRefreshThatCannotLogIn has a mail server that goes away.
func TestRefreshThatCannotLogIn(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{OmitPasswordChanged: true})
	relay := startRelay(t, s.SMTPAddr())
	w := newWorkspace(t, s, "")
	w.configure(s.loginCheckAt(relay.Addr().String(), "on_refresh = true"), "rotate_on_external_change = true")
	w.apply()
	password := w.password()
	if err := relay.Close(); err != nil {
		t.Fatal(err)
	}
	screen := w.run("plan", "-no-color", "-detailed-exitcode")
	if screen.code != 0 || strings.Contains(screen.text, "SMTP") {
		t.Errorf("something is said or planned:\n%s", screen.text)
	}
	w.checkKept(password, 1)
}

// TestALoginThatWorkedElsewhereProvesNothing goes by another user name, and by
// another port, than the ones that have taken the password.
func TestALoginThatWorkedElsewhereProvesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	relay := startRelay(t, s.SMTPAddr())
	w := newWorkspace(t, s, "")
	w.configure(s.loginCheck("on_refresh = true"), "rotate_on_external_change = true")
	w.apply()
	password := w.password()
	for name, check := range map[string]string{
		"user name": s.loginCheck("on_refresh = true", `username = "postmaster@example.com"`),
		"port":      s.loginCheckAt(relay.Addr().String(), "on_refresh = true"),
	} {
		w.configure(check, "rotate_on_external_change = true")
		w.apply()
		s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 535, Message: "No"} })
		screen := w.run("plan", "-no-color", "-detailed-exitcode")
		screen.shows(t, "Warning: Mail server refuses the stored SMTP password")
		if screen.code != 0 {
			t.Errorf("another %s: something is planned:\n%s", name, screen.text)
		}
		s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{} })
	}
	w.configure(s.loginCheck(), "rotate_on_external_change = true")
	w.apply()
	w.checkKept(password, 1)
}

// listen serves connections on a port of this machine, each by itself, until it is closed.
func listen(t *testing.T, serve func(net.Conn)) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return listener
}

// startRelay passes connections on to an address, until it is closed.
func startRelay(t *testing.T, address string) net.Listener {
	t.Helper()
	return listen(t, func(from net.Conn) {
		to, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			_ = from.Close()
			return
		}
		for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				_ = pair[0].Close()
			}()
		}
	})
}

// TestALoginThatNeverWorkedProvesNothing has a mistake in login_check.
func TestALoginThatNeverWorkedProvesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.configure()
	w.apply()
	password := w.password()
	wrong := s.loginCheck("on_refresh = true", `username = "postmaster@example.com"`)
	w.configure(wrong, "rotate_on_external_change = true")
	w.apply() // settings alone start no check
	screen := w.run("plan", "-no-color", "-detailed-exitcode")
	screen.shows(t, "Warning: Mail server refuses the stored SMTP password", "postmaster@example.com", "Most likely host, port or username")
	if screen.code != 0 {
		t.Errorf("something is planned:\n%s", screen.text)
	}
	w.configure(s.loginCheck("on_refresh = true"), "rotate_on_external_change = true")
	w.apply()
	w.apply() // the refresh goes by what is stored
	w.checkVerified(true)
	w.checkKept(password, 1)
	if !slices.ContainsFunc(s.Logins(), func(l simulator.Login) bool { return l.OK }) {
		t.Error("no login was seen to succeed")
	}
}

// TestOneRefusalRotatesNothing: the mail server cannot ask its own directory just
// then, or takes LOGIN alone although it offers PLAIN.
func TestOneRefusalRotatesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{OmitPasswordChanged: true})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.loginCheck("on_refresh = true"), "rotate_on_external_change = true")+dependentBlock)
	w.apply()
	password := w.password()
	for name, test := range map[string]struct {
		reply   simulator.LoginReply
		replies map[string]simulator.LoginReply
	}{
		"one 535":           {simulator.LoginReply{Code: 535, Message: "No", Times: 1}, nil},
		"PLAIN and LOGIN":   {simulator.LoginReply{Code: 535, Message: "No", Times: 2}, nil},
		"PLAIN is refused":  {replies: map[string]simulator.LoginReply{"PLAIN": {Code: 535, Message: "No"}}},
		"PLAIN is too weak": {replies: map[string]simulator.LoginReply{"PLAIN": {Code: 534, Message: "No"}}},
		"PLAIN is unknown":  {replies: map[string]simulator.LoginReply{"PLAIN": {Code: 504, Message: "No"}}},
	} {
		s.SetOptions(func(o *simulator.Options) { o.LoginReply, o.LoginReplies = test.reply, test.replies })
		before := len(s.Logins())
		if screen := w.run("plan", "-no-color", "-detailed-exitcode"); screen.code != 0 || strings.Contains(screen.text, "SMTP") {
			t.Errorf("%s: something is said or planned:\n%s", name, screen.text)
		}
		if logins := s.Logins()[before:]; len(logins) < 2 || logins[0].OK {
			t.Errorf("%s: no login was refused first: %+v", name, logins)
		}
	}
	s.SetOptions(func(o *simulator.Options) { o.LoginReply, o.LoginReplies = simulator.LoginReply{}, nil })
	w.checkKept(password, 1)
}

// TestANewPasswordIsTriedByLOGINToo, where PLAIN is on offer and refused.
func TestANewPasswordIsTriedByLOGINToo(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{LoginReplies: map[string]simulator.LoginReply{"PLAIN": {Code: 535, Message: "No"}}})
	w := newWorkspace(t, s, "")
	w.configure(s.loginCheck())
	w.apply()
	w.checkVerified(true)
	if n := len(s.Logins()); n != 2 {
		t.Errorf("%d logins, want PLAIN and LOGIN: %+v", n, s.Logins())
	}
}
