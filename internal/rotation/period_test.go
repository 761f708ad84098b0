package rotation_test

import (
	"strings"
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
		calendar = "months and years are not a unit, since they differ in length: use rotation_schedule"
		other    = "it does not consist of numbers with the units h, m and s, or is longer than 292 years"
	)
	for text, want := range map[string]string{
		"":                           "it is empty",
		" ":                          "it is empty",
		"0":                          "it is zero",
		"0h":                         "it is zero",
		"999ms":                      "it is shorter than a second",
		"-720h":                      "it is negative",
		"-30d":                       "it is negative",
		"30":                         "it has no unit, as in 12h or 90m",
		"2.5":                        "it has no unit, as in 12h or 90m",
		"720 h":                      other,
		" 1h 30m\n":                  other,
		"30d":                        "days are not a unit: write 720h",
		"30 days":                    "days are not a unit: write 720h",
		"30D":                        "days are not a unit: write 720h",
		"1d":                         "days are not a unit: write 24h",
		"0.1d":                       other,
		"1w":                         "weeks are not a unit: write 168h",
		"4 Weeks":                    "weeks are not a unit: write 672h",
		"1d12h":                      other,
		"1mo":                        calendar,
		"6 months":                   calendar,
		"1y":                         calendar,
		"1year6months":               other,
		"P30D":                       "it is written as in ISO 8601: 30 days are 720h",
		"PT720H":                     "it is written as in ISO 8601: 30 days are 720h",
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
		"99999d":                     "days are not a unit: write 2399976h",
		"999999d":                    other,
		strings.Repeat("1h", 501):    "it has 1002 characters",
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
		"":      "it is empty",
		"5":     "it has no unit, as in 12h or 90m",
		"0":     "it is zero",
		"1ns":   "",
		"-5m":   "it is negative",
		"5 min": "it does not consist of numbers with the units h, m and s, or is longer than 292 years",
		"1d":    "days are not a unit: write 24h",
		"1mo":   "months and years are not a unit, since they differ in length",
	} {
		if _, err := rotation.ParseTimeout(text); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
