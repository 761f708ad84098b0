package rotation

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// descriptors are the names that stand for whole schedules.
var descriptors = []string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}

// field is one of the five of a cron expression.
type field struct {
	name      string
	low, high uint64
	// begin is what its steps start again with.
	begin string
	// names are what may be written for low and the numbers after it.
	names []string
}

var (
	dayOfWeek = field{"day-of-week", 0, 7, "week", []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}
	fields    = []field{
		{"minute", 0, 59, "hour", nil},
		{"hour", 0, 23, "day", nil},
		{"day-of-month", 1, 31, "month", nil},
		{"month", 1, 12, "year", []string{
			"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
		}},
		dayOfWeek,
	}
)

const sunday, saturday = 7, 6

// quartz is what the last day of a month or of a week, the nearest weekday and
// the nth weekday of a month look like there.
var quartz = regexp.MustCompile(`(?i)^(?:l|lw|l-.*|[0-9]+[lw]|[a-z]{3}l|.*#.*)$`)

// checkExpression refuses what the parser would take in another sense than it
// was written in, or in none (*-5, an empty list, a time zone, @every), and what
// it would refuse in words that help nobody. It hands back the expression with
// no 7 for Sunday, which the parser does not know.
func checkExpression(expression string) (string, error) {
	if err := tooLong(expression); err != nil {
		return "", err
	}
	trimmed := strings.TrimSpace(expression)
	lower := strings.ToLower(trimmed)
	switch {
	case trimmed == "":
		return "", errors.New("it is empty")
	case strings.HasPrefix(lower, "tz="), strings.HasPrefix(lower, "cron_tz="):
		return "", errors.New("it names a time zone: that goes into rotation_timezone")
	case strings.HasPrefix(lower, "@every"):
		return "", errors.New("@every makes it a period: use rotation_period")
	case slices.Contains(descriptors, trimmed):
		return trimmed, nil
	case lower == "@reboot":
		return "", errors.New("@reboot tells no time")
	case trimmed[0] == '@':
		return "", fmt.Errorf("%s is none of %s", quote(trimmed), strings.Join(descriptors, ", "))
	}
	texts := strings.Fields(trimmed)
	switch count := len(texts); count {
	case len(fields):
	case 6:
		return "", errors.New("it has 6 fields: leave out the first if that is for seconds, the last if it is for years")
	case 7:
		return "", errors.New("it has 7 fields: leave out the seconds, which are the first, and the years, which are the last")
	case 1:
		if _, err := ParsePeriod(trimmed); err == nil {
			return "", errors.New("it is a period: use rotation_period")
		}
		return "", errors.New("it has 1 field only")
	default:
		return "", fmt.Errorf("it has %d fields", count)
	}
	for i, f := range fields {
		entries := strings.Split(texts[i], ",")
		for j, entry := range entries {
			checked, err := f.check(entry)
			if err != nil {
				return "", err
			}
			entries[j] = checked
		}
		texts[i] = strings.Join(entries, ",")
	}
	return strings.Join(texts, " "), nil
}

// check looks at one entry of a field's list: a number, a range or a star, with
// or without a step.
func (f field) check(entry string) (string, error) {
	span, stepText, stepped := strings.Cut(entry, "/")
	firstText, lastText, ranged := strings.Cut(span, "-")
	step := uint64(1)
	switch {
	case entry == "":
		return "", fmt.Errorf("its %s field has a comma too many", f.name)
	case strings.Contains(entry, "?"):
		return "", f.refuse(entry, "which only Quartz knows: write *")
	case stepped:
		var err error
		if step, err = f.step(entry, stepText); err != nil {
			return "", err
		}
	}
	if span == "*" {
		return entry, nil
	}
	first, err := f.number(entry, firstText)
	if err != nil {
		return "", err
	}
	last := first
	if ranged {
		if last, err = f.number(entry, lastText); err != nil {
			return "", err
		}
		if f.isDayOfWeek() && strings.EqualFold(lastText, f.names[0]) && first > 0 {
			last = sunday
		}
	}
	switch {
	case f.isDayOfWeek() && first == sunday && (last < sunday || stepped && !ranged):
		return "", f.refuse(entry, "which begins at the end of the week: write 0 for Sunday")
	case first > last:
		return "", f.refuse(entry, "which goes down: "+f.twoRanges(first, last, stepped))
	}
	if f.isDayOfWeek() && last == sunday {
		return withoutSeven(first, step), nil
	}
	return entry, nil
}

// withoutSeven are the days of the week from a given one to the seventh, in
// steps, in a list that has a 0 for the seventh.
func withoutSeven(first, step uint64) string {
	var days []string
	for day := first; day <= sunday; day += step {
		days = append(days, strconv.FormatUint(day%sunday, 10))
	}
	return strings.Join(days, ",")
}

func (f field) isDayOfWeek() bool { return f.name == dayOfWeek.name }

func (f field) step(entry, text string) (uint64, error) {
	step, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, f.refuse(entry, "whose step is not a number")
	case step == 0:
		return 0, f.refuse(entry, "whose step has to be 1 or more")
	case step > f.high:
		// It would come at each beginning, and never every 90 minutes.
		return 0, f.refuse(entry, fmt.Sprintf("whose step is more than %d: steps start again each %s", f.high, f.begin))
	}
	return step, nil
}

func (f field) number(entry, text string) (uint64, error) {
	if i := slices.Index(f.names, strings.ToLower(text)); i >= 0 {
		return f.low + uint64(i), nil
	}
	number, err := strconv.ParseUint(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (number < f.low || number > f.high):
		return 0, f.refuse(entry, fmt.Sprintf("which is not between %d and %d", f.low, f.high))
	case err == nil:
		return number, nil
	case strings.HasPrefix(f.name, "day") && quartz.MatchString(entry):
		return 0, f.refuse(entry, "and the L, W and # of Quartz are not known here")
	case f.names != nil:
		return 0, f.refuse(entry, "which is neither a number nor one of "+strings.Join(f.names, ", "))
	default:
		return 0, f.refuse(entry, "which is not a number, a range or a *")
	}
}

// twoRanges tells how to write a range that goes on at the beginning.
func (f field) twoRanges(first, last uint64, stepped bool) string {
	high := f.high
	if f.isDayOfWeek() {
		high = saturday
	}
	if stepped {
		return "write it as two"
	}
	return "write " + span(first, high) + "," + span(f.low, last)
}

func span(first, last uint64) string {
	if first == last {
		return strconv.FormatUint(first, 10)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

func (f field) refuse(entry, why string) error {
	return fmt.Errorf("its %s field has %s, %s", f.name, quote(entry), why)
}

// quote shortens what is quoted: an error is no place for a page of text.
func quote(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
