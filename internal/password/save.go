package password

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// saveResult stores a password that has come, and only then does what may fail.
// before is about the password that is replaced.
func (s *Session) saveResult(
	ctx context.Context, plan instance, result *resetResult, before privateState, out response,
) {
	plan.setCredential(result.credential)
	plan.NextRotationAt = plan.next(plan.RotatedAt)
	plan.LoginVerifiedAt = types.StringNull()
	diags := store(ctx, out.state, plan)
	out.diags.Append(diags...)
	outcome := "stored"
	switch {
	case diags.HasError():
		before.Unfinished, outcome = true, "not stored"
		out.diags.Append(before.write(ctx, out.private)...)
	case result.unfinished != nil: // an attempt that was given up has completed later, and ended it
		outcome = "overtaken"
	}
	s.logEnd(ctx, result.operation, outcome, result.unfinished)
	if diags.HasError() {
		return
	}
	now := result.private.succeeding(before, s.Now())
	now.LoginPending = !plan.LoginCheck.IsNull()
	now.Revokes, now.Credential, now.Standby = plan.RevokeOnDestroy.ValueBool(), plan.Ref().ID(), before.Standby
	out.diags.Append(now.write(ctx, out.private)...)
	out.diags.Append(result.warnings...)
	if result.unfinished != nil {
		diagnostics.Ended.Fail(out.diags, result.unfinished, plan.Ref())
		return
	}
	if plan.Login.IsNull() {
		s.complete(ctx, plan, out.diags)
		out.diags.Append(out.state.Set(ctx, plan.Resource)...)
	}
	s.finishLogin(ctx, plan, now, out)
}

// setCredential sets what the API says about a credential and a plan or an import left open.
// What is known stays: the plan has promised it.
func (i instance) setCredential(credential kirim.Credential) {
	for _, attribute := range []struct {
		to   *types.String
		from types.String
	}{
		{&i.ID, i.ResourceID()},
		{&i.Username, attribute.TextOrNull(credential.Username)},
		{&i.Login, attribute.TextOrNull(credential.Login(i.Ref().Normalized().Domain))},
		{&i.CreatedAt, attribute.TimeOrNull(credential.CreatedAt)},
	} {
		if attribute.to.IsUnknown() || attribute.to.IsNull() {
			*attribute.to = attribute.from
		}
	}
}

// store sets a state that holds a new password. Of all that goes into it, only
// strength has a form that nobody knows beforehand: if it keeps the state from being
// set, it must not take the password with it.
func store(ctx context.Context, state *tfsdk.State, plan instance) (diags diag.Diagnostics) {
	if diags = state.Set(ctx, plan.Resource); diags.HasError() && !plan.Strength.IsNull() {
		plan.Strength = types.DynamicNull()
		diags = state.Set(ctx, plan.Resource)
		diagnostics.StrengthLost.Warn(&diags, plan.Ref(), "%v.", errUnstorable)
	}
	return diags
}

// complete asks for what the answer to a reset has left out of the credential, so
// that it is there before anything depends on it. If that fails, the next refresh brings it.
func (s *Session) complete(ctx context.Context, plan instance, diags *diag.Diagnostics) {
	ref := plan.Ref()
	credential, err := s.Client.GetCredential(kirim.Urgent(ctx), ref.Domain, ref.GUID)
	if err == nil {
		plan.setCredential(*credential)
	}
	if plan.Login.IsNull() {
		diagnostics.LoginUnknown.Warn(diags, ref, "the API's answer to the reset did not say the user name, and "+
			"asking for it failed.")
	}
}

// saveSettings stores an update that changes no password, and makes up for a login
// check that is pending. now is about the password.
func (l *Lifecycle) saveSettings(ctx context.Context, plan, state instance, now privateState, out response) {
	plan.planLogin(state.LoginVerifiedAt, now.LoginPending)
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
	l.revokePrevious(ctx, plan, &now, out.diags)
	out.diags.Append(out.state.Set(ctx, plan.Resource)...)
	out.diags.Append(now.write(ctx, out.private)...)
	l.finishLogin(ctx, plan, now, out)
}
