package acceptance

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestGuideFromNothing has the whole life of a sender: made, used, rotated, deleted
// elsewhere and made again, imported, destroyed.
func TestGuideFromNothing(t *testing.T) {
	t.Parallel()
	const mailerAddress = "smtp_credential_password.mailer"
	s, w, _ := newExampleWorkspace(t, findExample(t, "guides/from-nothing-to-a-working-sender"))
	w.initialize()
	// Alone first, so that the dashboard shows what the other values are.
	w.apply("-target=smtp_domain.news", "-var", "mx_records=[]", "-var", "smtp_host=").shows(t, "1 added")
	w.apply()
	for _, kind := range []simulator.Kind{
		simulator.KindCreateDomain, simulator.KindVerifyDomain, simulator.KindCreate, simulator.KindCreateWebhook,
	} {
		if n := s.Count(kind); n != 1 {
			t.Errorf("%s was asked for %d times", kind, n)
		}
	}
	password := w.checkStored(mailerAddress, "adopted")
	w.checkResets(0)
	address, err := w.command("output", "-raw", "smtp_url").Output() // which is no screen: it shows the password
	if err != nil {
		t.Fatal(err)
	}
	login, err := url.Parse(string(address))
	if err != nil {
		t.Fatal("the URL of the login cannot be read")
	}
	if got, _ := login.User.Password(); got != password || login.User.Username() != "mailer@news.example.com" {
		t.Errorf("the URL has another login than the state: %s", login.Redacted())
	}
	w.checkSplitKey()

	w.edit(`version = "1"`, `version = "2"`)
	w.apply()
	w.checkStored(mailerAddress, "rotation_triggers: version")
	w.checkResets(1)

	// Deleted elsewhere, the domain takes all that belongs to it along. Nothing leaves the
	// state for that by itself: it may be the wrong account.
	s.RemoveDomain("news.example.com")
	w.fails([]string{"Domain not found", `"terraform state rm"`}, "plan", "-no-color")
	w.must("state", "rm", mailerAddress, "smtp_credential.mailer", "smtp_webhook.bounced", "smtp_domain_verification.news")
	shown := w.apply()
	for _, r := range w.resources() {
		if strings.HasPrefix(r.kind, ourPrefix) {
			shown.plans(t, "create", r.address)
		}
	}
	w.checkStored(mailerAddress, "adopted")

	w.importEverything()
	w.checkResets(1)

	w.fails([]string{"deletion_protection"}, "destroy", "-auto-approve", "-no-color")
	w.edit(`domain = "news.example.com"`, "domain = \"news.example.com\"\n  deletion_protection = false")
	w.apply()
	s.ClearJournal()
	w.must("destroy", "-auto-approve", "-no-color")
	var deleted []simulator.Kind
	for _, entry := range s.Journal() {
		if entry.Method == "DELETE" {
			deleted = append(deleted, entry.Kind)
		}
	}
	if len(deleted) != 3 || deleted[2] != simulator.KindDeleteDomain || !slices.Contains(deleted, simulator.KindDelete) {
		t.Errorf("deleted in this order: %s", deleted)
	}
}

// checkSplitKey checks that the texts of the DKIM record make the key again.
func (w *workspace) checkSplitKey() {
	w.t.Helper()
	record, _ := w.values(`terraform_data.dns["dkim"]`)["input"].(map[string]any)
	texts := strings.Split(strings.Trim(fmt.Sprint(record["value"]), `"`), `" "`)
	if len(texts) != 2 || len(texts[0]) != 255 || len(texts[1]) > 255 {
		w.t.Fatalf("the value is not split into two texts: %q", texts)
	}
	_, key, _ := strings.Cut(strings.Join(texts, ""), "p=")
	if der, err := base64.StdEncoding.DecodeString(key); err != nil || len(der) < 256 {
		w.t.Errorf("the texts make no key: %q, %v", key, err)
	}
}

// importEverything takes all resources of ours out of the state, and imports them by
// blocks. The plan changes nothing but what an import cannot know.
func (w *workspace) importEverything() {
	w.t.Helper()
	ids := map[string]string{}
	var blocks strings.Builder
	for _, r := range w.resources() {
		if strings.HasPrefix(r.kind, ourPrefix) {
			ids[r.address] = fmt.Sprint(r.values["id"])
			blocks.WriteString(importBlock(r.address, ids[r.address]))
		}
	}
	if len(ids) != 5 {
		w.t.Fatalf("these are to be imported: %v", ids)
	}
	w.must(append([]string{"state", "rm"}, slices.Collect(maps.Keys(ids))...)...)
	// Without a password there is no URL.
	configuration, err := os.ReadFile(filepath.Join(w.dir, "main.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("main.tf", strings.Split(string(configuration), `output "smtp_url"`)[0])
	w.write("imports.tf", blocks.String())
	plan := w.plan()
	for address := range ids {
		want := tfjson.ActionNoop
		if strings.HasPrefix(address, "smtp_credential_password.") {
			want = tfjson.ActionUpdate // which takes up the triggers
		}
		if planned := change(w.t, plan, address); planned.Importing == nil || !slices.Equal(planned.Actions, tfjson.Actions{want}) {
			w.t.Errorf("%s: planned %v after the import", address, planned.Actions)
		}
	}
	w.must("apply", "-no-color", "-input=false", "plan")
	w.planIsEmpty()
}
