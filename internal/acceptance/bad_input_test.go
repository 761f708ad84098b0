package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// badBlocks gives each bad value a block, in a file of its own, so that the CLI
// is run once for all of them and an error tells where it belongs: files with
// those of the resource, or with those of the provider.
func (s service) badBlocks(ofProvider bool) (values map[string]badValue, files map[string]string) {
	values, files = map[string]badValue{}, map[string]string{}
	for _, argument := range slices.Sorted(maps.Keys(badInputs)) {
		setting, is := strings.CutPrefix(argument, "provider.")
		if is != ofProvider {
			continue
		}
		for _, bad := range badInputs[argument] {
			label := fmt.Sprintf("n%d", len(values))
			bad.argument = setting
			values[label+".tf"] = bad
			if ofProvider {
				files[label+".tf"] = s.providerWith(label, setting, bad.value)
			} else {
				files[label+".tf"] = s.blockWith(label, argument, bad.value)
			}
		}
	}
	return values, files
}

// providerWith is another provider block, in which one argument has a value,
// and a resource for it: one without is not looked at.
func (s service) providerWith(alias, argument, value string) string {
	settings := map[string]string{"alias": quoted(alias), "base_url": quoted(s.URL())}
	if strings.HasPrefix(argument, "domain_api_") {
		key, secret := s.DomainKey(s.credential.Domain)
		settings["domain_api_key"], settings["domain_api_secret"] = quoted(key), quoted(secret)
	} else {
		settings["username"], settings["token"] = quoted(s.Username()), quoted(s.Token())
	}
	settings[argument] = value
	var block strings.Builder
	block.WriteString("provider \"smtp\" {\n")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&block, "  %s = %s\n", name, settings[name])
	}
	block.WriteString("}\n")
	return block.String() + strings.Replace(s.passwordBlock("provider = smtp."+alias), `"this"`, quoted(alias), 1)
}

// blockWith is a resource in which one argument, nested or not, has a value.
func (s service) blockWith(label, argument, value string) string {
	arguments := map[string]string{
		"domain": fmt.Sprintf("%q", s.credential.Domain), "credential_guid": fmt.Sprintf("%q", s.credential.GUID),
	}
	assign(arguments, argument, value)
	return resourceBlock("smtp_credential_password", label, arguments)
}

// assign gives an argument, nested or not, a value, beside what its object needs.
func assign(arguments map[string]string, argument, value string) {
	switch object, name, nested := strings.Cut(argument, "."); {
	case !nested:
		arguments[argument] = value
	case name == "host", object != "login_check":
		arguments[object] = fmt.Sprintf("{ %s = %s }", name, value)
	default:
		arguments[object] = fmt.Sprintf("{ host = \"smtp.example.com\", %s = %s }", name, value)
	}
}

// diagnostic is what the CLI says with -json.
type diagnostic struct {
	Severity, Summary, Detail string
	Range                     struct{ Filename string }
}

// validate gives the errors that validate finds, by their files.
func (w *workspace) validate() map[string][]diagnostic {
	w.t.Helper()
	command := w.command("validate", "-json")
	out, _ := command.Output() // it fails, as it should
	w.screens.Write(out)
	var answer struct{ Diagnostics []diagnostic }
	if err := json.Unmarshal(out, &answer); err != nil {
		w.t.Fatalf("%v in %.2000s", err, out)
	}
	found := map[string][]diagnostic{}
	for _, d := range answer.Diagnostics {
		if d.Severity == string(tfjson.DiagnosticSeverityError) {
			found[d.Range.Filename] = append(found[d.Range.Filename], d)
		}
	}
	return found
}

