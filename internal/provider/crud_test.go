package provider

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/password"
)

const gadgetGUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

// gadget is a model of a thing that no API has: each operation ends with answer.
type gadget struct {
	baseModel
	GadgetGUID types.String `tfsdk:"gadget_guid"`
}

var answer error

// errBesides has a create succeed, and add an error to its diagnostics.
var errBesides = errors.New("besides")

func (g *gadget) ref() kirim.Ref {
	return kirim.Ref{Noun: "gadget", Domain: g.Domain.ValueString(), GUID: g.GadgetGUID.ValueString()}
}

func (g *gadget) create(_ context.Context, op operation) error {
	g.GadgetGUID = types.StringValue(gadgetGUID)
	if errors.Is(answer, errBesides) {
		op.diags.AddError("besides", "what was made is stored all the same")
		return nil
	}
	return answer
}
func (*gadget) read(context.Context, operation) error   { return answer }
func (*gadget) update(context.Context, operation) error { return answer }
func (*gadget) remove(context.Context, operation) error { return answer }

// TestOperationsOfAResourceWithoutAPassword has what each of them does with an error.
//
//nolint:paralleltest // The answer is shared.
func TestOperationsOfAResourceWithoutAPassword(t *testing.T) {
	notFound := &kirim.Error{Kind: kirim.KindNotFound, Noun: "gadget", Status: 404, Message: "Gadget not found"}
	noDomain := &kirim.Error{Kind: kirim.KindNotFound, Noun: kirim.NounDomain, Status: 404, Message: "Domain not found"}
	lost := &kirim.Error{Kind: kirim.KindConnection, MayHaveActed: true}
	taken := &kirim.Error{Kind: kirim.KindRejected, Status: 422, Message: "Validation failed."}
	const ok, gone, kept = "", "The gadget is gone", "The state is unchanged."
	for _, c := range []struct {
		operation string
		answer    error
		want      string // in the diagnostic; empty: none
		stored    bool   // afterwards
	}{
		{"create", nil, ok, true},
		{"create", noDomain, "Could not create the gadget", false},
		{"create", lost, "may have taken effect", false},
		{"create", taken, "If there is one already, import it.", false},
		{"create", errTold, ok, false},
		{"create", errBesides, "stored all the same", true},
		{"update", errTold, ok, true},
		{"create", unfinished{lost}, "The next apply replaces it.", true},
		{"read", nil, ok, true},
		{"read", notFound, gone, false},
		{"read", noDomain, "terraform state rm", true},
		{"read", errDeleted, gone, false},
		{"update", nil, ok, true},
		{"update", notFound, kept, true},
		{"update", lost, "may have taken effect", true},
		{"delete", nil, ok, true}, // the framework takes it out of the state
		{"delete", notFound, ok, true},
		{"delete", noDomain, "Could not delete the gadget", true},
		{"unconfigured read", nil, "The gadget was not refreshed", true},
		{"unconfigured update", nil, "Could not update the gadget", true},
	} {
		session := &password.Session{}
		r := &crudResource{
			resourceBase: resourceBase{name: "gadget", noun: "gadget", data: &providerData{passwords: session}},
			newModel:     func() crudModel { return &gadget{} },
		}
		operation, unconfigured := strings.CutPrefix(c.operation, "unconfigured ")
		if !unconfigured {
			r.data.client = &kirim.Client{}
		}
		answer = c.answer
		diags, state := operate(t, r, operation)
		var got string
		for _, d := range diags {
			got += d.Summary() + "\n" + d.Detail()
		}
		if stored := !state.Raw.IsNull(); stored != c.stored || !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s, %v: stored %t, %q", c.operation, c.answer, stored, got)
		}
	}
}

// TestTimeouts has each operation go by its own argument, and by the resource's defaults.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	of := map[string]attr.Type{}
	set := map[string]attr.Value{}
	want := map[string]time.Duration{"create": time.Second, "read": 2 * time.Second, "update": 3 * time.Second, "delete": 4 * time.Second}
	for verb, limit := range want {
		of[verb], set[verb] = types.StringType, types.StringValue(limit.String())
	}
	limits := timeouts.Value{Object: types.ObjectValueMust(of, set)}
	none := timeouts.Value{Object: types.ObjectNull(of)}
	slow := &crudResource{resourceBase: resourceBase{changeTimeout: time.Hour}}
	for verb, limit := range want {
		var diags diag.Diagnostics
		change, waits := defaultTimeout, time.Hour
		if verb == "read" {
			change, waits = defaultReadTimeout, defaultReadTimeout
		}
		if got := slow.timeout(verb, limits, &diags); got != limit {
			t.Errorf("%s: %s, want %s", verb, got, limit)
		}
		if got := slow.timeout(verb, none, &diags); got != waits {
			t.Errorf("%s without timeouts: %s, want %s", verb, got, waits)
		}
		if got := (&crudResource{}).timeout(verb, none, &diags); got != change || diags.HasError() {
			t.Errorf("%s without timeouts: %s, want %s; %v", verb, got, change, diags)
		}
	}
}

func operate(t *testing.T, r *crudResource, operation string) (diag.Diagnostics, tfsdk.State) {
	t.Helper()
	text := schema.StringAttribute{Optional: true}
	attributes := schema.Schema{Attributes: map[string]schema.Attribute{
		"id": text, "domain": text, "gadget_guid": text,
		"timeouts": attribute.Timeouts(t.Context(), defaultTimeout, defaultReadTimeout),
	}}
	var identities resource.IdentitySchemaResponse
	r.IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identities)
	identity := &tfsdk.ResourceIdentity{
		Schema: identities.IdentitySchema,
		Raw:    tftypes.NewValue(identities.IdentitySchema.Type().TerraformType(t.Context()), nil),
	}
	of := attributes.Type().TerraformType(t.Context())
	state := tfsdk.State{Schema: attributes, Raw: tftypes.NewValue(of, nil)}
	for name, value := range map[string]string{"domain": "example.com", "gadget_guid": gadgetGUID} {
		if diags := state.SetAttribute(t.Context(), path.Root(name), value); diags.HasError() {
			t.Fatal(diags)
		}
	}
	plan := tfsdk.Plan{Schema: attributes, Raw: state.Raw}
	switch operation {
	case "create":
		resp := resource.CreateResponse{State: tfsdk.State{Schema: attributes, Raw: tftypes.NewValue(of, nil)}, Identity: identity}
		r.Create(t.Context(), resource.CreateRequest{Plan: plan}, &resp)
		return resp.Diagnostics, resp.State
	case "read":
		resp := resource.ReadResponse{State: state, Identity: identity}
		r.Read(t.Context(), resource.ReadRequest{State: state}, &resp)
		if identity.Raw.IsNull() {
			t.Error("the identity is not set")
		}
		return resp.Diagnostics, resp.State
	case "update":
		resp := resource.UpdateResponse{State: state, Identity: identity}
		r.Update(t.Context(), resource.UpdateRequest{Plan: plan, State: state}, &resp)
		return resp.Diagnostics, resp.State
	}
	resp := resource.DeleteResponse{State: state, Identity: identity}
	r.Delete(t.Context(), resource.DeleteRequest{State: state}, &resp)
	return resp.Diagnostics, resp.State
}
