package password

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// privateStateKey is where the private state has it.
const privateStateKey = "stored_password"

// privateData is the framework's private state, which has no exported type.
type privateData interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// privateState is what is remembered, beside the state, of the password in it. It
// counts for the one password whose version it carries: what replaces that password
// replaces this. It holds no secret but for standby.Waiting.
type privateState struct {
	PasswordVersion int64 `json:"password_version"`
	// Credential is the ID of its kirim.Ref; earlier versions did not write it.
	Credential string `json:"credential,omitempty"`
	// Reset tells that the password came from a reset, and not from a configuration
	// or, after an import, from nowhere.
	Reset bool `json:"reset,omitempty"`
	// Revokes tells that destroying the resource ends the password.
	Revokes bool `json:"revokes,omitempty"`
	// ChangeTime is when the password came to be.
	rotation.ChangeTime
	// InFlight is about earlier requests that may end the password yet.
	InFlight inFlight `json:"late_calls,omitzero"`
	// Unfinished tells that the outcome of a later reset is unknown. RunsUntil is
	// until when that reset may act yet, by our own clock; zero if the server is done
	// with it.
	Unfinished bool      `json:"unfinished_rotation,omitempty"`
	RunsUntil  time.Time `json:"runs_until,omitzero"`
	// Reconstructed tells that this was made from the state, because the private
	// state was lost, and that the API has not been asked yet what became of the
	// password. OutcomeUnknown tells that it was asked, and could not tell.
	Reconstructed  bool `json:"unexamined,omitempty"`
	OutcomeUnknown bool `json:"cut_off,omitempty"`
	// Due is the rotation.Timing.Setting by which a refresh found the password due.
	Due string `json:"due,omitempty"`
	// RevokeDue is the same for the previous password of a pair. Standby is about the pair's
	// other credential, nil while there is nothing to remember.
	RevokeDue string   `json:"revoke_due,omitempty"`
	Standby   *standby `json:"standby,omitempty"`
	// ExternalAt is when somebody else reset it, by the API.
	ExternalAt time.Time `json:"reset_elsewhere_at,omitzero"`
	// ExternalBy is how much later than our rotation that was. DifferenceBefore is the
	// same of the password before, for which this one was made: until the API says
	// that nothing has changed, the same difference again is the difference of two
	// clocks, ClockDifference from then on.
	ExternalBy       time.Duration `json:"reset_elsewhere_by,omitempty"`
	DifferenceBefore time.Duration `json:"difference_before,omitempty"`
	ClockDifference  time.Duration `json:"clock_difference,omitempty"`
	// ChangedAt is when the API says that the password changed, if that is too soon
	// after its rotation to be sure.
	ChangedAt time.Time `json:"changed_at,omitzero"`
	// LoginPending tells that a login check has not succeeded yet. LoginTaken is the
	// endpoint that took the password. LoginRefused tells that a refresh found that
	// endpoint to refuse it since. LoginMechanism took this password or one before.
	LoginPending   bool   `json:"login_pending,omitempty"`
	LoginTaken     string `json:"login_taken,omitempty"`
	LoginRefused   bool   `json:"login_refused,omitempty"`
	LoginMechanism string `json:"login_mechanism,omitempty"`
}

// readPrivateState gives what is there, whatever password it is about, and whether
// there is anything.
func readPrivateState(ctx context.Context, private privateData, diags *diag.Diagnostics) (p privateState, found bool) {
	raw, more := private.GetKey(ctx, privateStateKey)
	diags.Append(more...)
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // as kirim.Reset.Strength has numbers
	if !json.Valid(raw) || decoder.Decode(&p) != nil {
		return privateState{}, false
	}
	return p, true
}

// privateStateAbout gives what is remembered of the password in a state. If nothing is
// about this password it was lost, and is made anew from the state.
func privateStateAbout(
	ctx context.Context, private privateData, state *Model, diags *diag.Diagnostics,
) privateState {
	stored, found := readPrivateState(ctx, private, diags)
	if !found || stored.PasswordVersion != state.PasswordVersion.ValueInt64() {
		return privateStateOfState(state)
	}
	return stored
}

