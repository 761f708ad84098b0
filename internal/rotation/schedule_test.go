package rotation_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

func TestScheduleComes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		expression, zone, after string
		want                    []string
	}{
		"the first of the month": {
			"0 3 1 * *", "UTC", "2026-01-31T12:00:00Z",
			[]string{"2026-02-01T03:00:00Z", "2026-03-01T03:00:00Z"},
		},
		"later, not at the same moment": {
			"0 3 1 * *", "UTC", "2026-02-01T03:00:00Z",
			[]string{"2026-03-01T03:00:00Z"},
		},
		"a fraction of a second later": {
			"0 3 1 * *", "UTC", "2026-02-01T02:59:59.999999999Z",
			[]string{"2026-02-01T03:00:00Z"},
		},
		"a leap day": {
			"0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"},
		},
		"a leap day, with eight years to it": {
			"0 0 29 2 *", "UTC", "2095-01-01T00:00:00Z",
			[]string{"2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
		},
		"a day of the month or of the week": {
			"0 0 13 * fri", "UTC", "2026-01-08T12:00:00Z",
			[]string{"2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z", "2026-01-16T00:00:00Z"},
		},
		"a step through the days, or a day of the week": {
			"0 0 */10 * fri", "UTC", "2026-01-08T12:00:00Z",
			[]string{"2026-01-09T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-16T00:00:00Z"},
		},
		"7 is Sunday": {
			"0 0 * * 7", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"},
		},
		"until Sunday": {
			"0 0 * * 5-7", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00Z"},
		},
		"until Sunday, by name": {
			"0 0 * * Sat-SUN", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-10T00:00:00Z"},
		},
		"until Sunday, in steps": {
			"0 0 * * 1-7/3", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-08T00:00:00Z"},
		},
		"from Sunday": {
			"0 0 * * sun-mon", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00Z"},
		},
		"from Sunday to Sunday": {
			"0 0 * * 0-7", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"},
		},
		"a step with a beginning": {
			"10/25 0 1 JAN *", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-01T00:10:00Z", "2026-01-01T00:35:00Z", "2027-01-01T00:10:00Z"},
		},
		"yearly":   {"@yearly", "UTC", "2026-05-05T05:05:05Z", []string{"2027-01-01T00:00:00Z"}},
		"annually": {"@annually", "UTC", "2026-05-05T05:05:05Z", []string{"2027-01-01T00:00:00Z"}},
		"monthly":  {"@monthly", "UTC", "2026-05-05T05:05:05Z", []string{"2026-06-01T00:00:00Z"}},
		"weekly":   {"@weekly", "UTC", "2026-05-05T05:05:05Z", []string{"2026-05-10T00:00:00Z"}},
		"daily":    {" @daily\n", "UTC", "2026-05-05T05:05:05Z", []string{"2026-05-06T00:00:00Z"}},
		"midnight": {"@midnight", "Asia/Jakarta", "2026-05-05T05:05:05Z", []string{"2026-05-05T17:00:00Z"}},
		"hourly":   {"@hourly", "Asia/Kolkata", "2026-05-05T05:05:05Z", []string{"2026-05-05T05:30:00Z"}},

		"in a missing hour: at its end": {
			"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		},
		"several times in a missing hour: once": {
			"*/15 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"},
		},
		"in a missing hour and at its end: once": {
			"0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"},
		},
		"in a doubled hour: in the first": {
			"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		},
		"hourly, with a doubled hour": {
			"0 * * * *", "Europe/Berlin", "2026-10-24T23:00:00Z",
			[]string{"2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"},
		},
		"asked in the second of two hours": {
			"30 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z",
			[]string{"2026-10-26T01:30:00Z"},
		},
		"half a missing hour": {
			"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"},
		},
		"half a doubled hour": {
			"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z",
			[]string{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"},
		},
		"a missing day, which every day has its turn beside": {
			"0 3 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z",
			[]string{"2011-12-29T13:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T13:00:00Z"},
		},
		"on a missing day alone": {
			"* * 30 12 *", "Pacific/Apia", "2011-06-01T00:00:00Z",
			[]string{"2011-12-30T10:00:00Z", "2012-12-29T10:00:00Z"},
		},
		"a doubled day": {
			"0 3 * * *", "Pacific/Kwajalein", "1969-09-29T12:00:00Z",
			[]string{"1969-09-29T16:00:00Z", "1969-10-01T15:00:00Z"},
		},
		"a missing midnight": {
			"0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z",
			[]string{"2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		},
		"another missing midnight": {
			"@daily", "Asia/Beirut", "2022-03-26T12:00:00Z",
			[]string{"2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z"},
		},
		"on a day whose first hour is missing": {
			"30 0 * * fri", "Africa/Cairo", "2023-04-27T00:00:00Z",
			[]string{"2023-04-27T22:00:00Z", "2023-05-04T21:30:00Z"},
		},
		"a doubled hour before midnight": {
			"30 23 * * *", "Africa/Cairo", "2023-10-26T12:00:00Z",
			[]string{"2023-10-26T20:30:00Z", "2023-10-27T21:30:00Z"},
		},
		"a zone with seconds": {
			"0 0 * * *", "Africa/Monrovia", "1971-06-01T12:00:00Z",
			[]string{"1971-06-02T00:44:30Z"},
		},
		"a zone before there were zones": {
			"0 0 * * *", "Europe/London", "1840-01-01T12:00:00Z",
			[]string{"1840-01-02T00:01:15Z"},
		},
		"the last day of a leap year": {
			"0 0,12 31 12 *", "Europe/Berlin", "2028-12-01T00:00:00Z",
			[]string{"2028-12-30T23:00:00Z", "2028-12-31T11:00:00Z", "2029-12-30T23:00:00Z"},
		},
		"the last day of a leap year, in summer": {
			"0 12 31 12 *", "Australia/Sydney", "2028-12-01T00:00:00Z",
			[]string{"2028-12-31T01:00:00Z"},
		},
		"a distant summer time": {
			"30 2 * * *", "Europe/Berlin", "9998-03-28T12:00:00Z",
			[]string{"9998-03-29T01:00:00Z", "9998-03-30T00:30:00Z"},
		},
		"the last minute that can be written": {
			"59 23 31 12 *", "UTC", "9999-06-01T00:00:00Z",
			[]string{"9999-12-31T23:59:00Z", ""},
		},
		"the next year where the clocks are ahead": {
			"0 13 1 1 *", "Pacific/Kiritimati", "9999-06-01T00:00:00Z",
			[]string{"9999-12-31T23:00:00Z", ""},
		},
		"a year too late": {"0 0 1 1 *", "UTC", "9999-01-01T00:00:00Z", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, moment := schedule(test.expression, test.zone).Schedule, at(t, test.after)
			for _, want := range test.want {
				moment = s.Next(moment)
				got := ""
				if !moment.IsZero() {
					got = moment.Format(time.RFC3339Nano)
				}
				if got != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
		})
	}
}

func TestScheduleAtTheEndsOfTime(t *testing.T) {
	t.Parallel()
	s := schedule("@daily", "UTC").Schedule
	if got := s.Next(time.Unix(1<<62, 0)); !got.IsZero() {
		t.Errorf("later than can be written: %s", got)
	}
}

func TestScheduleIsRefused(t *testing.T) {
	t.Parallel()
	const (
		minute  = ": valid are *, 0 to 59, ranges that go up, and steps up to 59"
		hour    = ": valid are *, 0 to 23, ranges that go up, and steps up to 23"
		day     = ": valid are *, 1 to 31, ranges that go up, and steps up to 31"
		month   = ": valid are *, 1 to 12 or jan to dec, ranges that go up, and steps up to 12"
		weekday = ": valid are *, 0 to 7 or sun to sat, ranges that go up, and steps up to 7"
	)
	for expression, want := range map[string]string{
		"":                               "it has 0 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		" \t\n":                          "it has 0 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		"TZ=":                            "it names a time zone: that goes into rotation_timezone",
		" tz=UTC 0 3 1 * *":              "it names a time zone: that goes into rotation_timezone",
		"CRON_TZ=Asia/Jakarta 0 3 1 * *": "it names a time zone: that goes into rotation_timezone",
		"@every 720h":                    "@every makes it a period: use rotation_period",
		"\n@EVERY":                       "@every makes it a period: use rotation_period",
		"720h":                           "it has 1 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		"@reboot":                        `"@reboot" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly`,
		"@Daily":                         `"@Daily" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly`,
		"@daily 3":                       `"@daily 3" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly`,
		"daily":                          "it has 1 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		"0 3 1 *":                        "it has 4 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		"0 0 3 1 * *":                    "it has 6 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		"0 0 3 1 * ? 2026":               "it has 7 fields instead of 5: seconds and years are left out, and a period, such as 720h, goes into rotation_period",
		"0 0 31 2 *":                     "it never comes: no year has such a day",
		"0 0 30-31 feb *":                "it never comes: no year has such a day",
		"0 0 31 4,6,9,11 *":              "it never comes: no year has such a day",
		"60 3 1 * *":                     `its minute field has "60"` + minute,
		"0 24 1 * *":                     `its hour field has "24"` + hour,
		"0 3 0 * *":                      `its day-of-month field has "0"` + day,
		"0 3 1 1-13 *":                   `its month field has "1-13"` + month,
		"0 3 * * 8":                      `its day-of-week field has "8"` + weekday,
		"18446744073709551616 3 1 * *":   `its minute field has "18446744073709551616"` + minute,
		"x 3 1 * *":                      `its minute field has "x"` + minute,
		"+5 3 1 * *":                     `its minute field has "+5"` + minute,
		"-5 3 1 * *":                     `its minute field has "-5"` + minute,
		"*-5 3 1 * *":                    `its minute field has "*-5"` + minute,
		"5- 3 1 * *":                     `its minute field has "5-"` + minute,
		"1-2-3 3 1 * *":                  `its minute field has "1-2-3"` + minute,
		"** 3 1 * *":                     `its minute field has "**"` + minute,
		"0 3 1 january *":                `its month field has "january"` + month,
		"0 3 * * wednesday":              `its day-of-week field has "wednesday"` + weekday,
		"0 3 1 * ?":                      `its day-of-week field has "?"` + weekday,
		"0 3 L * *":                      `its day-of-month field has "L"` + day,
		"0 3 L-3 * *":                    `its day-of-month field has "L-3"` + day,
		"0 3 15w * *":                    `its day-of-month field has "15w"` + day,
		"0 3 * * fri#2":                  `its day-of-week field has "fri#2"` + weekday,
		"0 3 * * 5L":                     `its day-of-week field has "5L"` + weekday,
		"0 3 1, * *":                     `its day-of-month field has ""` + day,
		", 3 1 * *":                      `its minute field has ""` + minute,
		"*/0 3 1 * *":                    `its minute field has "*/0"` + minute,
		"*/ 3 1 * *":                     `its minute field has "*/"` + minute,
		"*/2/2 3 1 * *":                  `its minute field has "*/2/2"` + minute,
		"*/90 3 1 * *":                   `its minute field has "*/90"` + minute,
		"0 */99999999999999999999 * * *": `its hour field has "*/99999999999999999999"` + hour,
		"0 22-2 * * *":                   `its hour field has "22-2"` + hour,
		"0 3 * nov-jan *":                `its month field has "nov-jan"` + month,
		"0 3 * * fri-mon":                `its day-of-week field has "fri-mon"` + weekday,
		"0 3 * * 6-0":                    `its day-of-week field has "6-0"` + weekday,
		"0 3 * * 7-2":                    `its day-of-week field has "7-2"` + weekday,
		"0 22-2/2 * * *":                 `its hour field has "22-2/2"` + hour,
		"0 3 * * 7/2":                    `its day-of-week field has "7/2"` + weekday,
		strings.Repeat("ä", 41) + " 3 1 * *": `its minute field has "` + strings.Repeat("ä", 40) +
			`"` + minute,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			_, err := rotation.ParseSchedule(expression, time.UTC)
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestTimezones(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{
		"UTC": true, "Europe/Berlin": true, "Asia/Jakarta": true, "America/Argentina/Buenos_Aires": true,
		"Etc/GMT-7": true, "EST5EDT": true, "Africa/Dar_es_Salaam": true, "America/Port-au-Prince": true,

		"": false, "Local": false, "local": false, "localtime": false, "posixrules": false, "right/Europe/Berlin": false,
		"posix/Europe/Berlin": false, "Europe": false, "Europe/": false, "/Europe/Berlin": false, "europe/berlin": false,
		" UTC": false, "UTC ": false, "utc": false, "WIB": false, "CEST": false, "UTC+7": false, "+07:00": false,
		"Europe/../Europe/Berlin": false, "Europe/./Berlin": false, "Europe/Berlin\x00": false, `Europe\Berlin`: false,
	} {
		zone, err := rotation.ParseTimezone(name)
		switch {
		case (err == nil) != known:
			t.Errorf("%q: %v", name, err)
		case known && zone.String() != name:
			t.Errorf("%q is taken for %q", name, zone)
		}
	}
}

func TestTimezoneIsRefused(t *testing.T) {
	t.Parallel()
	const want = `there is no time zone "WIB": names are like Europe/Berlin and Asia/Jakarta`
	if _, err := rotation.ParseTimezone("WIB"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A schedule never contradicts itself, in any zone and at any time.
func TestScheduleAgreesWithItself(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, zone := range []string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo"} {
		for _, expression := range []string{"* * * * *", "*/7 1-2 * * *", "30 2 * * 7", "0 0 29 2 *", "59 23 31 12 *"} {
			s := schedule(expression, zone).Schedule
			for range 200 {
				// From 1800 to 2400.
				early := time.Unix(random.Int64N(18_934_128_000)-5_364_576_000, random.Int64N(1e9))
				late := early.Add(time.Duration(random.Int64N(int64(72 * time.Hour))))
				next := s.Next(early)
				switch {
				case !next.After(early):
					t.Fatalf("%s in %s: %s comes after %s", expression, zone, next, early)
				case !s.Next(next.Add(-1)).Equal(next):
					t.Fatalf("%s in %s: %s comes, and does not just before that", expression, zone, next)
				case s.Next(late).Before(next):
					t.Fatalf("%s in %s: %s comes after %s, and nothing before it after %s", expression, zone, s.Next(late), late, early)
				case next.After(late) && !s.Next(late).Equal(next):
					t.Fatalf("%s in %s: what comes after %s depends on where one begins", expression, zone, late)
				}
			}
		}
	}
}

func BenchmarkScheduleNext(b *testing.B) {
	after := time.Date(2096, time.March, 1, 0, 0, 30, 0, time.UTC)
	for _, expression := range []string{"* * * * *", "0 3 1 * *", "0 0 29 2 *"} {
		s := schedule(expression, "Europe/Berlin").Schedule
		b.Run(expression, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s.Next(after).IsZero() {
					b.Fatal("never")
				}
			}
		})
	}
}
