package rotation

import (
	"fmt"
	"time"
)

// Soon is how far ahead a plan looks where it changes a period or a schedule.
// What comes due within it may do so between the plan and its apply.
const Soon = time.Hour

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
	// Made is when the stored password was made.
	Made time.Time
	// Now is the moment of the decision.
	Now time.Time
	// Ahead is how far to look ahead; see [Soon].
	Ahead time.Duration
}

// decide goes by what a refresh has found, and not by the clock: Terraform
// plans every update twice, and a due moment that lies between the two would
// make them contradict each other. Only what this very plan changes, no refresh
// can have looked at.
func (c Clock) decide() Decision {
	switch {
	case c.After.Unknown:
		return Decision{Verdict: Undecided}
	case !c.Changes():
		return Decision{onlyIf(c.Due && c.After.Setting() != ""), c.After.Reason()}
	}
	next := c.After.Next(c.Made)
	switch {
	case next.IsZero() || next.Sub(c.Now) > c.Ahead:
		return Decision{Verdict: Keep}
	case next.After(c.Now):
		return Decision{Verdict: Undecided}
	default:
		return Decision{Rotate, c.After.Reason()}
	}
}

// Changes tells whether the plan changes the timing.
func (c Clock) Changes() bool { return c.Before.Setting() != c.After.Setting() }
