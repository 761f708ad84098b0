package password

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Delete forgets the password: the credential and its password go on working. With
// revoke_on_destroy it ends the password, too.
func (l *Lifecycle) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := l.instance(ctx, req.State, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Delete(unlogged(), defaultTimeout)
	resp.Diagnostics.Append(diags...)
	stored := privateStateAbout(ctx, req.Private, state.Model, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.RevokeOnDestroy.ValueBool() {
		ctx = l.begin(ctx, timeout, state.Password)
		ref, outcome := state.Ref(), "revoked"
		op := operation{what: "revocation", ref: ref, began: l.Now()}
		reset, why, err := l.revoke(ctx, state, stored)
		switch {
		case kirim.IsNotFound(err, kirim.NounCredential):
			outcome = "gone"
		case err != nil:
			outcome = "failed"
			diagnostics.Revoke.Means("%s %s", effect(err), diagnostics.Revoke.Meaning).Fail(&resp.Diagnostics, err, ref)
		case why != "":
			outcome, err = "left alone", errors.New(why)
			diagnostics.NotRevoked.Warn(&resp.Diagnostics, ref, "%s.", why)
		default:
			op.attempts = reset.Attempts
		}
		l.logEnd(ctx, op, outcome, err)
		if resp.Diagnostics.HasError() {
			if kirim.Details(err).MayHaveActed {
				stored.Unfinished, stored.RunsUntil = true, l.Now().Add(rotation.LateResetWindow)
				resp.Diagnostics.Append(stored.write(ctx, resp.Private)...)
			}
			return
		}
	}
	l.note(destroyed, state.Ref())
	l.forget(state.PasswordVersion.ValueInt64())
}

// unproven tells whether a password was adopted and no login has seen it taken: it
// may be mistyped, and the live one somebody else's. The state alone has to tell: if
// what is destroyed is tainted, Terraform hands over no private state.
func unproven(state *Model, stored privateState) bool {
	adopted := state.RotationReason.ValueString() == rotation.ReasonAdopted && !stored.Reset
	return adopted && state.LoginVerifiedAt.IsNull() && stored.LoginTaken == ""
}

// revoke resets the password once more, unless that would end a newer one than the
// state's: that of another instance, in this state or in another. why then says so.
func (l *Lifecycle) revoke(
	ctx context.Context, state instance, stored privateState,
) (reset *kirim.Reset, why string, err error) {
	ref := state.Ref()
	switch {
	case state.PasswordVersion.ValueInt64() == 0:
		return nil, "the state never held its password, so that the live one is somebody else's", nil
	case unproven(state.Model, stored):
		return nil, "its password was adopted, and no login_check has seen the mail server take it, so that the live " +
			"one may be another", nil
	}
	unlock, err := l.start(ctx, ref)
	if err != nil {
		return nil, "", err
	}
	defer unlock()
	if l.has(issued, ref) {
		return nil, "this same apply has given its password to another resource", nil
	}
	credential, err := l.Client.GetCredential(ctx, ref.Domain, ref.GUID)
	if err != nil {
		return nil, "", err
	}
	if stored.Superseded(observed(*credential), parsedTime(state.RotatedAt)) {
		return nil, "the API says that its password was changed after this resource stored one: by somebody else, " +
			"or by a reset of this resource whose outcome is unknown", nil
	}
	reset, err = l.Client.ResetPassword(ctx, ref.Domain, ref.GUID)
	if err == nil || kirim.Details(err).MayHaveActed {
		l.note(revoked, ref)
	}
	return reset, "", err
}
