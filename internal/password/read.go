package password

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Read sees whether the credential is still there, and notes what a plan goes by:
// that the password is due, or that somebody else has reset it. It writes the state
// only if something has changed.
func (l *Lifecycle) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := l.instance(ctx, req.State, &resp.Diagnostics)
	timeout, diags := state.Timeouts.Read(unlogged(), defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	setIdentity(ctx, resp.Identity, state.Resource, &resp.Diagnostics)
	now := l.stored(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := state.Ref()
	l.noteRefreshed(ref, state.PasswordVersion.ValueInt64(), &resp.Diagnostics)
	now.LoginRefused = false // it counts for the refresh that saw it alone
	unfinished := now.Unfinished
	if unfinished {
		addUnfinished(&resp.Diagnostics, ref)
	}
	now.Due = ""
	timing := state.timing()
	if next := timing.Next(parsedTime(state.RotatedAt)); !next.IsZero() && !next.After(l.Now()) {
		now.Due = timing.Setting()
	}
	now.RevokeDue = state.pair.revokeDue(now, l.Now())
	if l.Client == nil {
		diagnostics.NotRefreshed.Warn(&resp.Diagnostics, ref, "a setting of the provider is unknown in the plan: "+
			"it comes from a resource that the apply changes.")
		resp.Diagnostics.Append(now.write(ctx, resp.Private)...)
		return
	}
	ctx = l.begin(ctx, timeout, state.Password, now.waiting())
	credential, err := l.Client.ReadCredential(ctx, ref.Domain, ref.GUID, now.Reset)
	if err == nil && credential.Listed && now.changesAnything(*state.Model, ref, *credential) {
		// A list is not believed against the credential's own answer.
		credential, err = l.Client.GetCredential(ctx, ref.Domain, ref.GUID)
	}
	switch {
	case kirim.IsNotFound(err, kirim.NounCredential):
		diagnostics.Gone.Warn(&resp.Diagnostics, ref, "the API says that there is no such credential any more.")
		l.note(gone, ref)
		resp.State.RemoveResource(ctx)
		l.log(ctx, tflog.Info, "credential is gone, and its resource leaves the state", ref, nil)
		return
	case err != nil:
		diagnostics.Read.Fail(&resp.Diagnostics, err, ref)
		return
	}
	addDeleted(&resp.Diagnostics, ref, *credential)
	changed := now.observe(state.Model, ref, *credential)
	if now.Unfinished && !unfinished {
		addUnfinished(&resp.Diagnostics, ref)
	}
	taken := l.probe(ctx, state, &now, &resp.Diagnostics)
	if taken { // that settles what the times left open
		now.OutcomeUnknown, now.ChangedAt = false, time.Time{}
		if state.LoginVerifiedAt.IsNull() {
			state.LoginVerifiedAt, changed = attribute.TimeOrNull(l.Now()), true
		}
	}
	if credential.PasswordChangeUnreadable && !taken {
		diagnostics.Unreadable.Warn(&resp.Diagnostics, ref, "the API gives the time of its last password "+
			"change (last_password_changed) in an unknown form.")
	}
	if now.OutcomeUnknown {
		message := diagnostics.MaybeDead
		if state.Password.IsNull() {
			message = diagnostics.UnknownChanged
		}
		message.Warn(&resp.Diagnostics, ref, "an apply that was changing this resource was killed. "+
			"The API does not show whether that apply changed the password.")
	}
	resp.Diagnostics.Append(now.write(ctx, resp.Private)...)
	if changed {
		resp.Diagnostics.Append(resp.State.Set(ctx, state.Resource)...)
	}
}

// addUnfinished says that the stored password may be dead.
func addUnfinished(diags *diag.Diagnostics, ref kirim.Ref) {
	diagnostics.MaybeDead.Advises(diagnostics.RotatesAgain).Warn(diags, ref, "an earlier rotation ended without an "+
		"answer that could be stored: the answer was lost, or the apply was killed. It may have taken effect all the "+
		"same.")
}

// observe notes what an answer of the API tells of the password. changed tells that
// it changes the state.
func (p *privateState) observe(state *Model, ref kirim.Ref, credential kirim.Credential) (changed bool) {
	p.reconstruct(state, credential)
	p.compare(state, credential)
	return refreshLogin(state, ref, credential)
}

// changesAnything tells whether anything follows from what the API tells of the
// password: in the state, in the private state, or on the screen. A time that is too
// early or too late to be true may stand for any.
func (p privateState) changesAnything(state Model, ref kirim.Ref, credential kirim.Credential) bool {
	before, now := p, observed(credential)
	changed := p.observe(&state, ref, credential)
	return changed || p != before || p.OutcomeUnknown || p.InFlight.completedLate() ||
		!p.ExternalAt.IsZero() || !p.ChangedAt.IsZero() || now.Impossible() || p.Earlier(now)
}

// compare notes whether the password has changed since it came: by an earlier request
// of our own, by somebody else, or perhaps.
func (p *privateState) compare(state *Model, credential kirim.Credential) {
	now, local := observed(credential), parsedTime(state.RotatedAt)
	if p.Reset && p.OfAnotherClock(now) {
		p.Changed = now.PasswordChanged
	}
	made := p.ChangeTime
	p.InFlight.look(now)
	p.ExternalAt, p.ExternalBy, p.ChangedAt = time.Time{}, 0, time.Time{}
	switch {
	case p.InFlight.completedLate():
	case made.ResetExternally(now, local):
		p.ExternalBy = made.Difference(now)
		if p.sameAgain() {
			p.ChangedAt, p.ClockDifference = now.PasswordChanged, p.ExternalBy
		} else {
			p.ExternalAt = now.PasswordChanged
		}
	case p.PasswordVersion != 0 && made.ChangedSince(now, local):
		p.ChangedAt = now.PasswordChanged
	case !now.PasswordChanged.IsZero() && !now.Impossible():
		p.DifferenceBefore, p.ClockDifference = 0, 0 // the rotation has cured it
	}
}

// sameAgain tells that the change which seems to be somebody else's is as much later
// than our rotation as the one for which that was made: a rotation that has not
// cured its cause is not repeated.
func (p privateState) sameAgain() bool {
	same := func(other time.Duration) bool { return other != 0 && rotation.SameDifference(p.ExternalBy, other) }
	return p.ExternalBy != 0 && (same(p.DifferenceBefore) || same(p.ClockDifference))
}

// refreshLogin takes over another user name. The API gives one name in two forms
// (with and without its domain), so that the name alone is no sign of a change; the
// login is.
func refreshLogin(state *Model, ref kirim.Ref, credential kirim.Credential) (changed bool) {
	login := credential.Login(ref.Normalized().Domain)
	if login == "" || strings.EqualFold(login, state.Login.ValueString()) {
		return false
	}
	state.Username, state.Login = types.StringValue(credential.Username), types.StringValue(login)
	return true
}
