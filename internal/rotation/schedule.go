package rotation

import (
	"time"

	"github.com/robfig/cron/v3"
)

// lastYear is the last year in RFC 3339.
const lastYear = 9999

// Schedule is a five-field cron schedule in a time zone.
//
// It follows the clocks of that zone. Times in an hour that the clocks skip come once,
// at the end of that hour. Times in an hour that the clocks repeat come only the first
// time. So a daily schedule never misses a day, and never comes twice a day.
type Schedule struct {
	// spec is in UTC, as if that were the clocks of the zone. In the zone itself, spec
	// would miss the times in an hour that the clocks skip.
	spec cron.Schedule
	zone *time.Location
}

// Next returns the schedule's first time after a given one, in UTC. It is the zero time
// if there is none before the year 10000.
func (s Schedule) Next(after time.Time) time.Time {
	_, offset := after.In(s.zone).Zone()
	clock := after.UTC().Add(time.Duration(offset) * time.Second)
	for {
		clock = s.nextOnClock(clock)
		// In the second of two equal hours, all times have passed already.
		switch moment := s.firstShown(clock); {
		case moment.Year() > lastYear:
			return time.Time{}
		case moment.After(after):
			return moment
		}
	}
}

// nextOnClock returns the schedule's next time on a clock that is never put forward or
// back.
func (s Schedule) nextOnClock(clock time.Time) time.Time {
	// A schedule has no seconds. From the last second of a minute, package cron does
	// not have to count through the others.
	clock = clock.Truncate(time.Minute).Add(time.Minute - time.Second)
	for {
		if next := s.spec.Next(clock); !next.IsZero() {
			return next
		}
		// Package cron gives up after five years. From 2096 to 2104 no year is a leap
		// year.
		clock = time.Date(clock.Year()+5, time.December, 31, 23, 59, 59, 0, time.UTC)
	}
}

// firstShown returns the first moment at which the clocks of the zone show a given
// time, or a later one if they skip it. A later time never gives an earlier moment.
func (s Schedule) firstShown(clock time.Time) time.Time {
	// No zone was ever this far from UTC.
	at := clock.Add(-26 * time.Hour)
	for {
		local := at.In(s.zone)
		_, offset := local.Zone()
		_, end := local.ZoneBounds()
		if !end.IsZero() && !end.After(at) {
			// On the last day of a leap year, package time assumes that the year is
			// over. Summer time neither begins nor ends on that day.
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
