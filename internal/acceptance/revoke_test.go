package acceptance

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const revokes = "revoke_on_destroy = true"

func (w *workspace) destroy() screen {
	w.t.Helper()
	return w.must("destroy", "-auto-approve", "-no-color")
}

func TestDestroyRevokesWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.configure()
	w.apply()
	w.configure(revokes)
	w.plansSettings()
	w.apply()
	password := w.password()
	w.checkKept(password, 1)
	w.destroy()
	w.checkResets(2)
	if s.mailServerTakes(t.Context(), password) {
		t.Error("the mail server still takes the password")
	}
}

func TestReplacementKeepsTheNewPasswordLive(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		resets    int
		warns     bool
	}{
		"created before the old one is destroyed": {[]string{revokes, "lifecycle {\n    create_before_destroy = true\n  }"}, 2, true},
		"destroyed before the new one is created": {[]string{revokes}, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, "")
			w.configure(test.arguments...)
			w.apply()
			first := w.password()
			screen := w.apply("-replace=" + passwordAddress)
			if strings.Contains(screen.text, "Warning: SMTP password not revoked") != test.warns {
				t.Errorf("warns of what was not revoked: want %t\n%s", test.warns, screen.text)
			}
			w.checkRotated(first, "created", test.resets)
		})
	}
}

// TestRenamedWithoutMoved creates and destroys side by side: whichever comes
// first, the password of the one that stays is live.
func TestRenamedWithoutMoved(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+strings.Replace(s.passwordBlock(revokes), `"this"`, `"before"`, 1))
			w.apply()
			w.configure(revokes)
			w.plan()
			// What is destroyed looks at the credential for so long that what is
			// created has its password meanwhile.
			s.Inject(simulator.FaultDelay(simulator.KindGet, 300*time.Millisecond))
			w.must("apply", "-no-color", "plan")
			s.checkLive(t, w.password())
			w.planIsEmpty()
		})
	}
}

// TestTwoStatesOnOneCredential destroys the one whose password is dead, and the
// newer one survives.
func TestTwoStatesOnOneCredential(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]simulator.Options{
		"by last_password_changed": {},
		"by modified_at":           {OmitPasswordChanged: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock(moment)
			s := startClockedService(t, c, options)
			older := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(revokes))
			older.apply()
			c.advance(2 * time.Second)
			newer := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(revokes))
			newer.apply()

			older.destroy().shows(t, "Warning: SMTP password not revoked", "was changed after")
			s.checkLive(t, newer.password())
			newer.checkResets(2)
			password := newer.password()
			newer.destroy()
			newer.checkResets(3)
			if s.mailServerTakes(t.Context(), password) {
				t.Error("the mail server still takes the password")
			}
		})
	}
}

func TestRevokingWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(revokes))
	w.must("import", "-no-color", passwordAddress, "example.com/"+s.credential.GUID)
	w.apply()
	w.destroy().shows(t, "Warning: SMTP password not revoked", "never held its password")
	s.checkLive(t, live)
	w.checkResets(0)
}

func TestRevokingWhatIsGone(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(revokes))
	w.apply()
	s.RemoveCredential(s.credential.Domain, s.credential.GUID)
	w.must("destroy", "-auto-approve", "-no-color", "-refresh=false")
	if w.values(passwordAddress) != nil {
		t.Error("it is still in the state")
	}
}

func TestRevocationThatFails(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.configure(revokes)
	w.apply()
	password := w.password()
	s.Inject(simulator.FaultStatus(simulator.KindReset, 504, true))
	w.fails([]string{"Error: Could not revoke the SMTP password", "may have stopped working", "stays in the state", "Destroying it again"},
		"destroy", "-auto-approve", "-no-color")
	if w.password() != password {
		t.Fatal("it is not in the state any more")
	}
	// Whoever decides to keep it gets a password that works.
	w.must("plan", "-no-color").shows(t, "may have stopped working", "unfinished_rotation")
	w.apply()
	w.checkRotated(password, "unfinished_rotation", 3)
	w.destroy()
	w.checkResets(4)
}

// TestAnAdoptedPasswordThatNoLoginHasSeenTakenIsNotRevoked: it may be mistyped.
func TestAnAdoptedPasswordThatNoLoginHasSeenTakenIsNotRevoked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		check   string
		resets  int
		adopted func(service) string
	}{
		"without login_check":           {"", 0, func(s service) string { return s.LivePassword(s.credential.Domain, s.credential.GUID) }},
		"mistyped, without login_check": {"", 0, func(service) string { return "Mistyped-1234" }},
		"seen to be taken":              {"check", 1, func(s service) string { return s.LivePassword(s.credential.Domain, s.credential.GUID) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			live := s.LivePassword(s.credential.Domain, s.credential.GUID)
			check := test.check
			if check != "" {
				check = s.loginCheck()
			}
			w := newWorkspace(t, s, "")
			w.configure("existing_password = "+quoted(test.adopted(s)), revokes, check)
			w.apply()
			w.configure(revokes, check)
			w.apply()
			screen := w.destroy()
			if test.resets == 0 {
				screen.shows(t, "Warning: SMTP password not revoked", "no login_check has seen the mail server take it")
			}
			w.checkResets(test.resets)
			if taken := s.mailServerTakes(t.Context(), live); taken != (test.resets == 0) {
				t.Errorf("the live password is taken: %t", taken)
			}
		})
	}
}
