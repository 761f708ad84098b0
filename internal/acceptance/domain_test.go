package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const domainAddress = "smtp_domain.this"

// domainBlock is a domain of the account.
func domainBlock(name string, arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_domain" "this" {
  domain = %q
  %s
}
`, name, strings.Join(arguments, "\n  "))
}

// hookOfDomain is something that belongs to the domain, and is made anew with it.
const hookOfDomain = `
resource "smtp_webhook" "this" {
  domain = smtp_domain.this.id
  type   = "bounced"
  url    = "https://example.com/hook"
}
`

// recordsOfDomain are the DNS records at some provider of those.
const recordsOfDomain = `
resource "terraform_data" "record" {
  for_each = smtp_domain.this.dns_records
  input    = [each.value.type, each.value.name, each.value.value]
}
`

const unprotected = "deletion_protection = false"

// changes lists the requests of the journal that change something, by kind.
func (s service) changes() []string {
	return slices.DeleteFunc(s.kinds(), func(kind string) bool {
		return strings.HasPrefix(kind, "get") || strings.HasPrefix(kind, "list")
	})
}

// checkChanges checks which requests have changed something, and forgets them.
func (s service) checkChanges(t *testing.T, want ...string) {
	t.Helper()
	if got := s.changes(); !slices.Equal(got, want) {
		t.Errorf("asked for %v, want %v", got, want)
	}
	s.ClearJournal()
}

// step applies a configuration, and checks what its plan does to a resource.
func (w *workspace) step(action, address, configuration string, more ...string) screen {
	w.t.Helper()
	w.write("main.tf", w.service.providerBlock()+configuration)
	shown := w.apply(more...)
	shown.plans(w.t, action, address)
	return shown
}

// plans checks what a screen says that a plan does to a resource: it says nothing of a no-op.
func (s screen) plans(t *testing.T, want, address string) {
	t.Helper()
	got := "no-op"
	for line := range strings.Lines(s.text) {
		says, is := strings.CutPrefix(strings.TrimSpace(line), "# "+address+" ")
		for action, word := range map[string]string{
			"create": "created", "update": "updated in-place", "replace": "replaced", "delete": "destroyed",
		} {
			if is && strings.Contains(says, word) {
				got = action
			}
		}
	}
	if got != want {
		t.Errorf("%s is planned for %s, want %s:\n%s", got, address, want, s.text)
	}
}

// TestDomain has a domain from its creation to its end: what each step plans, and what it
// asks of the API.
func TestDomain(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	belongings := hookOfDomain + recordsOfDomain
	w.write("main.tf", s.providerBlock()+domainBlock("Shop.Example.", "open_track = true")+belongings)
	plan := w.plan()
	s.checkChanges(t)
	w.apply("plan")
	s.checkChanges(t, "create-domain", "update-domain", "create-webhook")
	created, hook := change(t, plan, domainAddress), change(t, plan, webhookAddress)
	if !unknown(created, "id") || !unknown(hook, "domain") || after(created, "open_track") != true {
		t.Errorf("planned %v, unknown %v", created.After, created.AfterUnknown)
	}
	planned := fmt.Sprint(after(created, "dns_records"))
	if planned != "map[dkim:map[type:TXT] spf:map[name:shop.example type:TXT]]" {
		t.Errorf("records are planned as %s", planned)
	}
	stored := w.values(domainAddress)
	for name, want := range map[string]any{
		"id": "shop.example", "domain": "Shop.Example.", "dkim_key_length": 2048.0, "deletion_protection": true,
		"open_track": true, "click_track": false, "is_verified": false, "mx_records": nil,
	} {
		if stored[name] != want {
			t.Errorf("%s is %v, want %v", name, stored[name], want)
		}
	}
	record := w.values(`terraform_data.record["dkim"]`)["output"]
	if got := fmt.Sprint(record); !strings.HasPrefix(got, "[TXT k1._domainkey.shop.example v=DKIM1; k=rsa; p=") {
		t.Errorf("the DKIM record is %s", got)
	}

	changed := domainBlock("shop.example", "open_track = true\n  click_track = true") + belongings
	shown := w.step("update", domainAddress, changed)
	shown.plans(t, "no-op", webhookAddress)
	shown.plans(t, "no-op", `terraform_data.record["spf"]`)
	s.checkChanges(t, "update-domain")
	withTime := domainBlock("shop.example", "open_track = true", "click_track = true", `timeouts = { read = "1m" }`)
	w.step("update", domainAddress, withTime+belongings)
	s.checkChanges(t)

	// What the configuration says is mended, and what it does not say is kept.
	s.SetTracking("shop.example", simulator.Tracking{Unsub: true})
	w.step("update", domainAddress, changed)
	s.checkChanges(t, "update-domain")
	want := simulator.Tracking{Open: true, Click: true, Unsub: true}
	if d, _ := s.Domain("shop.example"); d.Tracking != want || w.values(domainAddress)["unsub_track"] != true {
		t.Errorf("at the API %+v", d)
	}
	w.planIsEmpty() // though the state has another spelling

	w.must("state", "rm", domainAddress)
	w.must("import", "-no-color", "-input=false", domainAddress, "shop.example")
	w.planIsEmpty()
	s.checkChanges(t)

	w.step("update", domainAddress, domainBlock("shop.example", unprotected)+belongings)
	s.checkChanges(t)
	w.must("destroy", "-auto-approve", "-no-color")
	s.checkChanges(t, "delete-webhook", "delete-domain")
}

// TestDomainIsImportedByBlock imports by each kind of block into a clean plan.
func TestDomainIsImportedByBlock(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]string{
		"id": `id = "Example.com."`, "identity": `identity = { domain = "example.com" }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "identity" {
				importsByIdentity.need(t)
			}
			s := startService(t, simulator.Options{})
			block := fmt.Sprintf("import {\n  to = %s\n  %s\n}\n", domainAddress, by)
			w := newWorkspace(t, s, s.providerBlock()+domainBlock("example.com")+block)
			w.apply().shows(t, "1 imported, 0 added, 0 changed, 0 destroyed")
			w.planIsEmpty()
			s.checkChanges(t)
			w.fails([]string{"protected from deletion"}, "destroy", "-auto-approve", "-no-color")
		})
	}
}

