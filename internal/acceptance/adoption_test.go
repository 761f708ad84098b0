package acceptance

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// existing is the argument that adopts the password that is live now.
func (s service) existing() string {
	return "existing_password = " + quoted(s.LivePassword(s.credential.Domain, s.credential.GUID))
}

// quoted writes any text as a configuration has it.
func quoted(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(text))
}

func TestAdoptionAtCreationResetsNothing(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	config := func(arguments ...string) string {
		return s.providerBlock() + s.passwordBlock(arguments...) + dependentBlock
	}
	w := newWorkspace(t, s, config(s.existing(), `rotation_period = "720h"`))
	plan := w.plan()
	if planned := change(t, plan, passwordAddress); !planned.Actions.Create() || after(planned, "rotation_reason") != "adopted" ||
		!unknown(planned, "password") {
		t.Errorf("planned %v because of %v", planned.Actions, after(planned, "rotation_reason"))
	}
	w.apply()
	w.checkKept(live, 0)
	values := w.values(passwordAddress)
	for attribute, want := range map[string]any{
		"rotation_reason": "adopted", "username": "mailer", "login": "mailer@example.com", "strength": nil, "remote_sync": nil,
		"rotated_at": "2026-05-20T12:00:00Z", "next_rotation_at": "2026-06-19T12:00:00Z", "existing_password": nil,
		"login_verified_at": nil,
	} {
		if values[attribute] != want {
			t.Errorf("%s is %v, want %v", attribute, values[attribute], want)
		}
	}
	if version := w.version(); version != moment.Unix() {
		t.Errorf("password_version is %d", version)
	}

	// Changed or dropped, it does nothing.
	w.write("main.tf", config(`existing_password = "something else"`, `rotation_period = "720h"`))
	w.checkKept(live, 0)
	w.write("main.tf", config(`rotation_period = "720h"`))
	w.checkKept(live, 0)

	// A reset elsewhere is noticed.
	c.advance(time.Hour)
	s.externalReset()
	w.must("plan", "-no-color").shows(t, externalWarning)

	c.advance(720 * time.Hour)
	w.apply()
	w.checkRotated(live, "rotation_period", 1)
}

// TestAnAdoptedPasswordIsNotBroughtBack has existing_password left in a
// configuration whose resource has rotated since.
func TestAnAdoptedPasswordIsNotBroughtBack(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	existing := s.existing()
	config := func(version string) string {
		return s.providerBlock() + s.passwordBlock(trigger(version), existing) + dependentBlock
	}
	w := newWorkspace(t, s, config("1"))
	w.apply()
	adopted := w.password()
	// Replaced before it has rotated, the same password is adopted anew.
	w.apply("-replace=" + passwordAddress)
	w.checkKept(adopted, 0)

	w.write("main.tf", config("2"))
	w.apply()
	password := w.checkRotated(adopted, "rotation_triggers: version", 1)
	refused := []string{"Error: existing_password would bring an old password back", "Take existing_password out of the configuration"}
	w.fails(refused, "plan", "-no-color", "-replace="+passwordAddress)
	w.fails(refused, "apply", "-no-color", "-auto-approve", "-replace="+passwordAddress)
	w.checkKept(password, 1)

	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2"))+dependentBlock)
	w.apply("-replace=" + passwordAddress)
	w.checkRotated(password, "created", 2)
}

// TestAdoptionInTheWayOfAReplacement has replacements that would store a dead
// password.
func TestAdoptionInTheWayOfAReplacement(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	config := func(version, note string) string {
		return s.providerBlock() + fmt.Sprintf(`
resource "terraform_data" "source" {
  input = { it = %s, note = %q }
}
`, quoted(reverse(live)), note) + s.passwordBlock(trigger(version), "existing_password = strrev(terraform_data.source.output.it)")
	}
	// Not known while planning, after a rotation.
	w := newWorkspace(t, s, config("1", "a"))
	w.apply()
	w.write("main.tf", config("2", "a"))
	w.apply()
	password := w.password()
	w.write("main.tf", config("2", "b"))
	w.fails([]string{"would bring an old password back", "has most likely ended"}, "plan", "-no-color", "-replace="+passwordAddress)
	w.write("main.tf", config("2", "a"))
	w.checkKept(password, 1)

	// Ended by the very resource that is replaced.
	s = startService(t, simulator.Options{})
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), revokes, s.loginCheck()))
	w.apply()
	password = w.password()
	w.fails([]string{"would bring an old password back", "revoke_on_destroy"}, "plan", "-no-color", "-replace="+passwordAddress)
	w.checkKept(password, 0)

	// Not ended, because no login has seen it taken.
	s = startService(t, simulator.Options{})
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), revokes))
	w.apply()
	password = w.password()
	w.apply("-replace="+passwordAddress).shows(t, "Warning: SMTP password not revoked")
	w.checkKept(password, 0)
}

