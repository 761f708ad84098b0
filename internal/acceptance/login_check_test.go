package acceptance

import (
	"context"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// loginCheck is the argument that asks the service's mail server, over STARTTLS
// and with its own authority, with further arguments.
func (s service) loginCheck(arguments ...string) string {
	return s.loginCheckAt(s.SMTPAddr(), arguments...)
}

func (s service) loginCheckAt(address string, arguments ...string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("login_check = {\n    host = %q\n    port = %s\n    ca_certificate = %q\n    %s\n  }",
		host, port, s.CACertificate(), strings.Join(arguments, "\n    "))
}

// waitForLogins waits until the mail server has judged that many.
func (s service) waitForLogins(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.WaitFor(ctx, func([]simulator.Entry) bool { return len(s.Logins()) >= n })
}

// checkVerified checks whether login_verified_at is set.
func (w *workspace) checkVerified(want bool) {
	w.t.Helper()
	if got := w.values(passwordAddress)["login_verified_at"]; (got != nil) != want {
		w.t.Errorf("login_verified_at is %v", got)
	}
}

// local writes a local value, by which each case can have arguments of its own.
func (c *cases) local(name string, value any) {
	c.t.Helper()
	c.write(name+".tf", fmt.Sprintf("locals {\n  %s = jsondecode(%s)\n}\n", name, quoted(string(toJSON(c.t, value)))))
}

// checkVerified checks that login_verified_at of each case is set.
func (c *cases) checkVerified() {
	c.t.Helper()
	for name := range c.guids {
		if c.values(c.address(name))["login_verified_at"] == nil {
			c.t.Errorf("%s: login_verified_at is null", name)
		}
	}
}

func TestLoginCheckSeesThePasswordTaken(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{Auth: simulator.AuthAlways, Mechanisms: []string{mechanism}})
			all := map[string]struct {
				address, argument, value string
				tls, implicit            bool
			}{
				"STARTTLS":     {s.SMTPAddr(), "security", "starttls", true, false},
				"TLS":          {s.SMTPSAddr(), "security", "tls", true, true},
				"another name": {s.SMTPAddr(), "username", "case2@example.com", true, false},
				"unprotected":  {s.SMTPAddr(), "security", "none", false, false},
			}
			c := newCases(t, s, all, "login_check = local.checks[each.key]")
			checks, want := map[string]any{}, map[string]simulator.Login{}
			for n, name := range slices.Sorted(maps.Keys(all)) {
				test, login := all[name], fmt.Sprintf("case%d@example.com", n)
				checks[name] = loginAt(test.address, variables{
					"ca_certificate": string(s.CACertificate()), "timeout": "1m", test.argument: test.value,
				})
				want[login] = simulator.Login{
					Username: login, OK: true, TLS: test.tls, Implicit: test.implicit, Mechanism: mechanism,
				}
			}
			c.local("checks", checks)
			c.apply()
			c.checkVerified()
			got := map[string]simulator.Login{}
			for _, login := range s.Logins() {
				login.Time = time.Time{}
				got[login.Username] = login
			}
			if diff := cmp.Diff(want, got); diff != "" || len(s.Logins()) != len(all) {
				t.Errorf("%d logins: %s", len(s.Logins()), diff)
			}

			before := c.passwords()
			c.configure(trigger("2"))
			verified := regexp.MustCompile(`~ login_verified_at += "\S+" -> \(known after apply\)`)
			if n := len(verified.FindAllString(c.apply().text, -1)); n != len(all) {
				t.Errorf("%d of %d login_verified_at are not known in the plan of a rotation", n, len(all))
			}
			c.checkVerified()
			c.checkRotated(before, "rotation_triggers: version", func(string) int { return 2 })
		})
	}
}

