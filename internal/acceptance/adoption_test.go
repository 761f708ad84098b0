package acceptance

import (
	"fmt"
	"slices"
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

// called gives the resource under test another name.
func called(name, block string) string {
	return strings.Replace(block, `"this"`, strconv.Quote(name), 1)
}

// only gives an argument to one of the cases alone.
func only(name, argument string) string {
	attribute, value, _ := strings.Cut(argument, " = ")
	return fmt.Sprintf("%s = each.key == %q ? %s : null", attribute, name, value)
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
	w.checkUnchanged(live, 0)
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
	c.advance(time.Hour)
	s.externalReset()
	w.onlyTells(externalWarning) // a reset elsewhere is noticed

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
	w.checkUnchanged(adopted, 0)

	w.write("main.tf", config("2"))
	w.apply()
	password := w.checkNew(adopted, "rotation_triggers: version", 1)
	refused := []string{"Error: existing_password would bring an old password back", "Take existing_password out of the configuration"}
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
	all := map[string]string{ // what the error says
		"rotated since":  "has most likely ended", // and not known while planning
		"unfinished":     "may have rotated it",   // a reset may have ended it
		"revokes itself": "revoke_on_destroy",     // what is replaced ends it
	}
	c := newCases(t, s, all)
	existing := map[string]string{}
	for name := range all {
		existing[name] = s.LivePassword("example.com", c.guids[name])
	}
	configure := func(version, note string) {
		c.configure(
			fmt.Sprintf(`rotation_triggers = { version = each.key == "revokes itself" ? "1" : %q }`, version),
			`existing_password = (each.key == "rotated since" ?
    strrev(terraform_data.source.output.it) : local.existing[each.key])`,
			only("revokes itself", revokes), only("revokes itself", s.loginCheck()),
		)
		c.write("source.tf", fmt.Sprintf(`
locals {
  existing = jsondecode(%s)
}

resource "terraform_data" "source" {
  input = { it = %s, note = %q }
}
`, quoted(string(toJSON(t, existing))), quoted(reverse(existing["rotated since"])), note))
	}
	configure("1", "a")
	c.apply()
	configure("2", "a")
	c.inject("unfinished", simulator.FaultStatus(simulator.KindReset, 504, true))
	c.workspace.fails([]string{"may have taken effect"}, "apply", "-auto-approve", "-no-color")

	configure("2", "b")
	arguments := []string{"plan"}
	for name := range all {
		arguments = append(arguments, "-replace="+c.address(name))
	}
	c.fails(func(name string) []string { return []string{"would bring an old password back", all[name]} }, arguments...)
	configure("2", "a")
	c.apply()
	c.checkCase("rotated since", "rotation_triggers: version", 1)
	c.checkCase("unfinished", "rotation_triggers: version", 2)
	c.checkCase("revokes itself", "adopted", 0)
	c.planIsEmpty()
}

// TestTaintedAdoption destroys what was adopted and adopts it anew, with
// revoke_on_destroy between: the plan is told nothing of what it replaces. Beside
// it, a password is replaced that no login has seen taken, and that goes on.
func TestTaintedAdoption(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	unseen := s
	unseen.credential = s.AddCredential("example.com", "unseen")
	live := s.LivePassword("example.com", unseen.credential.GUID)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), revokes, s.loginCheck())+
		called("unseen", unseen.passwordBlock(unseen.existing(), revokes)))
	w.apply()
	adopted := w.password()
	w.must("taint", passwordAddress)
	w.apply("-replace=smtp_credential_password.unseen").shows(t, "Warning: existing_password was not adopted",
		"A new password was made", "Warning: SMTP password not revoked")
	if w.password() == adopted {
		t.Error("the dead password is stored")
	}
	s.checkLive(t, w.password())
	unseen.checkLive(t, live)
	if w.values("smtp_credential_password.unseen")["password"] != live {
		t.Error("what goes on is not stored")
	}
	w.checkResets(2)
	w.planIsEmpty()

	// Where the mail server never took it, it is not known to be the live one.
	s = startService(t, simulator.Options{LoginReply: simulator.LoginReply{Code: 454, Message: "Later"}})
	live = s.LivePassword(s.credential.Domain, s.credential.GUID)
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), revokes, s.loginCheck(`timeout = "2s"`)))
	w.fails([]string{"454", "adopts existing_password anew"}, "apply", "-auto-approve", "-no-color")
	s.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{} })
	w.apply().shows(t, "Warning: SMTP password not revoked", "no login_check has seen")
	w.checkKept(live, 0)
}

func TestExistingPasswordUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	c := newCases(t, s, map[string]any{"it comes": nil, "it is null": nil})
	c.configure(`existing_password = each.key == "it comes" ? strrev(terraform_data.source.output) : (
    terraform_data.source.output == "x" ? "y" : null
  )`)
	c.write("source.tf", fmt.Sprintf(`
resource "terraform_data" "source" {
  input = %s
}
`, quoted(reverse(s.LivePassword("example.com", c.guids["it comes"])))))
	plan := c.plan()
	for name := range c.guids {
		planned := change(t, plan, c.address(name))
		if !unknown(planned, "rotation_reason") || !unknown(planned, "password") {
			t.Errorf("%s: more is planned than is known: %v", name, planned.After)
		}
	}
	c.must("apply", "-no-color", "plan")
	c.checkCase("it comes", "adopted", 0)
	c.checkCase("it is null", "created", 1)
	c.planIsEmpty()
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
	w.checkResets(0)
	if s.checkLive(t, live); w.next() != "2026-06-19T12:00:00Z" {
		t.Errorf("next_rotation_at is %v", w.next())
	}
	w.configure(arguments("2")...)
	w.apply()
	w.checkRotated(live, "rotation_triggers: version", 1)
}

