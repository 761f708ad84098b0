package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// ModifyPlan decides what a plan shows as known. It is called twice for each
// update, the second time while applying with everything known, and must not
// come to anything that contradicts what it said the first time.
func (r *credentialPasswordResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	// In a creation, the notes are those of the resource that this one replaces.
	stored, _ := readPrivateState(ctx, req.Private, &resp.Diagnostics)
	if !req.State.Raw.IsNull() && stored.nothingPending() && req.Plan.Raw.Equal(req.State.Raw) {
		if of := rawTarget(req.State.Raw); r.data.memory.planning(of) {
			r.data.logDecision(ctx, of, rotation.Keep.String(), "")
			return
		}
	}
	var plan, config credentialPasswordModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("existing_password"), &config.ExistingPassword)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		if isSet(config.ExistingPassword) != rotation.No && stored.blocksAdoption() {
			// Also where the password is not known yet: the apply will not see the
			// notes.
			addAdoptionRefused(&resp.Diagnostics, plan.target(), stored)
			return
		}
		decision := planCreation(&plan, config.ExistingPassword)
		r.data.logDecision(ctx, plan.target(), decision.Action.String(), decision.Reason)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}

	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	stored, _ = privateStateAbout(ctx, req.Private, &state, &resp.Diagnostics)
	if keepSpelling(&plan.Domain, state.Domain, kirim.NormalizeDomain) {
		resp.RequiresReplace.Append(path.Root("domain"))
	}
	if keepSpelling(&plan.CredentialGUID, state.CredentialGUID, kirim.NormalizeGUID) {
		resp.RequiresReplace.Append(path.Root("credential_guid"))
	}
	if len(resp.RequiresReplace) > 0 {
		sameAsFarAsKnown := (plan.Domain.IsUnknown() || plan.Domain.Equal(state.Domain)) &&
			(plan.CredentialGUID.IsUnknown() || plan.CredentialGUID.Equal(state.CredentialGUID))
		revokes := state.RevokeOnDestroy.ValueBool() && state.PasswordVersion.ValueInt64() != 0 && !unproven(&state, stored)
		addForgets(&resp.Diagnostics, resp.RequiresReplace[0], state.target(), sameAsFarAsKnown, revokes)
		r.data.logDecision(ctx, state.target(), verdictReplace, "")
	} else {
		decision := r.planUpdate(&plan, &state, config.ExistingPassword, stored, r.unrecorded(ctx, &plan, &state, stored, req.State), &resp.Diagnostics)
		r.data.logDecision(ctx, state.target(), decision.Action.String(), decision.Reason)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func planCreation(plan *credentialPasswordModel, existing types.String) rotation.Decision {
	decision := rotation.DecideCreation(isSet(existing))
	plan.passwordModel = unknownPassword(decision.Reason)
	plan.NextRotationAt = plan.next(types.StringUnknown())
	plan.planLogin()
	if !plan.Domain.IsUnknown() && !plan.CredentialGUID.IsUnknown() {
		plan.ID = types.StringValue(plan.target().id())
	}
	return decision
}

func (r *credentialPasswordResource) planUpdate(
	plan, state *credentialPasswordModel, existing types.String, stored privateState, unrecorded rotation.ClockUse, diags *diag.Diagnostics,
) rotation.Decision {
	moment := evaluationTime{now: r.data.now(), unrecorded: unrecorded}
	planning := r.data.memory.planning(state.target())
	if planning {
		moment.ahead = rotation.PlanLookahead
	}
	in := decisionInput(plan, state, existing, stored, moment)
	decision := rotation.Decide(in)
	plan.planDecision(state, decision, stored)
	// What is carried out is planned once more by the apply, and then it has
	// been told already. What a changed setting or the clock alone brings is told
	// all the same: no refresh has seen it, so that there may have been none.
	byClock := in.Clock.ByClock() && decision.Reason == in.Clock.After.Reason()
	if planning || decision.Action == rotation.Keep || in.Clock.Changes() || byClock || unrecorded == rotation.MayUseClock {
		addPlanWarnings(diags, decision, in, stored, state)
	}
	return decision
}

// unrecorded tells whether a plan may go by the clock where no refresh has found
// the password to be due; see [rotation.ClockUse]. Whether something else makes
// an update shows when the plan is held against the state as if nothing rotated.
func (r *credentialPasswordResource) unrecorded(
	ctx context.Context, plan, state *credentialPasswordModel, stored privateState, before tfsdk.State,
) rotation.ClockUse {
	if stored.LoginPending {
		return rotation.WaitForRefresh
	}
	kept := *plan
	kept.keepAll(state, false)
	after := tfsdk.State{Schema: before.Schema}
	if diags := after.Set(ctx, &kept); diags.HasError() {
		return rotation.WaitForRefresh
	}
	switch {
	case after.Raw.Equal(before.Raw):
		if !r.data.memory.planning(state.target()) {
			return rotation.UseClock
		}
	case equalButUnknown(after.Raw, before.Raw):
		return rotation.MayUseClock
	}
	return rotation.WaitForRefresh
}

// equalButUnknown tells whether a planned value comes to a stored one if what is
// not known of it does.
func equalButUnknown(planned, stored tftypes.Value) bool {
	filled, err := tftypes.Transform(planned, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		was, _, err := tftypes.WalkAttributePath(stored, at)
		if value, ok := was.(tftypes.Value); ok && err == nil {
			return value, nil
		}
		return v, nil
	})
	return err == nil && filled.Equal(stored)
}