// TestUnfinishedRotationIsNotAdoptedOver: what a reset may have ended is not
// stored, neither by a replacement nor after an import.
func TestUnfinishedRotationIsNotAdoptedOver(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	existing := s.existing()
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1"), existing))
	w.apply()
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2"), existing))
	s.Inject(simulator.FaultStatus(simulator.KindReset, 504, true))
	w.fails([]string{"may have taken effect"}, "apply", "-auto-approve", "-no-color")
	w.fails([]string{"would bring an old password back", "may have rotated it"}, "plan", "-no-color", "-replace="+passwordAddress)

	s = startService(t, simulator.Options{})
	existing = s.existing()
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1")))
	w.must("import", "-no-color", passwordAddress, "example.com/"+s.credential.GUID)
	w.apply()
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2")))
	s.Inject(simulator.FaultStatus(simulator.KindReset, 504, true))
	w.fails([]string{"the credential's previous password may have stopped working"}, "apply", "-auto-approve", "-no-color")
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("1"), existing))
	w.apply()
	w.checkRotated("", "unfinished_rotation", 2)
}

// TestTaintedAdoption destroys what was adopted and adopts it anew, with
// revoke_on_destroy between: the plan is told nothing of what it replaces.
func TestTaintedAdoption(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	existing := s.existing()
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(existing, revokes, s.loginCheck()))
	w.apply()
	adopted := w.password()
	w.must("taint", passwordAddress)
	w.apply().shows(t, "Warning: existing_password was not adopted", "A new password was made")
	if w.password() == adopted {
		t.Error("the dead password is stored")
	}
	s.checkLive(t, w.password())
	w.checkResets(2)
	w.planIsEmpty()

	// Where the mail server never took it, it is not known to be the live one.
	s = startService(t, simulator.Options{LoginReply: simulator.LoginReply{Code: 454, Message: "Later"}})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), revokes, s.loginCheck(`timeout = "2s"`)))
	w.fails([]string{"454", "adopts existing_password anew"}, "apply", "-auto-approve", "-no-color")
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{} })
	w.apply().shows(t, "Warning: SMTP password not revoked", "no login_check has seen")
	w.checkKept(live, 0)
}

func TestExistingPasswordUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		existing, reason string
		resets           int
	}{
		"it comes":   {`strrev(terraform_data.source.output)`, "adopted", 0},
		"it is null": {`terraform_data.source.output == "x" ? "y" : null`, "created", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			live := s.LivePassword(s.credential.Domain, s.credential.GUID)
			w := newWorkspace(t, s, s.providerBlock()+fmt.Sprintf(`
resource "terraform_data" "source" {
  input = %s
}
`, quoted(reverse(live)))+s.passwordBlock("existing_password = "+test.existing)+dependentBlock)
			plan := w.plan()
			if planned := change(t, plan, passwordAddress); !unknown(planned, "rotation_reason") || !unknown(planned, "password") {
				t.Errorf("more is planned than is known: %v", planned.After)
			}
			w.apply()
			if got := w.values(passwordAddress)["rotation_reason"]; got != test.reason {
				t.Errorf("rotation_reason is %v, want %s", got, test.reason)
			}
			s.checkLive(t, w.password())
			w.checkResets(test.resets)
			w.planIsEmpty()
		})
	}
}

func TestUnusableExistingPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	for password, advice := range map[string]string{"": "leave the argument out", "a-password-nobody-may-see\n": "trimspace()"} {
		t.Run(advice, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock("existing_password = "+quoted(password)))
			screen := w.fails([]string{"Invalid existing_password", advice}, "plan", "-no-color")
			checkNoSecret(t, "the screen", screen.text, []string{"a-password-nobody-may-see"})
		})
	}
}

func TestAdoptionOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing()))
	s.RemoveCredential(s.credential.Domain, s.credential.GUID)
	w.fails([]string{"Error: Could not adopt the SMTP password", "Credential not found", "Nothing new was stored"},
		"apply", "-no-color", "-auto-approve")
	if w.values(passwordAddress) != nil {
		t.Error("something was stored")
	}
	w.checkResets(0)
}

const unknownPasswordWarning = "Warning: SMTP password is not known"

