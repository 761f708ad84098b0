package provider

import (
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// privateStateOfState are those of a password whose own are lost: Terraform drops them
// when the provider is killed while it creates or updates. What the state itself
// tells has to do, until the API is asked.
func privateStateOfState(state *credentialPasswordModel) privateState {
	n := privateState{
		PasswordVersion: state.PasswordVersion.ValueInt64(),
		Revokes:         state.RevokeOnDestroy.ValueBool(),
		MadeAt:          parsedTime(state.RotatedAt),
		Reconstructed:      true,
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

// reconstruct notes what has become of a password whose notes were lost, and with
// them the answer to a reset, perhaps. Where the API tells that it has changed
// since, the next plan makes another one, and changed says so.
func (n *privateState) reconstruct(state *credentialPasswordModel, credential kirim.Credential) (changed bool) {
	if !n.Reconstructed {
		return false
	}
	n.Reconstructed = false
	before := n.Unfinished
	// From now on, only what comes later counts: the killed call, which may still
	// be running, or somebody else.
	now := rotation.ChangeTime{At: credential.LastPasswordChanged}
	if now.At.IsZero() {
		now.At = credential.AsOf
	}
	n.InFlight = inFlightAfter(now, 1)
	n.InFlight.Until = later(n.InFlight.Until, completesBy(credential.AsOf))
	neverReset := credential.TellsPasswordChange && credential.LastPasswordChanged.IsZero()
	switch fate := rotation.OutcomeOf(n.MadeModified, !n.Reset, seen(credential), parsedTime(state.RotatedAt)); {
	case fate == rotation.OutcomeChanged:
		n.Unfinished, n.InFlight.Left = true, 0 // it has landed
	case fate == rotation.OutcomeUnknown && (n.Reset || !neverReset):
		n.OutcomeUnknown = true
		n.MadeModified, n.MadeAt, n.MadeChanged = time.Time{}, time.Time{}, credential.LastPasswordChanged
		if n.MadeChanged.IsZero() {
			n.MadeAt = credential.AsOf
		}
	}
	if n.PasswordVersion == 0 {
		n.InFlight.Left = 0 // after an import, there is nothing that could have ended
	}
	return n.Unfinished && !before
}
