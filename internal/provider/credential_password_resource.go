package provider

import (
	"context"
	"errors"
	"strings"
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
	timeout, diags := model.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, model.target(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	operation, cancel := context.WithTimeout(r.data.logContext(ctx), timeout)
	defer cancel()
	out := destination{&resp.State, resp.Private, &resp.Diagnostics}
	if adoptionGone(&resp.Diagnostics, &model, existing) {
		return
	}
	reason := rotation.ReasonCreated
	if isSet(existing) == rotation.On {
		came, err := r.data.adopt(operation, model.target(), &model.passwordModel, existing.ValueString(), 0)
		switch {
		case err == nil:
			r.settle(ctx, operation, &model, came, notes{}, out, true)
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
	r.settle(ctx, operation, &model, came, notes{}, out, true)
}

// adoptionGone tells whether a plan adopts what is not there any more.
func adoptionGone(diags *diag.Diagnostics, plan *credentialPasswordModel, existing types.String) bool {
	if plan.RotationReason.ValueString() != rotation.ReasonAdopted || isSet(existing) == rotation.On {
		return false
	}
	addNothingToAdopt(diags, plan.target())
	return true
}

// Read sees whether the credential is still there, and notes what a plan is to
// go by: that the password is due, or that somebody else has reset it. It
// writes the state only where something has changed.
func (r *credentialPasswordResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, state.target(), &resp.Diagnostics)
	before := readNotes(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.data.memory.noteRefresh(state.target())
	now := before.about(state.PasswordVersion.ValueInt64())
	lost := !before.areAbout(state.PasswordVersion.ValueInt64())
	if lost {
		now = notesOfState(&state)
	}
	now.LoginRefused = false // it counts for the refresh that saw it alone
	if now.Unfinished {
		addUnfinished(&resp.Diagnostics, state.target())
	}
	now.Due = dueBy(&state, r.data.now())
	if r.data.client == nil {
		addNotRefreshed(&resp.Diagnostics, state.target())
		resp.Diagnostics.Append(now.write(ctx, resp.Private, before)...)
		return
	}
	ctx, cancel := context.WithTimeout(r.data.logContext(ctx), timeout)
	defer cancel()
	credential, err := r.data.client.GetCredential(ctx, state.Domain.ValueString(), state.CredentialGUID.ValueString())
	switch {
	case isGone(err):
		addGone(&resp.Diagnostics, state.target())
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		addReadError(&resp.Diagnostics, err, state.target())
		return
	}
	changed := refreshLogin(&state, *credential)
	if lost {
		noteCutOff(&state, *credential, &now, &resp.Diagnostics)
	}
	if r.noteElsewhere(ctx, &state, *credential, &now, resp) {
		changed = true
	}
	resp.Diagnostics.Append(now.write(ctx, resp.Private, before)...)
	if changed {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// dueBy gives the setting by which a stored password is due.
func dueBy(state *credentialPasswordModel, now time.Time) string {
	timing := state.timing()
	if next := timing.Next(parsedTime(state.RotatedAt)); next.IsZero() || next.After(now) {
		return ""
	}
	return timing.Setting()
}

// noteCutOff notes what may have become of a password whose notes are lost,
// because an apply was killed: where the API tells of a later change, the killed
// reset has ended it, and only where the API tells of none is it known to live.
func noteCutOff(state *credentialPasswordModel, credential kirim.Credential, now *notes, diags *diag.Diagnostics) {
	switch {
	case credential.LastPasswordChanged.IsZero():
		now.CutOff = now.Reset // one that was adopted may never have been changed
	case now.made().Superseded(seen(credential), parsedTime(state.RotatedAt)):
		now.Unfinished, now.StillRunning = true, true
		addUnfinished(diags, state.target())
	}
}

// noteElsewhere notes whether somebody else has reset the password, or an
// earlier call of our own.
func (r *credentialPasswordResource) noteElsewhere(
	ctx context.Context, state *credentialPasswordModel, credential kirim.Credential, now *notes, resp *resource.ReadResponse,
) (changed bool) {
	now.ElsewhereAt, now.OvertakenAt = time.Time{}, time.Time{}
	if now.MayBeOvertaken && now.madeAtTheEarliest().Overtaken(seen(credential)) {
		now.OvertakenAt = credential.LastPasswordChanged
	} else if now.made().ResetElsewhere(seen(credential), parsedTime(state.RotatedAt)) {
		now.ElsewhereAt = credential.LastPasswordChanged
	}
	check := state.check(ctx, state.Login, &resp.Diagnostics)
	if r.data.probe(ctx, check, state.target(), state.Password, now, &resp.Diagnostics) && state.LoginVerifiedAt.IsNull() {
		state.LoginVerifiedAt = timeOrNull(r.data.now())
		changed = true
	}
	if now.CutOff {
		addCutOff(&resp.Diagnostics, state.target())
	}
	return changed
}

// refreshLogin takes over a user name that has come to be another one. The API
// gives one name in two forms (with and without its domain), so that the name
// alone is no sign of a change; the login is.
func refreshLogin(state *credentialPasswordModel, credential kirim.Credential) (changed bool) {
	login := credential.Login(state.target().normalized().domain)
	if login == "" || strings.EqualFold(login, state.Login.ValueString()) {
		return false
	}
	state.Username, state.Login = types.StringValue(credential.Username), types.StringValue(login)
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
	timeout, diags := plan.Timeouts.Update(ctx, defaultUpdateTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, state.target(), &resp.Diagnostics)
	version := state.PasswordVersion.ValueInt64()
	before := readNotes(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	stored := before.about(version)
	if plan.Password.IsUnknown() && plan.RotationReason.IsUnknown() {
		// By now everything is known; what a plan could not decide is decided.
		decision := rotation.Decide(decisionInput(&plan, &state, existing, stored, moment{now: r.data.now()}))
		if decision.Verdict == rotation.Undecided {
			decision.Verdict = rotation.Keep // whatever it still is: it does not call for a rotation
		}
		plan.carryOut(&state, decision, stored)
	}
	out := destination{&resp.State, resp.Private, &resp.Diagnostics}
	if !plan.Password.IsUnknown() {
		r.keep(ctx, &plan, &state, stored, out)
		return
	}
	operation, cancel := context.WithTimeout(r.data.logContext(ctx), timeout)
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
		r.settle(ctx, operation, &plan, came, stored, out, false)
		return
	}
	came, err := r.data.rotate(operation, plan.target(), &plan.passwordModel, version, plan.RotationReason.ValueString(),
		!plan.LoginCheck.IsNull())
	if err != nil {
		held := heldPassword(&state, stored)
		if mayHaveActed(err) {
			stored.Unfinished, stored.StillRunning = true, stored.StillRunning || mayStillRun(err)
			resp.Diagnostics.Append(stored.write(ctx, resp.Private, before)...)
		}
		addResetError(&resp.Diagnostics, err, state.target(), held)
		return
	}
	r.settle(ctx, operation, &plan, came, stored, out, false)
}

// keep stores settings, and makes up for a login that is still to be seen.
func (r *credentialPasswordResource) keep(ctx context.Context, plan, state *credentialPasswordModel, stored notes, out destination) {
	now := stored
	plan.keepVerified(state.LoginVerifiedAt, now.LoginPending)
	if plan.LoginVerifiedAt.IsUnknown() {
		plan.LoginVerifiedAt = types.StringNull()
	}
	if plan.LoginCheck.IsNull() {
		now.LoginPending = false
	}
	if now.LoginPending {
		// Its predecessor may be destroyed beside it only now.
		r.data.memory.noteGiven(plan.target())
	}
	now.Revokes = plan.RevokeOnDestroy.ValueBool()
	out.diags.Append(out.state.Set(ctx, plan)...)
	out.diags.Append(now.write(ctx, out.private, stored)...)
	r.finishLogin(ctx, plan, now, out, false)
}
