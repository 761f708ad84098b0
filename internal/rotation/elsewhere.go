package rotation

import "time"

const (
	// elsewhereTolerance is how much later than our rotation a change of the
	// password has to be to count as somebody else's.
	elsewhereTolerance = time.Minute
	// newerTolerance is for times of whole seconds: one second of difference is
	// common between an answer and what it tells of.
	newerTolerance = time.Second
)

// Made is when a stored password came to be, by the server's own clock. Zero
// times are for what the server did not tell.
type Made struct {
	// Modified is the modified_at of a reset's answer, which is the best there is.
	Modified time.Time
	// At is the server's time otherwise: the Date of that answer, or the
	// last_password_changed of a password that was there before.
	At time.Time
}

// Seen is what the API says about a credential later. Zero times are for
// "never" and for what it does not say.
type Seen struct{ PasswordChanged, Modified time.Time }

// ResetElsewhere tells whether the password has been reset by somebody else.
// Where a time is missing there is nothing to tell it by.
func (m Made) ResetElsewhere(seen Seen) bool {
	at := m.comparable(seen)
	return !at.IsZero() && !seen.PasswordChanged.IsZero() && !m.ours(seen) && seen.PasswordChanged.Sub(at) > elsewhereTolerance
}

// Superseded tells whether a newer password than ours seems to be live, so that
// ending it would hit somebody else. local is when ours came by our own clock,
// for where the server never told its time.
func (m Made) Superseded(seen Seen, local time.Time) bool {
	at, changed := m.comparable(seen), seen.PasswordChanged
	if at.IsZero() {
		at = local
	}
	if changed.IsZero() {
		changed = seen.Modified
	}
	return !changed.IsZero() && !m.ours(seen) && changed.Sub(at) > newerTolerance
}

// ours tells that the password changed when our reset was answered, whatever the
// modified_at in that answer: it may have been written before the change was.
func (m Made) ours(seen Seen) bool {
	if m.At.IsZero() || seen.PasswordChanged.IsZero() {
		return false
	}
	later := seen.PasswordChanged.Sub(m.At)
	return later >= -elsewhereTolerance && later <= newerTolerance
}

// comparable is the moment of ours that a server's time is to be compared with.
// A credential that was modified before its password changed shows that its
// modified_at does not follow passwords; going by ours then, every rotation
// would look as if somebody else had made it.
func (m Made) comparable(seen Seen) time.Time {
	follows := seen.Modified.IsZero() || seen.PasswordChanged.Sub(seen.Modified) <= newerTolerance
	if follows && !m.Modified.IsZero() {
		return m.Modified
	}
	return m.At
}
