package password

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// ModifyPlan decides what a plan shows as unknown. Terraform calls it twice for
// each update, the second time while applying with everything known, and what it
// says then must not contradict what it said first.
func (l *Lifecycle) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	if req.State.Raw.IsNull() {
		l.planCreation(ctx, req, resp)
		return
	}
	state := l.instance(ctx, req.State, &resp.Diagnostics)
	stored := l.stored(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if stored.nothingPending() && req.Plan.Raw.Equal(req.State.Raw) && l.has(refreshed, state.Ref()) {
		// Most plans are of resources in which nothing changes. To decode and set them
		// would cost more than all else of it.
		l.notePlanned(state, &resp.Diagnostics)
		l.logDecision(ctx, state.Ref(), rotation.Keep.String(), "")
		return
	}
	plan := l.instance(ctx, req.Plan, &resp.Diagnostics)
	existing := existingPassword(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if argument, mayBeSame := replacedBy(plan, state); argument != "" {
		revokes := state.RevokeOnDestroy.ValueBool() && state.PasswordVersion.ValueInt64() != 0 &&
			!unproven(state.Model, stored)
		addForgets(&resp.Diagnostics, path.Root(argument), state.Ref(), mayBeSame, revokes)
		// The CLI drops the warnings of the creation that it plans after this.
		l.notePlanned(plan, &resp.Diagnostics)
		l.look(ctx, plan, existing, state.Password, &resp.Diagnostics)
		l.logDecision(ctx, state.Ref(), "replace", "")
		return
	}
	l.notePlanned(state, &resp.Diagnostics)
	pending := stored.LoginPending || stored.RevokeDue != ""
	use := clockUse(req.Plan.Raw, req.State.Raw, pending, l.has(refreshed, state.Ref()))
	decision := l.planUpdate(plan, state, existing, stored, use, &resp.Diagnostics)
	l.logDecision(ctx, state.Ref(), decision.Action.String(), decision.Reason)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan.Resource)...)
}

func (l *Lifecycle) planCreation(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	plan := l.instance(ctx, req.Plan, &resp.Diagnostics)
	existing := existingPassword(ctx, req.Config, &resp.Diagnostics)
	// What is stored is about the resource that this one replaces.
	replaced, isReplacement := readPrivateState(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if isSet(existing) != rotation.No && replaced.blocksAdoption(plan, existing) {
		// Also if the password is not known yet: the apply does not see the private state.
		// It points at no argument: the CLI would print the password.
		diagnostics.OldPassword.Err(&resp.Diagnostics, plan.Ref(), "this resource replaces another, and "+
			"existing_password is still in its configuration. That password has most likely ended: the other "+
			"resource has rotated it, may have rotated it, or ends it on destroy (revoke_on_destroy).")
		return
	}
	decision := rotation.DecideCreation(isSet(existing))
	plan.planRotation(nil, decision)
	plan.ID = plan.ResourceID()
	if !isReplacement { // else the resource was planned before, with its state
		l.notePlanned(plan, &resp.Diagnostics)
	}
	l.look(ctx, plan, existing, types.StringNull(), &resp.Diagnostics)
	l.logDecision(ctx, plan.Ref(), decision.Action.String(), decision.Reason)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan.Resource)...)
}

// replacedBy gives the argument that replaces the resource, empty if none does.
// mayBeSame tells that it may turn out to be the same credential.
func replacedBy(plan, state instance) (argument string, mayBeSame bool) {
	mayBeSame = true
	before := state.Identifiers()
	for i, now := range plan.Identifiers() {
		if !now.Value.Equal(before[i].Value) {
			mayBeSame = mayBeSame && now.Value.IsUnknown()
			argument = cmp.Or(argument, now.Name)
		}
	}
	return argument, mayBeSame
}

func (l *Lifecycle) planUpdate(
	plan, state instance, existing types.String, stored privateState, use rotation.ClockUse, diags *diag.Diagnostics,
) rotation.Decision {
	in := decisionInput(plan.Model, state.Model, existing, stored)
	in.Clock.Now, in.Clock.Use = l.Now(), use
	isPlan := l.has(refreshed, state.Ref())
	if isPlan {
		in.Clock.Ahead = rotation.PlanLookahead
	}
	decision := rotation.Decide(in)
	if decision.Action == rotation.Keep {
		plan.planKept(state, stored, in.Clock)
	} else {
		plan.planRotation(state.pair, decision)
	}
	// An apply plans once more what it carries out, and then this has been told
	// already. What a changed setting or the clock alone brings is told all the
	// same: perhaps there was no refresh.
	byClock := in.Clock.ByClock() && decision.Reason == in.Clock.After.Reason()
	if isPlan || decision.Action == rotation.Keep || in.Clock.Changes() || byClock || use == rotation.MayUseClock {
		addPlanWarnings(diags, state, decision, in, stored)
		addCutOff(diags, state, decision, stored)
	}
	return decision
}

