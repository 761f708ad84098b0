package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// privateStateKey is where the notes are in the private state.
const privateStateKey = "stored_password"

// privateReader and privateWriter are the framework's private state, which has
// no exported type.
type (
	privateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateWriter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// privateState are what is remembered, beside the state, of the password in it. They
// count for the one password whose version they carry: whatever replaces that
// settles them, also where nobody removes them. Nothing secret is in them.
type privateState struct {
	PasswordVersion int64 `json:"password_version"`
	// Reset tells that the password came from a reset, and not from a
	// configuration or from nowhere (after an import).
	Reset bool `json:"reset,omitempty"`
	// Revokes tells that the password is ended when the resource is destroyed.
	Revokes bool `json:"revokes,omitempty"`
	// MadeModified, MadeAt and MadeChanged are rotation.Made.
	MadeModified time.Time `json:"made_modified_at,omitzero"`
	MadeAt       time.Time `json:"made_at,omitzero"`
	MadeChanged  time.Time `json:"made_changed_at,omitzero"`
	// InFlight is about earlier calls that may end the password yet.
	InFlight inFlight `json:"late_calls,omitzero"`
	// Unfinished tells that a later reset ended with its outcome unknown, and
	// RunsUntil until when it may act yet, by our own clock; zero where the server
	// is done with it.
	Unfinished bool      `json:"unfinished_rotation,omitempty"`
	RunsUntil  time.Time `json:"runs_until,omitzero"`
	// Reconstructed tells that these notes were made from the state, because those
	// before were lost, and that the API was not asked yet what has become of the
	// password. CutOff tells that it was, and could not tell.
	Reconstructed bool `json:"unexamined,omitempty"`
	OutcomeUnknown     bool `json:"cut_off,omitempty"`
	// Due is the rotation.Timing.Setting by which a refresh found the password
	// to be due.
	Due string `json:"due,omitempty"`
	// ExternalAt is when somebody else has reset it, by the API.
	ExternalAt time.Time `json:"reset_elsewhere_at,omitzero"`
	// ExternalBy is how much later than our rotation that was, and DifferenceBefore
	// the same of the password before, for which this one was made: until the API
	// says that nothing has changed, the same difference again is that of two clocks,
	// ClockDifference from then on.
	ExternalBy      time.Duration `json:"reset_elsewhere_by,omitempty"`
	DifferenceBefore time.Duration `json:"difference_before,omitempty"`
	ClockDifference  time.Duration `json:"clock_difference,omitempty"`
	// ChangedAt is when the API says that the password changed, too soon after
	// its rotation to be sure of it.
	ChangedAt time.Time `json:"changed_at,omitzero"`
	// LoginPending tells that a login is still to be seen to succeed. LoginTaken
	// is the endpoint that has taken the password, LoginRefused tells that a
	// refresh found it to refuse it since. LoginMechanism is the one by which this
	// password or one before was taken.
	LoginPending   bool   `json:"login_pending,omitempty"`
	LoginTaken     string `json:"login_taken,omitempty"`
	LoginRefused   bool   `json:"login_refused,omitempty"`
	LoginMechanism string `json:"login_mechanism,omitempty"`
}

// readPrivateState gives the notes as they are, whatever password they are about, and
// whether there are any.
func readPrivateState(ctx context.Context, private privateReader, diags *diag.Diagnostics) (n privateState, found bool) {
	raw, more := private.GetKey(ctx, privateStateKey)
	diags.Append(more...)
	if len(raw) == 0 || json.Unmarshal(raw, &n) != nil {
		return privateState{}, false
	}
	return n, true
}

// privateStateAbout gives the notes about the password in a state; before are those
// that are stored. Where there are none about it they are lost, and made anew
// from the state.
func privateStateAbout(ctx context.Context, private privateReader, state *credentialPasswordModel, diags *diag.Diagnostics) (now, before privateState) {
	before, found := readPrivateState(ctx, private, diags)
	if !found || before.PasswordVersion != state.PasswordVersion.ValueInt64() {
		return privateStateOfState(state), before
	}
	return before, before
}

// write stores the notes. before are those that are stored already: what has
// not changed is not written, so that a refresh leaves the state alone.
func (n privateState) write(ctx context.Context, private privateWriter, before privateState) diag.Diagnostics {
	raw, err := json.Marshal(n)
	if err != nil {
		return diag.Diagnostics{unwritable(err)}
	}
	if old, err := json.Marshal(before); err == nil && bytes.Equal(raw, old) {
		return nil
	}
	return private.SetKey(ctx, privateStateKey, raw)
}

// leaveUnfinished notes a reset that ended so, now by our own clock.
func (n *privateState) leaveUnfinished(err error, now time.Time) {
	n.Unfinished = true
	if mayStillRun(err) {
		n.RunsUntil = now.Add(rotation.LateResetWindow)
	}
}

// nothingPending tells that nothing in the notes could make a plan do something.
func (n privateState) nothingPending() bool {
	return n.PasswordVersion != 0 && !n.Unfinished && !n.InFlight.completedLate() && n.Due == "" && !n.resetExternally() && n.ChangedAt.IsZero() &&
		!n.LoginPending
}

// blocksAdoption tells whether a password that was there before is dead, or may
// be, by the time that something replaces the resource. What was never known, or
// never seen to be taken, is not revoked.
func (n privateState) blocksAdoption() bool {
	proven := n.LoginTaken != "" || n.Reconstructed // then the state may say so
	return n.Reset || n.Unfinished || (n.Revokes && n.PasswordVersion != 0 && proven)
}

// resetExternally tells whether somebody else has reset the password, by what the API
// says or by proof.
func (n privateState) resetExternally() bool { return !n.ExternalAt.IsZero() || n.LoginRefused }

func (n privateState) made() rotation.ChangeTime {
	return rotation.ChangeTime{Modified: n.MadeModified, At: n.MadeAt, Changed: n.MadeChanged}
}

// privateStateOfReset are those of a password that a reset has made.
func privateStateOfReset(version int64, c confirmation) privateState {
	credential := c.reset.Credential
	n := privateState{
		PasswordVersion: version, Reset: true, MadeModified: credential.ModifiedAt, MadeAt: credential.AsOf,
		InFlight: c.late, Unfinished: c.unfinished != nil, RunsUntil: c.runsUntil,
	}
	// Where its answer says when the password changed, which it need not,
	// nothing is better.
	if changed := credential.LastPasswordChanged; !changed.IsZero() {
		n.MadeModified, n.MadeAt, n.MadeChanged = time.Time{}, time.Time{}, changed
	}
	return n
}

// privateStateOfFound are those of a password that was there before: an adopted one,
// or one that an import does not know. Where it was never reset, or the API
// does not say, the moment at which that was so takes the place of its time.
func privateStateOfFound(version int64, credential kirim.Credential) privateState {
	n := privateState{PasswordVersion: version, MadeChanged: credential.LastPasswordChanged}
	if n.MadeChanged.IsZero() {
		n.MadeAt = credential.AsOf
	}
	return n
}

// seen is what the API says about a credential now, for comparison.
func seen(credential kirim.Credential) rotation.Observed {
	return rotation.Observed{PasswordChanged: credential.LastPasswordChanged, Modified: credential.ModifiedAt, At: credential.AsOf}
}
