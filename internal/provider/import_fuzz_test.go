package provider

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/password"
)

const normalGUID = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`

var normalID = regexp.MustCompile(`^([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}/` + normalGUID + `$`)

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
		checkFit(t, id, diags)
	})
}

// checkFit checks that what is told of an id is fit for a screen.
func checkFit(t *testing.T, id string, diags diag.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		unfit := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
		if text := d.Summary() + d.Detail(); !utf8.ValidString(text) || strings.ContainsFunc(text, unfit) {
			t.Errorf("%q: not fit for a screen: %q", id, text)
		}
	}
}

var normalPairID = regexp.MustCompile(`^([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}/` + normalGUID + `,` + normalGUID + `$`)

// FuzzImportIDOfAPair does so for two credentials: either the id names two different ones,
// and the API would be asked for them, or one error explains it.
func FuzzImportIDOfAPair(f *testing.F) {
	const one, two = "6f9619ff-8b86-4011-b42d-00c04fc964ff", "92703823-f3a4-48e2-8e87-7adf25454800"
	for _, seed := range []string{
		"example.com/" + one + "," + two, "Bücher.Example./" + strings.ToUpper(two) + "," + one, "example.com/" + one,
		"example.com/" + one + "," + strings.ToUpper(one), "example.com/" + one + "," + two + "," + one,
		"example.com/" + one + "/" + two, one + "," + two, "", "/", ",", "/,", "example.com/17," + two, "\x00/\xff,",
	} {
		f.Add(seed)
	}
	r := credentialPasswordPairResource{}
	r.Lifecycle = password.Lifecycle{
		Session: &password.Session{}, New: func() password.Resource { return &credentialPasswordPairModel{} },
	}
	var identity resource.IdentitySchemaResponse
	r.IdentitySchema(f.Context(), resource.IdentitySchemaRequest{}, &identity)
	// named is the id of what an import names; empty if it names nothing.
	named := func(t *testing.T, id string) string {
		t.Helper()
		resp := resource.ImportStateResponse{Identity: &tfsdk.ResourceIdentity{Schema: identity.IdentitySchema}}
		resp.Identity.Raw = tftypes.NewValue(identity.IdentitySchema.Type().TerraformType(t.Context()), nil)
		r.ImportState(t.Context(), resource.ImportStateRequest{ID: id}, &resp)
		checkFit(t, id, resp.Diagnostics)
		if resp.Diagnostics.ErrorsCount() != 1 || len(resp.Diagnostics) != 1 {
			t.Fatalf("%q: %v", id, resp.Diagnostics)
		}
		if resp.Diagnostics[0].Summary() == diagnostics.ImportID.Summary {
			return ""
		}
		// The provider has no settings here: that is the other error.
		var domain string
		var guids []string
		resp.Diagnostics = nil
		resp.Diagnostics.Append(resp.Identity.GetAttribute(t.Context(), path.Root("domain"), &domain)...)
		resp.Diagnostics.Append(resp.Identity.GetAttribute(t.Context(), path.Root("credential_guids"), &guids)...)
		if resp.Diagnostics.HasError() || len(guids) != 2 || guids[0] == guids[1] {
			t.Errorf("%q names %v, with %v", id, guids, resp.Diagnostics)
		}
		return domain + "/" + strings.Join(guids, ",")
	}
	f.Fuzz(func(t *testing.T, id string) {
		normal := named(t, id)
		_, list, _ := strings.Cut(id, "/")
		switch {
		case normal == "":
			isPair := normalPairID.MatchString(id) && id[len(id)-36:] != id[len(id)-73:len(id)-37]
			if isPair && !strings.Contains(id, "--") { // which only a name in A-labels may have
				t.Errorf("%q is refused", id)
			}
		case !normalPairID.MatchString(normal) || named(t, normal) != normal:
			t.Errorf("%q names %q", id, normal)
		case !strings.EqualFold(list, normal[len(normal)-73:]):
			t.Errorf("%q names %q", id, normal)
		}
	})
}
