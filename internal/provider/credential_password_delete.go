package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Delete forgets the password: the credential and its password go on working.
// With revoke_on_destroy it ends the password, too.
func (r *credentialPasswordResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(unlogged(), defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	stored, before := privateStateAbout(ctx, req.Private, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.RevokeOnDestroy.ValueBool() {
		known := kirim.WithPasswords(r.data.logContext(ctx), state.Password.ValueString())
		ctx, cancel := kirim.WithTimeout(known, timeout)
		defer cancel()
		acted := r.revoke(ctx, &state, stored, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			if acted {
				stored.Unfinished, stored.RunsUntil = true, r.data.now().Add(rotation.LateResetWindow)
				resp.Diagnostics.Append(stored.write(ctx, resp.Private, before)...)
			}
			return
		}
	}
	r.data.memory.forget(state.PasswordVersion.ValueInt64())
}

// unproven tells whether a password was adopted and no login has seen it taken:
// it may be mistyped, and the live one somebody else's. The state alone has to
// tell: where what is destroyed is tainted, Terraform hands over no notes.
func unproven(state *credentialPasswordModel, stored privateState) bool {
	adopted := state.RotationReason.ValueString() == rotation.ReasonAdopted && !stored.Reset
	return adopted && state.LoginVerifiedAt.IsNull() && stored.LoginTaken == ""
}

// revoke resets the password once more and throws it away, unless it is a newer
// one than the state's that would be ended: that of another instance, in this
// state or in another. acted tells, beside an error, that the password may have
// ended all the same.
func (r *credentialPasswordResource) revoke(
	ctx context.Context, state *credentialPasswordModel, stored privateState, diags *diag.Diagnostics,
) (acted bool) {
	of := state.target()
	what := operation{what: doesRevoke, of: of, began: r.data.now()}
	fail := func(err error) bool {
		addRevocationError(diags, err, of)
		r.data.logFailed(ctx, what, err)
		return mayHaveActed(err)
	}
	leave := func(why string) bool {
		addNotRevoked(diags, of, why)
		r.data.logEnd(ctx, what, "left alone", map[string]any{"because": why})
		return false
	}
	if r.data.client == nil {
		return fail(errUnconfigured)
	}
	if state.PasswordVersion.ValueInt64() == 0 {
		return leave("the state never held its password, so that the live one is somebody else's")
	}
	if unproven(state, stored) {
		return leave("its password was adopted, and no login_check has seen the mail server take it, so that the live one may " +
			"be another")
	}
	done, err := r.data.lockCredential(ctx, of)
	if err != nil {
		return fail(err)
	}
	defer done()
	if r.data.memory.issued(of) {
		return leave("this same apply has given its password to another resource")
	}
	credential, err := r.data.client.GetCredential(ctx, of.domain, of.guid)
	switch {
	case isGone(err):
		r.data.logEnd(ctx, what, "gone", nil)
		return false
	case err != nil:
		return fail(err)
	}
	if now := seen(*credential); stored.made().Superseded(now, parsedTime(state.RotatedAt)) {
		why := "its password has been changed since this resource stored one, so that the live one is somebody else's"
		switch {
		case now.Impossible():
			why = "the API says that its password was changed later than that answer was made, so that it cannot be told whether the live one " +
				"is this resource's"
		case stored.Unfinished:
			why = "its password has been changed since this resource stored one: by somebody else, or by a reset of this resource whose " +
				"outcome is not known; the stored one has ended"
		}
		return leave(why)
	}
	reset, err := r.data.client.ResetPassword(ctx, of.domain, of.guid)
	acted = err == nil || mayHaveActed(err)
	if acted {
		r.data.memory.noteRevoked(of)
	}
	switch {
	case err == nil:
		what.attempts = reset.Attempts
		r.data.logEnd(ctx, what, "revoked", nil)
	case isGone(err):
		what.attempts = attemptsOf(err)
		r.data.logEnd(ctx, what, "gone", nil)
	default:
		fail(err)
	}
	return acted
}
