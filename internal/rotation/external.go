package rotation

import (
	"cmp"
	"time"
)

const (
	// externalTolerance separates our own reset from an external one. A change counts
	// as external if it is later than our rotation by more than this.
	externalTolerance = time.Minute
	// newerTolerance is for times in whole seconds. The time of a change often differs
	// by one second from the time in the answer to the reset.
	newerTolerance = time.Second
	// clockTolerance is how much the difference of two clocks may vary from one reset
	// to the next, because both count whole seconds.
	clockTolerance = 2 * time.Second
	// LateResetWindow is how long after a rotation an earlier request of it may still
	// complete. A later change is external.
	LateResetWindow = 15 * time.Minute
)

// ChangeTime is the time of a stored password's reset, by the server's clock. A time
// is zero if the server did not send it. Its names in JSON are those of the private
// state.
type ChangeTime struct {
	// Modified is the modified_at of the reset's answer.
	Modified time.Time `json:"made_modified_at,omitzero"`
	// At is the Date of that answer. It counts if Modified does not.
	At time.Time `json:"made_at,omitzero"`
	// Changed is the last_password_changed of this password, once the API has sent it.
	// It comes from the same clock as later observations. Therefore it counts alone.
	Changed time.Time `json:"made_changed_at,omitzero"`
}

// Observed is a later answer of the API about a credential. At is the answer's Date.
// A time is zero if the API does not send it, or sends "never".
type Observed struct{ PasswordChanged, Modified, At time.Time }

// Impossible reports whether the change of the password is later than the answer that
// contains it. Such a time comes from another clock. It proves nothing until answers
// are later than it.
func (o Observed) Impossible() bool { return o.isAhead(0) }

func (o Observed) isAhead(tolerance time.Duration) bool {
	return !o.At.IsZero() && o.PasswordChanged.Sub(o.At) > tolerance
}

// ResetExternally reports whether the password was reset externally. If a time is
// missing, it was not. local is the time of our reset by our own clock.
func (c ChangeTime) ResetExternally(observed Observed, local time.Time) bool {
	return c.changed(observed, local, externalTolerance)
}

// ChangedSince reports whether the password seems to have changed after our reset. If
// ResetExternally is false, the change is too soon to prove an external reset. The
// API's own times may disagree.
func (c ChangeTime) ChangedSince(observed Observed, local time.Time) bool {
	return c.changed(observed, local, newerTolerance)
}

func (c ChangeTime) changed(observed Observed, local time.Time, tolerance time.Duration) bool {
	at := c.comparable(observed)
	return !at.IsZero() && !observed.Impossible() && !c.ours(observed, local, tolerance) &&
		observed.PasswordChanged.Sub(at) > tolerance
}

// OfAnotherClock reports whether an impossible change time belongs to our own reset.
// The observation has to come so soon after our rotation that an external reset would
// not count either. And no time of the same clock may be known.
func (c ChangeTime) OfAnotherClock(observed Observed) bool {
	return observed.Impossible() && c.Changed.IsZero() && !c.At.IsZero() && !c.byModified(observed) &&
		observed.At.Sub(c.At) <= externalTolerance
}

// Earlier reports whether the API says that the password changed before our reset. The
// difference has to be larger than between the clocks of one server.
func (c ChangeTime) Earlier(observed Observed) bool {
	at := c.comparable(observed)
	return !at.IsZero() && !observed.PasswordChanged.IsZero() && at.Sub(observed.PasswordChanged) > externalTolerance
}

// Difference returns how much later than our reset the password changed.
func (c ChangeTime) Difference(observed Observed) time.Duration {
	return observed.PasswordChanged.Sub(c.comparable(observed))
}

// SameDifference reports whether two differences are the same difference of clocks.
func SameDifference(a, b time.Duration) bool { return (a - b).Abs() <= clockTolerance }

// Superseded reports whether a newer password than ours seems to be live. A revocation
// would then end somebody else's password. If the server sent no time, our own clock
// has to do. An impossible time counts as newer.
func (c ChangeTime) Superseded(observed Observed, local time.Time) bool {
	if observed.isAhead(newerTolerance) {
		return true
	}
	at, changed := cmp.Or(c.comparable(observed), local), cmp.Or(observed.PasswordChanged, observed.Modified)
	return !changed.IsZero() && !c.ours(observed, local, newerTolerance) && changed.Sub(at) > newerTolerance
}

