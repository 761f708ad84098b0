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

// notesKey is where the notes are in the private state.
const notesKey = "stored_password"

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

// notes are what is remembered, beside the state, of the password in it. They
// count for the one password whose version they carry: whatever replaces that
// settles them, also where nobody removes them. Nothing secret is in them.
type notes struct {
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
	// Late is about earlier calls that may end the password yet.
	Late lateCalls `json:"late_calls,omitzero"`
	// Unfinished tells that a later reset ended with its outcome unknown, and
	// RunsUntil until when it may act yet, by our own clock; zero where the server
	// is done with it.
	Unfinished bool      `json:"unfinished_rotation,omitempty"`
	RunsUntil  time.Time `json:"runs_until,omitzero"`
	// Unexamined tells that these notes were made from the state, because those
	// before were lost, and that the API was not asked yet what has become of the
	// password. CutOff tells that it was, and could not tell.
	Unexamined bool `json:"unexamined,omitempty"`
	CutOff     bool `json:"cut_off,omitempty"`
	// Due is the rotation.Timing.Setting by which a refresh found the password
	// to be due.
	Due string `json:"due,omitempty"`
	// ElsewhereAt is when somebody else has reset it, by the API.
	ElsewhereAt time.Time `json:"reset_elsewhere_at,omitzero"`
	// ElsewhereBy is how much later than our rotation that was, and DifferenceBefore
	// the same of the password before, for which this one was made: until the API
	// says that nothing has changed, the same difference again is that of two clocks,
	// ClockDifference from then on.
	ElsewhereBy      time.Duration `json:"reset_elsewhere_by,omitempty"`
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

// readNotes gives the notes as they are, whatever password they are about, and
// whether there are any.
func readNotes(ctx context.Context, private privateReader, diags *diag.Diagnostics) (n notes, found bool) {
	raw, more := private.GetKey(ctx, notesKey)
	diags.Append(more...)
	if len(raw) == 0 || json.Unmarshal(raw, &n) != nil {
		return notes{}, false
	}
	return n, true
}

// notesAbout gives the notes about the password in a state; before are those
// that are stored. Where there are none about it they are lost, and made anew
// from the state.
func notesAbout(ctx context.Context, private privateReader, state *credentialPasswordModel, diags *diag.Diagnostics) (now, before notes) {
	before, found := readNotes(ctx, private, diags)
	if !found || before.PasswordVersion != state.PasswordVersion.ValueInt64() {
		return notesOfState(state), before
	}
	return before, before
}

// write stores the notes. before are those that are stored already: what has
// not changed is not written, so that a refresh leaves the state alone.
func (n notes) write(ctx context.Context, private privateWriter, before notes) diag.Diagnostics {
	raw, err := json.Marshal(n)
	if err != nil {
		return diag.Diagnostics{unwritable(err)}
	}
	if old, err := json.Marshal(before); err == nil && bytes.Equal(raw, old) {
		return nil
	}
	return private.SetKey(ctx, notesKey, raw)
}

// leaveUnfinished notes a reset that ended so, now by our own clock.
func (n *notes) leaveUnfinished(err error, now time.Time) {
	n.Unfinished = true
	if mayStillRun(err) {
		n.RunsUntil = now.Add(rotation.LateResetWindow)
	}
}

// calm tells that nothing in the notes could make a plan do something.
func (n notes) calm() bool {
	return n.PasswordVersion != 0 && !n.Unfinished && !n.Late.landed() && n.Due == "" && !n.elsewhere() && n.ChangedAt.IsZero() &&
		!n.LoginPending
}

// barsAdoption tells whether a password that was there before is dead, or may
// be, by the time that something replaces the resource. What was never known, or
// never seen to be taken, is not revoked.
func (n notes) barsAdoption() bool {
	proven := n.LoginTaken != "" || n.Unexamined // then the state may say so
	return n.Reset || n.Unfinished || (n.Revokes && n.PasswordVersion != 0 && proven)
}

// elsewhere tells whether somebody else has reset the password, by what the API
// says or by proof.
func (n notes) elsewhere() bool { return !n.ElsewhereAt.IsZero() || n.LoginRefused }

func (n notes) made() rotation.ChangeTime {
	return rotation.ChangeTime{Modified: n.MadeModified, At: n.MadeAt, Changed: n.MadeChanged}
}

// notesOfReset are those of a password that a reset has made.
func notesOfReset(version int64, c confirmed) notes {
	credential := c.reset.Credential
	n := notes{
		PasswordVersion: version, Reset: true, MadeModified: credential.ModifiedAt, MadeAt: credential.AsOf,
		Late: c.late, Unfinished: c.unfinished != nil, RunsUntil: c.runsUntil,
	}
	// Where its answer says when the password changed, which it need not,
	// nothing is better.
	if changed := credential.LastPasswordChanged; !changed.IsZero() {
		n.MadeModified, n.MadeAt, n.MadeChanged = time.Time{}, time.Time{}, changed
	}
	return n
}

// notesOfFound are those of a password that was there before: an adopted one,
// or one that an import does not know. Where it was never reset, or the API
// does not say, the moment at which that was so takes the place of its time.
func notesOfFound(version int64, credential kirim.Credential) notes {
	n := notes{PasswordVersion: version, MadeChanged: credential.LastPasswordChanged}
	if n.MadeChanged.IsZero() {
		n.MadeAt = credential.AsOf
	}
	return n
}

// seen is what the API says about a credential now, for comparison.
func seen(credential kirim.Credential) rotation.Observed {
	return rotation.Observed{PasswordChanged: credential.LastPasswordChanged, Modified: credential.ModifiedAt, At: credential.AsOf}
}
