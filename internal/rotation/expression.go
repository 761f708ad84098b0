package rotation

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/robfig/cron/v3"
)

// descriptors are the names of whole schedules.
var descriptors = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// field is one of the five fields of a cron expression.
type field struct {
	name      string
	low, high uint64
	// names are the names of low and the numbers after it.
	names []string
}

const sunday, saturday = 7, 6

var fields = [5]field{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day-of-month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day-of-week", 0, sunday, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// quartz matches what only the scheduler Quartz knows: the last day of a month or a
// week, the nearest weekday, the nth weekday of a month.
var quartz = regexp.MustCompile(`(?i)^(?:l|lw|l-.*|[0-9]+[lw]|[a-z]{3}l|.*#.*)$`)

// star is package cron's mark of a field that is a *. If neither the day of the month
// nor the day of the week has it, either day is enough.
const star = 1 << 63

// parseExpression parses an expression into the sets of package cron. The parser of
// that package does not know 7 for Sunday, and its errors do not name the field. It
// also accepts expressions that do not mean what they say: *-5, an empty list, */90.
func parseExpression(expression string) (*cron.SpecSchedule, error) {
	if len(expression) > longest {
		return nil, fmt.Errorf("it has %d characters", utf8.RuneCountInString(expression))
	}
	trimmed := strings.TrimSpace(expression)
	whole, described := descriptors[trimmed]
	switch lower := strings.ToLower(trimmed); {
	case described:
		trimmed = whole
	case trimmed == "":
		return nil, errors.New("it is empty")
	case strings.HasPrefix(lower, "tz="), strings.HasPrefix(lower, "cron_tz="):
		return nil, errors.New("it names a time zone: that goes into rotation_timezone")
	case strings.HasPrefix(lower, "@every"):
		return nil, errors.New("@every makes it a period: use rotation_period")
	case trimmed[0] == '@':
		return nil, fmt.Errorf("%s is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
			quote(trimmed))
	}
	texts := strings.Fields(trimmed)
	if len(texts) != len(fields) {
		return nil, fmt.Errorf("it has %d fields instead of 5: seconds and years are left out, "+
			"and a period, such as 720h, goes into rotation_period", len(texts))
	}
	var sets [len(fields)]uint64
	for i, f := range fields {
		for entry := range strings.SplitSeq(texts[i], ",") {
			set, err := f.parse(entry)
			if err != nil {
				return nil, fmt.Errorf("its %s field has %s, %w", f.name, quote(entry), err)
			}
			sets[i] |= set
		}
	}
	return &cron.SpecSchedule{
		Second: 1, Minute: sets[0], Hour: sets[1], Dom: sets[2], Month: sets[3],
		Dow: sets[4] | sets[4]>>sunday&1, Location: time.UTC,
	}, nil
}

// parse parses one entry of a field's list: a number, a range or a *, with or without a
// step.
func (f field) parse(entry string) (uint64, error) {
	span, stepText, stepped := strings.Cut(entry, "/")
	firstText, lastText, ranged := strings.Cut(span, "-")
	step := uint64(1)
	if stepped {
		var err error
		if step, err = strconv.ParseUint(stepText, 10, 8); err != nil || step < 1 || step > f.high {
			// A larger step does not do what it says: */90 comes once an hour.
			return 0, fmt.Errorf("whose step is not between 1 and %d", f.high)
		}
	}
	var set uint64
	first, last, err := f.low, f.high, error(nil)
	if last == sunday {
		last = saturday
	}
	if span != "*" {
		if first, err = f.number(firstText, entry); err != nil {
			return 0, err
		}
		if !stepped {
			last = first
		}
	} else if step == 1 {
		set = star
	}
	if ranged {
		if last, err = f.number(lastText, entry); err != nil {
			return 0, err
		}
		if f.high == sunday && first > 0 && strings.EqualFold(lastText, f.names[0]) {
			last = sunday
		}
	}
	if first > last {
		return 0, errors.New("which goes down: write it as two")
	}
	for n := first; n <= last; n += step {
		set |= 1 << n
	}
	return set, nil
}

func (f field) number(text, entry string) (uint64, error) {
	if i := slices.Index(f.names, strings.ToLower(text)); i >= 0 {
		return f.low + uint64(i), nil
	}
	number, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err == nil && (number < f.low || number > f.high):
		return 0, fmt.Errorf("which is not between %d and %d", f.low, f.high)
	case err == nil:
		return number, nil
	case strings.Contains(entry, "?"):
		return 0, errors.New("which is not supported: write *")
	case strings.HasPrefix(f.name, "day") && quartz.MatchString(entry):
		return 0, errors.New("and L, W and # are not supported")
	case f.names != nil:
		return 0, errors.New("which is neither a number nor one of " + strings.Join(f.names, ", "))
	}
	return 0, errors.New("which is not a number, a range or a *")
}

// quote quotes a text in an error, and shortens it to fit there.
func quote(text string) string { return strconv.Quote(shorten(text, 40)) }

func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