// check checks that a bad value has one error, which a user can read and act
// on.
func (v badValue) check(t *testing.T, found []diagnostic) {
	t.Helper()
	what := fmt.Sprintf("%s = %.80s", v.argument, v.value)
	if len(found) != 1 {
		t.Errorf("%s: %d errors: %.1000v", what, len(found), found)
		return
	}
	d := found[0]
	if ours := strings.HasPrefix(d.Summary, "Invalid ") && strings.Contains(d.Summary, v.argument); ours == v.cli {
		t.Errorf("%s: summary %q", what, d.Summary)
	}
	if !strings.Contains(d.Detail, v.says) {
		t.Errorf("%s: want %q in %.700s", what, v.says, d.Detail)
	}
	isOdd := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }
	if len(d.Detail) > 600 || strings.ContainsFunc(d.Detail, isOdd) {
		t.Errorf("%s: %d bytes, or a character that cannot be seen: %.700q", what, len(d.Detail), d.Detail)
	}
}

func TestEveryBadArgumentIsRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"provider", "resource"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			values, files := s.badBlocks(name == "provider")
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
			w.apply()
			stored, requests := w.stored(), len(s.kinds())

			for file, content := range files {
				w.write(file, content)
			}
			found := w.validate()
			for file, value := range values {
				value.check(t, found[file])
			}
			if len(found) != len(values) {
				t.Errorf("errors in %d files of %d", len(found), len(values))
			}
			w.fails(nil, "plan", "-no-color", "-input=false")
			checkNoSecret(t, "the screen", w.screens.String(), []string{unseen, unseenCoded})
			if w.stored() != stored || len(s.kinds()) != requests {
				t.Errorf("the state is another one, or requests were made: %s", s.kinds()[requests:])
			}
		})
	}
}

// checkBadArguments has each bad value of each argument of a resource refused, in a block
// of its own. good are the required arguments. What bad leaves out is in the table: domain,
// for example.
func checkBadArguments(t *testing.T, kind string, good map[string]string, bad map[string][]badValue) {
	t.Helper()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock())
	settable, values := map[string]bool{}, map[string]badValue{}
	collect(settable, "", readOurSchema(t).resources[kind])
	for _, argument := range slices.Sorted(maps.Keys(settable)) {
		rows := bad[argument]
		if rows == nil {
			rows = badInputs[argument]
		}
		if rows == nil {
			t.Errorf("%s: there is no bad value", argument)
		}
		for _, row := range rows {
			label := fmt.Sprintf("n%d", len(values))
			row.argument = argument
			values[label+".tf"] = row
			arguments := maps.Clone(good)
			assign(arguments, argument, row.value)
			w.write(label+".tf", resourceBlock(kind, label, arguments))
		}
	}
	found := w.validate()
	for file, value := range values {
		value.check(t, found[file])
	}
	if len(found) != len(values) || len(s.kinds()) > 0 {
		t.Errorf("errors in %d files of %d, after the requests %s", len(found), len(values), s.kinds())
	}
}

// resourceBlock is a resource with arguments, as they are written.
func resourceBlock(kind, label string, arguments map[string]string) string {
	var block strings.Builder
	fmt.Fprintf(&block, "resource %q %q {\n", kind, label)
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		fmt.Fprintf(&block, "  %s = %s\n", name, arguments[name])
	}
	block.WriteString("}\n")
	return block.String()
}

// TestEveryArgumentHasBadInput keeps a new argument from being forgotten.
func TestEveryArgumentHasBadInput(t *testing.T) {
	t.Parallel()
	ours := readOurSchema(t)
	settable := map[string]bool{}
	collect(settable, "provider.", ours.provider)
	collect(settable, "", ours.resources["smtp_credential_password"]) // for the others, see checkBadArguments
	for argument := range settable {
		if len(badInputs[argument]) == 0 {
			t.Errorf("%s: there is no bad value in the table", argument)
		}
	}
	for argument := range badInputs {
		if !settable[argument] {
			t.Errorf("%s: there is no such argument", argument)
		}
	}
}

// collect gathers what can be set, nested arguments too.
func collect(settable map[string]bool, prefix string, schema attributes) {
	for name, attribute := range schema {
		if !attribute.Required && !attribute.Optional {
			continue
		}
		settable[prefix+name] = true
		if attribute.NestedType != nil {
			collect(settable, prefix+name+".", byName(attribute.NestedType.Attributes))
		}
	}
}
