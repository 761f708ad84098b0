package password

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

const (
	defaultTimeout     = 5 * time.Minute
	defaultReadTimeout = 2 * time.Minute
)

// Lifecycle is what a resource with a managed password embeds.
type Lifecycle struct {
	*Session
	// New gives an empty model of the resource.
	New func() Resource
}

// response is where an operation puts what came of it: the framework has another
// type for each operation's response.
type response struct {
	state   *tfsdk.State
	private privateWriter
	diags   *diag.Diagnostics
}

// unlogged is the context for the timeouts module, which has no other use for one
// than to log by it, at INFO, for each resource, that there is no timeout.
func unlogged() context.Context { return context.Background() }

func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, of Resource, diags *diag.Diagnostics) {
	if identity != nil && !diags.HasError() {
		diags.Append(of.SetIdentity(ctx, identity)...)
	}
}

func existingPassword(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (existing types.String) {
	diags.Append(config.GetAttribute(ctx, path.Root("existing_password"), &existing)...)
	return existing
}

// begin gives an operation its time and its secrets.
func (s *Session) begin(ctx context.Context, timeout time.Duration, passwords ...types.String) (context.Context, context.CancelFunc) {
	texts := make([]string, len(passwords))
	for i, password := range passwords {
		texts[i] = password.ValueString()
	}
	return kirim.WithTimeout(kirim.WithPasswords(logging.Context(ctx, s.Secrets...), texts...), timeout)
}

// Create makes the first password, or adopts the one that is given.
func (l *Lifecycle) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := l.instance(ctx, req.Plan, &resp.Diagnostics)
	existing := existingPassword(ctx, req.Config, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Create(unlogged(), defaultTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, plan.Resource, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || adoptionGone(plan, existing, &resp.Diagnostics) {
		return
	}
	timed, cancel := l.begin(ctx, timeout, existing)
	defer cancel()
	out := response{&resp.State, resp.Private, &resp.Diagnostics}
	// By now it is known whether there is a password to adopt.
	plan.RotationReason = types.StringValue(rotation.DecideCreation(isSet(existing)).Reason)
	change := plan.plannedChange()
	result, err := l.issue(timed, plan, existing, 0)
	if errors.Is(err, errRevoked) {
		// Storing it would be storing a dead one. The reason has been planned.
		change = resetPassword
		if result, err = l.reset(timed, plan, 0, rotation.ReasonAdopted); err == nil {
			diagnostics.NotAdopted.Warn(&result.warnings, plan.Ref(), "this same apply has ended that password, by "+
				"revoke_on_destroy "+
				"of the resource that was there before.")
		}
	}
	switch {
	case err == nil:
		l.saveResult(ctx, timed, plan, result, privateState{}, out, true)
	case change == adoptPassword:
		diagnostics.Adopt.Fail(&resp.Diagnostics, err, plan.Ref(), false)
	default:
		addResetError(&resp.Diagnostics, err, plan.Ref(), noPassword)
	}
}

// issue makes or adopts the password that is planned. version is that of the password
// that it replaces, 0 in a creation.
func (l *Lifecycle) issue(ctx context.Context, plan instance, existing types.String, version int64) (*resetResult, error) {
	if plan.plannedChange() == adoptPassword {
		return l.adopt(ctx, plan, existing, version)
	}
	return l.reset(ctx, plan, version, plan.RotationReason.ValueString())
}

// adoptionGone tells whether a plan adopts what is not there any more.
func adoptionGone(plan instance, existing types.String, diags *diag.Diagnostics) bool {
	if plan.plannedChange() != adoptPassword || isSet(existing) == rotation.Yes {
		return false
	}
	diagnostics.NothingToAdopt.Err(diags, plan.Ref(), "the plan adopts existing_password, and the apply was given "+
		"none.")
	return true
}

// Update does to the password what the plan says, and otherwise stores the
// settings alone.
func (l *Lifecycle) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan := l.instance(ctx, req.Plan, &resp.Diagnostics)
	state := l.instance(ctx, req.State, &resp.Diagnostics)
	existing := existingPassword(ctx, req.Config, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Update(unlogged(), defaultTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, state.Resource, &resp.Diagnostics)
	stored, before := privateStateAbout(ctx, req.Private, state.Model, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.plannedChange() == decideAtApply {
		l.decide(plan, state, existing, stored, equalIfKnown(req.Plan.Raw, req.State.Raw))
	}
	out := response{&resp.State, resp.Private, &resp.Diagnostics}
	if plan.plannedChange() == keepPassword {
		l.saveSettings(ctx, plan, state, stored, before, out)
		return
	}
	timed, cancel := l.begin(ctx, timeout, state.Password, existing)
	defer cancel()
	if adoptionGone(plan, existing, &resp.Diagnostics) {
		return
	}
	change := plan.plannedChange()
	result, err := l.issue(timed, plan, existing, state.PasswordVersion.ValueInt64())
	switch {
	case err == nil:
		l.saveResult(ctx, timed, plan, result, stored, out, false)
	case change == adoptPassword:
		diagnostics.Adopt.Fail(&resp.Diagnostics, err, plan.Ref(), false)
	default:
		held := heldPassword(state.Model, stored)
		if mayHaveActed(err) {
			stored.leaveUnfinished(err, l.Now())
			resp.Diagnostics.Append(stored.write(ctx, resp.Private, before)...)
		}
		addResetError(&resp.Diagnostics, err, state.Ref(), held)
	}
}

// decide makes up for a plan that could not decide. By now everything is known.
func (l *Lifecycle) decide(plan, state instance, existing types.String, stored privateState, nothingElse bool) {
	at := evaluationTime{now: l.Now()}
	if nothingElse && !stored.LoginPending {
		at.use = rotation.UseClock
	}
	decision := rotation.Decide(decisionInput(plan.Model, state.Model, existing, stored, at))
	switch decision.Action {
	case rotation.Keep, rotation.Undecided: // whatever it still is, it does not call for a rotation
		plan.keep(state.Model, stored.LoginPending)
	case rotation.Rotate, rotation.Adopt:
		plan.planRotation(decision.Reason)
	}
}

// saveSettings stores an update that changes no password, and makes up for a login
// check that is pending. stored is about the password, before is what was stored.
func (l *Lifecycle) saveSettings(ctx context.Context, plan, state instance, stored, before privateState, out response) {
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
		l.note(issued, plan.Ref())
	}
	now.Revokes = plan.RevokeOnDestroy.ValueBool()
	out.diags.Append(out.state.Set(ctx, plan.Resource)...)
	out.diags.Append(now.write(ctx, out.private, before)...)
	l.finishLogin(ctx, plan, now, out, false)
}
