package rotation_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

func FuzzParseSchedule(f *testing.F) {
	for _, expression := range []string{
		"0 3 1 * *", "*/15 2 * * *", "0 0 29 2 *", "0 0 31 2 *", "0 0 1-7 */2 5-7", "@daily", "@every 1h", "TZ=", "CRON_TZ=UTC 0 3 1 * *",
		"? ? ? ? ?", ", , , , ,", "*-5 0 * * *", "0 0 * * sat-sun/2", "0 0 L * 5#3", "60 24 32 13 8", "*/0 * * * *", "0 0 0 3 1 * *",
	} {
		f.Add(expression, "UTC", int64(1_800_000_000), int64(0))
		f.Add(expression, "Europe/Berlin", int64(1_774_746_000), int64(1))
		f.Add(expression, "Australia/Lord_Howe", int64(1<<62), int64(-1))
		f.Add(expression, "Pacific/Apia", int64(1_325_239_200), int64(-1))
		f.Add(expression, "Africa/Monrovia", int64(-62_104_060_800), int64(999_999_999))
	}
	f.Fuzz(func(t *testing.T, expression, name string, seconds, nanoseconds int64) {
		zone, err := rotation.ParseTimezone(name)
		if err != nil {
			zone = time.UTC
		}
		s, err := rotation.ParseSchedule(expression, zone)
		if err != nil {
			isPhrase(t, err)
			if strings.HasPrefix(err.Error(), "it cannot be read") {
				t.Errorf("%q: nobody told what is wrong: %v", expression, err)
			}
			return
		}
		after := time.Unix(seconds, nanoseconds)
		if after.UTC().Year() < 2 {
			return // no password is made then, and package cron's zero time is near
		}
		next := s.Next(after)
		switch {
		case next.IsZero():
			if after.Year() < 9990 {
				t.Errorf("%q in %s never comes after %s", expression, zone, after)
			}
			return
		case !next.After(after), next.Year() > 9999:
			t.Errorf("%q in %s: %s comes after %s", expression, zone, next, after)
		case next.Location() != time.UTC, next.Nanosecond() != 0:
			t.Errorf("%q in %s: %s is not in UTC and whole seconds", expression, zone, next)
		case s.Next(next.Add(-1)) != next:
			t.Errorf("%q in %s: %s comes, and does not just before that", expression, zone, next)
		}
		_, before := next.Add(-1).In(zone).Zone()
		// Where the clocks are put forward that may be at any second.
		if _, offset := next.In(zone).Zone(); offset == before && next.In(zone).Second() != 0 {
			t.Errorf("%q in %s: the clocks do not show whole minutes at %s", expression, zone, next)
		}
		readCron(t, expression).agrees(t, zone, after.UTC(), next)
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, text := range []string{
		"720h", "1h30m", "1500ms", "30d", "1d12h", "1w", "1mo", "1y", "30", "0", "-1h", "999ms", "", "720 h", "P30D", "9999999h", "1e9h", ".h", "1µs",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		period, err := rotation.ParsePeriod(text)
		if want, unread := time.ParseDuration(text); (err == nil) != (unread == nil && want >= time.Second) || err == nil && period != want {
			t.Fatalf("%q: got %s, %v; Go takes it for %s, %v", text, period, err, want, unread)
		}
		if err != nil {
			isPhrase(t, err)
			return
		}
		if again, err := rotation.ParsePeriod(period.String()); err != nil || again != period || period < time.Second {
			t.Errorf("%q: got %s, and from that %s, %v", text, period, again, err)
		}
	})
}

func FuzzParseTimezone(f *testing.F) {
	for _, name := range []string{
		"UTC", "Europe/Berlin", "Asia/Jakarta", "EST5EDT", "", "Local", "localtime", "posixrules", "right/UTC", "../UTC", "/etc/passwd",
		"Europe", "Europe/", "A/../UTC", "C:\\UTC", "UTC+7", "Factory", "Z\x00",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		zone, err := rotation.ParseTimezone(name)
		switch {
		case err != nil:
			isPhrase(t, err)
		case zone == time.Local, zone.String() != name:
			t.Errorf("%q is taken for %q", name, zone)
		}
	})
}

// isPhrase fails if an error cannot stand in the middle of a sentence.
func isPhrase(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if text == "" || unicode.IsSpace(rune(text[0])) || strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n\r\x00\x1b") || len(text) > 400 {
		t.Errorf("no phrase to go on with: %q", text)
	}
}
