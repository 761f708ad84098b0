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
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Create makes the first password, or adopts the one that is given.
func (l *Lifecycle) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := l.instance(ctx, req.Plan, &resp.Diagnostics)
	existing := existingPassword(ctx, req.Config, &resp.Diagnostics)
	timeout, diags := plan.Timeouts.Create(unlogged(), defaultTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, plan.Resource, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx = l.begin(ctx, timeout, existing, l.firstPassword(plan.Ref()))
	if plan.plannedChange() == decideAtApply {
		plan.RotationReason = types.StringValue(rotation.DecideCreation(isSet(existing)).Reason)
	}
	out := response{state: &resp.State, private: resp.Private, diags: &resp.Diagnostics, created: true}
	l.apply(ctx, plan, existing, privateState{}, out)
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
	stored := l.stored(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.plannedChange() == decideAtApply {
		l.decide(plan, state, existing, stored, attribute.EqualIfKnown(req.Plan.Raw, req.State.Raw))
	}
	out := response{state: &resp.State, private: resp.Private, diags: &resp.Diagnostics}
	ctx = l.begin(ctx, timeout, state.Password, existing, stored.waiting())
	switch change := plan.plannedChange(); {
	case change == keepPassword:
		l.saveSettings(ctx, plan, state, stored, out)
	case change == resetPassword && plan.pair != nil:
		out.standby = true
		l.takeTurn(ctx, plan, state, stored, out)
	default:
		l.apply(ctx, plan, existing, stored, out)
	}
}

// decide makes up for a plan that could not decide. By now everything is known.
func (l *Lifecycle) decide(plan, state instance, existing types.String, stored privateState, nothingElse bool) {
	in := decisionInput(plan.Model, state.Model, existing, stored)
	in.Clock.Now = l.Now()
	if nothingElse && !stored.LoginPending {
		in.Clock.Use = rotation.UseClock
	}
	switch decision := rotation.Decide(in); decision.Action {
	case rotation.Keep, rotation.Undecided: // whatever it still is, it does not call for a rotation
		plan.planKept(state, stored, in.Clock)
	case rotation.Rotate, rotation.Adopt:
		plan.planRotation(state.pair, decision)
	}
}

// apply makes or adopts the password that is planned, and stores it. stored is about the
// password that is replaced.
func (l *Lifecycle) apply(
	ctx context.Context, plan instance, existing types.String, stored privateState, out response,
) {
	ref, change := plan.Ref(), plan.plannedChange()
	result, err := l.issue(ctx, plan, change, existing, stored.PasswordVersion, nil)
	if errors.Is(err, errRevoked) && out.created {
		// Storing it would be storing a dead one. The reason has been planned.
		change = resetPassword
		if result, err = l.issue(ctx, plan, change, existing, 0, nil); err == nil {
			diagnostics.NotAdopted.Warn(&result.warnings, ref, "this same apply has ended that password, by "+
				"revoke_on_destroy of the resource that was there before.")
		}
	}
	_, isMail := errors.AsType[*mailcheck.Error](err)
	switch {
	case err == nil:
		l.saveResult(ctx, plan, result, stored, out)
	case change == adoptPassword && !isMail:
		diagnostics.Adopt.Fail(out.diags, err, ref)
	default:
		l.addResetError(out, err, ref, stored)
		if kirim.Details(err).MayHaveActed {
			stored.leaveUnfinished(err, l.Now())
			out.diags.Append(stored.write(ctx, out.private)...)
		}
	}
}

// resetResult is what a reset or an adoption gave beside the attributes that are in
// the model already.
type resetResult struct {
	operation  operation    // it ends when the state is set
	reset      *kirim.Reset // nil for an adoption
	credential kirim.Credential
	private    privateState
	// unfinished is why the password may have ended before it is stored; nil if it
	// is live as far as is known.
	unfinished error
	// warnings are for after the state is set; until then nothing may fail.
	warnings diag.Diagnostics
}

var (
	// errRevoked is for a password that is to be adopted and cannot be live.
	errRevoked = errors.New("this same apply has ended its password by revoke_on_destroy")
	// errNotGiven is for one that the plan was given and the apply was not.
	errNotGiven = errors.New("the plan adopts existing_password, and the apply was given none: give it to both")
)

// issue resets or adopts a password, and puts what came back into the model. before is
// the version of the password that it replaces, 0 if there was none. waiting may have a
// reset that was made before; nil if there can be none. The time of ctx is the operation's.
func (s *Session) issue(
	ctx context.Context, plan instance, change plannedChange, existing types.String, before int64, waiting *standby,
) (*resetResult, error) {
	ref, reason := plan.Ref(), plan.RotationReason.ValueString()
	result := &resetResult{operation: operation{what: "rotation", ref: ref, reason: reason, began: s.Now()}}
	if change == adoptPassword {
		result.operation.what = "adoption"
	}
	unlock, err := s.start(ctx, ref)
	if err == nil {
		defer unlock()
		err = s.preflight(ctx, plan)
	}
	switch {
	case err != nil:
	case change == adoptPassword:
		err = s.adopt(ctx, plan, existing, before, result)
	default:
		err = s.reset(ctx, plan, before, waiting, result)
	}
	if err != nil {
		s.logEnd(ctx, result.operation, "failed", err)
		return nil, err
	}
	s.note(issued, ref)
	return result, nil
}

// start locks a credential for an operation.
func (s *Session) start(ctx context.Context, ref kirim.Ref) (unlock func(), err error) {
	if s.Client == nil {
		return nil, diagnostics.ErrUnconfigured
	}
	return s.lockCredential(ctx, ref)
}

// makePassword resets the password, unless a new one waits and was not reset elsewhere since.
func (s *Session) makePassword(
	ctx context.Context, ref kirim.Ref, before *standby, result *resetResult,
) (*kirim.Reset, error) {
	if before != nil && before.Waiting != nil {
		credential, err := s.Client.GetCredential(ctx, ref.Domain, ref.GUID)
		if err != nil || !before.Superseded(observed(*credential), before.Waiting.At) {
			return before.Waiting, err //nolint:wrapcheck // The diagnostics look at its kind.
		}
	}
	first, err := s.Client.ResetPassword(ctx, ref.Domain, ref.GUID)
	if err != nil {
		return nil, err //nolint:wrapcheck // The diagnostics look at its kind.
	}
	return s.confirm(ctx, ref, first, result), nil
}

// reset puts a new password into the model.
func (s *Session) reset(
	ctx context.Context, plan instance, before int64, waiting *standby, result *resetResult,
) error {
	ref := plan.Ref()
	reset, err := s.makePassword(ctx, ref, waiting, result)
	if err != nil {
		return err
	}
	result.reset = reset
	version := s.nextVersion(before, reset.At.Unix())
	result.credential = reset.Credential
	result.private.PasswordVersion, result.private.Reset = version, true
	result.private.ChangeTime = changeTime(reset.Credential, true)
	if s.has(issued, ref) {
		diagnostics.Twice.Means("The password of the other resource has stopped working.").Warn(&result.warnings, ref,
			"another resource has rotated its password in this same apply, and this reset has ended the one that is "+
				"stored there.")
	}
	strength, unstorable := dynamicValue(reset.Strength)
	if unstorable != nil {
		diagnostics.StrengthLost.Warn(&result.warnings, ref, "%v.", unstorable)
	}
	if reset.RemoteSynced != nil && !*reset.RemoteSynced {
		diagnostics.NotSynced.Warn(&result.warnings, ref, "the API made a new password and says that it has not "+
			"reached the mail servers (remote_sync is false).")
	}
	plan.Attributes = Attributes{
		Password: types.StringValue(reset.Password), PasswordVersion: types.Int64Value(version),
		RotationReason: plan.RotationReason, RotatedAt: attribute.TimeOrNull(reset.At), Strength: strength,
		RemoteSync: types.BoolPointerValue(reset.RemoteSynced),
		ModifiedAt: attribute.TimeOrNull(reset.Credential.ModifiedAt),
	}
	return nil
}

// adopt stores a password that is in use already. It resets nothing, and reads the
// rest from the credential.
func (s *Session) adopt(
	ctx context.Context, plan instance, existing types.String, before int64, result *resetResult,
) error {
	ref := plan.Ref()
	switch {
	case isSet(existing) != rotation.Yes:
		return errNotGiven
	case s.has(revoked, ref):
		return errRevoked
	}
	// From the credential itself: this same apply may have made the password that is
	// adopted, and an older list would make that look like somebody else's change. If
	// this process made the credential, the answer to that is recent enough.
	read := s.Client.GetCredential
	if s.has(made, ref) {
		read = s.Client.PeekCredential
	}
	credential, err := read(ctx, ref.Domain, ref.GUID)
	if err != nil {
		return err
	}
	version := s.nextVersion(before, s.Now().Unix())
	result.credential = *credential
	result.private = privateState{PasswordVersion: version, ChangeTime: changeTime(*credential, false)}
	plan.Attributes = s.foundAttributes(*credential, version, rotation.ReasonAdopted)
	plan.Password = existing
	return nil
}

// foundAttributes are about a password that was there before, without the password
// itself.
func (s *Session) foundAttributes(credential kirim.Credential, version int64, reason string) Attributes {
	return Attributes{
		PasswordVersion: types.Int64Value(version),
		RotationReason:  types.StringValue(reason),
		ModifiedAt:      attribute.TimeOrNull(credential.ModifiedAt),
		RotatedAt:       attribute.TimeOrNull(s.Now()),
	}
}
