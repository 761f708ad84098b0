package rotation_test

import (
	"slices"
	"testing"
	"time"
)

// matching are expressions, each with its meaning as a function.
var matching = map[string]func(clock time.Time) bool{
	"* * * * *":      func(time.Time) bool { return true },
	"*/20 * * * *":   func(c time.Time) bool { return c.Minute()%20 == 0 },
	"0 * * * *":      func(c time.Time) bool { return c.Minute() == 0 },
	"30 2 * * *":     func(c time.Time) bool { return c.Hour() == 2 && c.Minute() == 30 },
	"5,55 0-3 * * *": func(c time.Time) bool { return c.Hour() <= 3 && (c.Minute() == 5 || c.Minute() == 55) },
	"@daily":         func(c time.Time) bool { return c.Hour() == 0 && c.Minute() == 0 },
	"59 23 * * 5-7": func(c time.Time) bool {
		return c.Hour() == 23 && c.Minute() == 59 && (c.Weekday() >= time.Friday || c.Weekday() == time.Sunday)
	},
	"0 12 1,30 * thu": func(c time.Time) bool {
		return c.Hour() == 12 && c.Minute() == 0 && (c.Day() == 1 || c.Day() == 30 || c.Weekday() == time.Thursday)
	},
}

// TestScheduleAgreesWithAClockThatIsWatched compares a schedule with a clock that is read
// at every tick. All named times that the clock passed since the last tick, and never
// showed before, come at that tick.
func TestScheduleAgreesWithAClockThatIsWatched(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		zone, around string
		tick         time.Duration
	}{
		"spring":                      {"Europe/Berlin", "2026-03-29T01:00:00Z", time.Minute},
		"autumn":                      {"Europe/Berlin", "2026-10-25T01:00:00Z", time.Minute},
		"spring in the west":          {"America/New_York", "2026-03-08T07:00:00Z", time.Minute},
		"autumn in the west":          {"America/New_York", "2026-11-01T06:00:00Z", time.Minute},
		"half an hour forward":        {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", time.Minute},
		"half an hour back":           {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", time.Minute},
		"no midnight":                 {"America/Sao_Paulo", "2018-11-04T03:00:00Z", time.Minute},
		"two hours before midnight":   {"America/Sao_Paulo", "2018-02-18T02:00:00Z", time.Minute},
		"at a minute past midnight":   {"America/St_Johns", "2010-03-14T03:31:00Z", time.Minute},
		"no midnight in Lebanon":      {"Asia/Beirut", "2022-03-26T22:00:00Z", time.Minute},
		"a quarter of an hour":        {"Asia/Kathmandu", "1985-12-31T18:30:00Z", time.Minute},
		"summer time with a break":    {"Africa/Casablanca", "2026-02-15T02:00:00Z", time.Minute},
		"the other end of the break":  {"Africa/Casablanca", "2026-03-22T02:00:00Z", time.Minute},
		"two hours at once":           {"Antarctica/Troll", "2026-03-29T01:00:00Z", time.Minute},
		"a day less":                  {"Pacific/Apia", "2011-12-30T10:00:00Z", time.Minute},
		"a day more":                  {"Pacific/Kwajalein", "1969-09-30T13:00:00Z", time.Minute},
		"the end of a leap year":      {"Europe/Berlin", "2028-12-31T12:00:00Z", time.Minute},
		"the same, in summer":         {"Australia/Sydney", "2028-12-31T12:00:00Z", time.Minute},
		"seconds, until that day":     {"Africa/Monrovia", "1972-01-07T00:44:30Z", time.Second},
		"the invention of time zones": {"America/New_York", "1883-11-18T17:00:00Z", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin, end := at(t, test.around).Add(-50*time.Hour), at(t, test.around).Add(50*time.Hour)
			for expression, want := range watch(t, test.zone, begin, end, test.tick) {
				s := schedule(expression, test.zone).Schedule
				// Every so often, and at each of its moments.
				for after, i := begin, 0; i < len(want); {
					got := s.Next(after)
					if !got.Equal(want[i]) {
						t.Fatalf("%s after %s: got %s, want %s", expression, after, got, want[i])
					}
					if after = after.Add(7*time.Minute + 13*time.Second); !after.Before(got) {
						after = got
						i++
					}
				}
			}
		})
	}
}

// watch returns the times of each expression.
func watch(t *testing.T, zone string, begin, end time.Time, tick time.Duration) map[string][]time.Time {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	shows := func(moment time.Time) time.Time {
		_, offset := moment.In(location).Zone()
		return moment.Add(time.Duration(offset) * time.Second)
	}
	comes := map[string][]time.Time{}
	shown := shows(begin)
	for moment := begin.Add(tick); moment.Before(end); moment = moment.Add(tick) {
		var now []time.Time
		for clock := shown.Truncate(time.Minute).Add(time.Minute); !clock.After(shows(moment)); clock = clock.Add(time.Minute) {
			now = append(now, clock)
		}
		if shows(moment).After(shown) {
			shown = shows(moment)
		}
		for expression, matches := range matching {
			if slices.ContainsFunc(now, matches) {
				comes[expression] = append(comes[expression], moment)
			}
		}
	}
	return comes
}
