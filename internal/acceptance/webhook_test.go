package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const webhookAddress = "smtp_webhook.this"

// webhookBlock is a webhook of the service's domain.
func webhookBlock(event, url string, arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_webhook" "this" {
  domain = "Example.com."
  type   = %q
  url    = %q
  %s
}
`, event, url, strings.Join(arguments, "\n  "))
}

// only checks that the service has one webhook, and returns it.
func (s service) only(t *testing.T) simulator.Webhook {
	t.Helper()
	all := s.Webhooks()
	if len(all) != 1 {
		t.Fatalf("%d webhooks: %v", len(all), all)
	}
	return all[0]
}

// TestWebhook has a webhook from its creation to its end: what each step plans, and what it
// asks of the API.
func TestWebhook(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+webhookBlock("bounced", "https://example.com/hook"))
	step := func(action string, requests ...string) {
		t.Helper()
		s.ClearJournal()
		w.apply().plans(t, action, webhookAddress)
		s.checkChanges(t, requests...)
	}
	step("create", "create-webhook")
	made := s.only(t)
	if got := w.values(webhookAddress); got["id"] != "example.com/"+made.GUID || got["webhook_guid"] != made.GUID || made.Type != "bounced" {
		t.Errorf("stored %v, at the API %v", got, made)
	}
	w.write("main.tf", s.providerBlock()+webhookBlock("opened", "https://example.com/other"))
	step("update", "update-webhook")
	if now := s.only(t); now.GUID != made.GUID || now.Type != "opened" || now.URL != "https://example.com/other" {
		t.Errorf("at the API %v", now)
	}
	w.write("main.tf", s.providerBlock()+webhookBlock("opened", "https://example.com/other", `timeouts = { update = "1m" }`))
	step("update")
	made.Type, made.URL = "clicked", "https://example.com/elsewhere"
	s.ChangeWebhook(made)
	step("update", "update-webhook")
	s.RemoveWebhook(made.Domain, made.GUID)
	step("create", "create-webhook")
	marked := s.only(t)
	marked.IsDeleted = true
	s.ChangeWebhook(marked)
	step("create", "create-webhook")

	s.RemoveWebhook(marked.Domain, marked.GUID)
	made = s.only(t)
	w.must("state", "rm", webhookAddress)
	w.write("main.tf", s.providerBlock()+webhookBlock("opened", "https://example.com/other"))
	s.ClearJournal()
	w.must("import", "-no-color", webhookAddress, made.Domain+"/"+made.GUID)
	w.planIsEmpty()
	if kinds := slices.Compact(s.kinds()); !slices.Equal(kinds, []string{"get-webhook"}) {
		t.Errorf("asked for %v", kinds)
	}
	w.must("destroy", "-auto-approve", "-no-color")
	if all := s.Webhooks(); len(all) != 0 {
		t.Errorf("left: %v", all)
	}
}

// webhookFaults are what may happen to a request about a webhook.
func webhookFaults(kind simulator.Kind) map[string]simulator.Fault {
	return map[string]simulator.Fault{
		"lost-after":  simulator.FaultLost(kind, true),
		"lost-before": simulator.FaultLost(kind, false),
		"500-after":   simulator.FaultServerError(kind, true),
		"500-before":  simulator.FaultServerError(kind, false),
		"502-after":   simulator.FaultStatus(kind, 502, true),
		"502-before":  simulator.FaultStatus(kind, 502, false),
		"504-after":   simulator.FaultStatus(kind, 504, true),
		"504-before":  simulator.FaultStatus(kind, 504, false),
		"page-after":  simulator.FaultBody(kind, 200, "<html></html>", true),
		"cut-after":   simulator.FaultCut(kind),
		"empty-after": simulator.FaultBody(kind, 200, `{"success":true,"data":{}}`, true),
		"limited":     simulator.FaultRateLimit(kind, "1"),
		"refused":     simulator.FaultEnvelope(kind, 401, "Unauthorized", false),
	}
}

// TestWebhooksUnderFaults has each fault meet a creation, an update and a destruction of a
// webhook, in a domain of its own that has one like it already. The API makes a second one
// if it is asked twice.
func TestWebhooksUnderFaults(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	foreign, domains := map[string]simulator.Webhook{}, map[string]string{}
	for name := range webhookFaults("") {
		domains[name] = name + ".example"
		foreign[name] = s.AddWebhook(domains[name], "bounced", "https://example.com/hook")
	}
	config := func(domains map[string]string, url string) string {
		return s.providerBlock() + fmt.Sprintf(`