// TestLoginCheckWaits has a mail server that hears late of a new password, and
// looks at what depends on it meanwhile.
func TestLoginCheckWaits(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1"), s.loginCheck())+dependentBlock)
	w.apply()
	first := w.password()
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	before := len(s.Logins())
	// The resource's own time is not what the check waits by.
	w.configure(trigger("2"), s.loginCheck(), `timeouts = { update = "1s" }`)
	moved := make(chan error, 1)
	go func() {
		err := s.waitForLogins(w.context(), before+2)
		c.advance(2 * time.Hour)
		moved <- err
	}()
	screen := w.apply()
	if err := <-moved; err != nil {
		t.Fatal(err)
	}
	checked := strings.Index(screen.text, passwordAddress+": Modifications complete")
	if dependent := strings.Index(screen.text, dependentAddress+": Modifying"); checked < 0 || dependent < checked {
		t.Errorf("the dependent did not come after the check:\n%s", screen.text)
	}
	w.checkRotated(first, "rotation_triggers: version", 2)
	if got, want := w.values(passwordAddress)["login_verified_at"], c.now().Format(time.RFC3339); got != want {
		t.Errorf("login_verified_at is %v, want %s", got, want)
	}
	refused := 0
	for _, login := range s.Logins()[before:] {
		if !login.OK {
			refused++
		}
	}
	if refused < 2 {
		t.Errorf("%d logins were refused", refused)
	}
}

// TestLoginCheckThatNeverHolds stores the new password all the same, and the
// next apply checks again without a reset.
func TestLoginCheckThatNeverHolds(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	check := s.loginCheck(`timeout = "2s"`, "on_refresh = true")
	w.configure(trigger("1"), check)
	w.apply()
	first := w.password()
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	w.configure(trigger("2"), check)
	fails := []string{
		"Error: Mail server does not take the SMTP password yet", "535", "The password is stored", "The next apply checks again, and resets nothing",
	}
	screen := w.fails(fails, "apply", "-auto-approve", "-no-color")
	if strings.Contains(screen.text, dependentAddress+": Modifying") {
		t.Errorf("the dependent was updated:\n%s", screen.text)
	}
	second := w.password()
	if second == first || w.values(passwordAddress)["rotation_triggers"].(map[string]any)["version"] != "2" {
		t.Error("the new state was not stored")
	}
	w.checkVerified(false)

	// What is still to be done: the check, and the dependent that never came to
	// its turn.
	logins := len(s.Logins())
	planned := change(t, w.plan(), passwordAddress)
	if len(s.Logins()) != logins {
		t.Error("a refresh logs in while the check is pending")
	}
	if !unknown(planned, "login_verified_at") || unknown(planned, "password") || unknown(planned, "rotation_reason") {
		t.Errorf("planned: %v, unknown: %v", planned.After, planned.AfterUnknown)
	}
	w.fails(fails, "apply", "-auto-approve", "-no-color")
	w.checkResets(2)

	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	w.apply()
	w.checkVerified(true)
	w.checkKept(second, 2)
}

// TestPendingCheckTouchesNoDependent has a dependent that is up to date, and a
// check that is not.
func TestPendingCheckTouchesNoDependent(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.configure(trigger("1"))
	w.apply()
	w.configure(trigger("2"), s.loginCheck(`timeout = "2s"`))
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	w.fails([]string{"does not take"}, "apply", "-auto-approve", "-no-color")
	password := w.password()
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	// Without the check, only the dependent is left to be updated.
	w.configure(trigger("2"))
	w.apply()
	w.checkVerified(false)
	w.checkUnchanged(password, 2)
	// Taken up again, it has nothing to make up for, and starts nothing.
	logins := len(s.Logins())
	w.configure(trigger("2"), s.loginCheck())
	w.apply().showsSettings(t)
	w.checkVerified(false)
	if len(s.Logins()) != logins {
		t.Error("a setting has started a login")
	}
	w.checkKept(password, 2)
}

func TestLoginCheckAtCreation(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{SyncDelay: time.Hour})
	c := newCases(t, s, map[string]bool{"untainted": true, "replaced": true}, s.loginCheck(`timeout = "2s"`))
	c.fails(func(string) []string {
		return []string{
			"Mail server does not take the SMTP password yet", "tainted", "makes another password", "terraform untaint",
		}
	}, "apply", "-auto-approve")
	before := c.passwords()
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	c.must("untaint", c.address("untainted"))
	c.apply()
	c.checkVerified()
	c.checkRotations(before, func(name string) string { return map[string]string{"replaced": "created"}[name] })
	c.planIsEmpty()
}

