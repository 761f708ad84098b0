package acceptance

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const moduleGuide = "guides/modules/a-module"

// moduleAddress is the resource of one credential in the guide's module.
func moduleAddress(name string) string {
	return fmt.Sprintf("module.smtp_password[%q].smtp_credential_password.this", name)
}

// TestGuideModuleOfTwenty rotates one of twenty credentials, first with triggers, then without.
func TestGuideModuleOfTwenty(t *testing.T) {
	t.Parallel()
	s, w, _ := newExampleWorkspace(t, findExample(t, moduleGuide))
	const last = `    invoices   = {`
	var more strings.Builder
	for n := range 18 {
		c := s.AddCredential("example.com", fmt.Sprintf("more%d", n))
		fmt.Fprintf(&more, "    more%d = { guid = %q, version = \"1\" }\n", n, c.GUID)
	}
	w.edit(last, more.String()+last)
	w.initialize()
	w.apply().shows(t, "20 to add, 0 to change, 0 to destroy")
	w.checkResets(20)
	w.planIsEmpty()
	w.edit(`00c04fc964ff", version = "1"`, `00c04fc964ff", version = "2"`)
	w.apply().shows(t, "0 to add, 1 to change, 0 to destroy")
	w.checkStored(moduleAddress("newsletter"), "rotation_triggers: version")
	w.checkResets(21)

	const triggers = `  rotation_triggers = { version = each.value.version }`
	for _, none := range []string{"", "  rotation_triggers = null", "  rotation_triggers = {}"} {
		w.edit(triggers, "#\n"+none)
		w.apply()
		w.edit("#\n"+none+"\n", triggers+"\n")
		w.apply()
	}
	w.checkResets(21)
	w.edit(`00c04fc964ff", version = "2"`, `00c04fc964ff", version = "3"`)
	w.apply()
	w.checkStored(moduleAddress("newsletter"), "rotation_triggers: version")
	w.checkResets(22)
	w.planIsEmpty()
}

// TestGuideRenames goes from count to for_each by the guide's example, and on into its module.
func TestGuideRenames(t *testing.T) {
	t.Parallel()
	_, w, _ := newExampleWorkspace(t, findExample(t, "guides/modules/renames"))
	named := findExample(t, "guides/modules/renames").files["main.tf"]
	guids := exampleGUIDs(named)
	counted := fmt.Sprintf(`
resource "smtp_credential_password" "app" {
  count           = 2
  domain          = "example.com"
  credential_guid = [%q, %q][count.index]
}
`, guids[0], guids[1])
	w.write("main.tf", counted)
	w.apply()
	password := w.checkStored("smtp_credential_password.app[0]", "created")

	unmoved, _, _ := strings.Cut(named, "moved {")
	w.write("main.tf", unmoved)
	w.must("plan", "-no-color").shows(t, lookWarning, "2 to add, 0 to change, 2 to destroy")

	w.write("main.tf", named)
	w.apply().shows(t, "has moved to", "0 to add, 0 to change, 0 to destroy")
	if w.checkStored(`smtp_credential_password.app["newsletter"]`, "created") != password {
		t.Error("the stored password has changed")
	}
	w.planIsEmpty()

	for name, text := range findExample(t, moduleGuide).files {
		if name == "main.tf" {
			_, text, _ = strings.Cut(text, exampleProvider)
		}
		w.write(name, text)
	}
	moves := ""
	for _, name := range []string{"newsletter", "invoices"} {
		moves += fmt.Sprintf("moved {\n  from = smtp_credential_password.app[%q]\n  to = %s\n}\n", name, moduleAddress(name))
	}
	w.write("moves.tf", moves)
	w.initialize()
	w.apply().shows(t, "moved from", "0 to add, 2 to change, 0 to destroy") // triggers are added
	if w.checkStored(moduleAddress("newsletter"), "created") != password {
		t.Error("the stored password has changed")
	}
	w.checkResets(2)
	w.planIsEmpty()
}

// consumer is fed with the password of a resource, or with those of all.
func consumer(arguments string) string {
	return "\nresource \"terraform_data\" \"consumer\" {\n  " + arguments + "\n}\n"
}