resource "smtp_webhook" "case" {
  for_each = jsondecode(%q)
  domain   = each.value
  type     = "bounced"
  url      = %q
}
`, toJSON(t, domains), url)
	}
	w := newWorkspace(t, s, "")
	// step applies a configuration under faults, in which some fail, and once more.
	step := func(kind simulator.Kind, config string, fails ...string) {
		t.Helper()
		w.write("main.tf", config)
		for name, fault := range webhookFaults(kind) {
			fault.Domain = domains[name]
			s.Inject(fault)
		}
		screen := w.run("apply", "-auto-approve", "-no-color", "-input=false")
		for name := range domains {
			told := strings.Contains(flatten(screen.text), "omain "+domains[name]+":")
			if told != slices.Contains(fails, name) {
				t.Errorf("%s of %s: an error is told: %t", kind, name, told)
			}
		}
		if n := s.PendingFaults(); n != 0 {
			t.Errorf("%s: %d faults were not met", kind, n)
		}
		w.apply()
		for name, other := range foreign {
			if all := s.webhooksOf(domains[name]); !slices.Contains(all, other) {
				t.Errorf("%s of %s has changed what was there before: %v", kind, name, all)
			}
		}
	}
	check := func(kind simulator.Kind, url string) {
		t.Helper()
		for name, domain := range domains {
			all := s.webhooksOf(domain)
			stored := w.values(fmt.Sprintf("smtp_webhook.case[%q]", name))
			if len(all) != 2 || stored["webhook_guid"] != all[1].GUID || all[1].URL != url || stored["url"] != url {
				t.Errorf("%s of %s: stored %v, at the API %v", kind, name, stored, all)
			}
		}
	}
	step(simulator.KindCreateWebhook, config(domains, "https://example.com/hook"), "504-before", "refused")
	check(simulator.KindCreateWebhook, "https://example.com/hook")
	inDoubt := []string{"504-after", "504-before", "page-after", "refused"}
	step(simulator.KindUpdateWebhook, config(domains, "https://example.com/new"), append(inDoubt, "empty-after")...)
	check(simulator.KindUpdateWebhook, "https://example.com/new")
	w.planIsEmpty()
	step(simulator.KindDeleteWebhook, config(map[string]string{}, "https://example.com/new"), inDoubt...)
	if all := s.Webhooks(); len(all) != len(domains) {
		t.Errorf("left: %v", all)
	}
}

// webhooksOf are the webhooks of a domain, oldest first.
func (s service) webhooksOf(domain string) []simulator.Webhook {
	return slices.DeleteFunc(s.Webhooks(), func(w simulator.Webhook) bool { return w.Domain != domain })
}

func TestBadArgumentsOfAWebhook(t *testing.T) {
	t.Parallel()
	checkBadArguments(t, "smtp_webhook", map[string]string{
		"domain": `"example.com"`, "type": `"bounced"`, "url": `"https://example.com/hook"`,
	}, map[string][]badValue{
		"type": {
			{value: `""`, says: `got: ""`, cli: true},
			{value: `"Bounced"`, says: `"bounced"`, cli: true},
			{value: `["bounced", "opened"]`, says: "string required", cli: true},
		},
		"url": {
			{value: `""`, says: "does not start with http:// or https://"},
			{value: `"example.com/hook"`, says: "does not start with http:// or https://"},
			{value: `"ftp://example.com/hook"`, says: "does not start with http:// or https://"},
			{value: `"https://"`, says: "no host"},
			{value: `"https://:443/hook"`, says: "no host"},
			{value: `"https://example.com:hook/"`, says: "not a URL"},
			{value: `"https://example.com/hook\n"`, says: "trimspace()"},
			{value: `" https://example.com/hook"`, says: "trimspace()"},
			{value: `"https://example.com/hook "`, says: "white space"},
			{value: `"https://example.com/a hook"`, says: "white space"},
			{value: `["https://example.com"]`, says: "string required", cli: true},
		},
	})
}

// TestAWebhookOfADomainThatIsNotThere has a domain without a resource of its own. It may
// be the account that is another one, so that nothing leaves the state.
func TestAWebhookOfADomainThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+webhookBlock("bounced", "https://example.com/hook"))
	w.apply()
	stored := w.stored()
	s.RemoveDomain("example.com")
	says := []string{"404", "Domain not found", "check domain", "KIRIMEMAIL_USERNAME", `"terraform state rm"`}
	w.fails(append(says, "Could not read the webhook"), "plan", "-no-color")
	w.fails(append(says, "Could not delete the webhook"), "destroy", "-auto-approve", "-no-color", "-refresh=false")
	if w.stored() != stored {
		t.Error("the state has changed")
	}
	s.AddDomain("example.com")
	w.apply().shows(t, "Warning: The webhook is gone", "1 to add")
	w.planIsEmpty()
}

// TestAWebhookWithAnUnknownSetting has a token that the same apply changes.
func TestAWebhookWithAnUnknownSetting(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := func(note, event string) string {
		const unknown = "strrev(terraform_data.token.output.nekot)"
		block := strings.Replace(s.providerBlock(), fmt.Sprintf("%q", s.Token()), unknown, 1)
		return block + webhookBlock(event, "https://example.com/hook") + fmt.Sprintf(`