// TestAdoptedPasswordIsChecked has one that is refused: twice, unless the credential was
// changed a short while ago.
func TestAdoptedPasswordIsChecked(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.configure(`existing_password = "not the password"`, s.loginCheck(`timeout = "4s"`))
	w.fails([]string{"Mail server refuses the stored SMTP password", "adopts existing_password anew", "Check existing_password"}, "apply", "-auto-approve", "-no-color")
	if n := len(s.Logins()); n < 4 {
		t.Errorf("a credential that was just made was tried %d times", n)
	}
	for _, changed := range []func(){func() {}, func() { s.externalReset() }} {
		changed()
		c.advance(time.Minute)
		before := len(s.Logins())
		w.configure(`existing_password = "not the password either"`, s.loginCheck(`timeout = "1m"`))
		w.fails([]string{"Mail server refuses the stored SMTP password", "adopts existing_password anew", "Check existing_password"}, "apply", "-auto-approve", "-no-color")
		if n := len(s.Logins()) - before; n != 3 { // by PLAIN, by LOGIN, and once more
			t.Errorf("it was tried %d times", n)
		}
	}
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w.configure(s.existing(), s.loginCheck())
	w.apply()
	w.checkVerified(true)
	w.checkKept(live, 0)
}

// unusableLogins are login_checks that no password can help, by what the error says.
func unusableLogins(t *testing.T) map[string]map[string]any {
	t.Helper()
	at := func(options simulator.Options, arguments map[string]any) map[string]any {
		s := startService(t, options)
		check := loginAt(s.SMTPAddr(), variables{"ca_certificate": string(s.CACertificate()), "timeout": "5m"})
		maps.Copy(check, arguments)
		return check
	}
	return map[string]map[string]any{
		"certificate does not hold": at(simulator.Options{}, variables{"ca_certificate": nil}),
		"not sent without TLS":      at(simulator.Options{OmitSTARTTLS: true}, nil),
		"offers no AUTH":            at(simulator.Options{Auth: simulator.AuthNever}, nil),
		"in the clear":              at(simulator.Options{}, variables{"security": "tls"}),
		"connection refused":        at(simulator.Options{}, variables{"port": 1, "timeout": "1s"}),
		"no such host":              at(simulator.Options{}, variables{"host": "nowhere.invalid", "timeout": "1s"}),
	}
}

// TestLoginThatCannotBeIsToldBeforeTheReset has a mistake in each login_check, or a server
// that is down. The old passwords stay live, and the next apply goes through.
func TestLoginThatCannotBeIsToldBeforeTheReset(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	checks := unusableLogins(t)
	c := newCases(t, s, checks)
	c.apply()
	before := c.passwords()
	c.local("checks", checks)
	c.configure(trigger("2"), "login_check = local.checks[each.key]")
	c.fails(func(name string) []string {
		return []string{
			"Mail server cannot be used for login_check", name, "No password was changed", "Without login_check, the apply goes through",
		}
	}, "apply", "-auto-approve")
	c.checkKept(before, 1)
	for name, guid := range c.guids {
		if live := s.LivePassword("example.com", guid); live != before[name] {
			t.Errorf("%s: the stored password is not live any more", name)
		}
	}
	c.configure(trigger("2"))
	c.apply()
	c.checkRotated(before, "rotation_triggers: version", func(string) int { return 2 })
}

// TestLoginThatCannotBeLeavesNothingOfACreation, and nothing tainted.
func TestLoginThatCannotBeLeavesNothingOfACreation(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	checks := unusableLogins(t)
	c := newCases(t, s, checks)
	c.local("checks", checks)
	c.configure(`existing_password = "a-password-in-use"`, "login_check = local.checks[each.key]")
	c.fails(func(name string) []string { return []string{name, "No password was changed. Nothing new was stored"} },
		"apply", "-auto-approve")
	c.configure("login_check = local.checks[each.key]")
	c.fails(func(name string) []string { return []string{name, "No password was changed. Nothing new was stored"} },
		"apply", "-auto-approve")
	if stored := c.credentials(); len(stored) > 0 || s.resets() > 0 {
		t.Errorf("%d are stored, and there were %d resets", len(stored), s.resets())
	}
}

