package password

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
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
	stored, before := privateStateAbout(ctx, req.Private, state.Model, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.RevokeOnDestroy.ValueBool() {
		ctx = l.begin(ctx, timeout, state.Password)
		acted := l.revoke(ctx, state, stored, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			if acted {
				stored.Unfinished, stored.RunsUntil = true, l.Now().Add(rotation.LateResetWindow)
				resp.Diagnostics.Append(stored.write(ctx, resp.Private, before)...)
			}
			return
		}
	}
	l.forget(state.PasswordVersion.ValueInt64())
}

// unproven tells whether a password was adopted and no login has seen it taken: it
// may be mistyped, and the live one somebody else's. The state alone has to tell: if
// what is destroyed is tainted, Terraform hands over no private state.
func unproven(state *Model, stored privateState) bool {
	adopted := state.RotationReason.ValueString() == rotation.ReasonAdopted && !stored.Reset
	return adopted && state.LoginVerifiedAt.IsNull() && stored.LoginTaken == ""
}

// revoke resets the password once more and throws it away, unless that would end a
// newer one than the state's: that of another instance, in this state or in another.
// acted tells, beside an error, that the password may have ended all the same.
func (l *Lifecycle) revoke(
	ctx context.Context, state instance, stored privateState, diags *diag.Diagnostics,
) (acted bool) {
	ref := state.Ref()
	op := operation{what: revokes, ref: ref, began: l.Now()}
	fail := func(err error) bool {
		addRevocationError(diags, err, ref)
		l.logFailed(ctx, op, err)
		return kirim.Details(err).MayHaveActed
	}
	leave := func(why string) bool {
		diagnostics.NotRevoked.Warn(diags, ref, "%s.", why)
		l.logEnd(ctx, op, "left alone", map[string]any{"because": why})
		return false
	}
	if l.Client == nil {
		return fail(diagnostics.ErrUnconfigured)
	}
	if state.PasswordVersion.ValueInt64() == 0 {
		return leave("the state never held its password, so that the live one is somebody else's")
	}
	if unproven(state.Model, stored) {
		return leave("its password was adopted, and no login_check has seen the mail server take it, so that the " +
			"live one may be another")
	}
	unlock, err := l.lockCredential(ctx, ref)
	if err != nil {
		return fail(err)
	}
	defer unlock()
	if l.has(issued, ref) {
		return leave("this same apply has given its password to another resource")
	}
	credential, err := l.Client.GetCredential(ctx, ref.Domain, ref.GUID)
	switch {
	case kirim.IsNotFound(err, kirim.NounCredential):
		l.logEnd(ctx, op, "gone", nil)
		return false
	case err != nil:
		return fail(err)
	}
	if now := observed(*credential); stored.Superseded(now, parsedTime(state.RotatedAt)) {
		return leave(whySuperseded(now, stored))
	}
	reset, err := l.Client.ResetPassword(ctx, ref.Domain, ref.GUID)
	acted = err == nil || kirim.Details(err).MayHaveActed
	if acted {
		l.note(revoked, ref)
	}
	switch {
	case err == nil:
		op.attempts = reset.Attempts
		l.logEnd(ctx, op, "revoked", nil)
	case kirim.IsNotFound(err, kirim.NounCredential):
		op.attempts = kirim.Details(err).Attempts
		l.logEnd(ctx, op, "gone", nil)
	default:
		fail(err)
	}
	return acted
}

func whySuperseded(now rotation.Observed, stored privateState) string {
	switch {
	case now.Impossible():
		return "the API says that its password was changed later than that answer was made, so that it cannot be " +
			"told whether the live one is this resource's"
	case stored.Unfinished:
		return "its password has been changed since this resource stored one: by somebody else, or by a reset of " +
			"this resource whose outcome is not known; the stored one has ended"
	}
	return "its password has been changed since this resource stored one, so that the live one is somebody else's"
}
