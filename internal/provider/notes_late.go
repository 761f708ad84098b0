package provider

import (
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// inFlight are what is remembered of calls that had been given up as lost when
// a later one was answered: each may still act, and ends the password that came.
type inFlight struct {
	// Left is how many of them there may be, and Until is when they can land at
	// the latest, by the server's clock.
	Left  int       `json:"left,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// MadeModified and MadeAt are rotation.Made, of the earliest moment at which
	// the call that was answered can have acted.
	MadeModified time.Time `json:"made_modified_at,omitzero"`
	MadeAt       time.Time `json:"made_at,omitzero"`
	// CompletedAt is when a refresh found one of them to have landed, by the API.
	CompletedAt time.Time `json:"landed_at,omitzero"`
}

// inFlightAfter are those of a password that was made while so many calls may
// still have been running.
func inFlightAfter(made rotation.ChangeTime, left int) inFlight {
	l := inFlight{Left: left, MadeModified: made.Modified, MadeAt: made.At}
	if when := made.When(); left > 0 && !when.IsZero() {
		l.Until = completesBy(when)
	}
	return l
}

// completesBy is when a call can land at the latest that was under way at a moment of
// the server's clock. There is no year 10000 in notes (RFC 3339).
func completesBy(when time.Time) time.Time {
	if until := when.Add(rotation.LateResetWindow).UTC(); until.Year() <= 9999 {
		return until
	}
	return when
}

func (l inFlight) made() rotation.ChangeTime { return rotation.ChangeTime{Modified: l.MadeModified, At: l.MadeAt} }

// completedLate tells whether one of them has ended the password.
func (l inFlight) completedLate() bool { return !l.CompletedAt.IsZero() }

// look notes whether one of them has landed.
func (l *inFlight) look(seen rotation.Observed) {
	l.CompletedAt = time.Time{}
	if l.Left > 0 && l.made().EndedByLateReset(seen, l.Until) {
		l.CompletedAt = seen.PasswordChanged
	}
}

// succeeding gives the notes of a password that takes the place of another, now
// by our own clock. Whatever may still have ended that one may end this one.
func (n privateState) succeeding(before privateState, now time.Time) privateState {
	n.DifferenceBefore, n.ClockDifference, n.LoginMechanism = before.ExternalBy, before.ClockDifference, before.LoginMechanism
	when := n.InFlight.made().When()
	if when.IsZero() {
		return n // there is nothing to compare with
	}
	left, until := before.InFlight.Left, before.InFlight.Until
	if before.InFlight.completedLate() {
		left--
	}
	if rest := before.RunsUntil.Sub(now); before.Unfinished && rest > 0 {
		left, until = left+1, later(until, when.Add(rest))
	}
	if left > 0 && until.After(when) {
		n.InFlight.Left += left
		n.InFlight.Until = later(n.InFlight.Until, until)
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
