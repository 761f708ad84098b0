package acceptance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestDataSourcesFindDomains has 250 domains: the list costs three requests in each of its
// shapes, and has them in the API's order.
func TestDataSourcesFindDomains(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)
	s := startService(t, simulator.Options{Now: func() time.Time { return created }})
	for n := range 249 {
		s.AddDomain(fmt.Sprintf("shop%d.example", n))
	}
	w := newWorkspace(t, s, s.providerBlock()+"data \"smtp_domains\" \"all\" {}\n")
	for _, shape := range []simulator.ListShape{
		simulator.ShapeFlat, simulator.ShapePaginated, simulator.ShapePaginator,
	} {
		s.SetOptions(func(o *simulator.Options) { o.ListShape = shape })
		s.ClearJournal()
		w.must("plan", "-no-color", "-input=false")
		if kinds := s.kinds(); !slices.Equal(kinds, []string{"list-domains", "list-domains", "list-domains"}) {
			t.Errorf("%s: asked for %v", shape, kinds)
		}
	}

	s.SetTracking("shop7.example", simulator.Tracking{Click: true})
	w.write("lookups.tf", `
data "smtp_domains" "some" {
  search = "shop24"
}

data "smtp_domain" "one" {
  domain = "Shop7.Example."
}
`)
	w.apply()
	all := w.values("data.smtp_domains.all")["domains"].([]any)
	some := w.values("data.smtp_domains.some")["domains"].([]any)
	if len(all) != 250 || len(some) != 10 { // 24, and 240 to 248
		t.Fatalf("%d domains in all, %d by the search", len(all), len(some))
	}
	first, eighth := all[0].(map[string]any), all[8].(map[string]any)
	if first["id"] != "example.com" || eighth["domain"] != "shop7.example" {
		t.Errorf("not in the API's order: %v, …, %v", first["id"], eighth["domain"])
	}
	one := w.values("data.smtp_domain.one")
	for name, want := range map[string]any{
		"id": "shop7.example", "dkim_key_length": 2048.0, "is_verified": true, "mx_records": nil,
		"open_track": false, "click_track": true, "unsub_track": false,
		"created_at": "2026-05-20T12:00:00Z", "modified_at": "2026-05-20T12:00:00Z",
	} {
		if one[name] != want || eighth[name] != want {
			t.Errorf("%s is %v, and %v in the list, want %v", name, one[name], eighth[name], want)
		}
	}
	spf := one["dns_records"].(map[string]any)["spf"].(map[string]any)
	if one["domain"] != "Shop7.Example." || spf["name"] != "shop7.example" || spf["type"] != "TXT" {
		t.Errorf("domain is %v, and its SPF record %v", one["domain"], spf)
	}
}
