package rotation

import (
	"fmt"
	"time"
)

// PlanLookahead is how far ahead a plan looks where it changes a period or a schedule.
// What comes due within it may do so between the plan and its apply.
const PlanLookahead = time.Hour

// DefaultTimezone is the time zone of a schedule that names none.
const DefaultTimezone = "UTC"

// Timing is a rotation by the clock: a period, a schedule, or neither, which
// is the zero value.
type Timing struct {
	// Unknown tells that what it consists of is not known yet.
	Unknown bool
	// Period is zero where there is none.
	Period time.Duration
	// Schedule is nil where there is none. Expression and Zone are what it was
	// made from.
	Schedule         *Schedule
	Expression, Zone string
}

// Next is when a password that was made at a given moment is due: UTC, in whole
// seconds; the zero time where it never is.
func (t Timing) Next(made time.Time) time.Time {
	switch {
	case t.Unknown || made.IsZero():
	case t.Schedule != nil:
		return t.Schedule.Next(made)
	case t.Period > 0:
		// Rounded up, so that what is shown as its moment is never too early.
		return made.Add(t.Period + time.Second - 1).UTC().Truncate(time.Second)
	}
	return time.Time{}
}

// Setting names what a timing consists of, in one spelling; empty for none.
func (t Timing) Setting() string {
	switch {
	case t.Schedule != nil:
		return fmt.Sprintf("%s=%s %s", ReasonSchedule, t.Expression, t.Zone)
	case t.Period > 0:
		return fmt.Sprintf("%s=%s", ReasonPeriod, t.Period)
	}
	return ""
}

// Reason is what rotation_reason shows for a rotation by it.
func (t Timing) Reason() string {
	if t.Schedule != nil {
		return ReasonSchedule
	}
	return ReasonPeriod
}

// Clock is all that a decision by the clock rests on.
type Clock struct {
	// Before and After are the timings in the state and in the plan.
	Before, After Timing
	// Due tells that a refresh has found Before to be due.
	Due bool
	// RotatedAt is when the stored password was made.
	RotatedAt time.Time
	// Now is the moment of the decision.
	Now time.Time
	// Ahead is how far to look ahead; see [Soon].
	Ahead time.Duration
	// Use tells what may be decided although no refresh has found it.
	Use ClockUse
}

// ClockUse is whether a plan goes by the clock itself where no refresh has found
// the password to be due. Terraform plans an update a second time while applying
// it, and the two must agree: so a plan does only where nothing but the clock
// makes an update, for then there is no second plan unless the first has decided
// so.
type ClockUse int

const (
	// WaitForRefresh for a refresh to find it.
	WaitForRefresh ClockUse = iota
	// UseClock if no refresh was made, and nothing else makes an update.
	UseClock
	// MayUseClock if it is not known yet whether something else does: the apply, which
	// makes no refresh, will know.
	MayUseClock
)

// decide goes by what a refresh has found, and not by the clock: Terraform
// plans every update twice, and a due moment that lies between the two would
// make them contradict each other. It goes by the clock for what this very plan
// changes, which no refresh can have looked at, and as Unrecorded says.
func (c Clock) decide() Decision {
	recorded := !c.Changes() && c.Due && c.After.Setting() != ""
	switch {
	case c.After.Unknown:
		return Decision{Action: Undecided}
	case recorded, c.Changes() && c.within(0), c.ByClock():
		return Decision{Rotate, c.After.Reason()}
	case c.DueSoon():
		return Decision{Action: Undecided}
	}
	return Decision{Action: Keep}
}

// ByClock tells that the password is due and that only the clock says so.
func (c Clock) ByClock() bool {
	return !c.Changes() && !c.Due && c.Use == UseClock && c.within(0)
}

// DueSoon tells that the apply may find the password to be due although the plan
// cannot say so.
func (c Clock) DueSoon() bool {
	if c.Changes() {
		return c.within(c.Ahead) && !c.within(0)
	}
	return !c.Due && c.Use == MayUseClock && c.within(PlanLookahead)
}

// within tells whether the password is due by then.
func (c Clock) within(ahead time.Duration) bool {
	next := c.After.Next(c.RotatedAt)
	return !next.IsZero() && next.Sub(c.Now) <= ahead
}

// Changes tells whether the plan changes the timing.
func (c Clock) Changes() bool { return c.Before.Setting() != c.After.Setting() }
