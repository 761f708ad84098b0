package rotation

import (
	"errors"
	"time"

	"github.com/robfig/cron/v3"
)

// lastYear is the last that RFC 3339 can write.
const lastYear = 9999

var (
	// earliest is later than the zero time, which stands for none, on the clocks
	// of every time zone.
	earliest = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC)
	// leapYear holds every day that there is. What does not come from here on
	// never comes, whatever the clock says.
	leapYear = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// Schedule is a five-field cron schedule in a time zone. The zero value never
// comes.
//
// It goes by the clocks of that zone. What falls into an hour that they leave
// out comes as soon as that hour is over, and once, however often it would have
// come within; what falls into an hour that they show twice comes in the first
// one only. So nothing that is due once a day is missed, or comes twice.
type Schedule struct {
	// spec is in UTC, which it takes for the clocks of the zone: by itself, it
	// would leave out what falls into a missing hour.
	spec cron.SpecSchedule
	zone *time.Location
}

// ParseSchedule reads a cron expression of five fields, or a descriptor such as
// @daily. The error is a phrase that tells what is wrong with the expression.
func ParseSchedule(expression string, zone *time.Location) (Schedule, error) {
	spec, err := parseExpression(expression)
	if err != nil {
		return Schedule{}, err
	}
	if spec.Next(leapYear.Add(-time.Second)).IsZero() {
		return Schedule{}, errors.New("it never comes: no year has such a day")
	}
	if zone == nil {
		zone = time.UTC
	}
	return Schedule{spec: *spec, zone: zone}, nil
}

// Next is the schedule's first moment after a given one, in UTC. It is the zero
// time where there is none before the year 10000.
func (s Schedule) Next(after time.Time) time.Time {
	after = after.UTC()
	if after.Before(earliest) {
		after = earliest
	}
	if s.zone == nil || after.Year() > lastYear {
		return time.Time{}
	}
	_, offset := after.In(s.zone).Zone()
	clock := after.Add(time.Duration(offset) * time.Second)
	for {
		clock = s.nextOnClock(clock)
		if clock.IsZero() {
			return time.Time{}
		}
		// In the second of two like hours all of it has been already.
		if moment := s.firstShown(clock); moment.After(after) {
			if moment.Year() > lastYear {
				return time.Time{}
			}
			return moment
		}
	}
}

// nextOnClock is the schedule's next time on a clock that is never put forward
// or back.
func (s Schedule) nextOnClock(clock time.Time) time.Time {
	// A schedule knows minutes; this saves the parser's package from counting
	// its way through the seconds.
	clock = clock.Truncate(time.Minute).Add(time.Minute - time.Second)
	for clock.Year() <= lastYear+1 {
		if next := s.spec.Next(clock); !next.IsZero() {
			return next
		}
		// It has given up after five years. From 2096 to 2104 no year is a leap
		// year.
		clock = time.Date(clock.Year()+5, time.December, 31, 23, 59, 59, 0, time.UTC)
	}
	return time.Time{}
}

// firstShown is the first moment at which the clocks of the zone show a given
// time or, where they leave it out, a later one. A later time never gives an
// earlier moment.
func (s Schedule) firstShown(clock time.Time) time.Time {
	// No zone has ever been as far from UTC as this.
	at := clock.Add(-26 * time.Hour)
	for {
		local := at.In(s.zone)
		_, offset := local.Zone()
		_, end := local.ZoneBounds()
		if !end.IsZero() && !end.After(at) {
			// On the last day of a leap year the time package takes the year
			// to be over. Summer time neither begins nor ends on that day.
			end = at.Truncate(24 * time.Hour).Add(24 * time.Hour)
		}
		moment := clock.Add(-time.Duration(offset) * time.Second)
		if moment.Before(at) {
			moment = at
		}
		if end.IsZero() || moment.Before(end) {
			return moment
		}
		at = end.UTC()
	}
}