// TestProtectedDomainStays tries all that would delete a domain, with a domain for each.
// Nothing is deleted, and the credential of one of them goes on logging in.
func TestProtectedDomainStays(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.credential = s.AddCredential("this.example", "mailer")
	block := func(name string, arguments ...string) string {
		of := strings.NewReplacer(`"this"`, quoted(name), "smtp_domain.this", "smtp_domain."+name)
		return of.Replace(domainBlock(name+".example", arguments...) + hookOfDomain)
	}
	counted := strings.Replace(block("counted", "count = 0"), "smtp_domain.counted.id", `"counted.example"`, 1)
	deletes, replaces := "this plan deletes it.", "this plan replaces it, and so deletes it."
	otherName := "another domain replaces it, and so deletes it."
	shorter := "another key length replaces it, and so deletes it."
	protected := map[string]struct{ changed, says string }{
		"this":      {block("this"), replaces},                // by -replace
		"lifted":    {block("lifted", unprotected), replaces}, // too
		"tainted":   {block("tainted"), replaces},
		"removed":   {"", deletes},
		"counted":   {counted, deletes},
		"renamed":   {strings.Replace(block("renamed"), "renamed.", "other.", 1), otherName},
		"shortened": {block("shortened", "dkim_key_length = 1024"), shorter},
		"both":      {block("both", "dkim_key_length = 1024", unprotected), shorter},
	}
	password := strings.Replace(s.passwordBlock(), `"this.example"`, "smtp_domain.this.id", 1)
	unchanged, changed := password, s.providerBlock()+password
	destroyed, applied := map[string]string{}, map[string]string{}
	for name, test := range protected {
		unchanged, changed = unchanged+block(name), changed+test.changed
		destroyed[name], applied[name] = deletes, test.says
	}
	imports := importBlock(domainAddress, "this.example")
	w := newWorkspace(t, s, s.providerBlock()+unchanged+imports)
	w.apply().shows(t, "1 imported")
	s.ClearJournal()
	refused := []string{"Error: Domain is protected from deletion", "set deletion_protection = false and apply"}
	// refuse runs a command that has to fail with one error for each of the domains.
	refuse := func(says map[string]string, arguments ...string) {
		t.Helper()
		shown := w.fails(nil, append(arguments, "-auto-approve", "-no-color", "-input=false")...)
		for name, text := range says {
			shown.shows(t, "Domain "+name+".example: "+text)
		}
		for _, text := range refused {
			if n := strings.Count(flatten(shown.text), text); n != len(says) {
				t.Errorf("%s: %q is shown %d times, want %d:\n%s", arguments, text, n, len(says), shown.text)
			}
		}
	}
	refuse(destroyed, "destroy")
	refuse(destroyed, "destroy", "-refresh=false")
	w.must("taint", "smtp_domain.tainted")
	w.fails(append(refused, "terraform untaint"), "destroy", "-auto-approve", "-no-color")
	w.write("main.tf", changed)
	replace := []string{"apply", "-replace=smtp_domain.this", "-replace=smtp_domain.lifted"}
	refuse(applied, replace...)
	// Without a refresh, no plan can know of a tainted domain. It stays all the same.
	delete(applied, "tainted")
	refuse(applied, append(replace, "-refresh=false")...)
	w.write("main.tf", s.providerBlock()+unchanged)
	w.fails(refused, "apply", "-auto-approve", "-no-color", "-refresh=false", "-target=smtp_domain.tainted")
	w.must("untaint", "smtp_domain.tainted")
	w.planIsEmpty()

	// What deletes nothing is not refused.
	renamed := strings.ReplaceAll(unchanged, "smtp_domain.this", "smtp_domain.new")
	renamed = strings.Replace(renamed, `"smtp_domain" "this"`, `"smtp_domain" "new"`, 1)
	moved := "moved {\n  from = smtp_domain.this\n  to   = smtp_domain.new\n}\n"
	w.step("no-op", "smtp_domain.new", renamed+moved)
	removed := "removed {\n  from = smtp_domain.new\n  lifecycle {\n    destroy = false\n  }\n}\n"
	left := strings.Replace(unchanged, domainBlock("this.example"), removed, 1)
	w.write("main.tf", s.providerBlock()+strings.ReplaceAll(left, "smtp_domain.this.id", `"this.example"`))
	w.apply()
	if w.values("smtp_domain.new") != nil {
		t.Error("the domain is still in the state")
	}
	s.checkChanges(t)
	s.checkLive(t, w.password())
}

