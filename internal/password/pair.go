package password

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// PairModel has the attributes of two credentials that take turns. [Model] is about the
// active one, whose password the resource holds. A rotation resets the other one, the
// standby, and makes it the active one. The login before goes on working.
type PairModel struct {
	Model
	Pair
}

var _ interface{ pair() *Pair } = (*PairModel)(nil) // as [Resource] wants it

func (m *PairModel) pair() *Pair { return &m.Pair }

// Pair is what a pair has beside the attributes of one managed password.
type Pair struct {
	CredentialGUIDs     types.List   `tfsdk:"credential_guids"`
	RevokePreviousAfter types.String `tfsdk:"revoke_previous_after"`
	Turn
}

// Turn is which of the two is active, and what becomes of the previous one.
type Turn struct {
	Active            types.String `tfsdk:"active_credential_guid"`
	Previous          types.String `tfsdk:"previous_credential_guid"`
	PreviousRevokeAt  types.String `tfsdk:"previous_revoke_at"`
	PreviousRevokedAt types.String `tfsdk:"previous_revoked_at"`
}

// standby is what is remembered of a pair's other credential: of the new password that
// waits to become active or, without one, of the password that was active before.
type standby struct {
	privateState
	// RotatedAt is when that password became active, by the local clock.
	RotatedAt time.Time `json:"rotated_at,omitzero"`
	// Waiting is the reset whose password is not active yet, because the mail server was
	// not seen to take it. It holds that password.
	Waiting *kirim.Reset `json:"waiting,omitempty"`
}

// isOwn reports whether the password came from a reset of this resource, and nothing tells
// of somebody else's since. No other one is revoked.
func (s *standby) isOwn() bool {
	return s != nil && s.Reset && !s.resetExternally() && !s.OutcomeUnknown
}

// notOwn says why the password is not this resource's to end; empty if it is.
func (s *standby) notOwn() string {
	if s.isOwn() && !s.Reconstructed {
		return ""
	}
	return "this resource did not set its password, or cannot tell whether it did"
}

// waiting is the password that waits to become active, null if none does.
func (p privateState) waiting() types.String {
	if p.Standby == nil || p.Standby.Waiting == nil {
		return types.StringNull()
	}
	return types.StringValue(p.Standby.Waiting.Password)
}

// stored is what is remembered of the password in a state.
func (l *Lifecycle) stored(ctx context.Context, private privateData, state instance, diags *diag.Diagnostics,
) privateState {
	stored := privateStateAbout(ctx, private, state.Model, diags)
	if state.pair == nil || !stored.Reconstructed || stored.Standby != nil {
		return stored
	}
	// The apply that was killed may have reset the standby.
	stored.Standby = &standby{privateState: privateState{
		Reset: !state.pair.PreviousRevokeAt.IsNull(), Reconstructed: true,
		Unfinished: true, RunsUntil: l.Now().Add(rotation.LateResetWindow),
		Credential: state.ref(state.pair.standby()).ID(),
	}}
	return stored
}

// ref is one credential of a pair.
func (i instance) ref(guid types.String) kirim.Ref {
	ref := i.Ref()
	ref.GUID = guid.ValueString()
	return ref
}

// refs are the resource's credentials. A creation resets the first.
func (i instance) refs() (all []kirim.Ref) {
	if i.pair == nil {
		return []kirim.Ref{i.Ref()}
	}
	guids, _ := i.pair.GUIDs()
	for _, guid := range guids {
		all = append(all, i.ref(types.StringValue(guid)))
	}
	return all
}

// GUIDs are the credentials in the spelling that is sent. areKnown reports whether all are
// known. An unknown one is empty.
func (p *Pair) GUIDs() (guids []string, areKnown bool) {
	areKnown = !p.CredentialGUIDs.IsUnknown()
	for _, element := range p.CredentialGUIDs.Elements() {
		text, _ := element.(types.String)
		guid, _ := kirim.NormalizeGUID(text.ValueString())
		guids, areKnown = append(guids, guid), areKnown && !element.IsUnknown()
	}
	return guids, areKnown
}

// First is the credential that is active after a creation and after an import.
func (p *Pair) First() types.String { return p.except("") }

// standby is the credential that is not the active one.
func (p *Pair) standby() types.String { return p.except(p.Active.ValueString()) }