// EndedByLateReset reports whether an earlier request of our rotation completed late
// and ended the stored password. It is only for a rotation with such a request;
// otherwise the same times mean an external reset.
//
// At has to be the earliest moment of our reset: the Date of its answer less the time
// that it took. until is the latest moment at which the earlier request may complete.
func (c ChangeTime) EndedByLateReset(observed Observed, until time.Time) bool {
	at := c.comparable(observed)
	return !at.IsZero() && !observed.Impossible() &&
		observed.PasswordChanged.Sub(at) > newerTolerance && !observed.PasswordChanged.After(until)
}

// Against returns a ChangeTime with only the time that an observation is compared
// with.
func (c ChangeTime) Against(observed Observed) ChangeTime {
	if c.byModified(observed) {
		return ChangeTime{Modified: c.Modified}
	}
	return ChangeTime{At: c.At}
}

// When returns the time of the reset by the server, or zero if it sent none.
func (c ChangeTime) When() time.Time {
	return cmp.Or(c.Modified, c.At)
}

// Outcome is the outcome of a reset whose apply was killed.
type Outcome int

// The outcomes.
const (
	// OutcomeUnknown means that the times prove nothing.
	OutcomeUnknown Outcome = iota
	// OutcomeUnchanged means that the password has not changed.
	OutcomeUnchanged
	// OutcomeChanged means that the password has changed. The reset was external, or
	// it was our own and its answer was not stored.
	OutcomeChanged
)

// OutcomeOf returns the outcome for a password after its apply was killed.
//
// modified is the modified_at of the last stored answer, or zero. local is the time of
// that answer by our own clock. The two have to agree before a difference of seconds
// proves anything.
//
// found means that the password existed before, and local is the time of finding it.
// No reset of ours changed it at that time. Therefore an earlier change proves that it
// is unchanged. After a reset, an earlier change proves only that clocks differ.
func OutcomeOf(modified time.Time, found bool, observed Observed, local time.Time) Outcome {
	switch ours := (ChangeTime{Modified: modified}); {
	case observed.PasswordChanged.IsZero():
		return OutcomeUnknown
	case found && observed.PasswordChanged.Sub(local) < -externalTolerance:
		return OutcomeUnchanged
	case !ours.byModified(observed) || modified.Sub(local).Abs() > externalTolerance:
		return OutcomeUnknown
	case observed.PasswordChanged.Sub(modified) <= newerTolerance:
		return OutcomeUnchanged
	case observed.Impossible():
		return OutcomeUnknown
	}
	return OutcomeChanged
}

// comparable returns our time that an observation is compared with.
func (c ChangeTime) comparable(observed Observed) time.Time {
	switch {
	case !c.Changed.IsZero():
		return c.Changed
	case c.byModified(observed):
		return c.Modified
	}
	return c.At
}

// byModified reports whether to compare by modified_at. If a credential was modified
// before its password changed, its modified_at does not follow passwords. Compared by
// that time, every rotation of ours would look external.
func (c ChangeTime) byModified(observed Observed) bool {
	follows := observed.Modified.IsZero() || observed.PasswordChanged.Sub(observed.Modified) <= newerTolerance
	return follows && !c.Modified.IsZero() && c.Changed.IsZero()
}

// ours reports whether the password changed at the time of our reset's answer. The
// answer's modified_at may be older than the change, and its Date may come from another
// clock. late is how far our own clock may be behind the server's.
func (c ChangeTime) ours(observed Observed, local time.Time, late time.Duration) bool {
	at := func(moment time.Time, tolerance time.Duration) bool {
		later := observed.PasswordChanged.Sub(moment)
		return !moment.IsZero() && later >= -externalTolerance && later <= tolerance
	}
	return at(c.At, newerTolerance) || at(c.Changed, newerTolerance) || (!c.byModified(observed) && at(local, late))
}
