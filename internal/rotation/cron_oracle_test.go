package rotation_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// cronSets are the minutes, hours, days, months and days of the week of an expression.
// Its code is independent of ParseSchedule. It only reads expressions that pass there.
type cronSets struct {
	sets [5]map[int]bool
	// anyDay and anyWeekday are fields that name no day of their own.
	anyDay, anyWeekday bool
}

var cronNames = strings.NewReplacer(
	"jan", "1", "feb", "2", "mar", "3", "apr", "4", "may", "5", "jun", "6", "jul", "7", "aug", "8", "sep", "9", "oct", "10", "nov", "11", "dec", "12",
	"sun", "0", "mon", "1", "tue", "2", "wed", "3", "thu", "4", "fri", "5", "sat", "6",
)

var cronDescriptors = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

func readCron(t *testing.T, expression string) cronSets {
	t.Helper()
	expression = strings.TrimSpace(expression)
	if whole, ok := cronDescriptors[expression]; ok {
		expression = whole
	}
	bounds := [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
	number := func(text string) int {
		n, err := strconv.Atoi(cronNames.Replace(strings.ToLower(text)))
		if err != nil {
			t.Fatalf("%q passes with %q in it", expression, text)
		}
		return n
	}
	var c cronSets
	texts := strings.Fields(expression)
	if len(texts) != len(c.sets) {
		t.Fatalf("%q passes with %d fields", expression, len(texts))
	}
	for i, text := range texts {
		c.sets[i] = map[int]bool{}
		for entry := range strings.SplitSeq(text, ",") {
			span, stepText, stepped := strings.Cut(entry, "/")
			step := 1
			if stepped {
				step = number(stepText)
			}
			firstText, lastText, ranged := strings.Cut(span, "-")
			first, last := bounds[i][0], bounds[i][1]
			switch {
			case span == "*" && i == 4:
				last = 6
			case span == "*":
			default:
				first = number(firstText)
				switch {
				case ranged:
					last = number(lastText)
				case !stepped:
					last = first
				case i == 4:
					last = 6
				}
				if i == 4 && last == 0 && first > 0 { // sat-sun
					last = 7
				}
			}
			for n := first; n <= last; n += step {
				if n < bounds[i][0] || n > bounds[i][1] {
					t.Fatalf("%q passes with %q in it", expression, entry)
				}
				c.sets[i][n] = true
			}
			every := span == "*" && step == 1
			c.anyDay, c.anyWeekday = c.anyDay || i == 2 && every, c.anyWeekday || i == 4 && every
		}
	}
	c.sets[4][0] = c.sets[4][0] || c.sets[4][7]
	return c
}

// names reports whether the expression names the time on a clock. If it names both kinds
// of day, either is enough.
func (c cronSets) names(clock time.Time) bool {
	day, weekday := c.sets[2][clock.Day()], c.sets[4][int(clock.Weekday())]
	either := day || weekday
	if c.anyDay || c.anyWeekday {
		either = day && weekday
	}
	return c.sets[0][clock.Minute()] && c.sets[1][clock.Hour()] && c.sets[3][int(clock.Month())] && either
}

// agrees compares a schedule's next time with the clocks of its zone. They show a named
// time, or just skipped one. No named time comes in between.
func (c cronSets) agrees(t *testing.T, zone *time.Location, after, next time.Time) {
	t.Helper()
	shown := next.In(zone)
	_, now := shown.Zone()
	_, before := next.Add(-time.Second).In(zone).Zone()
	skipped := false
	for s := range now - before {
		left := time.Unix(next.Unix()+int64(before+s), 0).UTC()
		skipped = skipped || c.names(left)
	}
	if !c.names(shown) && !skipped {
		t.Errorf("%s shows %s, which is not named", zone, shown)
	}
	// Around a change of the clocks TestScheduleAgreesWithAClockThatIsWatched looks.
	begin, end := after.Add(-26 * time.Hour).In(zone).ZoneBounds()
	if !begin.IsZero() && begin.After(after.Add(-26*time.Hour)) || !end.IsZero() && !end.After(next) {
		return
	}
	for minute, i := after.Truncate(time.Minute).Add(time.Minute), 0; i < 300 && minute.Before(next); minute, i = minute.Add(time.Minute), i+1 {
		if clock := minute.In(zone); clock.Second() == 0 && c.names(clock) {
			t.Errorf("after %s comes %s, and not %s", after, next, clock)
		}
	}
	for day, i := next.Add(-24*time.Hour), 0; i < 800 && day.After(after); day, i = day.Add(-24*time.Hour), i+1 {
		if clock := day.In(zone); c.names(clock) {
			t.Errorf("after %s comes %s, and not %s", after, next, clock)
		}
	}
}
