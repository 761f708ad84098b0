package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestBadArgumentsKnownOnlyAtApplyChangeNothing has, for each argument, a
// resource in use and one that is to be created, whose bad value is another
// resource's output, which is not known while planning.
//
// Not so a resource in use whose domain or GUID is not known: it is planned to
// be replaced, and Terraform either destroys it first or, by
// create_before_destroy, sets it aside and does not take it back when the
// configuration of its successor is refused. A warning in the plan says that
// the password is forgotten.
func TestBadArgumentsKnownOnlyAtApplyChangeNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	replacing := []string{"domain", "credential_guid"}
	var late, before, after strings.Builder
	var texts []string
	used, errors := 0, 0
	for i, argument := range slices.Sorted(maps.Keys(badInputs)) {
		bad := badInputs[argument][0]
		if strings.HasPrefix(argument, "provider.") || bad.cli {
			continue
		}
		texts = append(texts, fmt.Sprintf("Invalid %s", argument), bad.says)
		fmt.Fprintf(&late, "    %q = %s\n", argument, bad.value)
		output := fmt.Sprintf("terraform_data.late.output[%q]", argument)
		s.credential = s.AddCredential("example.com", fmt.Sprintf("created%d", i))
		after.WriteString(s.blockWith(s.credential.Username, argument, output))
		errors++
		if slices.Contains(replacing, argument) {
			continue
		}
		s.credential = s.AddCredential("example.com", fmt.Sprintf("used%d", i))
		before.WriteString(strings.Replace(s.passwordBlock(), `"this"`, fmt.Sprintf("%q", s.credential.Username), 1))
		after.WriteString(s.blockWith(s.credential.Username, argument, output))
		used++
		if argument != "existing_password" { // of no use any more, so that nothing is applied
			errors++
		}
	}
	both := "rotation_period = terraform_data.late.output.period\n  rotation_schedule = terraform_data.late.output.schedule"
	s.credential = s.AddCredential("example.com", "both")
	before.WriteString(s.passwordBlock())
	after.WriteString(s.passwordBlock(both))
	late.WriteString("    period = \"720h\"\n    schedule = \"@monthly\"\n")
	texts = append(texts, "Invalid Attribute Combination", "cannot be specified when")
	used++
	errors++

	w := newWorkspace(t, s, s.providerBlock()+before.String())
	w.apply()
	stored, requests := w.storedPasswords(), s.resets()
	if len(stored) != used {
		t.Fatalf("%d passwords of %d", len(stored), used)
	}

	w.write("main.tf", s.providerBlock()+"resource \"terraform_data\" \"late\" {\n  input = {\n"+late.String()+"  }\n}\n"+after.String())
	// The plan does not fail.
	screen := w.fails(append(texts, "terraform_data.late: Creation complete"), "apply", "-no-color", "-auto-approve")
	if n := strings.Count(screen.text, "Error: Invalid "); n != errors || strings.Count(screen.text, "Error: ") != errors {
		t.Errorf("%d of %d errors are about an argument, want %d:\n%s", n, strings.Count(screen.text, "Error: "), errors, screen.text)
	}
	if now := w.storedPasswords(); !maps.Equal(now, stored) {
		t.Error("the stored passwords are not those of before")
	}
	if s.resets() != requests {
		t.Errorf("%d resets were made for bad arguments", s.resets()-requests)
	}

	w.write("main.tf", s.providerBlock()+before.String())
	w.apply()
	w.planIsEmpty()
	if now := w.storedPasswords(); !maps.Equal(now, stored) || s.resets() != requests {
		t.Error("what was in use does not go on as it was")
	}
}

// storedPasswords are the states of our resources, by their addresses.
func (w *workspace) storedPasswords() map[string]string {
	w.t.Helper()
	states := map[string]string{}
	for _, resource := range w.credentials() {
		states[resource.address] = fmt.Sprint(resource.values)
	}
	return states
}

// TestSpellingsOfOneNameAreOnePath respells what is applied; the other test of
// it, TestOtherSpellingOfTheSameNameChangesNothing, has a dependent.
func TestSpellingsOfOneNameAreOnePath(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	before, after, paths := s.providerBlock(), s.providerBlock(), map[string]bool{}
	for i, domain := range []string{"XN--Bcher-KVA.Example.", "xn--bcher-kva.example", "bu\u0308cher.example"} {
		stored := s.AddCredential("xn--bcher-kva.example", fmt.Sprintf("mailer%d", i))
		paths["/api/domains/xn--bcher-kva.example/credentials/"+stored.GUID] = true
		s.credential = simulator.Credential{Domain: "Bücher。EXAMPLE.", GUID: strings.ToUpper(stored.GUID)}
		before += called(stored.Username, s.passwordBlock())
		s.credential = simulator.Credential{Domain: domain, GUID: stored.GUID}
		after += called(stored.Username, s.passwordBlock())
	}
	s.spoilLists()
	w := newWorkspace(t, s, before)
	w.apply()
	w.write("main.tf", after)
	w.planIsEmpty()
	for _, entry := range s.Journal() {
		path, _ := strings.CutSuffix(entry.Path, "/reset-password")
		if entry.Kind != simulator.KindList && !paths[path] {
			t.Errorf("%s %s was sent", entry.Method, entry.Path)
		}
	}
	for _, stored := range w.credentials() {
		domain, guid, _ := strings.Cut(fmt.Sprint(stored.values["id"]), "/")
		if !paths["/api/domains/"+domain+"/credentials/"+guid] {
			t.Errorf("%s: id is %v", stored.address, stored.values["id"])
		}
	}
	if s.resets() != len(paths) {
		t.Errorf("%d resets were made", s.resets())
	}
}

// TestAnyNameOfATriggerCanBeShown: a name with a line break made rotation_reason
// a text of several lines, in which the CLI escapes nothing.
func TestAnyNameOfATriggerCanBeShown(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := func(value string) string {
		return s.providerBlock() + s.passwordBlock(fmt.Sprintf(
			`rotation_triggers = { "" = %[1]q, "a\u001b[31mred\nnext" = %[1]q, "b\u202e" = %[1]q, (%[2]s) = %[1]q }`, value, big))
	}
	w := newWorkspace(t, s, config("1"))
	w.apply()
	w.write("main.tf", config("2"))
	screen := w.apply()
	if strings.ContainsAny(screen.text, "\x1b\u202e") {
		t.Errorf("what was not escaped is on the screen: %.2000q", screen.text)
	}
	reason, _ := w.values(passwordAddress)["rotation_reason"].(string)
	if want := `rotation_triggers: "", 00`; !strings.HasPrefix(reason, want) || len(reason) > 300 ||
		!strings.HasSuffix(reason, `…, "a\x1b[31mred\nnext", "b\u202e"`) {
		t.Errorf("rotation_reason is %q", reason)
	}
	w.planIsEmpty()
}