// TestProtectionCountsAsItWasLastApplied, also if no refresh has come since.
func TestProtectionCountsAsItWasLastApplied(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+domainBlock("shop.example")+hookOfDomain)
	replace := []string{"plan", "-no-color", "-refresh=false", "-replace=" + domainAddress}
	w.apply()
	w.write("main.tf", s.providerBlock()+domainBlock("shop.example", unprotected)+hookOfDomain)
	w.apply()
	w.must(replace...)
	w.write("main.tf", s.providerBlock()+domainBlock("shop.example")+hookOfDomain)
	w.apply()
	w.fails([]string{"protected from deletion"}, replace...)
}

// TestASecondResourceOfAProtectedDomain is told of the first.
func TestASecondResourceOfAProtectedDomain(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+domainBlock("shop.example"))
	w.apply()
	second := "resource \"smtp_domain\" \"second\" {\n  domain = smtp_domain.this.domain\n}\n"
	w.write("main.tf", s.providerBlock()+domainBlock("shop.example")+second)
	w.fails([]string{"another resource has the domain already"}, "plan", "-no-color")
}

// TestUnprotectedDomainGoes has the same ways, after deletion_protection = false was applied.
func TestUnprotectedDomainGoes(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	block := func(name string, arguments ...string) string {
		return domainBlock(name, append(arguments, unprotected)...) + hookOfDomain
	}
	w.step("create", domainAddress, block("shop.example"))
	s.ClearJournal()
	replaced := func(configuration string, arguments ...string) {
		t.Helper()
		w.step("replace", domainAddress, configuration, arguments...).plans(t, "replace", webhookAddress)
		s.checkChanges(t, "delete-webhook", "delete-domain", "create-domain", "create-webhook")
	}
	replaced(block("shop.example"), "-replace="+domainAddress)
	replaced(block("shop.example", "dkim_key_length = 1024"))
	w.planIsEmpty()
	if d, _ := s.Domain("shop.example"); d.DKIMKeyLength != 1024 {
		t.Errorf("at the API %+v", d)
	}
	replaced(block("other.example"))
	w.must("taint", domainAddress)
	replaced(block("other.example"))
	w.planIsEmpty()
	w.step("delete", domainAddress, "")
	s.checkChanges(t, "delete-webhook", "delete-domain")
}

