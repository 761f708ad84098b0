// Package rotation decides whether a password is due for rotation, and why. It is
// pure: state, configuration and time are arguments. It knows nothing of Terraform's
// types.
package rotation

// Action is the decision about a stored password.
type Action int

// The actions.
const (
	// Keep leaves the password alone.
	Keep Action = iota
	// Rotate makes a new password.
	Rotate
	// Adopt stores the user's own password and makes none.
	Adopt
	// Undecided means that a value is not known yet. The plan shows the password as
	// unknown, and the apply decides.
	Undecided
)

// String returns the name of an action, for logs.
func (a Action) String() string {
	return [...]string{Keep: "keep", Rotate: "rotate", Adopt: "adopt", Undecided: "undecided"}[a]
}

// The values of rotation_reason. The reason for triggers also lists the keys from
// [Triggers.Compare].
const (
	ReasonCreated    = "created"
	ReasonAdopted    = "adopted"
	ReasonImported   = "imported"
	reasonTriggers   = "rotation_triggers"
	ReasonUnfinished = "unfinished_rotation"
	ReasonLate       = "late_reset"
	ReasonExternal   = "external_change"
	ReasonPeriod     = "rotation_period"
	ReasonSchedule   = "rotation_schedule"
)

// Tristate is a yes or no that may not be known yet.
type Tristate int

// The values of a tristate.
const (
	No Tristate = iota
	Yes
	Unknown
)

// Input is the input of a decision about a stored password.
type Input struct {
	// Adoptable means that a password is configured for adoption, and that none is
	// stored yet (after an import).
	Adoptable Tristate
	// Before and After are the triggers in the state and in the plan.
	Before, After Triggers
	// Unfinished means that the outcome of an earlier reset is unknown. The stored
	// password may have stopped working.
	Unfinished bool
	// LateReset means that an earlier request of the stored password's rotation
	// completed after it; see [ChangeTime.EndedByLateReset].
	LateReset bool
	// ExternalReset means that the password was reset externally. FollowExternal is
	// whether an external reset calls for a rotation.
	ExternalReset  bool
	FollowExternal Tristate
	// Clock is the rotation by a period or a schedule.
	Clock Clock
}

// Decision is an action and its reason.
type Decision struct {
	Action Action
	// Reason is the new rotation_reason. It is empty if nothing rotates, or if the
	// reason is not known yet.
	Reason string
}

// Decide decides about a password that is stored already. If several reasons apply,
// the first in the order of the documentation counts.
func Decide(in Input) Decision {
	return first(
		Decision{in.Adoptable.action(Adopt), ReasonAdopted},
		in.Before.Compare(in.After),
		Decision{rotateIf(in.Unfinished), ReasonUnfinished},
		Decision{rotateIf(in.LateReset), ReasonLate},
		// This is undecided while FollowExternal is unknown, even if no external reset was
		// found yet.
		Decision{in.FollowExternal.action(rotateIf(in.ExternalReset)), ReasonExternal},
		in.Clock.Decide(),
	)
}

// DecideCreation decides how a new resource gets its password.
func DecideCreation(adoptable Tristate) Decision {
	return first(Decision{adoptable.action(Adopt), ReasonAdopted}, Decision{Rotate, ReasonCreated})
}

// first returns the first of several decisions that does not keep the password. An
// undecided decision before it may still become the reason. The reason is then empty.
func first(decisions ...Decision) Decision {
	action := Keep
	for _, decision := range decisions {
		switch {
		case decision.Action == Keep:
		case decision.Action == Undecided:
			action = Undecided
		case action == Undecided:
			return Decision{Action: Rotate}
		default:
			return decision
		}
	}
	return Decision{Action: action}
}

func rotateIf(condition bool) Action {
	if condition {
		return Rotate
	}
	return Keep
}

func (t Tristate) action(onYes Action) Action {
	return [...]Action{No: Keep, Yes: onYes, Unknown: Undecided}[t]
}

// NextVersion returns the password_version of a rotation at a time in Unix seconds. It
// is that time, but always larger than the version before (0 if there was none). So a
// write-only argument's version always changes, even if two rotations happen within a
// second or the clock is set back.
func NextVersion(before, now int64) int64 {
	return max(before+1, now)
}
