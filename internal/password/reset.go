package password

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

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
	ctx = l.begin(ctx, timeout, existing)
	out := response{&resp.State, resp.Private, &resp.Diagnostics}
	// By now it is known whether there is a password to adopt.
	plan.RotationReason = types.StringValue(rotation.DecideCreation(isSet(existing)).Reason)
	change := plan.plannedChange()
	result, err := l.issue(ctx, plan, existing, 0)
	if errors.Is(err, errRevoked) {
		// Storing it would be storing a dead one. The reason has been planned.
		change = resetPassword
		if result, err = l.reset(ctx, plan, 0, rotation.ReasonAdopted); err == nil {
			diagnostics.NotAdopted.Warn(&result.warnings, plan.Ref(), "this same apply has ended that password, by "+
				"revoke_on_destroy of the resource that was there before.")
		}
	}
	switch {
	case err == nil:
		l.saveResult(ctx, plan, result, privateState{}, out, true)
	case change == adoptPassword:
		diagnostics.Adopt.Fail(&resp.Diagnostics, err, plan.Ref(), false)
	default:
		addResetError(&resp.Diagnostics, err, plan.Ref(), noPassword)
	}
}

// issue makes or adopts the password that is planned. version is that of the password
// that it replaces, 0 in a creation.
func (l *Lifecycle) issue(
	ctx context.Context, plan instance, existing types.String, version int64,
) (*resetResult, error) {
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
	ctx = l.begin(ctx, timeout, state.Password, existing)
	if adoptionGone(plan, existing, &resp.Diagnostics) {
		return
	}
	change := plan.plannedChange()
	result, err := l.issue(ctx, plan, existing, state.PasswordVersion.ValueInt64())
	switch {
	case err == nil:
		l.saveResult(ctx, plan, result, stored, out, false)
	case change == adoptPassword:
		diagnostics.Adopt.Fail(&resp.Diagnostics, err, plan.Ref(), false)
	default:
		held := heldPassword(state.Model, stored)
		if kirim.Details(err).MayHaveActed {
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

// resetResult is what a reset or an adoption gave beside the attributes that are in
// the model already.
type resetResult struct {
	operation  operation // it ends when the state is set
	credential kirim.Credential
	private    privateState
	// unfinished is why the password may have ended before it is stored; nil if it
	// is live as far as is known.
	unfinished error
	// warnings are for after the state is set; until then nothing may fail.
	warnings diag.Diagnostics
}

// start locks the credential for an operation. Its errors are logged.
func (s *Session) start(ctx context.Context, op operation) (unlock func(), err error) {
	if s.Client == nil {
		err = diagnostics.ErrUnconfigured
	} else {
		unlock, err = s.lockCredential(ctx, op.ref)
	}
	if err != nil {
		s.logFailed(ctx, op, err)
	}
	return unlock, err
}

// reset makes the server make a new password, and puts what came back into the
// model. before is the version of the password that it replaces, 0 if there was
// none. The deadline of ctx is the operation's.
func (s *Session) reset(ctx context.Context, plan instance, before int64, reason string) (*resetResult, error) {
	ref, checked := plan.Ref(), !plan.LoginCheck.IsNull()
	op := operation{what: rotates, ref: ref, reason: reason, began: s.Now()}
	unlock, err := s.start(ctx, op)
	if err != nil {
		return nil, err
	}
	defer unlock()
	first, err := s.Client.ResetPassword(ctx, ref.Domain, ref.GUID)
	if err != nil {
		s.logFailed(ctx, op, err)
		return nil, err
	}
	last := s.confirm(ctx, ref, first, checked)
	reset := last.reset
	version := s.nextVersion(before, reset.At.Unix())
	op.resets, op.attempts = last.resets, last.attempts
	result := &resetResult{
		operation: op, credential: reset.Credential, private: privateStateOfReset(version, last),
		unfinished: last.unfinished, warnings: last.warnings,
	}
	if s.has(issued, ref) {
		diagnostics.Twice.Warn(&result.warnings, ref, "another resource has rotated its password in this same apply, "+
			"and this reset has ended the one that is stored there.")
	}
	s.note(issued, ref)
	strength, unstorable := dynamicValue(reset.Strength)
	if unstorable != nil {
		addStrengthLost(&result.warnings, unstorable, ref)
	}
	if reset.RemoteSynced != nil && !*reset.RemoteSynced {
		addNotSynced(&result.warnings, ref, checked)
	}
	plan.Attributes = Attributes{
		Password: types.StringValue(reset.Password), PasswordVersion: types.Int64Value(version),
		RotationReason: types.StringValue(reason), RotatedAt: attribute.TimeOrNull(reset.At), Strength: strength,
		RemoteSync: types.BoolPointerValue(reset.RemoteSynced),
		ModifiedAt: attribute.TimeOrNull(reset.Credential.ModifiedAt),
	}
	return result, nil
}

// errRevoked is for a password that is to be adopted and cannot be live.
var errRevoked = errors.New("this same apply has ended its password by revoke_on_destroy")

// adopt stores a password that is in use already. It resets nothing, and reads the
// rest from the credential.
func (s *Session) adopt(ctx context.Context, plan instance, existing types.String, before int64) (*resetResult, error) {
	ref := plan.Ref()
	op := operation{what: adopts, ref: ref, began: s.Now()}
	unlock, err := s.start(ctx, op)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if s.has(revoked, ref) {
		s.logFailed(ctx, op, errRevoked)
		return nil, errRevoked
	}
	// From the credential itself: this same apply may have made the password that is
	// adopted, and an older list would make that look like somebody else's change.
	credential, err := s.Client.GetCredential(ctx, ref.Domain, ref.GUID)
	if err != nil {
		s.logFailed(ctx, op, err)
		return nil, err
	}
	s.note(issued, ref)
	version := s.nextVersion(before, s.Now().Unix())
	plan.Attributes = s.foundAttributes(credential, rotation.ReasonAdopted)
	plan.Password, plan.PasswordVersion = existing, types.Int64Value(version)
	return &resetResult{operation: op, credential: *credential, private: privateStateOfFound(version, *credential)}, nil
}

// foundAttributes are about a password that was there before, without the password
// itself and its version.
func (s *Session) foundAttributes(credential *kirim.Credential, reason string) Attributes {
	return Attributes{
		RotationReason: types.StringValue(reason),
		ModifiedAt:     attribute.TimeOrNull(credential.ModifiedAt),
		RotatedAt:      attribute.TimeOrNull(s.Now()),
	}
}