// write stores it. The same is written in the same bytes, so that a refresh leaves the
// state alone.
func (p privateState) write(ctx context.Context, private privateData) diag.Diagnostics {
	raw, err := json.Marshal(p)
	if err != nil {
		m := diagnostics.PrivateState
		detail := diagnostics.Paragraphs(err.Error(), m.Meaning, m.Advice)
		return diag.Diagnostics{diag.NewErrorDiagnostic(m.Summary, detail)}
	}
	return private.SetKey(ctx, privateStateKey, raw)
}

// leaveUnfinished notes a reset whose outcome is unknown, now by our own clock.
func (p *privateState) leaveUnfinished(err error, now time.Time) {
	p.Unfinished = true
	if kirim.Details(err).MayStillRun {
		p.RunsUntil = now.Add(rotation.LateResetWindow)
	}
}

// nothingPending tells that nothing here could make a plan do something.
func (p privateState) nothingPending() bool {
	return p.PasswordVersion != 0 && !p.Unfinished && !p.InFlight.completedLate() && p.Due == "" &&
		!p.resetExternally() && p.ChangedAt.IsZero() && !p.LoginPending && p.RevokeDue == ""
}

// blocksAdoption reports whether existing_password is dead, or may be, by the time that the
// resource's replacement adopts it. A password that was never known, or never seen to be
// taken, is not revoked. The password of another credential blocks nothing. If that
// credential is still to be made, the plan knows neither its GUID nor its password.
func (p privateState) blocksAdoption(plan instance, existing types.String) bool {
	isAnother := p.Credential != "" && p.Credential != plan.Ref().ID()
	if plan.ResourceID().IsUnknown() {
		isAnother = existing.IsUnknown()
	}
	proven := p.LoginTaken != "" || p.Reconstructed // then the state may say so
	return !isAnother && (p.Reset || p.Unfinished || (p.Revokes && p.PasswordVersion != 0 && proven)) ||
		p.Standby != nil && p.Standby.blocksAdoption(plan, existing)
}

// resetExternally tells whether somebody else has reset the password, by what the
// API says or by proof.
func (p privateState) resetExternally() bool { return !p.ExternalAt.IsZero() || p.LoginRefused }

// changeTime is when a password came to be: by the reset whose answer this is, or before
// it was found. If the API says when it changed, which it need not, nothing is better. What
// was found is known by the time of that: when the credential was modified proves nothing.
func changeTime(credential kirim.Credential, byReset bool) rotation.ChangeTime {
	switch {
	case !credential.LastPasswordChanged.IsZero():
		return rotation.ChangeTime{Changed: credential.LastPasswordChanged}
	case byReset:
		return rotation.ChangeTime{Modified: credential.ModifiedAt, At: credential.AsOf}
	}
	return rotation.ChangeTime{At: credential.AsOf}
}

// observed is what the API says about a credential now, for comparison.
func observed(c kirim.Credential) rotation.Observed {
	return rotation.Observed{PasswordChanged: c.LastPasswordChanged, Modified: c.ModifiedAt, At: c.AsOf}
}

