package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Read sees whether the credential is still there, and notes what a plan is to
// go by: that the password is due, or that somebody else has reset it. It
// writes the state only where something has changed.
func (r *credentialPasswordResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(unlogged(), defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, state.target(), &resp.Diagnostics)
	now, before := privateStateAbout(ctx, req.Private, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.data.memory.noteRefresh(state.target())
	now.LoginRefused = false // it counts for the refresh that saw it alone
	if now.Unfinished {
		addUnfinished(&resp.Diagnostics, state.target())
	}
	now.Due = dueBy(&state, r.data.now())
	if r.data.client == nil {
		addNotRefreshed(&resp.Diagnostics, state.target())
		resp.Diagnostics.Append(now.write(ctx, resp.Private, before)...)
		return
	}
	ctx, cancel := kirim.WithTimeout(kirim.WithPasswords(r.data.logContext(ctx), state.Password.ValueString()), timeout)
	defer cancel()
	credential, err := r.data.client.ReadCredential(ctx, state.Domain.ValueString(), state.CredentialGUID.ValueString(), now.Reset)
	if err == nil && credential.Listed && now.changesAnything(state, *credential) {
		// A list is not believed against the credential's own answer.
		credential, err = r.data.client.GetCredential(ctx, state.Domain.ValueString(), state.CredentialGUID.ValueString())
	}
	switch {
	case isGone(err):
		addGone(&resp.Diagnostics, state.target())
		resp.State.RemoveResource(ctx)
		r.data.log(ctx, tflog.Info, "credential is gone, and its resource leaves the state", state.target())
		return
	case err != nil:
		addReadError(&resp.Diagnostics, err, state.target())
		return
	}
	changed, ended := now.observe(&state, *credential)
	if ended {
		addUnfinished(&resp.Diagnostics, state.target())
	}
	taken := r.noteLogin(ctx, &state, &now, &resp.Diagnostics)
	if taken && state.LoginVerifiedAt.IsNull() {
		state.LoginVerifiedAt, changed = timeOrNull(r.data.now()), true
	}
	if credential.PasswordChangeUnreadable && !taken {
		addUnreadable(&resp.Diagnostics, state.target())
	}
	if now.OutcomeUnknown {
		addCutOff(&resp.Diagnostics, state.target(), state.Password.IsNull())
	}
	resp.Diagnostics.Append(now.write(ctx, resp.Private, before)...)
	if changed {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// dueBy gives the setting by which a stored password is due.
func dueBy(state *credentialPasswordModel, now time.Time) string {
	timing := state.timing()
	if next := timing.Next(parsedTime(state.RotatedAt)); next.IsZero() || next.After(now) {
		return ""
	}
	return timing.Setting()
}

// observe notes what an answer of the API tells of the password. changed tells
// that it changes the state, ended that the password has ended, unseen until now.
func (n *privateState) observe(state *credentialPasswordModel, credential kirim.Credential) (changed, ended bool) {
	changed = refreshLogin(state, credential)
	ended = n.reconstruct(state, credential)
	n.compare(state, credential)
	return changed, ended
}

// changesAnything tells whether anything follows from what the API tells of the password:
// in the state, in the notes, or on the screen. A time that is too early or too
// late to be true may stand for any.
func (n privateState) changesAnything(state credentialPasswordModel, credential kirim.Credential) bool {
	before, now := n, seen(credential)
	changed, _ := n.observe(&state, credential)
	return changed || n != before || n.OutcomeUnknown || n.InFlight.completedLate() || !n.ExternalAt.IsZero() || !n.ChangedAt.IsZero() ||
		now.Impossible() || n.made().Earlier(now)
}

// compare notes whether the password has changed since it came: by an earlier
// call of our own, by somebody else, or perhaps.
func (n *privateState) compare(state *credentialPasswordModel, credential kirim.Credential) {
	now, local := seen(credential), parsedTime(state.RotatedAt)
	if n.Reset && n.made().OfAnotherClock(now) {
		n.MadeChanged = now.PasswordChanged
	}
	made := n.made()
	n.InFlight.look(now)
	n.ExternalAt, n.ExternalBy, n.ChangedAt = time.Time{}, 0, time.Time{}
	switch {
	case n.InFlight.completedLate():
	case made.ResetExternally(now, local):
		n.ExternalBy = made.Difference(now)
		if n.sameAgain() {
			n.ChangedAt, n.ClockDifference = now.PasswordChanged, n.ExternalBy
		} else {
			n.ExternalAt = now.PasswordChanged
		}
	case n.PasswordVersion != 0 && made.ChangedSince(now, local):
		n.ChangedAt = now.PasswordChanged
	case !now.PasswordChanged.IsZero() && !now.Impossible():
		n.DifferenceBefore, n.ClockDifference = 0, 0 // the rotation has cured it
	}
}

// sameAgain tells that the change which seems to be somebody else's is as much
// later than our rotation as the one for which that was made: a rotation that has
// not cured its cause is not repeated.
func (n privateState) sameAgain() bool {
	same := func(other time.Duration) bool { return other != 0 && rotation.SameDifference(n.ExternalBy, other) }
	return n.ExternalBy != 0 && (same(n.DifferenceBefore) || same(n.ClockDifference))
}

// noteLogin notes whether the mail server takes the password, where a refresh is
// to ask.
func (r *credentialPasswordResource) noteLogin(
	ctx context.Context, state *credentialPasswordModel, now *privateState, diags *diag.Diagnostics,
) (taken bool) {
	check := state.check(ctx, state.Login, diags)
	taken = r.data.probe(ctx, check, state.target(), state.Password, now, diags)
	if taken { // that settles what the times left open
		now.OutcomeUnknown, now.ChangedAt = false, time.Time{}
	}
	return taken
}

// refreshLogin takes over a user name that has come to be another one. The API
// gives one name in two forms (with and without its domain), so that the name
// alone is no sign of a change; the login is.
func refreshLogin(state *credentialPasswordModel, credential kirim.Credential) (changed bool) {
	login := credential.Login(state.target().normalized().domain)
	if login == "" || strings.EqualFold(login, state.Login.ValueString()) {
		return false
	}
	state.Username, state.Login = types.StringValue(credential.Username), types.StringValue(login)
	return true
}
