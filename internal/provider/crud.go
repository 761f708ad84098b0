package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// writeTimeout is how long a change without a timeouts argument may take.
const writeTimeout = 5 * time.Minute

// crudResource is a resource without a password. P points to its model, M.
type crudResource[M any, P crudModel[M]] struct{ resourceBase }

// crudModel is a configuration, plan or state. Each operation asks the API, and sets
// what the API says.
type crudModel[M any] interface {
	*M
	ref() kirim.Ref
	setRef(ref kirim.Ref)
	create(ctx context.Context, client *kirim.Client) error
	read(ctx context.Context, client *kirim.Client) error
	update(ctx context.Context, client *kirim.Client) error
	remove(ctx context.Context, client *kirim.Client) error
}

// Create makes what the plan says.
func (r *crudResource[M, P]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	model := P(new(M))
	resp.Diagnostics.Append(req.Plan.Get(ctx, model)...)
	r.run(ctx, "create", writeTimeout, model, P.create, &resp.Diagnostics)
	r.save(ctx, model, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Read takes what is gone out of the state.
func (r *crudResource[M, P]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	model := P(new(M))
	resp.Diagnostics.Append(req.State.Get(ctx, model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, model.ref())...)
	if r.data.client == nil {
		diagnostics.Unrefreshed.Of(r.noun).Warn(&resp.Diagnostics, model.ref(),
			"a setting of the provider is not known while planning.")
		return
	}
	if gone := r.run(ctx, "read", readTimeout, model, P.read, &resp.Diagnostics); gone {
		diagnostics.Vanished.Of(r.noun).Warn(&resp.Diagnostics, model.ref(),
			"the API says that it is not there any more.")
		resp.State.RemoveResource(ctx)
		return
	}
	r.save(ctx, model, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Update changes what is there.
func (r *crudResource[M, P]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	model := P(new(M))
	resp.Diagnostics.Append(req.Plan.Get(ctx, model)...)
	r.run(ctx, "update", writeTimeout, model, P.update, &resp.Diagnostics)
	r.save(ctx, model, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete deletes what is there. That it is gone already is a success.
func (r *crudResource[M, P]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	model := P(new(M))
	resp.Diagnostics.Append(req.State.Get(ctx, model)...)
	r.run(ctx, "delete", writeTimeout, model, P.remove, &resp.Diagnostics)
}

// ImportState stores the name; the read that follows brings the rest.
func (r *crudResource[M, P]) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if ref, ok := r.importRef(ctx, req, &resp.Diagnostics); ok {
		model := P(new(M))
		model.setRef(ref)
		r.save(ctx, model, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// run runs an operation. gone tells that what was to be read or deleted is not there.
func (r *crudResource[M, P]) run(
	ctx context.Context, verb string, timeout time.Duration, model P,
	operation func(P, context.Context, *kirim.Client) error, diags *diag.Diagnostics,
) (gone bool) {
	ref, failed := model.ref(), diagnostics.Failed.Of(verb, r.noun)
	ctx = r.data.begin(ctx, timeout, failed, ref, diags)
	if diags.HasError() {
		return false
	}
	err := operation(model, ctx, r.data.client)
	if kirim.IsNotFound(err, r.noun) && (verb == "read" || verb == "delete") {
		return true
	}
	if kirim.Details(err).MayHaveActed {
		failed = failed.Means("The request may have taken effect all the same: see before you apply again.")
	}
	if err != nil {
		failed.Fail(diags, err, ref, verb != "create")
	}
	return false
}

func (r *crudResource[M, P]) save(
	ctx context.Context, model P, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	if !diags.HasError() {
		diags.Append(state.Set(ctx, model)...)
		diags.Append(setIdentity(ctx, identity, model.ref())...)
	}
}
