package acceptance

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// These take a reader's way through the guides of docs/guides, on the files that
// are shown there. That each file by itself can be applied is shown by
// TestExamplesApply.

const newsletterAddress = "smtp_credential_password.newsletter"

// followGuide is a folder with the configuration of a guide, applied.
func followGuide(t *testing.T, name string) (service, *workspace, *clock) {
	t.Helper()
	s, w, c := newExampleWorkspace(t, findExample(t, "guides/"+name))
	w.initialize()
	w.apply()
	return s, w, c
}

// edit replaces a piece of the configuration that is in it once.
func (w *workspace) edit(old, replacement string) {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, "main.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.Count(string(content), old) != 1 {
		w.t.Fatalf("%q is not there once:\n%s", old, content)
	}
	w.write("main.tf", strings.Replace(string(content), old, replacement, 1))
}

// takeOver puts another example's configuration in the place of the one that is
// there.
func (w *workspace) takeOver(name string) {
	w.t.Helper()
	for file, text := range findExample(w.t, "guides/"+name).files {
		w.write(file, text)
	}
}

// checkStored checks the stored password of a resource: that the mail server
// takes it, and why it is there. It gives it.
func (w *workspace) checkStored(address, reason string) string {
	w.t.Helper()
	values := w.values(address)
	password, _ := values["password"].(string)
	login, _ := values["login"].(string)
	if err := w.service.Login(w.t.Context(), login, password); err != nil {
		w.t.Errorf("the mail server refuses the stored password of %s: %v", address, err)
	}
	if values["rotation_reason"] != reason {
		w.t.Errorf("%s has its password because of %v, want %s", address, values["rotation_reason"], reason)
	}
	return password
}

func TestGuideRotateOnASchedule(t *testing.T) {
	t.Parallel()
	_, w, c := followGuide(t, "rotate-on-a-schedule/nightly")
	c.advance(24 * time.Hour)
	w.must("plan", "-no-color").shows(t, dueWarning, "was due for rotation at 2026-")
	w.must("plan", "-no-color", "-refresh=false").shows(t, dueWarning, `"rotation_schedule"`)
	c.advance(3 * 24 * time.Hour) // Several moments that nobody applied at.
	w.apply()
	w.checkStored(newsletterAddress, "rotation_schedule")
	w.checkResets(2)
	w.planIsEmpty()
}

// TestGuideTimeRotating has one time_rotating that rotates two passwords.
func TestGuideTimeRotating(t *testing.T) {
	t.Parallel()
	_, w, _ := followGuide(t, "rotate-on-a-schedule/time-rotating")
	w.turnTimeRotating("time_rotating.quarter")
	w.apply()
	w.checkStored(`smtp_credential_password.team["invoices"]`, "rotation_triggers: quarter")
	w.checkStored(`smtp_credential_password.team["receipts"]`, "rotation_triggers: quarter")
	w.checkResets(4)
	w.planIsEmpty()
}

// TestGuideFeedAnApplication looks at the file that the application reads.
func TestGuideFeedAnApplication(t *testing.T) {
	t.Parallel()
	_, w, _ := newExampleWorkspace(t, findExample(t, "guides/feed-the-password/file"))
	w.edit(`"smtp.json"`, `"etc/smtp.json"`)
	file := filepath.Join(w.dir, "etc", "smtp.json")
	// Where the file cannot be written, the password is stored all the same.
	w.fails([]string{"local-exec provisioner error"}, "apply", "-auto-approve", "-no-color")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	w.apply()
	w.checkApplicationFile(file, "created", 1)
	w.edit(`version = "1"`, `version = "2"`)
	w.apply().shows(t, "output suppressed due to sensitive value")
	w.checkApplicationFile(file, "rotation_triggers: version", 2)
	w.planIsEmpty()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	w.apply("-replace=terraform_data.login_file")
	w.checkApplicationFile(file, "rotation_triggers: version", 2)
}

