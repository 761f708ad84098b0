package rotation

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	bareNumber = regexp.MustCompile(`^\+?[0-9]+\.?[0-9]*$`)
	iso8601    = regexp.MustCompile(`^\+?[Pp][Tt]?[0-9]`)
	// calendarUnits matches a number of days, weeks, months or years.
	calendarUnits = regexp.MustCompile(`(?i)^\+?([0-9]{1,5}) *(d|days?|w|weeks?|mo|months?|y|years?)$`)
)

// longest is the maximum length of a setting, in bytes. A list of all minutes of an
// hour has 169.
const longest = 1000

// ParsePeriod parses a period in Go's notation for durations: 720h, 90m or 1h30m. A
// period is at least a second. The error is a phrase about the text.
func ParsePeriod(text string) (time.Duration, error) {
	period, err := parse(text, ": use rotation_schedule")
	if err == nil && period < time.Second {
		return 0, errors.New("it is shorter than a second")
	}
	return period, err
}

// ParseTimeout parses a timeout. It has the notation of a period and is longer than
// zero.
func ParseTimeout(text string) (time.Duration, error) {
	return parse(text, "")
}

// parse parses a duration longer than zero. instead is the advice for months and
// years.
func parse(text, instead string) (time.Duration, error) {
	if len(text) > longest {
		return 0, fmt.Errorf("it has %d characters", utf8.RuneCountInString(text))
	}
	period, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New(whyNoDuration(strings.TrimSpace(text), instead))
	case period < 0:
		return 0, errors.New("it is negative")
	case period == 0:
		return 0, errors.New("it is zero")
	}
	return period, nil
}

// whyNoDuration returns why a text is not a duration.
func whyNoDuration(text, instead string) string {
	switch {
	case text == "":
		return "it is empty"
	case text[0] == '-':
		return "it is negative"
	case bareNumber.MatchString(text):
		return "it has no unit, as in 12h or 90m"
	case iso8601.MatchString(text):
		return "it is written as in ISO 8601: 30 days are 720h"
	}
	found := calendarUnits.FindStringSubmatch(text)
	if found == nil {
		return "it does not consist of numbers with the units h, m and s, or is longer than 292 years"
	}
	number, _ := strconv.Atoi(found[1])
	switch found[2][0] | 0x20 {
	case 'd':
		return fmt.Sprintf("days are not a unit: write %dh", number*24)
	case 'w':
		return fmt.Sprintf("weeks are not a unit: write %dh", number*24*7)
	}
	return "months and years are not a unit, since they differ in length" + instead
}
