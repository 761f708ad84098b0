// Package rotation decides whether a password is due for rotation, and says
// why. It is pure: state, configuration and clock are handed in, nothing is
// read or called, and nothing here knows of Terraform's types.
package rotation

import "strings"

// Verdict is what is to be done with the stored password.
type Verdict int

// The verdicts.
const (
	// Keep leaves the password alone.
	Keep Verdict = iota
	// Rotate makes a new one.
	Rotate
	// Undecided means that what decides is not known yet: a plan shows the
	// password as unknown, the apply decides.
	Undecided
)

// The reasons why a stored password is the one it is, as rotation_reason shows
// them. [Triggers.Compare] makes the one that names triggers.
const (
	ReasonCreated    = "created"
	ReasonUnfinished = "unfinished_rotation"
	reasonTriggers   = "rotation_triggers"
)

// Input is all that a decision about a stored password rests on.
type Input struct {
	// Before and After are the triggers in the state and in the plan.
	Before, After Triggers
	// Unfinished tells that an earlier reset ended with its outcome unknown,
	// so that the stored password may be dead.
	Unfinished bool
}

// Decision is a verdict and its reason.
type Decision struct {
	Verdict Verdict
	// Reason is what rotation_reason will show; empty where nothing rotates or
	// where it is not known yet.
	Reason string
}

// Decide tells what is to be done with a password that is stored already.
// Where several reasons hold, the first in the order of the documentation
// counts: triggers, then an unfinished rotation.
func Decide(in Input) Decision {
	change := in.Before.Compare(in.After)
	switch {
	case change.Verdict == Rotate && !change.Complete:
		return Decision{Verdict: Rotate}
	case change.Verdict == Rotate:
		return Decision{Verdict: Rotate, Reason: reasonTriggers + ": " + strings.Join(change.Keys, ", ")}
	case in.Unfinished && change.Verdict == Undecided:
		return Decision{Verdict: Rotate}
	case in.Unfinished:
		return Decision{Verdict: Rotate, Reason: ReasonUnfinished}
	default:
		return Decision{Verdict: change.Verdict}
	}
}

// NextVersion is the password_version of a rotation at a moment given in Unix
// seconds: that moment, but always larger than the one before (0 where there
// was none), so that a write-only argument's version never stands still,
// however quickly rotations follow each other or the clock is set back.
func NextVersion(before, now int64) int64 {
	return max(before+1, now)
}