// except is the first credential that is not other; unknown while any credential is.
func (p *Pair) except(other string) types.String {
	guids, areKnown := p.GUIDs()
	i := slices.IndexFunc(guids, func(guid string) bool { return guid != other })
	if i < 0 || !areKnown {
		return types.StringUnknown()
	}
	return types.StringValue(guids[i])
}

// planRotation plans the password to come, and whose it is. before is nil in a creation.
func (i instance) planRotation(before *Pair, decision rotation.Decision) {
	i.Model.planRotation(decision.Reason)
	p := i.pair
	switch {
	case p == nil:
		return
	case before == nil:
		p.Turn = Turn{Active: p.First()}
		return
	case decision.Action == rotation.Adopt: // of the active one, which stays that
		p.Turn = before.Turn
		return
	case decision.Reason == "": // it may turn out as an adoption, or as nothing
		unknown := types.StringUnknown()
		p.Turn = Turn{unknown, unknown, unknown, unknown}
	default:
		p.Turn = Turn{Active: before.standby(), Previous: before.Active}
		if !p.RevokePreviousAfter.IsNull() {
			p.PreviousRevokeAt = types.StringUnknown()
		}
	}
	i.Username, i.Login, i.CreatedAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
}

// timing is revoke_previous_after, reckoned from a rotation as a period is.
func (p *Pair) timing() rotation.Timing {
	period, _ := rotation.ParsePeriod(p.RevokePreviousAfter.ValueString()) // zero if there is none
	return rotation.Timing{Unknown: p.RevokePreviousAfter.IsUnknown(), Period: period}
}

// revokeAt is when the previous password ends that was replaced at some time. isOwn tells
// whether this resource may end it.
func (p *Pair) revokeAt(rotatedAt types.String, isOwn bool) types.String {
	switch {
	case p.Previous.IsNull() || !isOwn:
		return types.StringNull()
	case p.timing().Unknown:
		return types.StringUnknown()
	}
	return attribute.TimeOrNull(p.timing().Next(parsedTime(rotatedAt)))
}

// planKept plans a resource whose password is kept. A pair's previous password may be due to
// be revoked. clock is that of the rotation.
func (i instance) planKept(state instance, stored privateState, clock rotation.Clock) {
	i.keep(state.Model, stored.LoginPending)
	p := i.pair
	if p == nil {
		return
	}
	if p.Turn = state.pair.Turn; !p.PreviousRevokedAt.IsNull() {
		return
	}
	clock.Before, clock.After = state.pair.timing(), p.timing()
	if clock.After.Unknown || clock.Changes() {
		p.PreviousRevokeAt = p.revokeAt(state.RotatedAt, stored.Standby.isOwn())
	}
	clock.Due = stored.RevokeDue != "" && stored.RevokeDue == clock.Before.Setting()
	if stored.Standby.isOwn() && !p.PreviousRevokeAt.IsNull() && clock.Decide().Action != rotation.Keep {
		p.PreviousRevokedAt = types.StringUnknown()
	}
}

// revokeDue is the setting by which the previous password is due to be revoked, empty if it
// is not.
func (p *Pair) revokeDue(stored privateState, now time.Time) string {
	if p == nil || !stored.Standby.isOwn() || p.PreviousRevokeAt.IsNull() || !p.PreviousRevokedAt.IsNull() ||
		parsedTime(p.PreviousRevokeAt).After(now) {
		return ""
	}
	return p.timing().Setting()
}

