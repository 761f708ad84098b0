package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// crudResource is a resource without a password. P points to its model, M.
type crudResource[M any, P crudModel[M]] struct{ resourceBase }

// crudModel is a configuration, plan or state. Each operation asks the API, and sets
// what the API says.
type crudModel[M any] interface {
	*M
	ref() kirim.Ref
	create(ctx context.Context, client *kirim.Client) error
	read(ctx context.Context, client *kirim.Client) error
	update(ctx context.Context, client *kirim.Client) error
	remove(ctx context.Context, client *kirim.Client) error
}

// Create makes what the plan says.
func (r *crudResource[M, P]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.run(ctx, "create", P.create, req.Plan.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Read takes what is gone out of the state.
func (r *crudResource[M, P]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.run(ctx, "read", P.read, req.State.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Update changes what is there.
func (r *crudResource[M, P]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.run(ctx, "update", P.update, req.Plan.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete deletes what is there. That it is gone already is a success.
func (r *crudResource[M, P]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	r.run(ctx, "delete", P.remove, req.State.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// ImportState stores the name; the read that follows brings the rest.
func (r *crudResource[M, P]) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if ref, ok := r.importRef(ctx, req, &resp.Diagnostics); ok {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("domain"), ref.Domain)...)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(r.noun+"_guid"), ref.GUID)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, ref)...)
	}
}

// run runs an operation on the model that get reads, and stores what came of it.
func (r *crudResource[M, P]) run(
	ctx context.Context, verb string, operation func(P, context.Context, *kirim.Client) error,
	get func(context.Context, any) diag.Diagnostics,
	state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	model := P(new(M))
	diags.Append(get(ctx, model)...)
	ref, failed := model.ref(), diagnostics.Failed.Of(verb, r.noun)
	if verb == "read" {
		diags.Append(setIdentity(ctx, identity, ref)...) // whatever comes of it
		if r.data.client == nil {
			diagnostics.Unrefreshed.Of(r.noun).Warn(diags, ref, "a setting of the provider is not known yet.")
			return
		}
	}
	ctx = r.data.begin(ctx, failed, ref, diags)
	if diags.HasError() {
		return
	}
	err := operation(model, ctx, r.data.client)
	gone := kirim.IsNotFound(err, r.noun)
	switch {
	case verb == "delete" && (gone || err == nil): // the framework takes it out of the state
	case gone && verb == "read":
		diagnostics.Vanished.Of(r.noun).Warn(diags, ref, "the API says that it is not there any more.")
		state.RemoveResource(ctx)
	case err != nil:
		if kirim.Details(err).MayHaveActed {
			failed = failed.Means("The request may have taken effect all the same: see before you apply again.")
		}
		failed.Fail(diags, err, ref)
	default:
		diags.Append(state.Set(ctx, model)...)
		diags.Append(setIdentity(ctx, identity, model.ref())...)
	}
}
