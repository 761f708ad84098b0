package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// cases is a workspace with a managed password for each case, on a credential of
// its own, so that one command goes through all of them.
type cases struct {
	*workspace
	guids     map[string]string // by the case's name
	arguments []string
	resource  string // without its key
}

// newCases makes the credentials, and a configuration that is not applied yet.
func newCases[T any](t *testing.T, s service, all map[string]T, arguments ...string) *cases {
	t.Helper()
	c := &cases{newWorkspace(t, s, ""), map[string]string{}, arguments, "smtp_credential_password.case"}
	for n, name := range slices.Sorted(maps.Keys(all)) {
		c.guids[name] = s.AddCredential("example.com", fmt.Sprintf("case%d", n)).GUID
	}
	c.configure(trigger("1"))
	return c
}

// configure writes all resources anew, with further arguments, and a dependent
// of each.
func (c *cases) configure(arguments ...string) {
	c.t.Helper()
	c.write("main.tf", c.service.providerBlock()+fmt.Sprintf(`
locals {
  guids = jsondecode(%q)
}

resource "smtp_credential_password" "case" {
  for_each        = local.guids
  domain          = "example.com"
  credential_guid = each.value
  %s
}

resource "terraform_data" "dependent" {
  for_each = local.guids
  input    = nonsensitive(sha256(smtp_credential_password.case[each.key].password))
}
`, toJSON(c.t, c.guids), strings.Join(append(arguments, c.arguments...), "\n  ")))
}

func (c *cases) address(name string) string {
	return fmt.Sprintf("%s[%q]", c.resource, name)
}

// name is the case whose credential has the GUID.
func (c *cases) name(guid any) string {
	for name := range c.guids {
		if c.guids[name] == guid {
			return name
		}
	}
	return ""
}

// inject queues faults for the requests about a case's credential.
func (c *cases) inject(name string, faults ...simulator.Fault) {
	for _, fault := range faults {
		fault.GUID = c.guids[name]
		c.service.Inject(fault)
	}
}

// requests is how many requests of a kind there were for a case.
func (c *cases) requests(name string, kind simulator.Kind) (n int) {
	for _, entry := range c.service.Journal() {
		if entry.Kind == kind && entry.GUID == c.guids[name] {
			n++
		}
	}
	return n
}

// passwords are the stored passwords, by the case's name.
func (c *cases) passwords() map[string]string {
	c.t.Helper()
	passwords := map[string]string{}
	for _, stored := range c.credentials() {
		for name := range c.guids {
			if stored.address == c.address(name) {
				passwords[name], _ = stored.values["password"].(string)
			}
		}
	}
	return passwords
}

// told runs a command and gives the errors, or the warnings, that it shows about
// each case.
func (c *cases) told(severity string, arguments ...string) (texts map[string][]string, shown screen) {
	c.t.Helper()
	shown = c.run(slices.Insert(slices.Clone(arguments), 1, "-input=false", "-json")...)
	return c.toldBy(shown, severity), shown
}

// toldBy gives the errors, or the warnings, about each case that a command with -json has
// shown.
func (c *cases) toldBy(shown screen, severity string) (texts map[string][]string) {
	c.t.Helper()
	texts = map[string][]string{}
	for _, d := range findDiagnostics(c.t, shown.text) {
		if d.Severity != severity {
			continue
		}
		text := d.Summary + "\n" + d.Detail
		if d.Snippet != nil {
			text += "\n" + d.Snippet.Code
		}
		name := d.Address
		for of := range c.guids {
			if c.address(of) == d.Address {
				name = of
			}
		}
		texts[name] = append(texts[name], text)
	}
	return texts
}

// checkWarned runs a command that has to succeed and to show a warning about some of
// the cases, and about no other. It gives all warnings about each.
func (c *cases) checkWarned(warning string, names []string, arguments ...string) map[string]screen {
	c.t.Helper()
	warnings, shown := c.told("warning", arguments...)
	if shown.code != 0 {
		c.t.Errorf("%s ended with %d:\n%s", arguments, shown.code, shown.text)
	}
	told := map[string]screen{}
	for name := range c.guids {
		told[name] = screen{text: strings.Join(warnings[name], "\n")}
		if strings.Contains(told[name].text, strings.TrimPrefix(warning, "Warning: ")) != slices.Contains(names, name) {
			c.t.Errorf("%s: told %q", name, warnings[name])
		}
	}
	return told
}

// fails runs a command that has to fail with one error for each case, which
// shows all of its texts.
func (c *cases) fails(texts func(name string) []string, arguments ...string) {
	c.t.Helper()
	errors, shown := c.told("error", arguments...)
	c.checkTold(errors, texts)
	if shown.code == 0 {
		c.t.Errorf("%s succeeded", strings.Join(arguments, " "))
	}
}

// checkTold checks that each case, and nothing else, is told of once, with all of
// its texts.
func (c *cases) checkTold(told map[string][]string, texts func(name string) []string) {
	c.t.Helper()
	for name := range c.guids {
		if len(told[name]) != 1 {
			c.t.Errorf("%s: told %d times, want once: %q", name, len(told[name]), told[name])
			continue
		}
		for _, text := range texts(name) {
			if !strings.Contains(flatten(told[name][0]), flatten(text)) {
				c.t.Errorf("%s: %q is not in\n%s", name, text, told[name][0])
			}
		}
	}
	if len(told) != len(c.guids) {
		c.t.Errorf("told about %d of %d cases: %q", len(told), len(c.guids), told)
	}
}

// checkCase checks why a case has its stored password, which has to be the live one,
// after so many resets of it in all.
func (c *cases) checkCase(name, reason string, resets int) {
	c.t.Helper()
	values := c.values(c.address(name))
	if values["rotation_reason"] != reason {
		c.t.Errorf("%s: rotation_reason is %v, want %s", name, values["rotation_reason"], reason)
	}
	if values["password"] != c.service.LivePassword("example.com", c.guids[name]) {
		c.t.Errorf("%s: the stored password is not the live one", name)
	}
	if n := c.requests(name, simulator.KindReset); n != resets {
		c.t.Errorf("%s: %d resets in all, want %d", name, n, resets)
	}
}

// checkRotated checks that each case has another password than before, the live
// one, after so many resets of it in all, and that no more is
// planned.
func (c *cases) checkRotated(before map[string]string, reason string, resets func(name string) int) {
	c.t.Helper()
	now := c.passwords()
	for name := range c.guids {
		if now[name] == "" || now[name] == before[name] {
			c.t.Errorf("%s: no new password is stored", name)
		}
		c.checkCase(name, reason, resets(name))
	}
	c.planIsEmpty()
}

// checkKept checks that the stored passwords are those of before, after so many
// resets of each in all.
func (c *cases) checkKept(before map[string]string, resets int) {
	c.t.Helper()
	now := c.passwords()
	for name := range c.guids {
		if now[name] == "" || now[name] != before[name] {
			c.t.Errorf("%s: the stored password is not that of before", name)
		}
		if got := c.requests(name, simulator.KindReset); got != resets {
			c.t.Errorf("%s: %d resets in all, want %d", name, got, resets)
		}
	}
}
