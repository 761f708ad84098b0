package rotation_test

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func period(text string) rotation.Timing {
	d, err := rotation.ParsePeriod(text)
	if err != nil {
		panic(err)
	}
	return rotation.Timing{Period: d}
}

func schedule(expression, zone string) rotation.Timing {
	location, err := rotation.ParseTimezone(zone)
	if err != nil {
		panic(err)
	}
	s, err := rotation.ParseSchedule(expression, location)
	if err != nil {
		panic(err)
	}
	return rotation.Timing{Schedule: &s, Expression: expression, Zone: zone}
}

func TestNextIsReckonedFromTheRotation(t *testing.T) {
	t.Parallel()
	const made = "2026-01-31T12:00:00Z"
	for name, test := range map[string]struct {
		timing rotation.Timing
		want   string
	}{
		"a period":                     {period("720h"), "2026-03-02T12:00:00Z"},
		"part of a second, rounded up": {period("1500ms"), "2026-01-31T12:00:02Z"},
		"a schedule":                   {schedule("0 3 1 * *", "UTC"), "2026-02-01T03:00:00Z"},
		"a schedule in its own zone":   {schedule("0 3 1 * *", "Asia/Jakarta"), "2026-01-31T20:00:00Z"},
	} {
		if got := test.timing.Next(at(t, made)); !got.Equal(at(t, test.want)) || got.Location() != time.UTC {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
		if got := test.timing.Next(time.Time{}); !got.IsZero() {
			t.Errorf("%s: a password that was never made is due at %s", name, got)
		}
	}
	if got := (rotation.Timing{}).Next(at(t, made)); !got.IsZero() {
		t.Errorf("without period or schedule: %s", got)
	}
}

func TestDecideByTheClock(t *testing.T) {
	t.Parallel()
	none, unknown := rotation.Timing{}, rotation.Timing{Unknown: true}
	made := at(t, "2026-01-01T00:00:00Z")
	keep := rotation.Decision{Action: rotation.Keep}
	undecided := rotation.Decision{Action: rotation.Undecided}
	byPeriod := rotation.Decision{Action: rotation.Rotate, Reason: "rotation_period"}
	bySchedule := rotation.Decision{Action: rotation.Rotate, Reason: "rotation_schedule"}
	for name, test := range map[string]struct {
		before, after rotation.Timing
		due           bool // as a refresh has noted
		now           string
		ahead         time.Duration
		want          rotation.Decision
	}{
		"neither":                          {none, none, false, "2030-01-01T00:00:00Z", time.Hour, keep},
		"not due":                          {period("24h"), period("24h"), false, "2026-01-01T12:00:00Z", time.Hour, keep},
		"due, and no refresh has noted it": {period("24h"), period("24h"), false, "2026-02-01T00:00:00Z", time.Hour, keep},
		"due, and noted":                   {period("24h"), period("24h"), true, "2026-02-01T00:00:00Z", 0, byPeriod},
		"noted, and the clock was set back since":     {period("24h"), period("24h"), true, "2026-01-01T12:00:00Z", 0, byPeriod},
		"noted, the same period in another spelling":  {period("24h"), period("1440m"), true, "2026-02-01T00:00:00Z", 0, byPeriod},
		"noted, a longer period that makes it not so": {period("24h"), period("9000h"), true, "2026-02-01T00:00:00Z", time.Hour, keep},
		"noted, a longer one that is due as well":     {period("24h"), period("48h"), true, "2026-02-01T00:00:00Z", time.Hour, byPeriod},
		"noted, and given up":                         {period("24h"), none, true, "2026-02-01T00:00:00Z", time.Hour, keep},
		"a schedule, noted":                           {schedule("@daily", "UTC"), schedule("@daily", "UTC"), true, "2026-02-01T00:00:00Z", 0, bySchedule},
		"a schedule, not noted":                       {schedule("@daily", "UTC"), schedule("@daily", "UTC"), false, "2026-02-01T00:00:00Z", time.Hour, keep},
		"a shorter period that makes it due":          {period("9000h"), period("24h"), false, "2026-01-02T00:00:00Z", 0, byPeriod},
		"a shorter one, due in a second":              {period("9000h"), period("24h"), false, "2026-01-01T23:59:59Z", time.Hour, undecided},
		"a shorter one, due in an hour":               {period("9000h"), period("24h"), false, "2026-01-01T23:00:00Z", time.Hour, undecided},
		"a shorter one, due in more than an hour":     {period("9000h"), period("24h"), false, "2026-01-01T22:59:59Z", time.Hour, keep},
		"a shorter one, in the apply, still not due":  {period("9000h"), period("24h"), false, "2026-01-01T23:59:59Z", 0, keep},
		"a period that is added, and due":             {none, period("24h"), false, "2026-02-01T00:00:00Z", time.Hour, byPeriod},
		"a period that is added, and not due":         {none, period("9000h"), false, "2026-02-01T00:00:00Z", time.Hour, keep},
		"a schedule that is added, and due":           {none, schedule("@monthly", "UTC"), false, "2026-02-01T00:00:00Z", 0, bySchedule},
		"a schedule in the place of a period":         {period("9000h"), schedule("@daily", "UTC"), false, "2026-01-01T12:00:00Z", time.Hour, keep},
		"another zone that makes it due":              {schedule("@daily", "UTC"), schedule("@daily", "Asia/Jakarta"), false, "2026-01-01T17:00:00Z", 0, bySchedule},
		"unknown":                                     {period("24h"), unknown, true, "2026-02-01T00:00:00Z", time.Hour, undecided},
		"unknown, and none before":                    {none, unknown, false, "2026-02-01T00:00:00Z", time.Hour, undecided},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := rotation.Decide(rotation.Input{
				Before: rotation.Triggers{}, After: rotation.Triggers{},
				Clock: rotation.Clock{
					Before: test.before, After: test.after, Due: test.due, RotatedAt: made, Now: at(t, test.now), Ahead: test.ahead,
				},
			})
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestAPlanAndItsApplyAgree goes through the times of a plan that changes a period, and
// of its apply. The apply's decision must fit the plan, or Terraform refuses it.
func TestAPlanAndItsApplyAgree(t *testing.T) {
	t.Parallel()
	made := at(t, "2026-01-01T00:00:00Z")
	due := made.Add(24 * time.Hour)
	decide := func(now time.Time, ahead time.Duration) rotation.Action {
		return rotation.Decide(rotation.Input{
			Before: rotation.Triggers{}, After: rotation.Triggers{},
			Clock: rotation.Clock{Before: period("9000h"), After: period("24h"), RotatedAt: made, Now: now, Ahead: ahead},
		}).Action
	}
	for planned := due.Add(-3 * time.Hour); planned.Before(due.Add(time.Hour)); planned = planned.Add(time.Minute) {
		for _, later := range []time.Duration{0, time.Second, time.Minute, 30 * time.Minute, rotation.PlanLookahead} {
			first, second := decide(planned, rotation.PlanLookahead), decide(planned.Add(later), 0)
			switch {
			case second == rotation.Undecided:
				t.Errorf("planned %s, applied %s later: the apply is undecided", planned, later)
			case first == rotation.Keep && second != rotation.Keep, first == rotation.Rotate && second != rotation.Rotate:
				t.Errorf("planned %s, applied %s later: the plan says %v, the apply %v", planned, later, first, second)
			}
		}
	}
}

// TestDecideWithoutARefresh has due passwords that no refresh found. They count only if
// nothing but the clock makes an update.
func TestDecideWithoutARefresh(t *testing.T) {
	t.Parallel()
	made := at(t, "2026-01-01T00:00:00Z")
	keep := rotation.Decision{Action: rotation.Keep}
	undecided := rotation.Decision{Action: rotation.Undecided}
	rotate := rotation.Decision{Action: rotation.Rotate, Reason: "rotation_period"}
	for name, test := range map[string]struct {
		before, after rotation.Timing
		recorded      bool
		unrecorded    rotation.ClockUse
		now           string
		want          rotation.Decision
		byClock, soon bool
	}{
		"due":                                   {period("24h"), period("24h"), false, rotation.UseClock, "2026-01-02T00:00:00Z", rotate, true, false},
		"due in a second":                       {period("24h"), period("24h"), false, rotation.UseClock, "2026-01-01T23:59:59Z", keep, false, false},
		"due, and recorded":                     {period("24h"), period("24h"), true, rotation.UseClock, "2026-01-02T00:00:00Z", rotate, false, false},
		"due, and something else is updated":    {period("24h"), period("24h"), false, rotation.WaitForRefresh, "2026-01-02T00:00:00Z", keep, false, false},
		"the same, and it is recorded":          {period("24h"), period("24h"), true, rotation.WaitForRefresh, "2026-01-02T00:00:00Z", rotate, false, false},
		"due, and something may be updated":     {period("24h"), period("24h"), false, rotation.MayUseClock, "2026-01-02T00:00:00Z", undecided, false, true},
		"the same, within the hour":             {period("24h"), period("24h"), false, rotation.MayUseClock, "2026-01-01T23:00:00Z", undecided, false, true},
		"the same, in more than an hour":        {period("24h"), period("24h"), false, rotation.MayUseClock, "2026-01-01T22:59:59Z", keep, false, false},
		"the same, recorded":                    {period("24h"), period("24h"), true, rotation.MayUseClock, "2026-01-02T00:00:00Z", rotate, false, false},
		"a schedule":                            {schedule("@daily", "UTC"), schedule("@daily", "UTC"), false, rotation.UseClock, "2026-01-02T00:00:00Z", rotation.Decision{Action: rotation.Rotate, Reason: "rotation_schedule"}, true, false},
		"neither":                               {rotation.Timing{}, rotation.Timing{}, false, rotation.UseClock, "2030-01-01T00:00:00Z", keep, false, false},
		"given up":                              {period("24h"), rotation.Timing{}, false, rotation.WaitForRefresh, "2030-01-01T00:00:00Z", keep, false, false},
		"another spelling of the same, and due": {period("24h"), period("1440m"), false, rotation.WaitForRefresh, "2026-01-02T00:00:00Z", keep, false, false},
	} {
		clock := rotation.Clock{
			Before: test.before, After: test.after, Due: test.recorded, RotatedAt: made, Now: at(t, test.now), Use: test.unrecorded,
		}
		if got := rotation.Decide(rotation.Input{Clock: clock}); got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
		if clock.ByClock() != test.byClock || clock.DueSoon() != test.soon {
			t.Errorf("%s: by the clock alone: %t, soon: %t", name, clock.ByClock(), clock.DueSoon())
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"720h":              720 * time.Hour,
		"1h30m":             90 * time.Minute,
		"+1.5h":             90 * time.Minute,
		"1s":                time.Second,
		"1500ms":            1500 * time.Millisecond,
		"2562047h47m16.85s": 1<<63 - 1 - 4775807,
	} {
		if got, err := rotation.ParsePeriod(text); err != nil || got != want {
			t.Errorf("%s: got %s and %v, want %s", text, got, err, want)
		}
	}
}

func TestPeriodIsRefused(t *testing.T) {
	t.Parallel()
	const (
		short = "it is shorter than a second"
		zero  = "it is zero or negative"
		other = "it does not consist of numbers with the units h, m and s, or is longer than 292 years"
	)
	for text, want := range map[string]string{
		"":                           other,
		" ":                          other,
		"0":                          zero,
		"0h":                         zero,
		"999ms":                      short,
		"-720h":                      zero,
		"-30d":                       other,
		"30":                         other,
		"2.5":                        other,
		"720 h":                      other,
		" 1h 30m\n":                  other,
		"30d":                        other,
		"30 days":                    other,
		"30D":                        other,
		"1d":                         other,
		"0.1d":                       other,
		"1w":                         other,
		"4 Weeks":                    other,
		"1d12h":                      other,
		"1mo":                        other,
		"6 months":                   other,
		"1y":                         other,
		"1year6months":               other,
		"P30D":                       other,
		"PT720H":                     other,
		"720H":                       other,
		"90min":                      other,
		"monthly":                    other,
		"h":                          other,
		"1..5h":                      other,
		"1h-5m":                      other,
		"1,5h":                       other,
		"0 3 1 * *":                  other,
		"2562048h":                   other,
		"9223372036854775808h":       other,
		"1h99999999999999999999999s": other,
		"999999d":                    other,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := rotation.ParsePeriod(text)
			if err == nil || err.Error() != want {
				t.Errorf("got  %s and %v\nwant %s", got, err, want)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"90s":   "",
		"1h30m": "",
		"9999h": "",
		"1ns":   "",
		"":      "it does not consist of numbers with the units h, m and s, or is longer than 292 years",
		"5 min": "it does not consist of numbers with the units h, m and s, or is longer than 292 years",
		"0":     "it is zero or negative",
		"-5m":   "it is zero or negative",
	} {
		if _, err := rotation.ParseTimeout(text); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
