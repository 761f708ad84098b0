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
	// MadeModified and MadeAt are rotation.Made.
	MadeModified time.Time `json:"made_modified_at,omitzero"`
	MadeAt       time.Time `json:"made_at,omitzero"`
	// MayBeOvertaken tells that an earlier call of the same rotation may still
	// have been running when the password came, and MadeEarliest is rotation.Made
	// for finding out whether it has landed since. OvertakenAt is when it did, by
	// the API.
	MayBeOvertaken bool      `json:"may_be_overtaken,omitempty"`
	MadeEarliest   time.Time `json:"made_earliest_at,omitzero"`
	OvertakenAt    time.Time `json:"overtaken_at,omitzero"`
	// Unfinished tells that a later reset ended with its outcome unknown, and
	// StillRunning that it may act yet.
	Unfinished   bool `json:"unfinished_rotation,omitempty"`
	StillRunning bool `json:"still_running,omitempty"`
	// CutOff tells that an apply was killed, and that whether it reset the
	// password first could not be found out.
	CutOff bool `json:"cut_off,omitempty"`
	// Due is the rotation.Timing.Setting by which a refresh found the password
	// to be due.
	Due string `json:"due,omitempty"`
	// ElsewhereAt is when somebody else has reset it, by the API.
	ElsewhereAt time.Time `json:"reset_elsewhere_at,omitzero"`
	// LoginPending tells that a login is still to be seen to succeed. LoginTaken
	// is the endpoint that has taken the password, LoginRefused tells that a
	// refresh found it to refuse it since.
	LoginPending bool   `json:"login_pending,omitempty"`
	LoginTaken   string `json:"login_taken,omitempty"`
	LoginRefused bool   `json:"login_refused,omitempty"`
}

// readNotes gives the notes as they are, whatever password they are about.
func readNotes(ctx context.Context, private privateReader, diags *diag.Diagnostics) notes {
	raw, more := private.GetKey(ctx, notesKey)
	diags.Append(more...)
	var n notes
	if len(raw) > 0 && json.Unmarshal(raw, &n) != nil {
		return notes{}
	}
	return n
}

// areAbout tells whether the notes are about the given password.
func (n notes) areAbout(version int64) bool { return n.PasswordVersion == version }

// about gives the notes where they are about the given password, else new ones.
func (n notes) about(version int64) notes {
	if !n.areAbout(version) {
		return notes{PasswordVersion: version}
	}
	return n
}

// write stores the notes. before are those that are stored already: what has
// not changed is not written, so that a refresh leaves the state alone.
func (n notes) write(ctx context.Context, private privateWriter, before notes) diag.Diagnostics {
	raw, err := json.Marshal(n)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unwritable private state", err.Error())}
	}
	if old, err := json.Marshal(before); err == nil && bytes.Equal(raw, old) {
		return nil
	}
	return private.SetKey(ctx, notesKey, raw)
}

// calm tells that nothing in the notes could make a plan do something.
func (n notes) calm() bool {
	return n.PasswordVersion != 0 && !n.Unfinished && !n.overtaken() && n.Due == "" && !n.elsewhere() && !n.LoginPending
}

// barsAdoption tells whether a password that was there before is dead, or may
// be, by the time that something replaces the resource. What was never known is
// not revoked.
func (n notes) barsAdoption() bool {
	return n.Reset || n.Unfinished || (n.Revokes && n.PasswordVersion != 0)
}

// elsewhere tells whether somebody else has reset the password, by what the API
// says or by proof.
func (n notes) elsewhere() bool { return !n.ElsewhereAt.IsZero() || n.LoginRefused }

// overtaken tells whether an earlier call of our own has ended the password.
func (n notes) overtaken() bool { return !n.OvertakenAt.IsZero() }

func (n notes) made() rotation.Made { return rotation.Made{Modified: n.MadeModified, At: n.MadeAt} }

func (n notes) madeAtTheEarliest() rotation.Made {
	return rotation.Made{Modified: n.MadeModified, At: n.MadeEarliest}
}

// notesOfReset are those of a password that a reset has made.
func notesOfReset(version int64, c confirmed) notes {
	earliest := madeAtTheEarliest(c.reset)
	n := notes{
		PasswordVersion: version, Reset: true, MadeModified: earliest.Modified, MadeAt: c.reset.Credential.AsOf,
		MayBeOvertaken: c.mayBeOvertaken, MadeEarliest: earliest.At,
		Unfinished: c.unfinished != nil, StillRunning: c.unfinished != nil,
	}
	if changed := c.reset.Credential.LastPasswordChanged; !changed.IsZero() {
		n.MadeAt = changed
	}
	return n
}

// succeeding gives the notes of a password that takes the place of one with
// other notes: a reset that may act yet ends whatever is stored by then.
func (n notes) succeeding(before notes) notes {
	n.MayBeOvertaken = n.MayBeOvertaken || (before.Unfinished && before.StillRunning)
	return n
}

// notesOfState are those of a password whose own are lost: Terraform drops them
// when the provider is killed while it applies. What the state itself tells has
// to do.
func notesOfState(state *credentialPasswordModel) notes {
	n := notes{
		PasswordVersion: state.PasswordVersion.ValueInt64(),
		Revokes:         state.RevokeOnDestroy.ValueBool(),
		LoginPending:    !state.LoginCheck.IsNull() && state.LoginVerifiedAt.IsNull(),
	}
	if state.RotationReason.ValueString() == rotation.ReasonAdopted {
		n.MadeAt = parsedTime(state.RotatedAt) // modified_at may be of any other change
		return n
	}
	n.Reset = true
	if n.MadeModified = parsedTime(state.ModifiedAt); n.MadeModified.IsZero() {
		n.MadeAt = parsedTime(state.RotatedAt)
	}
	return n
}

// notesOfFound are those of a password that was there before: an adopted one,
// or one that an import does not know. Where it was never reset, or the API
// does not say, the moment at which that was so takes the place of its time.
func notesOfFound(version int64, credential kirim.Credential) notes {
	n := notes{PasswordVersion: version, MadeAt: credential.LastPasswordChanged}
	if n.MadeAt.IsZero() {
		n.MadeAt = credential.AsOf
	}
	return n
}

// seen is what the API says about a credential now, for comparison.
func seen(credential kirim.Credential) rotation.Seen {
	return rotation.Seen{PasswordChanged: credential.LastPasswordChanged, Modified: credential.ModifiedAt}
}