// TestGuideOneOfManyFails has one credential that cannot be rotated, and looks at what is held back and at
// the guide's ways out.
func TestGuideOneOfManyFails(t *testing.T) {
	t.Parallel()
	inModule := consumer("input = smtp_credential_password.this.password_version")
	for name, c := range map[string]struct{ module, root, other string }{
		"a consumer of all": {
			root:  consumer("input = { for name, m in module.smtp_password : name => nonsensitive(sha256(m.login.password)) }"),
			other: "terraform_data.consumer",
		},
		"a consumer of each": {
			root:  consumer("for_each = local.credentials\n  input = nonsensitive(sha256(module.smtp_password[each.key].login.password))"),
			other: `terraform_data.consumer["newsletter"]`,
		},
		"a consumer in the module": {module: inModule, other: `module.smtp_password["newsletter"].terraform_data.consumer`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w, _ := newExampleWorkspace(t, findExample(t, moduleGuide))
			const module = "modules/smtp-password/main.tf"
			w.write(module, findExample(t, moduleGuide).files[module]+c.module)
			w.write("consumer.tf", c.root)
			w.initialize()
			w.apply()
			fed := func() any { return fmt.Sprint(w.values(c.other)["output"]) }
			before := fed()
			s.Inject(simulator.Fault{
				Kind: simulator.KindReset, GUID: exampleGUIDs(findExample(t, moduleGuide).text())[1], Status: http.StatusForbidden, Times: 100,
			})
			w.edit(`00c04fc964ff", version = "1"`, `00c04fc964ff", version = "2"`)
			w.edit(`0305e82c3301", version = "1"`, `0305e82c3301", version = "2"`)
			for range 2 {
				w.fails([]string{"Could not rotate the SMTP password"}, "apply", "-no-color", "-auto-approve")
				w.checkStored(moduleAddress("newsletter"), "rotation_triggers: version")
				if c.module == "" && fed() != before { // OpenTofu feeds one in the module
					t.Fatal("it was fed")
				}
			}
			if c.module != "" {
				w.apply(`-target=module.smtp_password["newsletter"]`)
				if fed() == before {
					t.Error("-target has not fed it")
				}
			}
			w.edit(`0305e82c3301", version = "2"`, `0305e82c3301", version = "1"`)
			w.apply()
			if fed() == before {
				t.Error("it was not fed once the trigger was taken back")
			}
			w.planIsEmpty()
		})
	}
}

// TestGuideOneOfManyFailsForGood takes the credential out, after a reset whose outcome is unknown.
func TestGuideOneOfManyFailsForGood(t *testing.T) {
	t.Parallel()
	s, w, _ := newExampleWorkspace(t, findExample(t, moduleGuide))
	const module = "modules/smtp-password/main.tf"
	guid := exampleGUIDs(findExample(t, moduleGuide).text())[1]
	w.write(module, strings.Replace(findExample(t, moduleGuide).files[module], "  domain ", "  revoke_on_destroy = true\n  domain ", 1))
	w.write("consumer.tf", consumer("input = { for name, m in module.smtp_password : name => nonsensitive(sha256(m.login.password)) }"))
	w.initialize()
	w.apply()
	s.Inject(simulator.Fault{Kind: simulator.KindReset, GUID: guid, Status: http.StatusGatewayTimeout, Times: 100})
	w.edit(`0305e82c3301", version = "1"`, `0305e82c3301", version = "2"`)
	w.fails([]string{"Could not rotate the SMTP password"}, "apply", "-no-color", "-auto-approve")
	w.edit(`0305e82c3301", version = "2"`, `0305e82c3301", version = "1"`)
	w.must("plan", "-no-color").shows(t, stoppedWarning, `"unfinished_rotation"`)
	live := s.LivePassword("example.com", guid)
	w.must("state", "rm", moduleAddress("invoices"))
	w.edit(`    invoices   = { guid = "`+guid+`", version = "1" }`, "")
	w.apply().shows(t, "0 to add, 1 to change, 0 to destroy")
	if s.LivePassword("example.com", guid) != live {
		t.Error("the credential's password has changed")
	}
	w.planIsEmpty()
}

