package rotation

import "time"

const (
	// externalTolerance is how much later than our rotation a change of the
	// password has to be to count as somebody else's.
	externalTolerance = time.Minute
	// newerTolerance is for times of whole seconds: one second of difference is
	// common between an answer and what it tells of.
	newerTolerance = time.Second
	// clockTolerance is how much the difference of two clocks may vary from one
	// reset to the next, as both tell whole seconds.
	clockTolerance = 2 * time.Second
	// LateResetWindow is how long after a rotation an earlier call of it may still
	// land. What changes the password later than that is somebody else.
	LateResetWindow = 15 * time.Minute
)

// ChangeTime is when a stored password came to be, by the server's own clock. Zero
// times are for what the server did not tell.
type ChangeTime struct {
	// Modified is the modified_at of a reset's answer, which is the best there is.
	Modified time.Time
	// At is the server's time otherwise: the Date of that answer.
	At time.Time
	// Changed is the last_password_changed that the API gives for it, once that is
	// known: the one time that is of the same clock as what is seen later, so that
	// neither of the others counts beside it.
	Changed time.Time
}

// Observed is what the API says about a credential later, and At when it said so by
// its own clock (the answer's Date). Zero times are for "never" and for what it
// does not say.
type Observed struct{ PasswordChanged, Modified, At time.Time }

// Impossible tells whether the password changed later than the answer that says
// so was made. Such a time comes from another clock and proves nothing, until the
// answers are later than it.
func (s Observed) Impossible() bool { return s.isAhead(0) }

func (s Observed) isAhead(tolerance time.Duration) bool {
	return !s.At.IsZero() && s.PasswordChanged.Sub(s.At) > tolerance
}

// ResetExternally tells whether the password has been reset by somebody else.
// Where a time is missing there is nothing to tell it by. local is when ours
// came by our own clock.
func (m ChangeTime) ResetExternally(seen Observed, local time.Time) bool {
	return m.changed(seen, local, externalTolerance)
}

// ChangedSince tells whether the password seems to have changed at all since
// ours was made: too soon after it to be sure that it was somebody else, or
// anybody. It may be an API whose times do not agree with each other.
func (m ChangeTime) ChangedSince(seen Observed, local time.Time) bool {
	return m.changed(seen, local, newerTolerance)
}

func (m ChangeTime) changed(seen Observed, local time.Time, tolerance time.Duration) bool {
	at := m.comparable(seen)
	return !at.IsZero() && !seen.PasswordChanged.IsZero() && !seen.Impossible() && !m.ours(seen, local, tolerance) &&
		seen.PasswordChanged.Sub(at) > tolerance
}

// OfAnotherClock tells whether an impossible change time is ours, by a clock that
// is ahead of the one that ours was told by: it is seen so soon after our rotation
// that a change by somebody else would not count, either, and no time of the same
// clock is known that it could be compared with.
func (m ChangeTime) OfAnotherClock(seen Observed) bool {
	return seen.Impossible() && m.Changed.IsZero() && !m.At.IsZero() && !m.byModified(seen) && seen.At.Sub(m.At) <= externalTolerance
}

// Earlier tells whether the API says that the password changed before ours was
// made, by more than the clocks of one server differ.
func (m ChangeTime) Earlier(seen Observed) bool {
	at := m.comparable(seen)
	return !at.IsZero() && !seen.PasswordChanged.IsZero() && at.Sub(seen.PasswordChanged) > externalTolerance
}

// Difference is how much later than ours the API says the password changed.
func (m ChangeTime) Difference(seen Observed) time.Duration {
	return seen.PasswordChanged.Sub(m.comparable(seen))
}

// SameDifference tells whether two differences are one: that of two clocks.
func SameDifference(a, b time.Duration) bool { return (a - b).Abs() <= clockTolerance }

// Superseded tells whether a newer password than ours seems to be live, so that
// ending it would hit somebody else. Where the server never told its time, our
// own clock has to do. A time that cannot be true counts as newer.
func (m ChangeTime) Superseded(seen Observed, local time.Time) bool {
	if seen.isAhead(newerTolerance) {
		return true
	}
	at, changed := m.comparable(seen), seen.PasswordChanged
	if at.IsZero() {
		at = local
	}
	if changed.IsZero() {
		changed = seen.Modified
	}
	return !changed.IsZero() && !m.ours(seen, local, newerTolerance) && changed.Sub(at) > newerTolerance
}

