package acceptance

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// manyTakenOver is the example that imports many credentials, with the passwords of some.
const manyTakenOver = "guides/take-over-credentials/many"

// held is the resource of a credential in it.
func held(name string) string { return `smtp_credential_password.this["` + name + `"]` }

// passwordsFile has passwords as the guide's file of variables has them.
type passwordsFile struct {
	ExistingPasswords map[string]string `json:"existing_passwords"`
}

// newManyTakenOver is a folder with the example. It gives the guide's file, with the live
// passwords in it.
func newManyTakenOver(t *testing.T) (service, *workspace, passwordsFile) {
	t.Helper()
	e := findExample(t, manyTakenOver)
	s, w, _ := newExampleWorkspace(t, e)
	w.write("terraform.tfvars.json", "{}")
	w.initialize()
	var file passwordsFile
	text := exampleFiles(t)[filepath.Join(filepath.FromSlash(e.name), "passwords.tfvars.json")]
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	live := livePasswords(s, exampleGUIDs(e.text())).ExistingPasswords
	for name := range file.ExistingPasswords {
		file.ExistingPasswords[name] = live[name]
	}
	return s, w, file
}

// livePasswords are those of the example's credentials.
func livePasswords(s service, guids []string) passwordsFile {
	return passwordsFile{map[string]string{
		"newsletter": s.LivePassword("example.com", guids[0]),
		"alerts":     s.LivePassword("example.com", guids[1]),
	}}
}

// give writes the file, and returns the argument that names it.
func (w *workspace) give(file passwordsFile) string {
	w.t.Helper()
	w.write("passwords.tfvars.json", string(toJSON(w.t, file)))
	return "-var-file=passwords.tfvars.json"
}

// TestGuideManyCredentials takes over the password that the guide's file has, rotates the other
// one later, and goes on without existing_password.
func TestGuideManyCredentials(t *testing.T) {
	t.Parallel()
	_, w, file := newManyTakenOver(t)
	w.apply(w.give(file)).shows(t, "0 to add, 2 to change, 0 to destroy", `"imported" -> "adopted"`, unknownPasswordWarning)
	password := w.checkStored(held("newsletter"), "adopted")
	if w.values(held("newsletter"))["login_verified_at"] == nil {
		t.Error("the password was not tried")
	}
	if w.values(held("alerts"))["password"] != nil {
		t.Error("a password is stored that was not given")
	}
	w.planIsEmpty() // without the file, too
	w.checkResets(0)

	w.edit(`alerts     = { version = "1"`, `alerts     = { version = "2026-12-01"`)
	w.apply(w.give(file))
	w.checkStored(held("alerts"), "rotation_triggers: version")
	w.checkResets(1)
	w.edit("  existing_password = lookup(var.existing_passwords, each.key, null)\n", "")
	w.planIsEmpty()
	if w.checkStored(held("newsletter"), "adopted") != password {
		t.Error("the stored password has changed")
	}
}

// TestGuideManyCredentialsLater adopts, one after the other, what an earlier apply has only imported.
func TestGuideManyCredentialsLater(t *testing.T) {
	t.Parallel()
	s, w, file := newManyTakenOver(t)
	w.apply().shows(t, unknownPasswordWarning)
	w.apply(w.give(file))
	w.checkStored(held("newsletter"), "adopted")
	file = livePasswords(s, exampleGUIDs(findExample(t, manyTakenOver).text()))
	w.apply(w.give(file))
	w.checkStored(held("alerts"), "adopted")
	w.checkResets(0)
	w.planIsEmpty()
}

// TestGuideMistypedPassword corrects it as the guide says. The mistyped one has what means
// something in any other file of variables.
func TestGuideMistypedPassword(t *testing.T) {
	t.Parallel()
	_, w, file := newManyTakenOver(t)
	w.edit("  login_check = {", "  login_check = {\n    timeout = \"2s\"")
	const mistyped = "${mistyped} %{if}"
	w.fails([]string{"refuses the stored SMTP password", "Check existing_password"},
		"apply", "-auto-approve", "-no-color", w.give(passwordsFile{map[string]string{"newsletter": mistyped}}))
	if w.values(held("newsletter"))["password"] != mistyped {
		t.Error("the stored password is another one")
	}
	w.apply(w.give(file))
	w.checkStored(held("newsletter"), "adopted")
	w.checkResets(0)
	w.planIsEmpty()
}

// TestGuideTakeOverStandsInTheWay has existing_password, and the import, longer than the guide
// says.
func TestGuideTakeOverStandsInTheWay(t *testing.T) {
	t.Parallel()
	_, w, file := newManyTakenOver(t)
	w.apply(w.give(file))
	w.edit(`newsletter = { version = "1"`, `newsletter = { version = "2"`)
	w.apply(w.give(file))
	w.checkStored(held("newsletter"), "rotation_triggers: version")
	w.fails([]string{"existing_password would bring an old password back"},
		"plan", "-no-color", "-replace="+held("newsletter"), w.give(file))
	w.must("plan", "-no-color", "-replace="+held("newsletter"))
	w.checkResets(1)

	w.must("taint", held("newsletter"))
	w.must("plan", "-no-color", w.give(file)).shows(t, `"rotation_triggers: version" -> "adopted"`)
	w.must("untaint", held("newsletter"))
	w.must("state", "rm", held("newsletter"))
	w.apply().shows(t, "1 imported, 0 added, 1 changed, 0 destroyed")
	if values := w.values(held("newsletter")); values["password"] != nil || !strings.HasPrefix(values["id"].(string), "example.com/") {
		t.Errorf("brought back: %v", values["id"])
	}
	w.checkResets(1)
}
