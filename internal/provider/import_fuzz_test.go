package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
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
	f.Fuzz(func(t *testing.T, id string) {
		var diags diag.Diagnostics
		of, ok := importTarget(t.Context(), resource.ImportStateRequest{ID: id}, &diags)
		switch {
		case !ok && (diags.ErrorsCount() != 1 || of != target{}):
			t.Errorf("%d errors for %q, which names %+v", diags.ErrorsCount(), id, of)
		case ok && (len(diags) > 0 || of != of.normalized() || !normalID.MatchString(of.id())):
			t.Errorf("%q names %+v, with %v", id, of, diags)
		case ok:
			// What the state then has as id names the same.
			again, ok := importTarget(t.Context(), resource.ImportStateRequest{ID: of.id()}, &diags)
			if !ok || again != of || !strings.EqualFold(of.guid, id[max(0, len(id)-len(of.guid)):]) {
				t.Errorf("%q names %+v, and that %+v (%v)", id, of, again, diags)
			}
		}
		explained(t, id, diags)
	})
}