// takeTurn resets the standby of a pair and makes it the active one. The new password waits
// in the private state until the mail server takes it, if there is a login_check. Until
// then, all that fails leaves the active one as it is. ctx has the operation's time.
func (l *Lifecycle) takeTurn(ctx context.Context, plan instance, state instance, stored privateState, out response) {
	ref, active := plan.Ref(), stored
	active.Standby = nil // it becomes the standby of the new private state
	before := cmp.Or(stored.Standby, &standby{})
	result, err := l.issue(ctx, plan, resetPassword, types.StringNull(), stored.PasswordVersion, before)
	hasActed := kirim.Details(err).MayHaveActed
	switch {
	case err != nil:
		l.addResetError(out, err, ref, stored)
	case result.unfinished != nil:
		err, hasActed, before.InFlight = result.unfinished, true, result.private.InFlight
		l.logEnd(ctx, result.operation, "overtaken", err)
		diagnostics.Ended.Means(diagnostics.LostAttempt+" "+activeStays).Fail(out.diags, err, ref)
	}
	if hasActed {
		before.leaveUnfinished(err, l.Now())
		before.Waiting, stored.Standby = nil, before
		out.diags.Append(stored.write(ctx, out.private)...)
	}
	if err != nil {
		return
	}
	now := before.privateState
	if result.reset != before.Waiting {
		now = result.private.succeeding(now, l.Now())
	}
	now.PasswordVersion = result.private.PasswordVersion
	now.Credential, now.Revokes = ref.ID(), plan.RevokeOnDestroy.ValueBool()
	// Between two clocks, it is the difference of the password that this one was made for.
	now.DifferenceBefore, now.ClockDifference = active.ExternalBy, active.ClockDifference
	stored.Standby = &standby{privateState: now, Waiting: result.reset}
	out.diags.Append(stored.write(ctx, out.private)...)
	ctx = kirim.WithPasswords(ctx, result.reset.Password)
	plan.setCredential(result.credential)
	if plan.Login.IsNull() {
		l.complete(ctx, plan, &result.warnings)
	}
	plan.LoginVerifiedAt = types.StringNull()
	if check := plan.check(ctx, out.diags); check != nil {
		if err := l.login(ctx, plan, check, &now); err != nil {
			l.logEnd(ctx, result.operation, "waiting", err)
			addLoginError(out, err, plan, check)
			return
		}
	}
	// Counted from now, not from a reset that has waited: the previous login keeps its full
	// time.
	plan.RotatedAt = attribute.TimeOrNull(l.Now())
	plan.NextRotationAt = plan.next(plan.RotatedAt)
	now.Standby = &standby{privateState: active, RotatedAt: parsedTime(state.RotatedAt)}
	plan.pair.PreviousRevokeAt = plan.pair.revokeAt(plan.RotatedAt, now.Standby.isOwn())
	diags := store(ctx, out.state, plan)
	if out.diags.Append(diags...); diags.HasError() {
		l.logEnd(ctx, result.operation, "not stored", nil)
		return
	}
	l.logEnd(ctx, result.operation, "stored", nil)
	out.diags.Append(now.write(ctx, out.private)...)
	out.diags.Append(result.warnings...)
}

// revokePrevious ends the previous password of a pair if it is due. A reset that this
// resource has made of the standby since has ended it already.
func (l *Lifecycle) revokePrevious(ctx context.Context, plan instance, now *privateState, diags *diag.Diagnostics) {
	p := plan.pair
	now.RevokeDue = "" // if it is due still, the next refresh finds that
	if p == nil || !p.PreviousRevokedAt.IsUnknown() {
		return
	}
	p.PreviousRevokedAt = types.StringNull()
	if p.revokeDue(*now, l.Now()) == "" {
		return
	}
	ref, previous, ended, why := plan.ref(p.Previous), now.Standby, true, ""
	if previous.Waiting == nil {
		ended, why = l.end(ctx, ref, &previous.privateState, previous.RotatedAt, previous.notOwn(),
			diagnostics.Revoke.Means(activeStays+" The next apply tries again."), diags)
	}
	switch {
	case !ended && why == "": // it failed
	case !ended && (!previous.Unfinished || previous.Reconstructed): // else a reset of this resource has ended it
		previous.ExternalAt = l.Now()
		diagnostics.NotRevoked.Means("The live password goes on working until the next rotation, which resets it.").
			Advises("To end it now, reset it at Kirim.Email.").Warn(diags, ref, "%s.", why)
	default:
		p.PreviousRevokedAt = attribute.TimeOrNull(l.Now())
	}
}

// addCutOff says, in the plan of a rotation, that the standby's password ends with it, and
// why: the CLI hides a rotation_reason that is the same as the last one.
func addCutOff(diags *diag.Diagnostics, state instance, decision rotation.Decision, stored privateState) {
	rotates := decision.Action == rotation.Rotate || decision.Action == rotation.Undecided
	if state.pair == nil || !rotates || !state.pair.PreviousRevokedAt.IsNull() || !stored.waiting().IsNull() {
		return
	}
	what := "This resource did not set it"
	if !state.pair.Previous.IsNull() {
		what = "It was active until " + state.RotatedAt.ValueString()
	}
	diagnostics.CutsOff.Warn(diags, state.ref(state.pair.standby()), "a rotation (%s) resets its password, which may "+
		"be in use. %s.", cmp.Or(decision.Reason, "if one turns out to be needed"), what)
}
