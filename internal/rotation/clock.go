package rotation

import (
	"errors"
	"fmt"
	"time"
)

// PlanLookahead is how far ahead a plan looks if it changes a period or a schedule. A
// password that comes due within that time may do so between the plan and its apply.
const PlanLookahead = time.Hour

// DefaultTimezone is the time zone of a schedule without one.
const DefaultTimezone = "UTC"

// Timing is a rotation by the clock: a period or a schedule. The zero value is
// neither.
type Timing struct {
	// Unknown means that the period or the schedule is not known yet.
	Unknown bool
	// Period is zero if there is none.
	Period time.Duration
	// Schedule is nil if there is none. Expression and Zone are its sources.
	Schedule         *Schedule
	Expression, Zone string
}

// Next returns when a password of a given rotation is due, in UTC and whole seconds. It
// is the zero time if the password never is due.
func (t Timing) Next(rotatedAt time.Time) time.Time {
	switch {
	case t.Unknown || rotatedAt.IsZero():
	case t.Schedule != nil:
		return t.Schedule.Next(rotatedAt)
	case t.Period > 0:
		// Rounded up, so that the time that is shown is never too early.
		return rotatedAt.Add(t.Period + time.Second - 1).UTC().Truncate(time.Second)
	}
	return time.Time{}
}

// Setting returns a timing as a text, always in the same spelling. It is empty for no
// timing.
func (t Timing) Setting() string {
	switch {
	case t.Schedule != nil:
		return fmt.Sprintf("%s=%s %s", ReasonSchedule, t.Expression, t.Zone)
	case t.Period > 0:
		return fmt.Sprintf("%s=%s", ReasonPeriod, t.Period)
	}
	return ""
}

// Reason returns the rotation_reason of a rotation by this timing.
func (t Timing) Reason() string {
	if t.Schedule != nil {
		return ReasonSchedule
	}
	return ReasonPeriod
}

// Clock is the input of a decision by the clock.
type Clock struct {
	// Before and After are the timings in the state and in the plan.
	Before, After Timing
	// Due means that a refresh found the password due by Before.
	Due bool
	// RotatedAt is the time of the stored password's rotation.
	RotatedAt time.Time
	// Now is the moment of the decision.
	Now time.Time
	// Ahead is how far to look ahead; see [PlanLookahead].
	Ahead time.Duration
	// Use decides what happens if no refresh found the password due.
	Use ClockUse
}

// ClockUse decides whether a plan reads the clock itself if no refresh found the
// password due. Terraform plans an update a second time during the apply, and both plans
// have to agree. So a plan may read the clock only if nothing else makes an update: then
// there is a second plan only if the first one rotates.
type ClockUse int

const (
	// WaitForRefresh leaves the clock to a refresh.
	WaitForRefresh ClockUse = iota
	// UseClock is for a plan without a refresh, if nothing else makes an update.
	UseClock
	// MayUseClock is for a plan that does not know yet whether anything else makes an
	// update. The apply makes no refresh, and will know.
	MayUseClock
)

// Decide uses the record of a refresh and not the clock. Terraform plans every update
// twice, and the two plans would differ if the password came due between them. Decide
// reads the clock only for a timing that this plan changes, which no refresh has seen,
// and as Use allows.
func (c Clock) Decide() Decision {
	switch {
	case c.After.Unknown:
		return Decision{Action: Undecided}
	case c.Due && !c.Changes(), c.Changes() && c.within(0), c.ByClock():
		return Decision{Rotate, c.After.Reason()}
	case c.DueSoon():
		return Decision{Action: Undecided}
	}
	return Decision{Action: Keep}
}

// ByClock reports whether the password is due by the clock alone.
func (c Clock) ByClock() bool {
	return !c.Changes() && !c.Due && c.Use == UseClock && c.within(0)
}

// DueSoon reports whether the apply may find the password due although the plan cannot
// decide that.
func (c Clock) DueSoon() bool {
	if c.Changes() {
		return c.within(c.Ahead) && !c.within(0)
	}
	return !c.Due && c.Use == MayUseClock && c.within(PlanLookahead)
}

// within reports whether the password is due by then.
func (c Clock) within(ahead time.Duration) bool {
	next := c.After.Next(c.RotatedAt)
	return !next.IsZero() && next.Sub(c.Now) <= ahead
}

// Changes reports whether the plan changes the timing.
func (c Clock) Changes() bool { return c.Before.Setting() != c.After.Setting() }

// ParsePeriod parses a period in Go's notation for durations: 720h, 90m or 1h30m. A
// period is at least a second. The error is a phrase about the text.
func ParsePeriod(text string) (time.Duration, error) {
	period, err := ParseTimeout(text)
	if err == nil && period < time.Second {
		return 0, errors.New("it is shorter than a second")
	}
	return period, err
}

// ParseTimeout parses a timeout. It has the notation of a period and is longer than
// zero.
func ParseTimeout(text string) (time.Duration, error) {
	timeout, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("it does not consist of numbers with the units h, m and s, or is longer than 292 years")
	case timeout <= 0:
		return 0, errors.New("it is zero or negative")
	}
	return timeout, nil
}
