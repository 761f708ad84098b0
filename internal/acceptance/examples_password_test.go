package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// These take a reader's way through the examples of smtp_credential_password's page.

const passwordExample = "resources/smtp_credential_password"

// newTakeOver is a folder with the example that takes a password over.
func newTakeOver(t *testing.T) (service, *workspace) {
	t.Helper()
	s, w, _ := newExampleWorkspace(t, findExample(t, passwordExample+"/take-over"))
	w.initialize()
	return s, w
}

const takenOver = "smtp_credential_password.alerts"

func TestExampleRotatesByATrigger(t *testing.T) {
	t.Parallel()
	files := findExample(t, passwordExample).files
	_, w, _ := newExampleWorkspace(t, example{passwordExample, map[string]string{"main.tf": files["resource.tf"]}})
	w.initialize()
	w.apply()
	w.edit(`version = "1"`, `version = "2"`)
	w.apply().shows(t,
		"smtp_credential_password.newsletter will be updated in-place",
		`~ rotation_reason = "created" -> "rotation_triggers: version"`,
		`~ "version" = "1" -> "2"`,
		"0 to add, 1 to change, 0 to destroy")
	w.checkStored(newsletterAddress, "rotation_triggers: version")
	w.edit("  rotation_triggers = {", "  rotation_triggers = {\n    date = \"2026-12-01\"")
	w.edit(`"marketing"`, `"sales"`)
	w.apply()
	w.checkStored(newsletterAddress, "rotation_triggers: date, owner")
	w.checkResets(3)
	w.apply("-replace=" + newsletterAddress)
	w.checkStored(newsletterAddress, "created")
	w.checkResets(4)
	w.planIsEmpty()
}

// TestExampleTakesOver goes on with what is to be done from then on.
func TestExampleTakesOver(t *testing.T) {
	t.Parallel()
	s, w := newTakeOver(t)
	w.apply().shows(t, `+ rotation_reason = "adopted"`)
	password := w.checkStored(takenOver, "adopted")
	if w.values(takenOver)["login_verified_at"] == nil {
		t.Error("the password was not tried")
	}

	w.edit("  existing_password = var.existing_password\n",
		"  rotation_triggers = { version = \"1\" }\n  rotate_on_external_change = true\n  revoke_on_destroy = true\n")
	w.edit("  login_check = {", "  login_check = {\n    on_refresh = true")
	w.apply().shows(t, "0 to add, 1 to change, 0 to destroy")
	if w.checkStored(takenOver, "adopted") != password {
		t.Error("the stored password has changed")
	}
	w.checkResets(0)

	s.ResetExternally("example.com", exampleGUIDs(findExample(t, passwordExample+"/take-over").text())[0])
	w.apply().shows(t, "Warning: SMTP password was reset elsewhere")
	password = w.checkStored(takenOver, "external_change")
	w.planIsEmpty()
	w.checkResets(1)
	login := w.values(takenOver)["login"].(string)
	w.destroy()
	if s.Login(t.Context(), login, password) == nil {
		t.Error("the mail server still takes the password")
	}
}

func TestExampleTakesNothingOverWithoutThePassword(t *testing.T) {
	t.Parallel()
	_, w := newTakeOver(t)
	w.env = w.env[:len(w.env)-1]
	w.fails([]string{"No value for", "existing_password"}, "apply", "-no-color", "-auto-approve", "-input=false")
	w.checkResets(0)
}

// TestExampleTakesOverAMistypedPassword corrects it as the page says.
func TestExampleTakesOverAMistypedPassword(t *testing.T) {
	t.Parallel()
	_, w := newTakeOver(t)
	w.edit("  login_check = {", "  login_check = {\n    timeout = \"2s\"")
	right := w.env
	w.env = append(slices.Clone(right), "TF_VAR_existing_password=mistyped")
	w.fails([]string{"refuses the stored SMTP password", "Check existing_password"}, "apply", "-auto-approve", "-no-color")
	w.env = right
	w.apply()
	w.checkStored(takenOver, "adopted")
	w.checkResets(0)
	w.planIsEmpty()
}

// TestAStateThatIsCutOff has the backup take its place, as the guide says. The password of the
// apply that was killed is lost; the next apply makes another one.
func TestAStateThatIsCutOff(t *testing.T) {
	t.Parallel()
	files := findExample(t, passwordExample).files
	_, w, _ := newExampleWorkspace(t, example{passwordExample, map[string]string{"main.tf": files["resource.tf"]}})
	w.initialize()
	w.apply()
	w.edit(`version = "1"`, `version = "2"`)
	w.apply()
	state := filepath.Join(w.dir, "terraform.tfstate")
	content, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	w.write("terraform.tfstate", string(content[:len(content)/2]))
	w.fails(nil, "plan", "-no-color")
	backup, err := os.ReadFile(state + ".backup")
	if err != nil {
		t.Fatal(err)
	}
	w.write("terraform.tfstate", string(backup))
	w.apply()
	w.checkStored(newsletterAddress, "rotation_triggers: version")
	w.checkResets(3)
	w.planIsEmpty()
}
