package provider

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

var normalID = regexp.MustCompile(`^([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// FuzzImportID takes what somebody types after `terraform import`: either it
// names a credential in the spelling that is sent, or one error explains it.
func FuzzImportID(f *testing.F) {
	for _, seed := range []string{
		"example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff", "Bücher.Example./6F9619FF-8B86-4011-B42D-00C04FC964FF",
		"", "/", "example.com", "example.com/17", "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff/x", "\x00/\xff", "..%2f/..",
	} {
		f.Add(seed)
	}
	base := resourceBase{noun: kirim.NounCredential}
	f.Fuzz(func(t *testing.T, id string) {
		var diags diag.Diagnostics
		ref, ok := base.importRef(t.Context(), resource.ImportStateRequest{ID: id}, &diags)
		switch {
		case !ok && (diags.ErrorsCount() != 1 || ref != (kirim.Ref{})):
			t.Errorf("%d errors for %q, which names %+v", diags.ErrorsCount(), id, ref)
		case ok && (len(diags) > 0 || ref != ref.Normalized() || !normalID.MatchString(ref.ID())):
			t.Errorf("%q names %+v, with %v", id, ref, diags)
		case ok:
			// What the state then has as id names the same.
			again, ok := base.importRef(t.Context(), resource.ImportStateRequest{ID: ref.ID()}, &diags)
			if !ok || again != ref || !strings.EqualFold(ref.GUID, id[max(0, len(id)-len(ref.GUID)):]) {
				t.Errorf("%q names %+v, and that %+v (%v)", id, ref, again, diags)
			}
		}
		for _, d := range diags {
			unfit := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
			if text := d.Summary() + d.Detail(); !utf8.ValidString(text) || strings.ContainsFunc(text, unfit) {
				t.Errorf("%q: not fit for a screen: %q", id, text)
			}
		}
	})
}