func TestAdoptionAfterAnImport(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock()+importBlock(passwordAddress, s.credential.Domain+"/"+s.credential.GUID))
	w.apply().shows(t, "1 to import, 0 to add, 0 to change, 0 to destroy", unknownPasswordWarning, "1 imported")
	w.planIsEmpty()
	w.configure(s.existing())
	plan := w.plan()
	if planned := change(t, plan, passwordAddress); !planned.Actions.Update() || after(planned, "rotation_reason") != "adopted" {
		t.Errorf("planned %v because of %v", planned.Actions, after(planned, "rotation_reason"))
	}
	w.apply()
	if w.version() == 0 || w.values(passwordAddress)["rotation_reason"] != "adopted" {
		t.Errorf("password_version is %d", w.version())
	}
	w.configure()
	w.checkKept(live, 0)
}

// TestMistypedAdoptionIsPutRight has a password that the mail server refuses,
// and then the right one in its place. Beside it, a reset may have ended the
// password that is to be adopted: that one is not stored.
func TestMistypedAdoptionIsPutRight(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	live := s.LivePassword(s.credential.Domain, s.credential.GUID)
	unfinished := s
	unfinished.credential = s.AddCredential("example.com", "unfinished")
	ended := unfinished.existing()
	w := newWorkspace(t, s, "")
	configure := func(existing string, arguments ...string) {
		w.write("main.tf", s.providerBlock()+s.passwordBlock(existing, s.loginCheck(`timeout = "2s"`))+
			called("unfinished", unfinished.passwordBlock(arguments...)))
	}
	w.write("main.tf", s.providerBlock()+s.passwordBlock()+importBlock(passwordAddress, s.credential.Domain+"/"+s.credential.GUID)+
		called("unfinished", unfinished.passwordBlock(trigger("1")))+
		importBlock("smtp_credential_password.unfinished", "example.com/"+unfinished.credential.GUID))
	w.apply()
	mistake := []string{"refuses the stored SMTP password", "Check existing_password"}
	unknown := "the credential's previous password may have stopped working"

	configure(`existing_password = "mistyped"`, trigger("2"))
	s.Inject(simulator.FaultStatus(simulator.KindReset, 504, true))
	w.fails(append(mistake, unknown), "apply", "-auto-approve", "-no-color")
	// As it was, it is only checked again.
	configure(`existing_password = "mistyped"`, trigger("1"), ended)
	w.fails(mistake, "apply", "-auto-approve", "-no-color")
	mistyped := w.version()
	if values := w.values("smtp_credential_password.unfinished"); values["rotation_reason"] != "unfinished_rotation" ||
		values["password"] != s.LivePassword("example.com", unfinished.credential.GUID) {
		t.Errorf("rotated because of %v, or the stored password is not live", values["rotation_reason"])
	}
	configure(s.existing(), trigger("1"), ended)
	w.apply()
	w.checkVerified(true)
	if w.checkUnchanged(live, 2); w.version() <= mistyped {
		t.Errorf("password_version went from %d to %d", mistyped, w.version())
	}
	// Once it is seen to be taken, another one does nothing.
	configure(`existing_password = "mistyped"`, trigger("1"), ended)
	w.checkKept(live, 2)
}

func TestBadImportsAreExplained(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.AddDomain("second.example")
	guid := s.credential.GUID
	const other = "00000000-0000-4000-8000-000000000000"
	all := map[string]struct {
		id    string
		texts []string
	}{
		"a GUID alone":        {guid, []string{"Invalid import id", "no slash", "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"}},
		"no domain":           {"/" + guid, []string{"Invalid import id", "domain", "empty"}},
		"no GUID":             {"example.com/", []string{"Invalid import id", "credential_guid"}},
		"a numeric id":        {"example.com/17", []string{"Invalid import id", "numeric id"}},
		"a user name":         {"example.com/mailer", []string{"Invalid import id", "not a UUID"}},
		"one part too many":   {"example.com/" + guid + "/x", []string{"Invalid import id"}},
		"no such credential":  {"example.com/" + other, []string{"Could not import the SMTP credential", "Credential not found", "Nothing was imported"}},
		"no such domain":      {"elsewhere.example/" + guid, []string{"Could not import the SMTP credential", "Domain not found"}},
		"of another's domain": {"second.example/" + guid, []string{"Could not import the SMTP credential", "403"}},
	}
	c := newCases(t, s, all)
	c.workspace.fails([]string{"Invalid import id"}, "import", "-no-color", c.address("no domain"), "")
	var blocks strings.Builder
	for name, test := range all {
		blocks.WriteString(importBlock(c.address(name), test.id))
	}
	c.write("import.tf", blocks.String())
	told, _ := c.told("error", "apply", "-auto-approve")
	errors := told[""] // the CLI names no address there
	for name, test := range all {
		domain, guid, _ := strings.Cut(test.id, "/")
		named := fmt.Sprintf("Credential %s of domain %s:", guid, domain)
		if test.texts[0] == "Invalid import id" {
			named = fmt.Sprintf("The id %q", test.id)
		}
		i := slices.IndexFunc(errors, func(text string) bool { return strings.Contains(text, named) })
		if i < 0 {
			t.Errorf("%s: there is no error: %q", name, errors)
			continue
		}
		screen{text: errors[i]}.shows(t, test.texts...)
	}
	if len(errors) != len(all) || len(c.resources()) > 0 || s.resets() > 0 {
		t.Errorf("%d errors, %d resets; stored: %v", len(errors), s.resets(), c.resources())
	}
}
