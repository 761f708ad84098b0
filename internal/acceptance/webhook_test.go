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

// TestWebhook has a webhook from its creation to its end: what each step asks of the API,
// and that the next plan is empty.
func TestWebhook(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+webhookBlock("bounced", "https://example.com/hook"))
	step := func(action string, requests ...string) {
		t.Helper()
		s.ClearJournal()
		w.plan()
		if action != "" {
			if got := change(t, w.savedPlan(), webhookAddress).Actions; string(got[0]) != action {
				t.Errorf("planned %v, want %s", got, action)
			}
		}
		w.apply()
		kinds := slices.DeleteFunc(s.kinds(), func(kind string) bool { return kind == "get-webhook" || kind == "list-webhooks" })
		if !slices.Equal(kinds, requests) {
			t.Errorf("asked for %v, want %v", kinds, requests)
		}
		w.planIsEmpty()
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

// TestACreatedWebhookIsMadeOnce: the API makes a second one if it is asked twice.
func TestACreatedWebhookIsMadeOnce(t *testing.T) {
	t.Parallel()
	const kind = simulator.KindCreateWebhook
	for name, fault := range map[string]simulator.Fault{
		"lost after acting":  simulator.FaultLost(kind, true),
		"lost before acting": simulator.FaultLost(kind, false),
		"502 after acting":   simulator.FaultStatus(kind, 502, true),
		"504 after acting":   simulator.FaultStatus(kind, 504, true),
		"500 after acting":   simulator.FaultServerError(kind, true),
		"a page":             simulator.FaultBody(kind, 201, "<html></html>", true),
		"without the thing":  simulator.FaultBody(kind, 201, `{"success":true,"data":{}}`, true),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			foreign := s.AddWebhook("example.com", "bounced", "https://example.com/hook")
			w := newWorkspace(t, s, s.providerBlock()+webhookBlock("bounced", "https://example.com/hook"))
			s.Inject(fault)
			w.apply()
			all := s.Webhooks()
			stored := w.values(webhookAddress)["webhook_guid"]
			if len(all) != 2 || stored == foreign.GUID || stored != all[0].GUID && stored != all[1].GUID {
				t.Errorf("stored %v, at the API %v", stored, all)
			}
			w.planIsEmpty()
		})
	}
}
