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
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	stored, before := notesAbout(ctx, req.Private, &state, &resp.Diagnostics)
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
				stored.Unfinished, stored.RunsUntil = true, r.data.now().Add(rotation.LandingWindow)
				resp.Diagnostics.Append(stored.write(ctx, resp.Private, before)...)
			}
			return
		}
	}
	r.data.memory.forget(state.PasswordVersion.ValueInt64())
}

// unproven tells whether a password was adopted and never seen to be taken by
// the mail server that was to be asked. The state alone has to tell: where what
// is destroyed is tainted, Terraform hands over no notes.
func unproven(state *credentialPasswordModel, stored notes) bool {
	adopted := state.RotationReason.ValueString() == rotation.ReasonAdopted && !stored.Reset
	return adopted && !state.LoginCheck.IsNull() && state.LoginVerifiedAt.IsNull() && stored.LoginTaken == ""
}

// revoke resets the password once more and throws it away, unless it is a newer
// one than the state's that would be ended: that of another instance, in this
// state or in another. acted tells, beside an error, that the password may have
// ended all the same.
func (r *credentialPasswordResource) revoke(
	ctx context.Context, state *credentialPasswordModel, stored notes, diags *diag.Diagnostics,
) (acted bool) {
	of := state.target()
	if r.data.client == nil {
		addRevocationError(diags, errUnconfigured, of)
		return false
	}
	if state.PasswordVersion.ValueInt64() == 0 {
		addNotRevoked(diags, of, "the state never held its password, so that the live one is somebody else's")
		return false
	}
	if unproven(state, stored) {
		addNotRevoked(diags, of, "its password was adopted, and login_check has never seen the mail server take it, so that the live one may "+
			"be another")
		return false
	}
	done, err := r.data.turn(ctx, of)
	if err != nil {
		addRevocationError(diags, err, of)
		return false
	}
	defer done()
	if r.data.memory.given(of) {
		addNotRevoked(diags, of, "this same apply has given its password to another resource")
		return false
	}
	credential, err := r.data.client.GetCredential(ctx, of.domain, of.guid)
	switch {
	case isGone(err):
		return false
	case err != nil:
		addRevocationError(diags, err, of)
		return false
	}
	if stored.made().Superseded(seen(*credential), parsedTime(state.RotatedAt)) {
		why := "its password has been changed since this resource stored one, so that the live one is somebody else's"
		if stored.Unfinished {
			why = "its password has been changed since this resource stored one: by somebody else, or by a reset of this resource whose " +
				"outcome is not known; the stored one has ended"
		}
		addNotRevoked(diags, of, why)
		return false
	}
	_, err = r.data.client.ResetPassword(ctx, of.domain, of.guid)
	acted = err == nil || mayHaveActed(err)
	if acted {
		r.data.memory.noteRevoked(of)
	}
	if err != nil && !isGone(err) {
		addRevocationError(diags, err, of)
	}
	return acted
}
