package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// workspace is a folder with a configuration, in which a user's commands are
// run with the real CLI.
type workspace struct {
	t       *testing.T
	service service
	dir     string
	env     []string
	// startEnv is what commands that are started, to be killed or interrupted, have in the
	// place of env, if it is set: only a provider in a process of its own can be killed.
	startEnv []string
	// screens is everything that was shown to the user.
	screens bytes.Buffer
}

// newWorkspace makes a folder whose commands use a provider that the test itself
// serves, over the real protocol and by the service's clock. The CLI needs a
// third of the time that it needs to start the built provider, and no init. At
// the end of the test nothing secret may have been on the screen.
func newWorkspace(t *testing.T, s service, configuration string) *workspace {
	t.Helper()
	w := &workspace{t: t, service: s, dir: t.TempDir()}
	w.env = append(bench.Environment(bench.MirrorConfig), "TF_REATTACH_PROVIDERS="+serveProvider(t, s.now))
	w.write("main.tf", configuration)
	t.Cleanup(func() { checkNoSecret(t, "the screen", w.screens.String(), s.secrets()) })
	return w
}

// useBuiltProvider has the CLI start the built provider, as a process: for tests
// of its environment, its log, its signals and its end.
func (w *workspace) useBuiltProvider() { w.env = bench.Environment(bench.DevConfig) }

// startBuiltProvider does so for the commands that the test starts; those that it runs go
// on with the test's own provider.
func (w *workspace) startBuiltProvider() { w.startEnv = bench.Environment(bench.DevConfig) }

func (w *workspace) write(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// screen is what a command showed, and its exit status.
type screen struct {
	text string
	code int
}

// command is one of the CLI in the folder.
func (w *workspace) command(arguments ...string) *exec.Cmd {
	command := exec.CommandContext(w.context(), bench.CLI, arguments...)
	command.Dir, command.Env = w.dir, w.env
	return command
}

// run runs a command as a user does.
func (w *workspace) run(arguments ...string) screen {
	w.t.Helper()
	command := w.command(arguments...)
	out, err := command.CombinedOutput()
	w.screens.Write(out)
	if command.ProcessState == nil {
		w.t.Fatalf("%s: %v", strings.Join(arguments, " "), err)
	}
	return screen{string(out), command.ProcessState.ExitCode()}
}

// context outlives the test, which cleans up with commands too.
func (w *workspace) context() context.Context { return context.WithoutCancel(w.t.Context()) }

// must runs a command that has to succeed.
func (w *workspace) must(arguments ...string) screen {
	w.t.Helper()
	s := w.run(arguments...)
	if s.code != 0 {
		w.t.Fatalf("%s ended with %d:\n%s", strings.Join(arguments, " "), s.code, s.text)
	}
	return s
}

// fails runs a command that has to fail and shows each of the texts. Words are
// compared without line breaks and frames, which depend on the screen's width.
func (w *workspace) fails(texts []string, arguments ...string) screen {
	w.t.Helper()
	s := w.run(arguments...)
	if s.code == 0 {
		w.t.Errorf("%s succeeded:\n%s", strings.Join(arguments, " "), s.text)
	}
	s.shows(w.t, texts...)
	return s
}

// shows checks that each text is on the screen.
func (s screen) shows(t *testing.T, texts ...string) {
	t.Helper()
	flat := flatten(s.text)
	for _, text := range texts {
		if !strings.Contains(flat, flatten(text)) {
			t.Errorf("the screen does not show %q:\n%s", text, s.text)
		}
	}
}

func flatten(text string) string {
	words := strings.Fields(text)
	words = slices.DeleteFunc(words, func(word string) bool { return strings.Trim(word, "╷│╵") == "" })
	return strings.Join(words, " ")
}

func (w *workspace) apply(arguments ...string) screen {
	w.t.Helper()
	return w.must(append([]string{"apply", "-auto-approve", "-no-color", "-input=false"}, arguments...)...)
}

// plan makes a plan and gives it as data.
func (w *workspace) plan(arguments ...string) *tfjson.Plan {
	w.t.Helper()
	w.must(append([]string{"plan", "-no-color", "-input=false", "-out=plan"}, arguments...)...)
	return w.savedPlan()
}

// savedPlan is the plan in the file plan, as data.
func (w *workspace) savedPlan() *tfjson.Plan {
	w.t.Helper()
	var plan tfjson.Plan
	w.decode(&plan, "show", "-json", "plan")
	return &plan
}

// planIsEmpty checks that nothing is planned.
func (w *workspace) planIsEmpty() {
	w.t.Helper()
	s := w.run("plan", "-no-color", "-input=false", "-detailed-exitcode")
	if s.code != 0 {
		w.t.Errorf("the plan is not empty (exit status %d):\n%s", s.code, s.text)
	}
}

// decode runs a command whose output is data, not a screen: Terraform shows
// sensitive values there on purpose.
func (w *workspace) decode(into json.Unmarshaler, arguments ...string) {
	w.t.Helper()
	command := w.command(arguments...)
	out, err := command.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := into.UnmarshalJSON(out); err != nil {
		w.t.Fatal(err)
	}
}

const passwordAddress, dependentAddress = "smtp_credential_password.this", "terraform_data.dependent"

// password is the stored password.
func (w *workspace) password() string {
	w.t.Helper()
	password, _ := w.values(passwordAddress)["password"].(string)
	return password
}

// version is the stored password_version.
func (w *workspace) version() int64 {
	w.t.Helper()
	number, _ := w.values(passwordAddress)["password_version"].(float64)
	return int64(number)
}

// change is what a plan does to a resource.
func change(t *testing.T, plan *tfjson.Plan, address string) *tfjson.Change {
	t.Helper()
	for _, resource := range plan.ResourceChanges {
		if resource.Address == address {
			return resource.Change
		}
	}
	t.Fatalf("the plan does not speak of %s", address)
	return nil
}

// unknown tells whether a plan shows an attribute as not known yet.
func unknown(change *tfjson.Change, attribute string) bool {
	attributes, _ := change.AfterUnknown.(map[string]any)
	is, _ := attributes[attribute].(bool)
	return is
}

// after is the value that a plan shows for an attribute.
func after(change *tfjson.Change, attribute string) any {
	attributes, _ := change.After.(map[string]any)
	return attributes[attribute]
}

// checkNoSecret checks that a text holds none of the secrets, as they are or as
// JSON writes them, with the characters of HTML escaped and without.
func checkNoSecret(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for i, secret := range secrets {
		if holdsSecret(t, text, secret) {
			t.Errorf("secret number %d of %d is on %s", i+1, len(secrets), where)
		}
	}
}

func holdsSecret(t *testing.T, text, secret string) bool {
	t.Helper()
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(secret); err != nil {
		t.Fatal(err)
	}
	forms := []string{secret, string(toJSON(t, secret)), strings.TrimSpace(plain.String())}
	return slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, strings.Trim(form, `"`)) })
}

func TestSecretsAreFoundInAllTheirForms(t *testing.T) {
	t.Parallel()
	const secret = "a<b>&\"\\secret"
	for text, want := range map[string]bool{
		"as it is: " + secret: true, `{"password":"a<b>&\"\\secret"}`: true, `{"password":"a\u003cb\u003e\u0026\"\\secret"}`: true,
		"another secret": false,
	} {
		if got := holdsSecret(t, text, secret); got != want {
			t.Errorf("%s: found: %t", text, got)
		}
	}
}
