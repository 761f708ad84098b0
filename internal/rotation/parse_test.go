package rotation_test

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

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
