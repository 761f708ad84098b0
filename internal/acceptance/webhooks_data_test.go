package acceptance

import (
	"slices"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestDataSourceWebhooks has webhooks of two types, and one that is marked as deleted. A
// list is one request.
func TestDataSourceWebhooks(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)
	s := startService(t, simulator.Options{Now: func() time.Time { return created }})
	w := newWorkspace(t, s, s.providerBlock()+`
data "smtp_webhooks" "all" {
  domain = "Example.com."
}
`)
	w.apply()
	if got, ok := w.values("data.smtp_webhooks.all")["webhooks"].([]any); !ok || len(got) != 0 {
		t.Errorf("of a domain without any: %v", w.values("data.smtp_webhooks.all"))
	}
	bounced := s.AddWebhook("example.com", "bounced", "https://example.com/z")
	opened := s.AddWebhook("example.com", "opened", "https://example.com/a")
	deleted := s.AddWebhook("example.com", "opened", "https://example.com/deleted")
	deleted.IsDeleted = true
	s.ChangeWebhook(deleted)
	w.write("type.tf", `
data "smtp_webhooks" "opened" {
  domain = "example.com"
  type   = "opened"
}
`)
	s.ClearJournal()
	w.apply()
	if kinds := s.kinds(); !slices.Equal(kinds, []string{"list-webhooks", "list-webhooks"}) {
		t.Errorf("asked for %v", kinds)
	}
	for address, want := range map[string][]simulator.Webhook{
		"data.smtp_webhooks.all": {bounced, opened}, "data.smtp_webhooks.opened": {opened},
	} {
		got, _ := w.values(address)["webhooks"].([]any)
		if len(got) != len(want) {
			t.Fatalf("%s has %v", address, got)
		}
		for i, webhook := range want {
			one := got[i].(map[string]any)
			if one["webhook_guid"] != webhook.GUID || one["type"] != webhook.Type || one["url"] != webhook.URL ||
				one["created_at"] != "2026-05-20T12:00:00Z" || one["modified_at"] != "2026-05-20T12:00:00Z" {
				t.Errorf("%s has %v", address, one)
			}
		}
	}
}

const quotaBlock = "data \"smtp_quota\" \"this\" {}\n"

func TestDataSourceQuota(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{Quota: simulator.Quota{Current: 750, Max: 4000}})
	w := newWorkspace(t, s, s.providerBlock()+quotaBlock)
	check := func(want map[string]any) {
		t.Helper()
		s.ClearJournal()
		w.apply()
		got := w.values("data.smtp_quota.this")
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s is %v, want %v", name, got[name], value)
			}
		}
		if kinds := s.kinds(); !slices.Equal(kinds, []string{"get-quota"}) {
			t.Errorf("asked for %v", kinds)
		}
	}
	check(map[string]any{"current_quota": 750.0, "max_quota": 4000.0, "usage_percentage": 81.25})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = func(simulator.Kind, []byte) []byte {
			return []byte(`{"success": true, "data": {"current_quota": "17", "max_quota": null}}`)
		}
	})
	check(map[string]any{"current_quota": 17.0, "max_quota": nil, "usage_percentage": nil})
}
