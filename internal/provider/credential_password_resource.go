package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

const (
	defaultCreateTimeout = 5 * time.Minute
	defaultReadTimeout   = 2 * time.Minute
	defaultUpdateTimeout = 5 * time.Minute
	defaultDeleteTimeout = 5 * time.Minute
)

// credentialPasswordResource is smtp_credential_password.
type credentialPasswordResource struct{ data *providerData }

var (
	_ resource.ResourceWithConfigure   = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithIdentity    = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithImportState = (*credentialPasswordResource)(nil)
)

func newCredentialPasswordResource() resource.Resource { return &credentialPasswordResource{} }

func (r *credentialPasswordResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = configured(req.ProviderData, &resp.Diagnostics)
}

// Create makes the first password, or adopts the one that is given.
func (r *credentialPasswordResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model credentialPasswordModel
	var existing types.String
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("existing_password"), &existing)...)
	timeout, diags := model.Timeouts.Create(unlogged(), defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, model.target(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	known := kirim.WithPasswords(r.data.logContext(ctx), existing.ValueString())
	operation, cancel := kirim.WithTimeout(known, timeout)
	defer cancel()
	out := response{&resp.State, resp.Private, &resp.Diagnostics}
	if adoptionGone(&resp.Diagnostics, &model, existing) {
		return
	}
	reason := rotation.ReasonCreated
	if isSet(existing) == rotation.Yes {
		came, err := r.data.adopt(operation, model.target(), &model.passwordModel, existing.ValueString(), 0)
		switch {
		case err == nil:
			r.saveResult(ctx, operation, &model, came, privateState{}, out, true)
			return
		case !errors.Is(err, errRevoked):
			addAdoptionError(&resp.Diagnostics, err, model.target())
			return
		}
		// Storing it would be storing a dead one. The reason has been planned.
		reason = rotation.ReasonAdopted
	}
	came, err := r.data.rotate(operation, model.target(), &model.passwordModel, 0, reason, !model.LoginCheck.IsNull())
	if err != nil {
		addResetError(&resp.Diagnostics, err, model.target(), noPassword)
		return
	}
	if reason == rotation.ReasonAdopted {
		addNotAdopted(&came.warnings, model.target())
	}
	r.saveResult(ctx, operation, &model, came, privateState{}, out, true)
}

// adoptionGone tells whether a plan adopts what is not there any more.
func adoptionGone(diags *diag.Diagnostics, plan *credentialPasswordModel, existing types.String) bool {
	if plan.RotationReason.ValueString() != rotation.ReasonAdopted || isSet(existing) == rotation.Yes {
		return false
	}
	addNothingToAdopt(diags, plan.target())
	return true
}

// Update does to the password what the plan says, and otherwise stores the
// settings alone.
func (r *credentialPasswordResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state credentialPasswordModel
	var existing types.String
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("existing_password"), &existing)...)
	timeout, diags := plan.Timeouts.Update(unlogged(), defaultUpdateTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, state.target(), &resp.Diagnostics)
	version := state.PasswordVersion.ValueInt64()
	stored, before := privateStateAbout(ctx, req.Private, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.Password.IsUnknown() && plan.RotationReason.IsUnknown() {
		// By now everything is known; what a plan could not decide is decided.
		at := evaluationTime{now: r.data.now(), unrecorded: r.unrecorded(ctx, &plan, &state, stored, req.State)}
		decision := rotation.Decide(decisionInput(&plan, &state, existing, stored, at))
		if decision.Action == rotation.Undecided {
			decision.Action = rotation.Keep // whatever it still is: it does not call for a rotation
		}
		plan.planDecision(&state, decision, stored)
	}
	out := response{&resp.State, resp.Private, &resp.Diagnostics}
	if !plan.Password.IsUnknown() {
		r.keep(ctx, &plan, &state, stored, before, out)
		return
	}
	known := kirim.WithPasswords(r.data.logContext(ctx), state.Password.ValueString(), existing.ValueString())
	operation, cancel := kirim.WithTimeout(known, timeout)
	defer cancel()
	if adoptionGone(&resp.Diagnostics, &plan, existing) {
		return
	}
	if plan.RotationReason.ValueString() == rotation.ReasonAdopted {
		came, err := r.data.adopt(operation, plan.target(), &plan.passwordModel, existing.ValueString(), version)
		if err != nil {
			addAdoptionError(&resp.Diagnostics, err, plan.target())
			return
		}
		r.saveResult(ctx, operation, &plan, came, stored, out, false)
		return
	}
	came, err := r.data.rotate(operation, plan.target(), &plan.passwordModel, version, plan.RotationReason.ValueString(),
		!plan.LoginCheck.IsNull())
	if err != nil {
		held := heldPassword(&state, stored)
		if mayHaveActed(err) {
			stored.leaveUnfinished(err, r.data.now())
			resp.Diagnostics.Append(stored.write(ctx, resp.Private, before)...)
		}
		addResetError(&resp.Diagnostics, err, state.target(), held)
		return
	}
	r.saveResult(ctx, operation, &plan, came, stored, out, false)
}

// keep stores settings, and makes up for a login that is still to be seen.
// stored are the notes about the password, before are those in the state.
func (r *credentialPasswordResource) keep(
	ctx context.Context, plan, state *credentialPasswordModel, stored, before privateState, out response,
) {
	now := stored
	plan.keepLogin(state.LoginVerifiedAt, now.LoginPending)
	if plan.LoginVerifiedAt.IsUnknown() {
		plan.LoginVerifiedAt = types.StringNull()
	}
	if plan.LoginCheck.IsNull() {
		now.LoginPending = false
	}
	if now.LoginPending {
		// Its predecessor may be destroyed beside it only now.
		r.data.memory.noteIssued(plan.target())
	}
	now.Revokes = plan.RevokeOnDestroy.ValueBool()
	out.diags.Append(out.state.Set(ctx, plan)...)
	out.diags.Append(now.write(ctx, out.private, before)...)
	r.finishLogin(ctx, plan, now, out, false)
}