// TestAMailServerIsCheckedOnceForAll resources of an apply that name it.
func TestAMailServerIsCheckedOnceForAll(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(21, 20)
	var connections atomic.Int64
	listener := listen(t, func(conn net.Conn) {
		connections.Add(1)
		_, _ = conn.Write([]byte("554 no service here\r\n"))
		_ = conn.Close()
	})
	w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1", s.loginCheckAt(listener.Addr().String())))
	w.fails([]string{"Mail server cannot be used for login_check", "554", "no service here"}, "apply", "-auto-approve", "-no-color")
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	// A setting that changes checks nothing.
	w.write("main.tf", s.providerBlock()+s.crowd(guids, "1"))
	w.apply()
	w.write("main.tf", s.providerBlock()+s.crowd(guids, "1", s.loginCheckAt(listener.Addr().String())))
	w.apply()
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestALoginThatIsRefusedForGood, by something else than a 535, is told at once.
func TestALoginThatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{LoginReply: simulator.LoginReply{Code: 550, Message: "Go away"}})
	w := newWorkspace(t, s, "")
	w.configure(s.loginCheck())
	w.fails([]string{"could not be tried", "550", "Go away", "The password is stored", "untaint"}, "apply", "-auto-approve", "-no-color")
	if len(s.Logins()) != 1 {
		t.Errorf("logins: %+v", s.Logins())
	}
	w.checkResets(1)
	password := w.password()
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{} })
	w.must("untaint", passwordAddress)
	w.configure()
	w.apply()
	w.checkKept(password, 1)
}

// TestANewPasswordIsWaitedForThoughTheClocksDisagree: that of this machine is ahead of the API's.
func TestANewPasswordIsWaitedForThoughTheClocksDisagree(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{SyncDelay: time.Hour})
	s.now = func() time.Time { return c.now().Add(10 * time.Minute) }
	w := newWorkspace(t, s, "")
	w.configure(s.loginCheck())
	moved := make(chan error, 1)
	go func() {
		err := s.waitForLogins(w.context(), 4)
		c.advance(2 * time.Hour)
		moved <- err
	}()
	w.apply()
	if err := <-moved; err != nil {
		t.Error(err)
	}
	w.checkVerified(true)
}

// TestAReplacementThatTheMailServerStopsSaysWhatIsLeft: its predecessor has left the state. Its
// password goes on working, unless it is revoked, of which nothing else is told.
func TestAReplacementThatTheMailServerStopsSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	c := newCases(t, s, map[string]bool{"kept": false, "revoked": true}, `revoke_on_destroy = each.key == "revoked"`)
	c.apply()
	before := c.passwords()
	c.configure(trigger("1"), s.loginCheckAt("127.0.0.1:1", `timeout = "1s"`))
	told, _ := c.told("error", "apply", "-auto-approve",
		"-replace="+c.address("kept"), "-replace="+c.address("revoked"))
	c.checkTold(told, func(name string) []string {
		return map[string][]string{"kept": {
			"Mail server cannot be used for login_check",
			"No password was changed. The replaced resource has left the state",
		}}[name]
	})
	for name, password := range before {
		changed := s.LivePassword("example.com", c.guids[name]) != password
		if changed && (name == "kept" || strings.Contains(strings.Join(told[name], ""), "No password was changed")) {
			t.Errorf("%s: it was changed: %s", name, told[name])
		}
	}
	if n := c.requests("kept", simulator.KindReset); n != 1 {
		t.Errorf("%d resets", n)
	}
	c.configure(trigger("1"))
	c.apply()
	// The revoked one had nothing to lose: its successor was made, and is replaced as tainted, and revoked too.
	c.checkRotated(before, "created", func(name string) int { return map[string]int{"kept": 2, "revoked": 5}[name] })
}
