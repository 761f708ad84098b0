package provider

import (
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// notesOfState are those of a password whose own are lost: Terraform drops them
// when the provider is killed while it creates or updates. What the state itself
// tells has to do, until the API is asked.
func notesOfState(state *credentialPasswordModel) notes {
	n := notes{
		PasswordVersion: state.PasswordVersion.ValueInt64(),
		Revokes:         state.RevokeOnDestroy.ValueBool(),
		MadeAt:          parsedTime(state.RotatedAt),
		Unexamined:      true,
	}
	if cameByReset(state) {
		n.Reset, n.MadeModified = true, parsedTime(state.ModifiedAt)
	}
	return n
}

// cameByReset tells whether a stored password came from a reset, by the state
// alone. One that was planned to be adopted may have been made instead, but only
// a reset tells of its strength and of the mail servers.
func cameByReset(state *credentialPasswordModel) bool {
	switch state.RotationReason.ValueString() {
	case rotation.ReasonAdopted, rotation.ReasonImported:
		return !state.Strength.IsNull() || !state.RemoteSync.IsNull()
	}
	return true
}

// examine notes what has become of a password whose notes were lost, and with
// them the answer to a reset, perhaps. Where the API tells that it has changed
// since, the next plan makes another one, and changed says so.
func (n *notes) examine(state *credentialPasswordModel, credential kirim.Credential) (changed bool) {
	if !n.Unexamined {
		return false
	}
	n.Unexamined = false
	before := n.Unfinished
	// From now on, only what comes later counts: the killed call, which may still
	// be running, or somebody else.
	now := rotation.ChangeTime{At: credential.LastPasswordChanged}
	if now.At.IsZero() {
		now.At = credential.AsOf
	}
	n.Late = lateCallsAfter(now, 1)
	n.Late.Until = later(n.Late.Until, landsBy(credential.AsOf))
	neverReset := credential.TellsPasswordChange && credential.LastPasswordChanged.IsZero()
	switch fate := rotation.OutcomeOf(n.MadeModified, !n.Reset, seen(credential), parsedTime(state.RotatedAt)); {
	case fate == rotation.OutcomeChanged:
		n.Unfinished, n.Late.Left = true, 0 // it has landed
	case fate == rotation.OutcomeUnknown && (n.Reset || !neverReset):
		n.CutOff = true
		n.MadeModified, n.MadeAt, n.MadeChanged = time.Time{}, time.Time{}, credential.LastPasswordChanged
		if n.MadeChanged.IsZero() {
			n.MadeAt = credential.AsOf
		}
	}
	if n.PasswordVersion == 0 {
		n.Late.Left = 0 // after an import, there is nothing that could have ended
	}
	return n.Unfinished && !before
}
