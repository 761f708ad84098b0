package password

import (
	"context"
	"errors"
	"time"

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
	stored := l.stored(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.RevokeOnDestroy.ValueBool() {
		ctx = l.begin(ctx, timeout, state.Password, stored.waiting())
		l.revokeAll(ctx, state, &stored, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(stored.write(ctx, resp.Private)...)
			return
		}
	}
	l.note(destroyed, state.Ref())
	l.forget(state.PasswordVersion.ValueInt64())
}

// revokeAll ends the passwords of a resource: that of a pair's standby, too.
func (l *Lifecycle) revokeAll(ctx context.Context, state instance, stored *privateState, diags *diag.Diagnostics) {
	if p, other := state.pair, stored.Standby; p != nil && other != nil &&
		(!p.Previous.IsNull() && p.PreviousRevokedAt.IsNull() || !stored.waiting().IsNull()) {
		ref := state.ref(p.standby())
		ended, why := l.end(ctx, ref, &other.privateState, other.RotatedAt, other.notOwn(), diagnostics.Revoke, diags)
		switch {
		case why != "":
			diagnostics.NotRevoked.Warn(diags, ref, "%s.", why)
		case !ended:
			return
		}
		other.ExternalAt = l.Now() // if the next one fails, this is not tried again
	}
	why := ""
	switch {
	case state.PasswordVersion.ValueInt64() == 0:
		why = "the state never held its password, so that the live one is not this resource's"
	case unproven(state.Model, *stored):
		why = "its password was adopted, and no login_check has seen the mail server take it, so that the live " +
			"one may be another"
	}
	_, why = l.end(ctx, state.Ref(), stored, parsedTime(state.RotatedAt), why, diagnostics.Revoke, diags)
	if why != "" {
		diagnostics.NotRevoked.Warn(diags, state.Ref(), "%s.", why)
	}
}

// unproven tells whether a password was adopted and no login has seen it taken: it
// may be mistyped, and the live one somebody else's. The state alone has to tell: if
// what is destroyed is tainted, Terraform hands over no private state.
func unproven(state *Model, stored privateState) bool {
	adopted := state.RotationReason.ValueString() == rotation.ReasonAdopted && !stored.Reset
	return adopted && state.LoginVerifiedAt.IsNull() && stored.LoginTaken == ""
}

// end ends a password by one more reset, unless that would end a newer one. stored is about
// the password, which became the resource's at local. leave says why it is not the
// resource's to end, and why says why it was left alone; both are empty otherwise.
func (l *Lifecycle) end(
	ctx context.Context, ref kirim.Ref, stored *privateState, local time.Time, leave string, failed diagnostics.Message,
	diags *diag.Diagnostics,
) (ended bool, why string) {
	op, outcome := operation{what: "revocation", ref: ref, began: l.Now()}, "revoked"
	var reset *kirim.Reset
	var err error
	if why = leave; why == "" {
		reset, why, err = l.revoke(ctx, ref, *stored, local)
	}
	switch {
	case kirim.IsNotFound(err, kirim.NounCredential):
		outcome, ended = "gone", true
	case err != nil:
		outcome = "failed"
		failed.Means("%s %s", effect(err), failed.Meaning).Fail(diags, err, ref)
	case why != "":
		outcome, err = "left alone", errors.New(why)
	default:
		op.attempts, ended = reset.Attempts, true
	}
	if kirim.Details(err).MayHaveActed || reset != nil && reset.MayStillRun > 0 {
		stored.Unfinished, stored.RunsUntil = true, l.Now().Add(rotation.LateResetWindow)
	}
	l.logEnd(ctx, op, outcome, err)
	return ended, why
}

// revoke resets a password once more, unless that would end a newer one: that of another
// instance, in this state or in another. why then says so.
func (l *Lifecycle) revoke(
	ctx context.Context, ref kirim.Ref, stored privateState, local time.Time,
) (reset *kirim.Reset, why string, err error) {
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
	if stored.Superseded(observed(*credential), local) {
		return nil, "the API says that its password was changed after this resource stored one: elsewhere, or by a " +
			"reset of this resource whose outcome is unknown", nil
	}
	reset, err = l.Client.ResetPassword(ctx, ref.Domain, ref.GUID)
	if err == nil || kirim.Details(err).MayHaveActed {
		l.note(revoked, ref)
	}
	return reset, "", err
}
