package rotation

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	// Windows and small containers have no time zones of their own.
	_ "time/tzdata"

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

// ParseSchedule parses a cron expression of five fields, or a descriptor such as
// @daily. The error is a phrase about the expression.
func ParseSchedule(expression string, zone *time.Location) (Schedule, error) {
	spec, err := parseExpression(strings.TrimSpace(expression))
	// The year 2000 has all days. A schedule without a next time from there on has none at
	// all.
	if err == nil && spec.Next(time.Date(1999, time.December, 31, 23, 59, 59, 0, time.UTC)).IsZero() {
		err = errors.New("it never comes: no year has such a day")
	}
	return Schedule{spec: spec, zone: zone}, err
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

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// hour and dayOfWeek are places in fields.
const hour, dayOfWeek = 1, 4

// fields are the fields of an expression, with what an error says of them.
var fields = [...]struct {
	name, values string
	highest      int
}{
	{"minute", "0 to 59", 59},
	{"hour", "0 to 23", 23},
	{"day-of-month", "1 to 31", 31},
	{"month", "1 to 12 or jan to dec", 12},
	{"day-of-week", "0 to 7 or sun to sat", 7},
}

// sets returns the sets of values that package cron makes of the fields.
func sets(spec *cron.SpecSchedule) [len(fields)]*uint64 {
	return [...]*uint64{&spec.Minute, &spec.Hour, &spec.Dom, &spec.Month, &spec.Dow}
}

// parseExpression parses an expression entry by entry, so that an error can name the
// field and the entry.
func parseExpression(expression string) (cron.Schedule, error) {
	texts := strings.Fields(expression)
	switch lower := strings.ToLower(expression); {
	case strings.HasPrefix(lower, "tz="), strings.HasPrefix(lower, "cron_tz="):
		return nil, errors.New("it names a time zone: that goes into rotation_timezone")
	case strings.HasPrefix(lower, "@every"):
		return nil, errors.New("@every makes it a period: use rotation_period")
	case strings.HasPrefix(lower, "@"):
		spec, err := parser.Parse(expression)
		if err != nil {
			err = fmt.Errorf("%.40q is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
				expression)
		}
		return spec, err
	case len(texts) != len(fields):
		return nil, fmt.Errorf("it has %d fields instead of 5: seconds and years are left out, "+
			"and a period, such as 720h, goes into rotation_period", len(texts))
	}
	// Package cron takes Local for the zone of the time that it is asked with.
	spec := &cron.SpecSchedule{Second: 1, Location: time.Local}
	for i, field := range fields {
		for entry := range strings.SplitSeq(texts[i], ",") {
			set := parseEntry(i, entry)
			if set == 0 {
				return nil, fmt.Errorf("its %s field has %.40q: valid are *, %s, ranges that go up, and steps up to %d",
					field.name, entry, field.values, field.highest)
			}
			*sets(spec)[i] |= set
		}
	}
	return spec, nil
}

var (
	// entryForm matches a *, a value or a range, with or without a step. The parser also
	// accepts entries that do not mean what they say, such as *-5 and an empty one.
	entryForm = regexp.MustCompile(`^(?:\*|(?:[0-9]+|[A-Za-z]{3})(?:-(?:[0-9]+|[A-Za-z]{3}))?)(?:/([0-9]+))?$`)
	// daysOfWeek replaces names by numbers. Sunday is 0 where a range begins, and 7 where
	// it ends.
	daysOfWeek = strings.NewReplacer("-sun", "-7", "sun", "0", "mon", "1", "tue", "2", "wed", "3", "thu", "4",
		"fri", "5", "sat", "6")
	untilSunday = regexp.MustCompile(`^0*7$|-0*7(?:/|$)`)
)

// parseEntry returns the values of an entry of a field's list. It returns none for an
// entry that is not valid.
func parseEntry(field int, entry string) uint64 {
	parts := entryForm.FindStringSubmatch(entry)
	if parts == nil {
		return 0
	}
	// A larger step does not do what it says: */90 comes once an hour.
	if step, _ := strconv.Atoi(parts[1]); step > fields[field].highest {
		return 0
	}
	texts := []string{"*", "*", "*", "*", "*"}
	texts[field] = entry
	parsed, _ := parser.Parse(strings.Join(texts, " "))
	if spec, ok := parsed.(*cron.SpecSchedule); ok {
		return *sets(spec)[field]
	}
	// To the parser, a week ends with Saturday. A day has an hour 7, so the parser takes a
	// range until Sunday as hours.
	entry = daysOfWeek.Replace(strings.ToLower(entry))
	if field != dayOfWeek || !untilSunday.MatchString(entry) {
		return 0
	}
	set := parseEntry(hour, entry)
	return set | set>>7
}

// zoneName matches the names that mean the same on every machine. "Local" does not.
// Some machines also have "localtime", "posixrules" and the folder "right", and some
// ignore the case of letters.
var zoneName = regexp.MustCompile(`^[A-Z][^/]*(/[A-Z][^/]*)*$`)

// ParseTimezone returns the time zone with a name from the IANA database. The error is
// a phrase about the name.
func ParseTimezone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local || !zoneName.MatchString(name) {
		return nil, fmt.Errorf("there is no time zone %.40q: names are like Europe/Berlin and Asia/Jakarta", name)
	}
	return zone, nil
}