resource "terraform_data" "token" {
  input = { nekot = %q, note = %q }
}
`, reverse(s.Token()), note)
	}
	w := newWorkspace(t, s, config("a", "bounced"))
	w.apply()
	w.write("main.tf", config("b", "opened"))
	s.ClearJournal()
	w.must("plan", "-no-color").shows(t, "Warning: The webhook was not refreshed", "2 to change")
	if len(s.kinds()) > 0 {
		t.Errorf("asked for %s without a token", s.kinds())
	}
	w.apply()
	w.planIsEmpty()
	if s.only(t).Type != "opened" {
		t.Errorf("at the API %v", s.Webhooks())
	}
}

// TestAWebhookThatIsMadeWithoutAnAnswer is found once the operation's time is up.
func TestAWebhookThatIsMadeWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	block := webhookBlock("bounced", "https://example.com/hook", `timeouts = { create = "2s" }`)
	w := newWorkspace(t, s, s.providerBlock()+block)
	s.Inject(simulator.FaultStall(simulator.KindCreateWebhook, true))
	w.apply()
	if stored := w.values(webhookAddress)["webhook_guid"]; stored != s.only(t).GUID {
		t.Errorf("stored %v, at the API %v", stored, s.Webhooks())
	}
	w.planIsEmpty()
}

// TestAWebhookThatTheAPIWritesDifferently: its URL in another form, or neither type nor URL.
// It is made once, and the plan is empty.
func TestAWebhookThatTheAPIWritesDifferently(t *testing.T) {
	t.Parallel()
	form := strings.NewReplacer(`"https://Form.example"`, `"https://form.example/"`)
	less := strings.NewReplacer(`"type":"opened",`, "", `"url":"https://Less.example",`, "")
	s := startService(t, simulator.Options{Rewrite: func(kind simulator.Kind, body []byte) []byte {
		text := form.Replace(string(body))
		if kind != simulator.KindListWebhooks {
			text = less.Replace(text)
		}
		return []byte(text)
	}})
	w := newWorkspace(t, s, s.providerBlock()+`
resource "smtp_webhook" "of" {
  for_each = { Form = "bounced", Less = "opened" }
  domain   = "${each.key}.example"
  type     = each.value
  url      = "https://${each.key}.example"
}
`)
	names := []string{"Form", "Less"}
	for _, name := range names {
		domain := strings.ToLower(name) + ".example"
		s.AddDomain(domain)
		fault := simulator.FaultLost(simulator.KindCreateWebhook, true)
		fault.Domain = domain
		s.Inject(fault)
	}
	w.apply()
	made := s.Webhooks()
	if len(made) != len(names) {
		t.Errorf("%d webhooks: %v", len(made), made)
	}
	w.planIsEmpty()
	s.SetOptions(func(o *simulator.Options) { o.Rewrite = nil })
	for _, webhook := range made {
		webhook.URL = "https://elsewhere.example"
		s.ChangeWebhook(webhook)
	}
	w.apply()
	for _, name := range names {
		all := s.webhooksOf(strings.ToLower(name) + ".example")
		if len(all) != 1 || all[0].URL != "https://"+name+".example" {
			t.Errorf("the API has %v", all)
		}
	}
	w.planIsEmpty()
}

// TestAWebhookThatIsGoneByTheAPIsDescription, which has one message for it and for its domain.
func TestAWebhookThatIsGoneByTheAPIsDescription(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{Rewrite: func(_ simulator.Kind, body []byte) []byte {
		described := "Domain not found or you do not own this domain"
		return []byte(strings.ReplaceAll(string(body), "Webhook not found", described))
	}})
	w := newWorkspace(t, s, s.providerBlock()+webhookBlock("bounced", "https://example.com/hook"))
	w.apply()
	first := s.only(t)
	s.RemoveWebhook("example.com", first.GUID)
	w.apply().shows(t, "The webhook is gone")
	if s.only(t).GUID == first.GUID {
		t.Error("it was not made anew")
	}
	s.RemoveWebhook("example.com", s.only(t).GUID)
	w.must("destroy", "-auto-approve", "-no-color", "-refresh=false")
}