// TestDomainThatIsGoneIsPlannedAnew is deleted elsewhere, with what belongs to it. That
// stays in the state until somebody takes it out: another account's token finds no domain
// either, and passwords must not fall out of the state for it.
func TestDomainThatIsGoneIsPlannedAnew(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	password := strings.Replace(s.passwordBlock(), `"example.com"`, "smtp_domain.this.id", 1)
	w := newWorkspace(t, s, s.providerBlock()+domainBlock("example.com")+hookOfDomain+password)
	w.must("import", "-no-color", "-input=false", domainAddress, "example.com")
	w.apply()
	s.RemoveDomain("example.com")
	stored := w.stored()
	says := []string{
		"Could not read the webhook", "Could not read the SMTP credential", "KIRIMEMAIL_USERNAME",
		`"terraform state rm"`,
	}
	for _, option := range []string{"-refresh=true", "-refresh-only"} {
		w.fails(says, "apply", option, "-auto-approve", "-no-color")
		if w.stored() != stored {
			t.Fatalf("apply %s has changed the state", option)
		}
	}
	w.must("state", "rm", passwordAddress, webhookAddress)
	s.ClearJournal()
	shown := w.step("create", domainAddress, domainBlock("example.com")+hookOfDomain)
	shown.shows(t, "Warning: The domain is gone", "KIRIMEMAIL_USERNAME")
	s.checkChanges(t, "create-domain", "create-webhook")
	w.planIsEmpty()

	// Gone while it is destroyed: a success.
	w.step("update", domainAddress, domainBlock("example.com", unprotected))
	s.RemoveDomain("example.com")
	w.must("destroy", "-auto-approve", "-no-color", "-refresh=false")
}

// TestDomainThatCannotBeReadStays has refusals that say nothing of the domain.
func TestDomainThatCannotBeReadStays(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	configuration := s.providerBlock() + domainBlock("example.com")
	w := newWorkspace(t, s, configuration)
	w.must("import", "-no-color", "-input=false", domainAddress, "example.com")
	stored := w.stored()
	const kind = simulator.KindGetDomain
	s.Inject(simulator.FaultEnvelope(kind, 401, "Unauthorized", false))
	w.fails([]string{"Could not read the domain", "Domain example.com", "KIRIMEMAIL_TOKEN"}, "plan", "-no-color")
	s.Inject(simulator.FaultBody(kind, 404, foreignPage, false))
	w.fails([]string{"Could not read the domain", "not the API's own"}, "plan", "-no-color")
	w.write("main.tf", strings.Replace(configuration, fmt.Sprintf("%q", s.Username()), "terraform_data.user.output", 1)+
		fmt.Sprintf("resource \"terraform_data\" \"user\" {\n  input = %q\n}\n", s.Username()))
	w.must("plan", "-no-color").shows(t, "Warning: The domain was not refreshed", "1 to add, 0 to change, 0 to destroy")
	if w.stored() != stored {
		t.Error("the state is another one")
	}
}

// TestBadArgumentsOfADomainAreRefused has each argument refused, by its name and before any
// request.
func TestBadArgumentsOfADomainAreRefused(t *testing.T) {
	t.Parallel()
	good := map[string]string{"domain": `"example.com"`}
	checkBadArguments(t, "smtp_domain", good, map[string][]badValue{
		"dkim_key_length": {
			{value: `4096`, says: `dkim_key_length value must be one of: ["1024" "2048"]`, cli: true},
			{value: `0`, says: "dkim_key_length", cli: true},
			{value: `"2048 bits"`, says: "a number is required", cli: true},
		},
		"open_track":          {{value: `"yes"`, says: "bool", cli: true}},
		"click_track":         {{value: `1`, says: "bool", cli: true}},
		"unsub_track":         {{value: `[]`, says: "bool", cli: true}},
		"deletion_protection": {{value: `"off"`, says: "bool", cli: true}},
	})
}

// TestScreensOfADomain has a protected domain destroyed and replaced, and one that is half
// made.
func TestScreensOfADomain(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{})
	g.AddDomain("example.com")
	g.write("domain.tf", domainBlock("example.com"))
	g.must("import", "-no-color", "-input=false", domainAddress, "example.com")
	g.view("domain-destroyed", func() {}, "plan", "-destroy")
	g.write("domain.tf", domainBlock("example.com", "dkim_key_length = 1024"))
	g.view("domain-replaced", func() {}, "plan")
}
