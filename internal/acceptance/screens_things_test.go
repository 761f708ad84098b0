package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestScreensOfThings has a webhook and a wait for a domain go wrong.
func TestScreensOfThings(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{})
	g.SetRecords("example.com", simulator.Records{SPF: true})
	webhookConfig := webhookBlock("bounced", "https://example.com/hook")
	g.write("things.tf", webhookConfig+verificationBlock(`timeouts = { create = "1s" }`))
	g.view("things", func() {
		g.Inject(simulator.FaultStatus(simulator.KindCreateWebhook, 504, false))
	}, "apply", "-auto-approve")
	g.SetRecords("example.com", allHold)
	webhook := g.AddWebhookWithGUID("example.com", "bounced", "https://example.com/hook", webhookGUID)
	g.must("import", "-no-color", webhookAddress, "example.com/"+webhookGUID)
	g.apply()

	root := g.providerBlock() + screenRoot
	g.write("main.tf", strings.Replace(root, fmt.Sprintf("%q", g.Username()), "terraform_data.account.output", 1)+
		fmt.Sprintf("resource \"terraform_data\" \"account\" {\n  input = %q\n}\n", g.Username()))
	g.view("things-unknown-settings", func() {}, "plan")
	g.write("main.tf", root)
	g.RemoveWebhook(webhook.Domain, webhook.GUID)
	g.view("things-gone", func() {}, "plan")
}
