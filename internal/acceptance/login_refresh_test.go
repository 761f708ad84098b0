package acceptance

import (
	"io"
	"maps"
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
	// What the refresh finds is stored, and nothing is planned.
	w.apply().shows(t, externalWarning, "no longer accepts the stored password (535)", "0 added, 0 changed")
	w.checkResets(1)

	// What cannot be asked says nothing, whatever was seen and stored before.
	w.configure(check, "rotate_on_external_change = true")
	for name, change := range map[string]func(*simulator.Options){
		"put off":       func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 454, Message: "Later"} },
		"refused twice": func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 550, Message: "No"} },
		"no AUTH":       func(o *simulator.Options) { o.Auth = simulator.AuthNever },
	} {
		s.SetOptions(change)
		if screen := w.must("plan", "-no-color").showsSettings(t); strings.Contains(screen.text, "SMTP password") {
			t.Errorf("%s: something is said:\n%s", name, screen.text)
		}
		s.SetOptions(func(o *simulator.Options) { o.LoginReply, o.Auth = simulator.LoginReply{}, simulator.AuthOverTLS })
	}
	w.apply().showsRotation(t)
	w.checkRotated(first, "external_change", 2)
}

// TestALoginThatWorkedElsewhereProvesNothing goes by another user name, and by
// another port, than the ones that have taken the password, and by a user name
// where no login was checked before.
func TestALoginThatWorkedElsewhereProvesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	relay := startRelay(t, s.SMTPAddr())
	right := loginAt(s.SMTPAddr(), variables{"ca_certificate": string(s.CACertificate()), "on_refresh": true})
	wrong := map[string]variables{
		"user name":    {"username": "postmaster@example.com"},
		"port":         {"port": relay.Addr().(*net.TCPAddr).Port},
		"never worked": {"username": "postmaster@example.com"},
	}
	c := newCases(t, s, wrong, "rotate_on_external_change = true", "login_check = local.checks[each.key]")
	checks := map[string]variables{}
	check := func(more func(name string) variables) {
		for name := range wrong {
			checks[name] = maps.Clone(right)
			maps.Copy(checks[name], more(name))
		}
		c.local("checks", checks)
	}
	check(func(string) variables { return nil })
	checks["never worked"] = nil
	c.local("checks", checks)
	c.apply()
	before := c.passwords()

	check(func(name string) variables { return wrong[name] })
	c.apply() // settings alone start no check
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 535, Message: "No"} })
	told, screen := c.told("warning", "plan", "-detailed-exitcode")
	c.checkTold(told, func(name string) []string {
		texts := []string{"Mail server refuses the stored SMTP password"}
		if name == "never worked" {
			texts = append(texts, "postmaster@example.com", "Most likely login_check is wrong")
		}
		return texts
	})
	if screen.code != 0 {
		t.Errorf("something is planned:\n%s", screen.text)
	}
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{} })

	check(func(string) variables { return nil })
	c.apply()
	c.apply() // the refresh goes by what is stored
	c.checkVerified()
	c.checkKept(before, 1)
	c.planIsEmpty()
	if !slices.ContainsFunc(s.Logins(), func(l simulator.Login) bool { return l.OK }) {
		t.Error("no login was seen to succeed")
	}
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

// TestOneRefusalRotatesNothing: the mail server cannot ask its own directory just
// then, or takes LOGIN alone although it offers PLAIN, or goes away.
func TestOneRefusalRotatesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{OmitPasswordChanged: true})
	relay := startRelay(t, s.SMTPAddr())
	w := newWorkspace(t, s, "")
	w.configure(s.loginCheckAt(relay.Addr().String(), "on_refresh = true"), "rotate_on_external_change = true")
	w.apply()
	password := w.password()
	saysNothing := func(name string) {
		t.Helper()
		screen := w.run("plan", "-no-color", "-detailed-exitcode")
		if screen.code != 0 || strings.Contains(screen.text, "SMTP") {
			t.Errorf("%s: something is said or planned:\n%s", name, screen.text)
		}
	}
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
		saysNothing(name)
		if logins := s.Logins()[before:]; len(logins) < 2 || logins[0].OK {
			t.Errorf("%s: no login was refused first: %+v", name, logins)
		}
	}
	s.SetOptions(func(o *simulator.Options) { o.LoginReply, o.LoginReplies = simulator.LoginReply{}, nil })
	if err := relay.Close(); err != nil {
		t.Fatal(err)
	}
	saysNothing("no server")
	w.checkUnchanged(password, 1)
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