// plannedChange is what a plan hands to its apply. The plan itself carries it: an
// unknown password is one to come, and its rotation_reason says how.
type plannedChange int

const (
	keepPassword  plannedChange = iota // the password is known
	decideAtApply                      // neither the password nor the reason is
	adoptPassword
	resetPassword
)

func (m *Model) plannedChange() plannedChange {
	switch {
	case !m.Password.IsUnknown():
		return keepPassword
	case m.RotationReason.IsUnknown():
		return decideAtApply
	case m.RotationReason.ValueString() == rotation.ReasonAdopted:
		return adoptPassword
	}
	return resetPassword
}

// planRotation makes unknown what a password to come changes. What the credential
// is known by stays; what the API has not said of it yet may come with the answer.
func (m *Model) planRotation(reason string) {
	m.Attributes = Attributes{
		Password: types.StringUnknown(), PasswordVersion: types.Int64Unknown(), RotationReason: types.StringUnknown(),
		Strength: types.DynamicUnknown(), RemoteSync: types.BoolUnknown(),
		ModifiedAt: types.StringUnknown(), RotatedAt: types.StringUnknown(),
	}
	if reason != "" { // else it is not known either
		m.RotationReason = types.StringValue(reason)
	}
	m.NextRotationAt = m.next(types.StringUnknown())
	m.planLogin(types.StringNull(), true)
	for _, attribute := range []*types.String{&m.Username, &m.Login, &m.CreatedAt} {
		if attribute.IsNull() {
			*attribute = types.StringUnknown()
		}
	}
}

// keep takes over the stored password. The settings are the plan's.
func (m *Model) keep(state *Model, pending bool) {
	m.CredentialAttributes, m.Attributes = state.CredentialAttributes, state.Attributes
	m.NextRotationAt = state.NextRotationAt
	if timing := m.timing(); timing.Unknown || timing.Setting() != state.timing().Setting() {
		m.NextRotationAt = m.next(state.RotatedAt) // else another machine's time zones could change it
	}
	m.planLogin(state.LoginVerifiedAt, pending)
}

// clockUse tells whether a plan may go by the clock if no refresh has found the
// password due. pending is what else makes an update: a login check or a revocation. See
// [rotation.ClockUse].
func clockUse(plan, state tftypes.Value, pending, isPlan bool) rotation.ClockUse {
	switch {
	case pending:
		return rotation.WaitForRefresh
	case !plan.Equal(state):
		if attribute.EqualIfKnown(plan, state) {
			return rotation.MayUseClock
		}
	case !isPlan:
		return rotation.UseClock
	}
	return rotation.WaitForRefresh
}

// decisionInput gathers all that the decision about a stored password rests on, but for
// the time of it.
func decisionInput(plan, state *Model, existing types.String, stored privateState) rotation.Input {
	in := rotation.Input{
		Before: state.triggers(), After: plan.triggers(),
		Unfinished:     stored.Unfinished,
		LateReset:      stored.InFlight.completedLate(),
		ExternalReset:  stored.resetExternally(),
		FollowExternal: tristate(plan.RotateOnExternalChange, plan.RotateOnExternalChange.ValueBool()),
		Clock: rotation.Clock{
			Before: state.timing(), After: plan.timing(),
			RotatedAt: parsedTime(state.RotatedAt),
		},
	}
	in.Clock.Due = stored.Due != "" && stored.Due == in.Clock.Before.Setting()
	if adoptable(state, existing, stored) {
		in.Adoptable = isSet(existing)
	}
	return in
}

// triggers are the rotation_triggers, free of Terraform's types.
func (m *Model) triggers() rotation.Triggers {
	triggers := rotation.Triggers{
		Unknown: m.RotationTriggers.IsUnknown(),
		Values:  make(map[string]rotation.Value, len(m.RotationTriggers.Elements())),
	}
	for key, element := range m.RotationTriggers.Elements() {
		value := rotation.Value{Unknown: element.IsUnknown(), Null: element.IsNull()}
		if text, ok := element.(types.String); ok {
			value.Text = text.ValueString()
		}
		triggers.Values[key] = value
	}
	return triggers
}

// adoptable tells whether existing_password may take the place of what is stored:
// nothing, or another one that was adopted and that the mail server has not been
// seen to take, so that a mistyped one can be put right. What an unfinished reset
// may have ended is not adopted.
func adoptable(state *Model, existing types.String, stored privateState) bool {
	another := !stored.Reset && stored.LoginPending && !existing.IsUnknown() && !existing.Equal(state.Password)
	return !stored.Unfinished && (state.PasswordVersion.ValueInt64() == 0 || another)
}
