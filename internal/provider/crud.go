package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// crudResource is what a resource without a rotated password embeds: its operations run
// those of the model.
type crudResource struct {
	resourceBase
	newModel func() crudModel
}

// crudModel is a configuration, plan or state. Each operation asks the API, and sets
// what the API says, so that nothing is left unknown.
type crudModel interface {
	ref() kirim.Ref
	timeLimits() timeouts.Value
	create(ctx context.Context, op operation) error
	read(ctx context.Context, op operation) error
	update(ctx context.Context, op operation) error
	remove(ctx context.Context, op operation) error
}

// named is a model of a thing whose name is unique at the API.
type named interface {
	// importID is what a thing of the same name is imported by.
	importID() string
}

// baseModel is what every crudModel embeds.
type baseModel struct {
	ID       types.String   `tfsdk:"id"`
	Domain   types.String   `tfsdk:"domain"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (m *baseModel) timeLimits() timeouts.Value { return m.Timeouts }

// operation is what a model's operations work with.
type operation struct {
	*providerData
	// diags are for warnings, and for what errTold stands for.
	diags *diag.Diagnostics
}

// unfinished is the error of a create that made the thing, but did not complete it. The
// thing is stored as tainted, so that the next apply replaces it.
type unfinished struct{ error }

func (u unfinished) Unwrap() error { return u.error }

// errTold stands for an error that the operation has added to diags, in words of its own.
// Without it, the operation has succeeded, and what it made is stored whatever is in diags.
var errTold = errors.New("the error is in the diagnostics")

// errDeleted is for a thing that the API still answers with, and marks as deleted.
var errDeleted = errors.New("the API marks it as deleted")

// Create makes what the plan says.
func (r *crudResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.run(ctx, "create", crudModel.create, req.Plan.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Read takes what is gone out of the state.
func (r *crudResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.run(ctx, "read", crudModel.read, req.State.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Update changes what is there.
func (r *crudResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.run(ctx, "update", crudModel.update, req.Plan.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete deletes what is there. That it is gone already is a success.
func (r *crudResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	r.run(ctx, "delete", crudModel.remove, req.State.Get, &resp.State, resp.Identity, &resp.Diagnostics)
}

// ModifyPlan plans no update if only the spelling of a name differs. The framework compares
// plan and state before the plan modifiers restore the stored spelling.
func (r *crudResource) ModifyPlan(
	_ context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	isUpdate := !req.State.Raw.IsNull() && !req.Plan.Raw.IsNull()
	if isUpdate && req.Config.Raw.IsFullyKnown() && attribute.EqualIfKnown(resp.Plan.Raw, req.State.Raw) {
		resp.Plan.Raw = req.State.Raw
	}
}

// ImportState stores the name; the read that follows brings the rest.
func (r *crudResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if ref, ok := r.importRef(ctx, req, &resp.Diagnostics); ok {
		r.setImported(ctx, ref, resp)
	}
}

// setImported stores what an import names.
func (r *crudResource) setImported(ctx context.Context, ref kirim.Ref, resp *resource.ImportStateResponse) {
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), ref.ID())...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("domain"), ref.Domain)...)
	if ref.GUID != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(r.noun+"_guid"), ref.GUID)...)
	}
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, ref)...)
}

// timeout returns how long the operation verb may take.
func (r *crudResource) timeout(verb string, limits timeouts.Value, diags *diag.Diagnostics) time.Duration {
	of, fallback := limits.Create, cmp.Or(r.changeTimeout, defaultTimeout)
	switch verb {
	case "read":
		of, fallback = limits.Read, defaultReadTimeout
	case "update":
		of = limits.Update
	case "delete":
		of = limits.Delete
	}
	timeout, more := of(context.Background(), fallback) // another context would only log that there is none
	diags.Append(more...)
	return timeout
}

// run runs an operation on the model that get reads, and stores what came of it.
func (r *crudResource) run(
	ctx context.Context, verb string, operate func(crudModel, context.Context, operation) error,
	get func(context.Context, any) diag.Diagnostics,
	state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	model, thing := r.newModel(), r.thing()
	diags.Append(get(ctx, model)...)
	timeout := r.timeout(verb, model.timeLimits(), diags)
	ref, failed := model.ref(), diagnostics.Failed.Of(verb, thing)
	if verb == "read" {
		diags.Append(setIdentity(ctx, identity, ref)...) // whatever comes of it
		if r.data.client == nil {
			diagnostics.Unrefreshed.Of(thing).Warn(diags, ref, "a setting of the provider is unknown in the plan.")
			return
		}
	}
	ctx = r.data.begin(ctx, failed, ref, diags)
	if diags.HasError() {
		return
	}
	err := operate(model, kirim.WithTimeout(ctx, timeout), operation{r.data, diags})
	// "Domain not found" takes nothing out of the state but smtp_domain itself: the account
	// may be the wrong one.
	gone := r.name == r.noun && kirim.IsNotFound(err, r.noun) || errors.Is(err, errDeleted)
	half, isHalf := errors.AsType[unfinished](err)
	switch {
	case verb == "delete" && (gone || err == nil): // the framework takes it out of the state
		return
	case gone && verb == "read":
		happened := "the API says that it is not there any more."
		if r.noun == kirim.NounDomain {
			happened = "the account has no such domain any more. If username (" + diagnostics.EnvUsername + ") names " +
				"another account, correct it."
		}
		diagnostics.Vanished.Of(thing).Warn(diags, ref, "%s", happened)
		state.RemoveResource(ctx)
		return
	case errors.Is(err, errTold):
		return
	case isHalf:
		failed.Means("It was made, but is not complete. The next apply replaces it.").Fail(diags, half.error, ref)
	case err != nil:
		e := kirim.Details(err)
		creates := verb == "create"
		isTaken := creates && e.Status == http.StatusUnprocessableEntity
		switch {
		case e.MayHaveActed:
			failed = failed.Means("The request may have taken effect. Look whether it has before you apply again.")
		case isTaken:
			failed = failed.Means("Nothing was made. If there is one already, import it.")
		case creates:
			failed = failed.Means("Nothing was made.")
		}
		if m, ok := model.(named); ok && creates && (isTaken || e.MayHaveActed) {
			failed.Meaning += fmt.Sprintf(" The id to import it by is %q.", m.importID())
		}
		failed.Fail(diags, err, ref)
		return
	}
	diags.Append(state.Set(ctx, model)...)
	diags.Append(setIdentity(ctx, identity, model.ref())...)
}