// TestGuideUnknownCredentialReplaces has a data source in a module with depends_on, and the guide's ways not
// to lose a password by it.
func TestGuideUnknownCredentialReplaces(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+`
resource "terraform_data" "other" {
  input = "1"
}

module "mail" {
  source     = "./mail"
  depends_on = [terraform_data.other]
}
`)
	configuration := requireProvider + `
data "smtp_credential" "this" {
  domain   = "example.com"
  username = "mailer"
}

resource "smtp_credential_password" "this" {
  domain          = data.smtp_credential.this.domain
  credential_guid = data.smtp_credential.this.credential_guid
}
`
	w.write("mail/main.tf", configuration)
	w.initialize()
	w.apply()
	w.edit(`input = "1"`, `input = "2"`)
	const replaced, forgotten = "must be replaced", "Warning: Stored SMTP password is forgotten"
	w.must("plan", "-no-color").shows(t, replaced, forgotten)
	w.write("mail/main.tf", strings.Replace(configuration, ".credential_guid\n", ".credential_guid\n  lifecycle {\n    prevent_destroy = true\n  }\n", 1))
	w.fails([]string{"nstance cannot be destroyed"}, "plan", "-no-color")
	w.write("mail/main.tf", configuration)
	w.apply("-target=terraform_data.other")
	w.planIsEmpty()
	w.edit(`input = "2"`, `input = "3"`)
	w.edit("  depends_on = [terraform_data.other]\n", "")
	w.apply().shows(t, "0 to add, 1 to change, 0 to destroy")
	w.checkResets(1)
}

// TestGuideQuotesForAShell has a shell read the guide's line, with every character that means something there.
func TestGuideQuotesForAShell(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	_, output, _ := strings.Cut(findExample(t, "guides/feed-the-password/characters").files["main.tf"], "output ")
	for _, password := range []string{
		"plain", `"`, `''`, `a"b'c`, `$HOME${HOME}$$`, "`id`$(id)", `a\b\\c\`, `\n\"\$`, "# no comment", "a b  c", "!x=%s&|;<>(){}[]*?~^", "ä€",
	} {
		w.write("main.tf", "variable \"password\" {}\noutput "+strings.Replace(output, "smtp_credential_password.app.password", "var.password", 1))
		w.env = append(w.env, "TF_VAR_password="+password)
		w.apply()
		line, err := w.command("output", "-raw", "environment_file").Output()
		if err != nil {
			t.Fatal(err)
		}
		w.write("login.env", string(line))
		read := exec.CommandContext(t.Context(), "sh", "-c", `. "$0"; printf %s "$SMTP_PASSWORD"`, filepath.Join(w.dir, "login.env"))
		if got, err := read.Output(); err != nil || string(got) != password {
			t.Errorf("%s is read as %s, %v, from %s", password, got, err, line)
		}
	}
}

// TestGuideSecondConfiguration reads a password from the state of the first, also after a rotation.
func TestGuideSecondConfiguration(t *testing.T) {
	t.Parallel()
	s, first, _ := newExampleWorkspace(t, findExample(t, "guides/feed-the-password/characters"))
	first.write("output.tf", "output \"smtp_password\" {\n  value     = smtp_credential_password.app.password\n  sensitive = true\n}\n")
	second := newWorkspace(t, s, findExample(t, "guides/feed-the-password/second-configuration").files["main.tf"])
	for _, version := range []string{"1", "2"} {
		first.apply()
		second.write("../mail/terraform.tfstate", string(first.readState()))
		second.apply().shows(t, "smtp_password = <sensitive>")
		got, err := second.command("output", "-raw", "smtp_password").Output()
		if err != nil || string(got) != first.values("smtp_credential_password.app")["password"] {
			t.Errorf("the second configuration has another password: %v", err)
		}
		if version == "1" {
			first.edit(`version = "1"`, `version = "2"`)
		}
	}
	first.checkResets(2)
}
