package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

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

// step plans and applies a configuration, after which the plan is empty.
func (w *workspace) step(action tfjson.Action, address, configuration string, more ...string) *tfjson.Plan {
	w.t.Helper()
	w.write("main.tf", w.service.providerBlock()+configuration)
	plan := w.plan(more...)
	if got := change(w.t, plan, address).Actions; got[0] != action {
		w.t.Errorf("planned %v, want %s", got, action)
	}
	w.must("apply", "-no-color", "plan")
	w.planIsEmpty()
	return plan
}

// TestDomain has a domain from its creation to its end: what each step plans, what it asks
// of the API, and that the next plan is empty.
func TestDomain(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	belongings := hookOfDomain + recordsOfDomain
	plan := w.step("create", domainAddress, domainBlock("Shop.Example.", "open_track = true")+belongings)
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
	plan = w.step("update", domainAddress, changed)
	for _, address := range []string{webhookAddress, `terraform_data.record["spf"]`} {
		if got := change(t, plan, address).Actions; !got.NoOp() {
			t.Errorf("%s: planned %v", address, got)
		}
	}
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

// TestProtectedDomainStays tries all that would delete a domain. Nothing is deleted, and its
// credential goes on logging in.
func TestProtectedDomainStays(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	password := strings.Replace(s.passwordBlock(), `"example.com"`, "smtp_domain.this.id", 1)
	belongings := password + hookOfDomain
	configuration := domainBlock("example.com") + belongings
	w := newWorkspace(t, s, s.providerBlock()+configuration)
	w.must("import", "-no-color", "-input=false", domainAddress, "example.com")
	w.apply()
	s.ClearJournal()
	refused := []string{"protected from deletion", "set deletion_protection = false and apply"}
	refuse := func(configuration string, texts []string, arguments ...string) {
		t.Helper()
		w.write("main.tf", s.providerBlock()+configuration)
		w.fails(append(refused, texts...), append(arguments, "-auto-approve", "-no-color", "-input=false")...)
	}
	other := func(arguments ...string) string { return domainBlock("example.com", arguments...) + belongings }
	refuse(configuration, nil, "destroy")
	refuse(configuration, nil, "destroy", "-refresh=false")
	refuse("", nil, "apply")
	refuse(configuration, nil, "apply", "-replace="+domainAddress)
	refuse(configuration, nil, "apply", "-replace="+domainAddress, "-refresh=false")
	refuse(other(unprotected), nil, "apply", "-replace="+domainAddress)
	counted := strings.ReplaceAll(other("count = 0"), "smtp_domain.this.id", `"example.com"`)
	refuse(counted, nil, "apply")
	otherName := strings.Replace(configuration, `"example.com"`, `"other.example"`, 1)
	refuse(otherName, []string{"another domain replaces it"}, "apply")
	refuse(other("dkim_key_length = 1024"), []string{"another key length replaces it"}, "apply")
	refuse(other("dkim_key_length = 1024", unprotected), []string{"another key length replaces it"}, "apply")
	w.must("taint", domainAddress)
	refuse(configuration, []string{"terraform untaint"}, "apply")
	refuse(configuration, nil, "destroy")
	// Here no plan can know. The domain stays all the same.
	refuse(configuration, nil, "apply", "-refresh=false", "-target="+domainAddress)
	w.must("untaint", domainAddress)
	w.write("main.tf", s.providerBlock()+configuration)
	w.planIsEmpty()

	// What deletes nothing is not refused.
	renamed := strings.ReplaceAll(configuration, "smtp_domain.this", "smtp_domain.new")
	renamed = strings.Replace(renamed, `"smtp_domain" "this"`, `"smtp_domain" "new"`, 1)
	moved := "moved {\n  from = smtp_domain.this\n  to   = smtp_domain.new\n}\n"
	w.step("no-op", "smtp_domain.new", renamed+moved)
	removed := "removed {\n  from = smtp_domain.new\n  lifecycle {\n    destroy = false\n  }\n}\n"
	w.write("main.tf", s.providerBlock()+strings.ReplaceAll(belongings, "smtp_domain.this.id", `"example.com"`)+removed)
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
	refused := []string{"protected from deletion"}
	w.apply()
	w.fails(refused, replace...)
	w.write("main.tf", s.providerBlock()+domainBlock("shop.example", unprotected)+hookOfDomain)
	w.apply()
	w.must(replace...)
	w.write("main.tf", s.providerBlock()+domainBlock("shop.example")+hookOfDomain)
	w.apply()
	w.fails(refused, replace...)
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
		plan := w.step("delete", domainAddress, configuration, arguments...)
		if !change(t, plan, domainAddress).Actions.Replace() || !change(t, plan, webhookAddress).Actions.Replace() {
			t.Error("the domain and its webhook are not replaced together")
		}
		s.checkChanges(t, "delete-webhook", "delete-domain", "create-domain", "create-webhook")
	}
	replaced(block("shop.example"), "-replace="+domainAddress)
	replaced(block("shop.example", "dkim_key_length = 1024"))
	if d, _ := s.Domain("shop.example"); d.DKIMKeyLength != 1024 {
		t.Errorf("at the API %+v", d)
	}
	replaced(block("other.example"))
	w.must("taint", domainAddress)
	replaced(block("other.example"))
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
	for _, arguments := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"apply", "-refresh-only", "-auto-approve"}} {
		w.fails([]string{
			"Could not read the webhook", "Could not read the SMTP credential", "KIRIMEMAIL_USERNAME", `"terraform state rm"`,
		}, append(arguments, "-no-color")...)
		if w.stored() != stored {
			t.Fatalf("%s has changed the state", arguments)
		}
	}
	w.must("state", "rm", passwordAddress, webhookAddress)
	w.must("plan", "-no-color").shows(t, "Warning: The domain is gone", "KIRIMEMAIL_USERNAME")
	s.ClearJournal()
	w.step("create", domainAddress, domainBlock("example.com")+hookOfDomain)
	s.checkChanges(t, "create-domain", "create-webhook")

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