// checkApplicationFile checks that the file has the stored login, for its owner
// alone, and that nothing is left beside it.
func (w *workspace) checkApplicationFile(file, reason string, resets int) {
	w.t.Helper()
	password := w.checkStored("smtp_credential_password.app", reason)
	w.checkResets(resets)
	content, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	var login struct{ Username, Password string }
	if err := json.Unmarshal(content, &login); err != nil {
		w.t.Fatal(err)
	}
	if login.Password != password || w.service.Login(w.t.Context(), login.Username, login.Password) != nil {
		w.t.Error("the file has another login than the state")
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		w.t.Fatalf("beside the file there is more: %v, %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		w.t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
}

// TestImportCommand runs the commands that the resources' pages show.
func TestImportCommand(t *testing.T) {
	t.Parallel()
	for path, text := range exampleFiles(t) {
		folder, file := filepath.Split(filepath.ToSlash(path))
		if file != "import.sh" {
			continue
		}
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			s, w, _ := newExampleWorkspace(t, findExample(t, strings.TrimSuffix(folder, "/")))
			addShop(s)
			for _, guid := range exampleGUIDs(text) {
				_, _ = s.AddCredentialWithGUID("example.com", "newsletter", guid) // unless the example has it
			}
			w.initialize()
			for n, line := range strings.Split(strings.TrimSpace(text), "\n") { // each is a way of its own
				command := strings.Fields(line)
				if len(command) < 4 || command[0] != "terraform" || command[1] != "import" {
					t.Fatalf("import.sh has %q", command)
				}
				if n > 0 {
					w.must("state", "rm", command[2])
				}
				screen := w.must(append([]string{"import", "-no-color"}, command[2:]...)...)
				if strings.Contains(line, "smtp_credential_password") {
					screen.shows(t, unknownPasswordWarning)
				}
				w.apply()
				w.planIsEmpty()
			}
			if strings.HasSuffix(folder, "/smtp_credential/") {
				w.checkResets(1) // by the smtp_credential_password beside it
				return
			}
			w.checkResets(0)
		})
	}
}

// TestGuidesShowEveryFile has no example that no page shows.
func TestGuidesShowEveryFile(t *testing.T) {
	t.Parallel()
	var pages strings.Builder
	templates, err := filepath.Glob("../../templates/guides/*.md.tmpl")
	if err != nil || len(templates) != 10 {
		t.Fatalf("the guides are %s, %v", templates, err)
	}
	for _, name := range templates {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages.Write(page)
	}
	for name := range exampleFiles(t) {
		if name = filepath.ToSlash(name); strings.HasPrefix(name, "guides/") && !strings.Contains(pages.String(), `"examples/`+name+`"`) {
			t.Errorf("no guide shows %s", name)
		}
	}
}

// TestGuideBringAnExistingAccount imports all that there is, and asks the API for nothing
// that changes anything.
func TestGuideBringAnExistingAccount(t *testing.T) {
	t.Parallel()
	s, w, _ := newExampleWorkspace(t, findExample(t, "guides/bring-an-existing-account/import"))
	w.initialize()
	w.apply().shows(t, "6 imported, 0 added, 0 changed, 0 destroyed")
	w.planIsEmpty()
	s.checkChanges(t)
	w.fails([]string{"Domain is protected from deletion"}, "destroy", "-auto-approve", "-no-color")
	s.checkChanges(t)
}

const pairAddress = "smtp_credential_password_pair.newsletter"

