package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"

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