func TestImportResetsNothing(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	id := "EXAMPLE.com./" + strings.ToUpper(s.credential.GUID)
	w.must("import", "-no-color", passwordAddress, id).shows(t, unknownPasswordWarning, "password is null")
	values := w.values(passwordAddress)
	for attribute, want := range map[string]any{
		"id": "example.com/" + s.credential.GUID, "password": nil, "rotation_reason": "imported", "username": "mailer",
		"login": "mailer@example.com", "rotated_at": "2026-05-20T12:00:00Z", "strength": nil, "remote_sync": nil, "next_rotation_at": nil,
	} {
		if values[attribute] != want {
			t.Errorf("%s is %v, want %v", attribute, values[attribute], want)
		}
	}
	if w.version() != 0 {
		t.Errorf("password_version is %d", w.version())
	}
	w.planIsEmpty()
	w.checkResets(0)

	// Neither triggers that are taken up nor a period cut anybody off.
	arguments := func(version string) []string { return []string{trigger(version), `rotation_period = "720h"`} }
	w.write("main.tf", s.providerBlock()+s.passwordBlock(arguments("1")...))
	w.apply()
	w.planIsEmpty()
	w.checkResets(0)
	if s.checkLive(t, live); w.next() != "2026-06-19T12:00:00Z" {
		t.Errorf("next_rotation_at is %v", w.next())
	}
	w.configure(arguments("2")...)
	w.apply()
	w.checkRotated(live, "rotation_triggers: version", 1)
}

func TestImportByABlock(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock()+fmt.Sprintf(`
import {
  to = smtp_credential_password.this
  id = "example.com/%s"
}
`, s.credential.GUID))
	w.must("plan", "-no-color").shows(t, "1 to import, 0 to add, 0 to change, 0 to destroy", unknownPasswordWarning)
	w.apply().shows(t, "1 imported")
	w.planIsEmpty()
	w.checkResets(0)
}

func TestAdoptionAfterAnImport(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.must("import", "-no-color", passwordAddress, "example.com/"+s.credential.GUID)
	w.write("main.tf", s.providerBlock()+s.passwordBlock(s.existing())+dependentBlock)
	plan := w.plan()
	if planned := change(t, plan, passwordAddress); !planned.Actions.Update() || after(planned, "rotation_reason") != "adopted" {
		t.Errorf("planned %v because of %v", planned.Actions, after(planned, "rotation_reason"))
	}
	w.apply()
	w.checkKept(live, 0)
	if w.version() == 0 || w.values(passwordAddress)["rotation_reason"] != "adopted" {
		t.Errorf("password_version is %d", w.version())
	}
	w.configure()
	w.checkKept(live, 0)
}

// TestMistypedAdoptionIsPutRight has a password that the mail server refuses,
// and then the right one in its place.
func TestMistypedAdoptionIsPutRight(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	check := s.loginCheck(`timeout = "2s"`)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.must("import", "-no-color", passwordAddress, "example.com/"+s.credential.GUID)
	w.configure(`existing_password = "mistyped"`, check)
	w.fails([]string{"refuses the stored SMTP password", "Check existing_password"}, "apply", "-auto-approve", "-no-color")
	// As it was, it is only checked again.
	w.fails([]string{"refuses the stored SMTP password", "Check existing_password"}, "apply", "-auto-approve", "-no-color")
	mistyped := w.version()
	w.configure(s.existing(), check)
	w.apply()
	w.checkVerified(true)
	w.checkKept(live, 0)
	if w.version() <= mistyped {
		t.Errorf("password_version went from %d to %d", mistyped, w.version())
	}
	// Once it is seen to be taken, another one does nothing.
	w.configure(`existing_password = "mistyped"`, check)
	w.checkKept(live, 0)
}

func TestBadImportsAreExplained(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guid := s.credential.GUID
	const other = "00000000-0000-4000-8000-000000000000"
	for name, test := range map[string]struct {
		id    string
		texts []string
	}{
		"nothing":             {"", []string{"Invalid import id"}},
		"a GUID alone":        {guid, []string{"Invalid import id", "no slash", "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"}},
		"no domain":           {"/" + guid, []string{"Invalid import id", "domain", "empty"}},
		"no GUID":             {"example.com/", []string{"Invalid import id", "credential_guid"}},
		"a numeric id":        {"example.com/17", []string{"Invalid import id", "numeric id"}},
		"a user name":         {"example.com/mailer", []string{"Invalid import id", "not a UUID"}},
		"one part too many":   {"example.com/" + guid + "/x", []string{"Invalid import id"}},
		"no such credential":  {"example.com/" + other, []string{"Could not import the SMTP credential", "Credential not found", "Nothing was imported"}},
		"no such domain":      {"elsewhere.example/" + guid, []string{"Could not import the SMTP credential", "Domain not found"}},
		"of another's domain": {"second.example/" + guid, []string{"Could not import the SMTP credential", "403"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
			s.AddDomain("second.example")
			w.fails(test.texts, "import", "-no-color", passwordAddress, test.id)
			if w.values(passwordAddress) != nil {
				t.Error("something was stored")
			}
		})
	}
	t.Cleanup(func() {
		if s.resets() > 0 {
			t.Errorf("%d resets", s.resets())
		}
	})
}
