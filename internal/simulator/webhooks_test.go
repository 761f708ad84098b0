package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestWebhook(t *testing.T) {
	t.Parallel()
	const path, body = "/api/domains/example.com/webhooks", `{"type":"opened","url":"https://example.com/hook"}`
	f := start(t, simulator.Options{})
	var guids []string
	for range 2 {
		res := f.do(http.MethodPost, path, body)
		equal(t, "status", res.status, http.StatusCreated)
		guids = append(guids, at(t, tree(t, res.body), "data", "webhook_guid").(string))
	}
	equal(t, "the same twice", guids[0] != guids[1], true)
	f.clock.Move(time.Hour)
	res := f.do(http.MethodPut, path+"/"+guids[0], `{"url":"http://example.com/other"}`)
	equal(t, "status of PUT", res.status, http.StatusOK)
	data := f.data(path + "/" + guids[0])
	for name, want := range map[string]any{
		"type": "opened", "url": "http://example.com/other", "is_deleted": false,
		"created_at": stampOf(begin), "modified_at": stampOf(begin.Add(time.Hour)),
	} {
		equal(t, name, data[name], want)
	}
	f.AddWebhook("example.com", "bounced", "https://example.com/hook")
	f.AddWebhook("other.example", "opened", "https://example.com/hook")
	for query, want := range map[string]int{"": 3, "?type=opened": 2, "?type=send": 0} {
		answer := tree(t, f.do(http.MethodGet, path+query, "").body)
		equal(t, "number of"+query, len(answer["data"].([]any)), want)
		equal(t, "count"+query, answer["count"], any(json.Number(fmt.Sprint(want))))
	}
	f.SetOptions(func(o *simulator.Options) { o.ListShape, o.DeleteNoContent = simulator.ShapePaginated, true })
	answer := tree(t, f.do(http.MethodGet, path, "").body)
	equal(t, "nested", len(at(t, answer, "data", "data").([]any)), 3)
	res = f.do(http.MethodDelete, path+"/"+guids[0], "")
	equal(t, "status of DELETE", res.status, http.StatusNoContent)
	equal(t, "body of DELETE", len(res.body), 0)
	equal(t, "violations", len(f.Violations()), 0)
}

func TestWebhookElsewhere(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	hook := f.AddWebhook("example.com", "opened", "https://example.com/hook")
	path := "/api/domains/example.com/webhooks/" + hook.GUID
	hook.URL, hook.IsDeleted = "https://example.com/other", true
	f.ChangeWebhook(hook)
	equal(t, "url", f.data(path)["url"], any(hook.URL))
	equal(t, "is_deleted", f.data(path)["is_deleted"], any(true))
	if got := f.Webhooks(); !slices.Equal(got, []simulator.Webhook{hook}) {
		t.Errorf("webhooks: got %v, want %v", got, hook)
	}
	tested := f.do(http.MethodPost, "/api/domains/example.com/webhooks/test", `{"webhook_guid":"`+hook.GUID+`"}`)
	equal(t, "tested url", at(t, tree(t, tested.body), "data", "url"), any(hook.URL))
	f.RemoveWebhook("example.com", hook.GUID)
	equal(t, "message", message(t, f.do(http.MethodGet, path, "")), "Webhook not found")
}

func TestQuota(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	const answer = `{"success":true,"data":{"current_quota":%d,"max_quota":%d,"usage_percentage":%v}}`
	quota := func() string { return string(f.do(http.MethodGet, "/api/quota", "").body) }
	equal(t, "quota", quota(), fmt.Sprintf(answer, 850, 1000, 15))
	f.SetOptions(func(o *simulator.Options) { o.Quota = simulator.Quota{Current: 7, Max: 8} })
	equal(t, "quota", quota(), fmt.Sprintf(answer, 7, 8, 12.5))
}
