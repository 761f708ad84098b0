package acceptance

import (
	"fmt"
	"maps"
	"slices"
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
	w.apply().showsSettings(t)
	password := w.password()
	w.checkUnchanged(password, 1)
	w.destroy()
	w.checkResets(2)
	if s.mailServerTakes(t.Context(), password) {
		t.Error("the mail server still takes the password")
	}
}

// TestRenamedWithoutMoved creates and destroys side by side: whichever comes
// first, the password of the one that stays is live.
func TestRenamedWithoutMoved(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(5, 4)
	config := s.providerBlock() + s.crowd(guids, "1", revokes)
	w := newWorkspace(t, s, strings.Replace(config, `"crowd"`, `"before"`, 1))
	w.apply()
	w.write("main.tf", config)
	w.must("plan", "-no-color", "-out=plan")
	// What is destroyed looks at the credential for so long that what is
	// created has its password meanwhile.
	s.spoilLists()
	for _, guid := range guids {
		fault := simulator.FaultDelay(simulator.KindGet, 300*time.Millisecond)
		fault.GUID = guid
		s.Inject(fault)
	}
	w.must("apply", "-no-color", "plan")
	for _, stored := range w.credentials() {
		guid := stored.values["credential_guid"].(string)
		if stored.values["password"] != s.LivePassword("example.com", guid) {
			t.Errorf("%s: the stored password is not live", stored.address)
		}
	}
	w.planIsEmpty()
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
	w.write("import.tf", importBlock(passwordAddress, "example.com/"+s.credential.GUID))
	w.apply().shows(t, "1 imported, 0 added, 1 changed")
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
	w.fails([]string{"Error: Could not revoke the SMTP password", "may have stopped working", "stays in the state", "Destroy it again"},
		"destroy", "-auto-approve", "-no-color")
	if w.password() != password {
		t.Fatal("it is not in the state any more")
	}
	// Whoever decides to keep it gets a password that works.
	w.apply().shows(t, "may have stopped working", "unfinished_rotation")
	w.checkNew(password, "unfinished_rotation", 3)
	w.destroy()
	w.checkResets(4)
}

// TestAnAdoptedPasswordThatNoLoginHasSeenTakenIsNotRevoked: it may be mistyped.
func TestAnAdoptedPasswordThatNoLoginHasSeenTakenIsNotRevoked(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const mistyped, taken = "mistyped, without login_check", "seen to be taken"
	c := newCases(t, s, map[string]bool{"without login_check": true, mistyped: true, taken: true},
		revokes, fmt.Sprintf("login_check = each.key == %q ? local.check : null", taken))
	c.local("check", loginAt(s.SMTPAddr(), variables{"ca_certificate": string(s.CACertificate()), "timeout": "1m"}))
	live := map[string]string{}
	for name, guid := range c.guids {
		live[name] = s.LivePassword("example.com", guid)
	}
	existing := maps.Clone(live)
	existing[mistyped] = "Mistyped-1234"
	c.local("existing", existing)
	c.configure("existing_password = local.existing[each.key]")
	c.apply()
	c.configure()
	c.apply()
	told, _ := c.told("warning", "destroy", "-auto-approve")
	for name, guid := range c.guids {
		left, resets := name != taken, c.requests(name, simulator.KindReset)
		if (s.LivePassword("example.com", guid) == live[name]) != left || (resets == 0) != left {
			t.Errorf("%s: the live password is to be left: %t, and there were %d resets", name, left, resets)
		}
		// Of a destruction, the CLI names no address.
		warns := slices.ContainsFunc(told[""], func(text string) bool {
			return strings.Contains(text, guid) &&
				strings.Contains(text, "no login_check has seen the mail server take it")
		})
		if warns != left {
			t.Errorf("%s: warns of what was not revoked: %t: %q", name, warns, told)
		}
	}
}
