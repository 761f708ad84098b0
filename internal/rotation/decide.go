// Package rotation decides whether a password is due for rotation, and says
// why. It is pure: state, configuration and clock are handed in, nothing is
// read or called, and nothing here knows of Terraform's types.
package rotation

// Action is what is to be done with the stored password.
type Action int

// The verdicts.
const (
	// Keep leaves the password alone.
	Keep Action = iota
	// Rotate makes a new one.
	Rotate
	// Adopt stores one that the user has given, and makes none.
	Adopt
	// Undecided means that what decides is not known yet: a plan shows the
	// password as unknown, the apply decides.
	Undecided
)

// String names an action in a log.
func (a Action) String() string {
	return [...]string{Keep: "keep", Rotate: "rotate", Adopt: "adopt", Undecided: "undecided"}[a]
}

// The reasons why a stored password is the one it is, as rotation_reason shows
// them. [Triggers.Compare] finds the keys that the one for triggers names.
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

// The positions of a switch.
const (
	No Tristate = iota
	Yes
	Unknown
)

// Input is all that a decision about a stored password rests on.
type Input struct {
	// Adoptable tells whether a password is given that is to be adopted, and
	// none is stored yet that it could take the place of (after an import).
	Adoptable Tristate
	// Before and After are the triggers in the state and in the plan.
	Before, After Triggers
	// Unfinished tells that an earlier reset ended with its outcome unknown,
	// so that the stored password may be dead.
	Unfinished bool
	// LateReset tells that an earlier call of the rotation which brought the
	// stored password has landed after it; see [Made.LateReset].
	LateReset bool
	// ExternalReset tells that somebody else has reset the password, and
	// FollowElsewhere whether that calls for a rotation.
	ExternalReset  bool
	FollowExternal Tristate
	// Clock is the rotation by a period or a schedule.
	Clock Clock
}

// Decision is a verdict and its reason.
type Decision struct {
	Action Action
	// Reason is what rotation_reason will show; empty where nothing rotates or
	// where it is not known yet.
	Reason string
}

// Decide tells what is to be done with a password that is stored already. Where
// several reasons hold, the first in the order of the documentation counts.
func Decide(in Input) Decision {
	triggers := in.Before.Compare(in.After)
	var reason string
	if triggers.Action == Rotate && triggers.Complete {
		reason = reasonTriggers + ": " + triggers.names()
	}
	return first(
		Decision{in.Adoptable.action(Adopt), ReasonAdopted},
		Decision{triggers.Action, reason},
		Decision{rotateIf(in.Unfinished), ReasonUnfinished},
		Decision{rotateIf(in.LateReset), ReasonLate},
		in.external(),
		in.Clock.decide(),
	)
}

// DecideCreation tells how a resource that is created comes by its password.
func DecideCreation(adoptable Tristate) Decision {
	return first(Decision{adoptable.action(Adopt), ReasonAdopted}, Decision{Rotate, ReasonCreated})
}

// first is the first of several decisions that does not keep the password. If an
// undecided one comes before it, that may yet turn out to be the reason, so that
// there is none to be told.
func first(decisions ...Decision) Decision {
	undecided := false
	for _, decision := range decisions {
		switch {
		case decision.Action == Keep:
		case decision.Action == Undecided:
			undecided = true
		case undecided:
			return Decision{Action: Rotate}
		default:
			return decision
		}
	}
	if undecided {
		return Decision{Action: Undecided}
	}
	return Decision{Action: Keep}
}

// external stays undecided, too, for as long as it is not known whether an
// external reset is to be followed: none may have been seen yet.
func (in Input) external() Decision {
	if !in.ExternalReset && in.FollowExternal == Yes {
		return Decision{Action: Keep}
	}
	return Decision{in.FollowExternal.action(Rotate), ReasonExternal}
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

// NextVersion is the password_version of a rotation at a moment given in Unix
// seconds: that moment, but always larger than the one before (0 where there
// was none), so that a write-only argument's version never stands still,
// however quickly rotations follow each other or the clock is set back.
func NextVersion(before, now int64) int64 {
	return max(before+1, now)
}
