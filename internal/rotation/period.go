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
	// quantities is a text that consists of numbers with units, the right ones
	// or not; quantity is one of them.
	quantities = regexp.MustCompile(`^(?:` + quantity.String() + `)+$`)
	quantity   = regexp.MustCompile(`([0-9]+\.?[0-9]*|\.[0-9]+)(\p{L}+)`)
	bareNumber = regexp.MustCompile(`^[0-9]+(?:\.[0-9]*)?$`)
	iso8601    = regexp.MustCompile(`^[Pp][Tt]?[0-9]`)
)

// hours are how many of them make up what people take for a unit of time; 0
// where that differs from one to the next.
var hours = map[string]float64{
	"d": 24, "day": 24, "days": 24,
	"w": 168, "wk": 168, "week": 168, "weeks": 168,
	"mo": 0, "mon": 0, "month": 0, "months": 0,
	"y": 0, "yr": 0, "year": 0, "years": 0,
}

// unitNames are how the keys of hours begin, and what they stand for.
var unitNames = map[byte]string{'d': "days", 'w': "weeks", 'm': "months", 'y': "years"}

// longest is how many bytes a setting may have. A list of all minutes of an hour
// has 169.
const longest = 1000

func tooLong(text string) error {
	if len(text) <= longest {
		return nil
	}
	return fmt.Errorf("it has %d characters", utf8.RuneCountInString(text))
}

// ParsePeriod reads a period as Go writes durations: 720h, 90m or 1h30m. It is
// at least a second. The error is a phrase that tells what is wrong with the
// text.
func ParsePeriod(text string) (time.Duration, error) {
	period, err := parse(text, ": use rotation_schedule")
	if err == nil && period < time.Second {
		return 0, errors.New("it is shorter than a second")
	}
	return period, err
}

// ParseTimeout reads how long something may take; it is written as a period is,
// and longer than zero.
func ParseTimeout(text string) (time.Duration, error) {
	return parse(text, "")
}

// parse reads a duration longer than zero. instead is what to do where
// months or years are wanted.
func parse(text, instead string) (time.Duration, error) {
	if err := tooLong(text); err != nil {
		return 0, err
	}
	period, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New(whyNoPeriod(text, instead))
	case period < 0:
		return 0, errors.New("it is negative")
	case period == 0:
		return 0, errors.New("it is zero")
	}
	return period, nil
}

// whyNoPeriod tells what is wrong with a text that is no duration.
func whyNoPeriod(text, instead string) string {
	compact := strings.Join(strings.Fields(text), "")
	unsigned := strings.TrimLeft(compact, "+-")
	switch _, err := time.ParseDuration(compact); {
	case compact == "":
		return "it is empty"
	case err == nil:
		return "it has white space in it: write " + compact
	case compact[0] == '-':
		return "it is negative"
	case bareNumber.MatchString(unsigned):
		return "it has no unit, as in 12h or 90m"
	case iso8601.MatchString(unsigned):
		return "it is written as in ISO 8601: 30 days are 720h"
	case !quantities.MatchString(unsigned):
		return "it does not consist of numbers with the units h, m and s"
	}
	found := quantity.FindAllStringSubmatch(unsigned, -1)
	total, unit := 0.0, ""
	for _, each := range found {
		name := strings.ToLower(each[2])
		inHours, mistaken := hours[name]
		one, err := time.ParseDuration("1" + each[2])
		switch {
		case err == nil:
			inHours = one.Hours()
		case !mistaken:
			return fmt.Sprintf("%s is not a unit: there are h, m and s", quote(each[2]))
		case inHours == 0:
			return unitNames[name[0]] + " are not a unit, since they differ in length" + instead
		default:
			unit = unitNames[name[0]]
		}
		number, err := strconv.ParseFloat(each[1], 64)
		if total += number * inHours; err != nil || total >= time.Duration(1<<63-1).Hours() {
			return "it is longer than 292 years"
		}
	}
	switch written := inUnits(total); {
	case unit == "":
		// All numbers and units are right.
		return "it is longer than 292 years"
	case len(found) > 1:
		return fmt.Sprintf("%s are not a unit: %s is %s", unit, quote(compact), written)
	case found[0][1] == "1":
		return fmt.Sprintf("%s are not a unit: 1 %s is %s", unit, strings.TrimSuffix(unit, "s"), written)
	default:
		return fmt.Sprintf("%s are not a unit: %s %s are %s", unit, found[0][1], unit, written)
	}
}

// inUnits writes a number of hours with the units that there are, and without
// those that are zero at its end.
func inUnits(total float64) string {
	text := time.Duration(total * float64(time.Hour)).Round(time.Second).String()
	if rest, whole := strings.CutSuffix(text, "m0s"); whole {
		text = rest + "m"
	}
	if rest, whole := strings.CutSuffix(text, "h0m"); whole {
		text = rest + "h"
	}
	return text
}
