package provider

import (
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// lateCalls are what is remembered of calls that had been given up as lost when
// a later one was answered: each may still act, and ends the password that came.
type lateCalls struct {
	// Left is how many of them there may be, and Until is when they can land at
	// the latest, by the server's clock.
	Left  int       `json:"left,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// MadeModified and MadeAt are rotation.Made, of the earliest moment at which
	// the call that was answered can have acted.
	MadeModified time.Time `json:"made_modified_at,omitzero"`
	MadeAt       time.Time `json:"made_at,omitzero"`
	// LandedAt is when a refresh found one of them to have landed, by the API.
	LandedAt time.Time `json:"landed_at,omitzero"`
}

// lateCallsAfter are those of a password that was made while so many calls may
// still have been running.
func lateCallsAfter(made rotation.ChangeTime, left int) lateCalls {
	l := lateCalls{Left: left, MadeModified: made.Modified, MadeAt: made.At}
	if when := made.When(); left > 0 && !when.IsZero() {
		l.Until = landsBy(when)
	}
	return l
}

// landsBy is when a call can land at the latest that was under way at a moment of
// the server's clock. There is no year 10000 in notes (RFC 3339).
func landsBy(when time.Time) time.Time {
	if until := when.Add(rotation.LateResetWindow).UTC(); until.Year() <= 9999 {
		return until
	}
	return when
}

func (l lateCalls) made() rotation.ChangeTime { return rotation.ChangeTime{Modified: l.MadeModified, At: l.MadeAt} }

// landed tells whether one of them has ended the password.
func (l lateCalls) landed() bool { return !l.LandedAt.IsZero() }

// look notes whether one of them has landed.
func (l *lateCalls) look(seen rotation.Observed) {
	l.LandedAt = time.Time{}
	if l.Left > 0 && l.made().EndedByLateReset(seen, l.Until) {
		l.LandedAt = seen.PasswordChanged
	}
}

// succeeding gives the notes of a password that takes the place of another, now
// by our own clock. Whatever may still have ended that one may end this one.
func (n notes) succeeding(before notes, now time.Time) notes {
	n.DifferenceBefore, n.ClockDifference, n.LoginMechanism = before.ElsewhereBy, before.ClockDifference, before.LoginMechanism
	when := n.Late.made().When()
	if when.IsZero() {
		return n // there is nothing to compare with
	}
	left, until := before.Late.Left, before.Late.Until
	if before.Late.landed() {
		left--
	}
	if rest := before.RunsUntil.Sub(now); before.Unfinished && rest > 0 {
		left, until = left+1, later(until, when.Add(rest))
	}
	if left > 0 && until.After(when) {
		n.Late.Left += left
		n.Late.Until = later(n.Late.Until, until)
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