// evaluationTime is when a decision is made, and how far it looks ahead.
type evaluationTime struct {
	now        time.Time
	ahead      time.Duration
	unrecorded rotation.ClockUse
}

// decisionInput gathers all that the decision about a stored password rests on.
func decisionInput(plan, state *credentialPasswordModel, existing types.String, stored privateState, at evaluationTime) rotation.Input {
	in := rotation.Input{
		Before: state.triggers(), After: plan.triggers(),
		Unfinished:      stored.Unfinished,
		LateReset:       stored.InFlight.completedLate(),
		ExternalReset:  stored.resetExternally(),
		FollowExternal: switchOf(plan.RotateOnExternalChange),
		Clock: rotation.Clock{
			Before: state.timing(), After: plan.timing(),
			RotatedAt: parsedTime(state.RotatedAt), Now: at.now, Ahead: at.ahead, Use: at.unrecorded,
		},
	}
	in.Clock.Due = stored.Due != "" && stored.Due == in.Clock.Before.Setting()
	if adoptable(state, existing, stored) {
		in.Adoptable = isSet(existing)
	}
	return in
}

// adoptable tells whether existing_password may take the place of what is
// stored: where nothing is, or another one that was adopted and that the mail
// server was not seen to take, which is how a mistyped one is put right. What an
// unfinished reset may have ended is not adopted.
func adoptable(state *credentialPasswordModel, existing types.String, stored privateState) bool {
	if stored.Unfinished {
		return false
	}
	if state.PasswordVersion.ValueInt64() == 0 {
		return true
	}
	return !stored.Reset && stored.LoginPending && !existing.IsUnknown() && !existing.Equal(state.Password)
}

// planDecision plans what has been decided.
func (m *credentialPasswordModel) planDecision(state *credentialPasswordModel, decision rotation.Decision, stored privateState) {
	if decision.Action == rotation.Keep {
		m.keepAll(state, stored.LoginPending)
		return
	}
	m.keepCredential(state)
	m.passwordModel = unknownPassword(decision.Reason)
	m.NextRotationAt = m.next(types.StringUnknown())
	m.planLogin()
}

// isSet tells whether a write-only argument is there.
func isSet(s types.String) rotation.Tristate {
	switch {
	case s.IsUnknown():
		return rotation.Unknown
	case s.IsNull():
		return rotation.No
	}
	return rotation.Yes
}

// keepSpelling tells whether a planned name is another one than the stored. One
// that is only spelled differently is planned as it is stored, which Terraform
// allows: so that nothing changes at all.
func keepSpelling(planned *types.String, stored types.String, normalize func(string) (string, error)) (differs bool) {
	if planned.IsUnknown() {
		return true
	}
	before, errBefore := normalize(stored.ValueString())
	after, errAfter := normalize(planned.ValueString())
	if errBefore != nil || errAfter != nil {
		return !planned.Equal(stored)
	}
	if before != after {
		return true
	}
	*planned = stored
	return false
}