// inFlight is what is remembered of requests that had been given up as lost when a
// later one was answered: each may still act, and ends the password that came.
type inFlight struct {
	// Left is how many of them there may be. Until is when they complete at the
	// latest, by the server's clock.
	Left  int       `json:"left,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// ChangeTime is the earliest moment at which the request that was answered can have
	// acted.
	rotation.ChangeTime
	// CompletedAt is when one of them completed, by the API.
	CompletedAt time.Time `json:"landed_at,omitzero"`
}

// inFlightAfter is about a password that was made while so many requests may still
// have been running.
func inFlightAfter(made rotation.ChangeTime, left int) inFlight {
	f := inFlight{Left: left, ChangeTime: made}
	if when := made.When(); left > 0 && !when.IsZero() {
		f.Until = completesBy(when)
	}
	return f
}

// completesBy is when a request completes at the latest that was under way at a
// moment of the server's clock. RFC 3339 has no year 10000.
func completesBy(when time.Time) time.Time {
	if until := when.Add(rotation.LateResetWindow).UTC(); until.Year() <= 9999 {
		return until
	}
	return when
}

// completedLate tells whether one of them has ended the password.
func (f inFlight) completedLate() bool { return !f.CompletedAt.IsZero() }

// look notes whether one of them has completed.
func (f *inFlight) look(now rotation.Observed) {
	f.CompletedAt = time.Time{}
	if f.Left > 0 && f.EndedByLateReset(now, f.Until) {
		f.CompletedAt = now.PasswordChanged
	}
}

// succeeding carries over requests that may still be running: they end this password
// as they end the one before. now is by our own clock.
func (p privateState) succeeding(before privateState, now time.Time) privateState {
	p.DifferenceBefore, p.ClockDifference = before.ExternalBy, before.ClockDifference
	p.LoginMechanism = before.LoginMechanism
	when := p.InFlight.When()
	if when.IsZero() {
		return p // there is nothing to compare with
	}
	left, until := before.InFlight.Left, before.InFlight.Until
	if before.InFlight.completedLate() {
		left--
	}
	if rest := before.RunsUntil.Sub(now); before.Unfinished && rest > 0 {
		left, until = left+1, later(until, when.Add(rest))
	}
	if left > 0 && until.After(when) {
		p.InFlight.Left += left
		p.InFlight.Until = later(p.InFlight.Until, until)
	}
	return p
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// privateStateOfState is that of a password whose own is lost: Terraform drops it if
// the provider is killed while it creates or updates. What the state tells has to do
// until the API is asked.
func privateStateOfState(state *Model) privateState {
	p := privateState{
		PasswordVersion: state.PasswordVersion.ValueInt64(),
		Revokes:         state.RevokeOnDestroy.ValueBool(),
		ChangeTime:      rotation.ChangeTime{At: parsedTime(state.RotatedAt)},
		Reconstructed:   true,
	}
	// A password that was planned to be adopted may have been made instead, but only a
	// reset tells of its strength and of the mail servers.
	reason := state.RotationReason.ValueString()
	found := reason == rotation.ReasonAdopted || reason == rotation.ReasonImported
	if !found || !state.Strength.IsNull() || !state.RemoteSync.IsNull() {
		p.Reset, p.Modified = true, parsedTime(state.ModifiedAt)
	}
	return p
}

// reconstruct finds out what has become of a password whose private state was lost,
// and with it the answer to a reset, perhaps. If the API tells that it has changed
// since, it is Unfinished: the next plan makes another one.
func (p *privateState) reconstruct(state *Model, credential kirim.Credential) {
	if !p.Reconstructed {
		return
	}
	p.Reconstructed = false
	// From now on, only what comes later counts: the killed request, which may still
	// be running, or somebody else.
	now := rotation.ChangeTime{At: credential.LastPasswordChanged}
	if now.At.IsZero() {
		now.At = credential.AsOf
	}
	p.InFlight = inFlightAfter(now, 1)
	p.InFlight.Until = later(p.InFlight.Until, completesBy(credential.AsOf))
	// The apply that was killed has reset the standby of a pair, if anything.
	isPair, local := p.Standby != nil, parsedTime(state.RotatedAt)
	if isPair && p.Reset {
		local = p.Modified // its password may have waited before it became active
	}
	neverReset := credential.TellsPasswordChange && credential.LastPasswordChanged.IsZero()
	switch outcome := rotation.OutcomeOf(p.Modified, !p.Reset, observed(credential), local); {
	case outcome == rotation.OutcomeChanged && !isPair:
		p.Unfinished, p.InFlight.Left = true, 0 // it has completed
	case outcome == rotation.OutcomeUnknown && (p.Reset || !neverReset):
		p.OutcomeUnknown = true
		p.ChangeTime = changeTime(credential, false)
	}
	if p.PasswordVersion == 0 || isPair {
		// After an import there is nothing that could have ended. Of a pair, it is the standby's.
		p.InFlight.Left = 0
	}
}
