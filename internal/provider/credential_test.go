package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/password"
)

// TestAnImportByNameNeedsTheAPI: an unknown setting is told, and nothing is imported.
func TestAnImportByNameNeedsTheAPI(t *testing.T) {
	t.Parallel()
	r := &credentialResource{}
	r.data = &providerData{passwords: &password.Session{}}
	var resp resource.ImportStateResponse
	r.ImportState(t.Context(), resource.ImportStateRequest{ID: "example.com/mailer"}, &resp)
	const want = "Domain example.com: the provider's settings are not known."
	if d := resp.Diagnostics; d.ErrorsCount() != 1 || !strings.HasPrefix(d[0].Detail(), want) {
		t.Errorf("got %v", d)
	}
}

// TestAnAnswerWithoutATimeKeepsIt: a later answer that has it would look like another reset.
func TestAnAnswerWithoutATimeKeepsIt(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, 5, 20, 12, 0, 5, 0, time.UTC)
	silent := kirim.Credential{GUID: gadgetGUID, CreatedAt: changed.Add(-5 * time.Second)}
	telling := silent
	telling.TellsPasswordChange, telling.LastPasswordChanged = true, changed
	m := credentialModel{PasswordChangedAt: types.StringUnknown()}
	m.Domain = types.StringValue("example.com")
	m.set(silent)
	if !m.PasswordChangedAt.IsNull() || !m.hasReset(telling) {
		t.Errorf("stored %s", m.PasswordChangedAt)
	}
	m.set(telling)
	m.set(silent)
	if m.PasswordChangedAt.ValueString() != "2026-05-20T12:00:05Z" || m.hasReset(telling) {
		t.Errorf("stored %s", m.PasswordChangedAt)
	}
}