// EndedByLateReset tells whether an earlier call of a rotation, which had been given up
// as lost, has landed after the one that was answered and ended its password.
// At has to be the earliest moment at which that one can have acted: the Date of
// its answer less the time that it took. until is when such a call can land at
// the latest. Only for a rotation that had such a call: elsewhere the same times
// say that somebody else was at work.
func (m ChangeTime) EndedByLateReset(seen Observed, until time.Time) bool {
	at := m.comparable(seen)
	return !at.IsZero() && !seen.Impossible() && seen.PasswordChanged.Sub(at) > newerTolerance && !seen.PasswordChanged.After(until)
}

// Against gives the moment with that alone in it which is to be compared with
// what was seen.
func (m ChangeTime) Against(seen Observed) ChangeTime {
	if m.byModified(seen) {
		return ChangeTime{Modified: m.Modified}
	}
	return ChangeTime{At: m.At}
}

// When is the moment by the server, zero where it never told its time.
func (m ChangeTime) When() time.Time {
	if m.Modified.IsZero() {
		return m.At
	}
	return m.Modified
}

// Outcome is what became of a password while nobody looked.
type Outcome int

// The fates.
const (
	// OutcomeUnknown means that the times prove nothing.
	OutcomeUnknown Outcome = iota
	// OutcomeUnchanged means that the password has not changed.
	OutcomeUnchanged
	// OutcomeChanged means that it has: by a reset of ours whose answer was not
	// stored, or by somebody else's.
	OutcomeChanged
)

// OutcomeOf tells what became of a password when an apply was killed, and all that is
// left of it are modified, of its reset's answer (zero where it had none), and
// local, by our own clock. The two have to agree before a difference of seconds
// proves anything. found is for one that was there before, and that local is
// only the moment of finding: one that a reset made changed at that moment, so
// that a change long before it shows but clocks that differ.
func OutcomeOf(modified time.Time, found bool, seen Observed, local time.Time) Outcome {
	made := ChangeTime{Modified: modified}
	switch apart := modified.Sub(local); {
	case seen.PasswordChanged.IsZero():
		return OutcomeUnknown
	case found && seen.PasswordChanged.Sub(local) < -externalTolerance:
		return OutcomeUnchanged
	case !made.byModified(seen) || apart.Abs() > externalTolerance:
		return OutcomeUnknown
	case seen.PasswordChanged.Sub(modified) <= newerTolerance:
		return OutcomeUnchanged
	case seen.Impossible():
		return OutcomeUnknown
	}
	return OutcomeChanged
}

// comparable is the moment of ours that a server's time is to be compared with.
func (m ChangeTime) comparable(seen Observed) time.Time {
	switch {
	case !m.Changed.IsZero():
		return m.Changed
	case m.byModified(seen):
		return m.Modified
	}
	return m.At
}

// byModified tells whether to go by modified_at. A credential that was modified
// before its password changed shows that its modified_at does not follow
// passwords; going by ours then, every rotation would look as if somebody else
// had made it.
func (m ChangeTime) byModified(seen Observed) bool {
	follows := seen.Modified.IsZero() || seen.PasswordChanged.Sub(seen.Modified) <= newerTolerance
	return follows && !m.Modified.IsZero() && m.Changed.IsZero()
}

// ours tells that the password changed when our reset was answered, whatever
// else the server says: the modified_at in that answer may have been written
// before the change was, and its Date may be of another clock than the change.
// late is by how much our own clock may be behind the server's.
func (m ChangeTime) ours(seen Observed, local time.Time, late time.Duration) bool {
	at := func(moment time.Time, tolerance time.Duration) bool {
		later := seen.PasswordChanged.Sub(moment)
		return !moment.IsZero() && later >= -externalTolerance && later <= tolerance
	}
	return at(m.At, newerTolerance) || at(m.Changed, newerTolerance) || (!m.byModified(seen) && at(local, late))
}