// TestGuideFromASingleToAPair follows the guide's way from a resource with
// revoke_on_destroy, and then rotates. The way itself resets nothing.
func TestGuideFromASingleToAPair(t *testing.T) {
	t.Parallel()
	const steps = "rotate-without-downtime/from-a-single/"
	s, w, _ := newExampleWorkspace(t, findExample(t, "guides/"+steps+"adopt"))
	guids := exampleGUIDs(findExample(t, "guides/"+steps+"adopt").text())
	both := findExample(t, "guides/"+steps+"adopt").files["main.tf"]
	both = strings.Replace(both, "\n}", "\n  revoke_on_destroy = true\n}", 1)
	single, _, _ := strings.Cut(both, `resource "smtp_credential_password_pair"`)
	w.write("main.tf", single)
	w.apply()
	password := w.checkStored(newsletterAddress, "created")
	second := s.LivePassword("example.com", guids[1])

	w.write("main.tf", both)
	w.apply().shows(t, "1 to add, 0 to change, 0 to destroy")
	if w.checkStored(pairAddress, "adopted") != password {
		t.Error("the pair has another password than the single resource")
	}
	w.takeOver(steps + "afterwards")
	w.apply().shows(t, "0 to add, 1 to change, 0 to destroy")
	if w.checkStored(pairAddress, "adopted") != password || len(w.heldPasswords()) != 1 {
		t.Error("the pair alone should hold the password")
	}
	w.checkResets(1) // of the single resource's creation
	if s.LivePassword("example.com", guids[1]) != second {
		t.Error("the second credential's password has changed")
	}
	login := w.values(pairAddress)["login"].(string)

	w.edit(`version = "1"`, `version = "2"`)
	w.apply()
	if w.checkStored(pairAddress, "rotation_triggers: version") == password || w.values(pairAddress)["login"] == login {
		t.Error("the pair has not rotated to its second credential")
	}
	if err := s.Login(t.Context(), login, password); err != nil {
		t.Errorf("the mail server refuses the previous login: %v", err)
	}
	w.checkResets(2)
	w.planIsEmpty()
}

// TestGuideSystemdCredential rotates what a service reads, and looks at it. Base64 stands for
// the encryption.
func TestGuideSystemdCredential(t *testing.T) {
	t.Parallel()
	s, w, _ := followGuide(t, "rotate-without-downtime/systemd")
	type login struct{ Username, Password string }
	read := func(reason string) login {
		t.Helper()
		encoded, err := os.ReadFile(filepath.Join(w.dir, "smtp"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(encoded)))
		if err != nil {
			t.Fatal(err)
		}
		var l login
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		if l.Password != w.checkStored("smtp_credential_password_pair.app", reason) {
			t.Error("the service reads another password than the state's")
		}
		return l
	}
	before := read("created")
	w.edit(`version = "1"`, `version = "2"`)
	w.apply().shows(t, "output suppressed due to sensitive value")
	after := read("rotation_triggers: version")
	if before.Username == after.Username {
		t.Error("the user name has not changed with the password")
	}
	for _, l := range []login{before, after} {
		if err := s.Login(t.Context(), l.Username, l.Password); err != nil {
			t.Errorf("the mail server refuses %s: %v", l.Username, err)
		}
	}
	w.checkResets(2)
	w.planIsEmpty()
}

// TestExampleOfAPairByTheClock waits for the schedule and for the end of the previous login.
func TestExampleOfAPairByTheClock(t *testing.T) {
	t.Parallel()
	const address = "smtp_credential_password_pair.invoices"
	s, w, c := newExampleWorkspace(t, findExample(t, "resources/smtp_credential_password_pair/by-the-clock"))
	w.apply()
	password, login := w.checkStored(address, "created"), w.values(address)["login"].(string)
	c.advance(20 * 24 * time.Hour)
	w.apply()
	active := w.checkStored(address, "rotation_schedule")
	if err := s.Login(t.Context(), login, password); err != nil {
		t.Errorf("the mail server refuses the previous login: %v", err)
	}
	c.advance(7 * 24 * time.Hour)
	w.apply()
	if w.checkStored(address, "rotation_schedule") != active || w.values(address)["previous_revoked_at"] == nil {
		t.Error("the previous login alone should have ended")
	}
	if s.Login(t.Context(), login, password) == nil {
		t.Error("the mail server still takes the previous login")
	}
	w.checkResets(3)
	w.planIsEmpty()
}
