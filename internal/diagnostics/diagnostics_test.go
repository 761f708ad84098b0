package diagnostics

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// TestAdviceNamesTheArgumentsThereAre: a list of a domain has no GUID to be checked.
func TestAdviceNamesTheArgumentsThereAre(t *testing.T) {
	t.Parallel()
	for ref, want := range map[kirim.Ref]string{
		kirim.DomainRef("example.com"):                                             "check domain.",
		kirim.CredentialRef("example.com", ""):                                     "check domain.",
		kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff"): "check domain and credential_guid.",
	} {
		var diags diag.Diagnostics
		List.Fail(&diags, &kirim.Error{Kind: kirim.KindRejected, Status: 422, Message: "No."}, ref, false)
		if len(diags) != 1 || !strings.HasSuffix(diags[0].Detail(), want) {
			t.Errorf("%+v: got %v", ref, diags)
		}
	}
}
