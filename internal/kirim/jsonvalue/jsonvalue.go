// Package jsonvalue reads JSON as servers write it: booleans, numbers, texts and times,
// in all the forms in which they come.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Object is a JSON object by the exact names of its members. Answers are not read
// into structs, for which encoding/json takes New_Password for new_password.
type Object map[string]json.RawMessage

// AsObject reads an object; false for anything else, null included.
func AsObject(raw json.RawMessage) (Object, bool) {
	var o Object
	err := json.Unmarshal(raw, &o)
	return o, err == nil && o != nil
}

// IsAbsent reports whether a value is absent or null.
func IsAbsent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}

// AsString reads a string.
func AsString(raw json.RawMessage) (string, bool) {
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil && !IsAbsent(raw)
}

// AsText reads a string, or a number as it is written: PHP may send a string of digits as
// a number (JSON_NUMERIC_CHECK).
func AsText(raw json.RawMessage) (string, bool) {
	if s, ok := AsString(raw); ok {
		return s, true
	}
	var n json.Number
	err := json.Unmarshal(raw, &n)
	return n.String(), err == nil && !IsAbsent(raw)
}

// AsAny reads free-form JSON. Numbers stay json.Number, so that none is rounded.
func AsAny(raw json.RawMessage) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	err = decoder.Decode(&v)
	return v, err
}

// AsBool reads a boolean: true, 1, and the words that databases, forms and
// languages have for it (PostgreSQL's "t", PHP's "1", Python's "True"). nil stands
// for a value that is absent or none of these.
func AsBool(raw json.RawMessage) *bool {
	switch strings.ToLower(strings.Trim(string(raw), "\" ")) {
	case "true", "1", "1.0", "yes", "on", "t", "y":
		return new(true)
	case "false", "0", "0.0", "no", "off", "f", "n":
		return new(false)
	}
	return nil
}

// AsCount reads a count that may have come as a string of digits.
func AsCount(raw json.RawMessage) (int, bool) {
	text, _ := AsText(raw)
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 0
}

// timeLayouts are the forms in which servers write times, with a space for the T of ISO
// 8601: PHP's and Python's date classes, JavaScript's toISOString, toUTCString and
// toString, Go's String, and databases. A form without a zone counts as UTC. No other zone
// is read by its letters: time.Parse takes an unknown abbreviation for UTC.
var timeLayouts = []string{
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05",
	"2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 -0700 MST",
	"2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 GMT",
	"Mon, 2 Jan 2006 15:04:05 GMT", "Mon, 2 Jan 2006 15:04:05 UTC", "Mon, 2 Jan 2006 15:04:05 -0700",
	"Mon Jan 2 2006 15:04:05 GMT-0700", "Mon Jan _2 15:04:05 2006",
}

// AsTime reads a time in one of three forms. One is a number, or its digits: seconds since
// 1970, or their thousandths, millionths or billionths, until the year 2286. The others are
// timeLayouts, and PHP's DateTime as an object. "Never", the zero time, is also null, 0,
// false, an empty text and a database's or a language's zero. ok is false if there is a
// value that cannot be read.
func AsTime(raw json.RawMessage) (t time.Time, ok bool) {
	if o, isObject := AsObject(raw); isObject {
		return asPHPTime(o)
	}
	text, isText := AsText(raw)
	if !isText {
		return time.Time{}, IsAbsent(raw) || string(raw) == "false"
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "0000-00-00") {
		return time.Time{}, true
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return parseTime(text, time.UTC)
	}
	// A time of ten digits is between 2001 and 2286. Parts of seconds count only if they
	// make such a time: 20260520120000 does not.
	seconds := number
	for seconds >= 1e10 && seconds < 1e19 {
		seconds /= 1000
	}
	if seconds >= -maxUnix && seconds < 1e10 && (seconds >= 1e9 || seconds == number) {
		return unixTime(seconds), true
	}
	return time.Time{}, false
}

// parseTime reads a time in one of timeLayouts. zone is for those without one.
func parseTime(text string, zone *time.Location) (t time.Time, ok bool) {
	if date, clock, ok := strings.Cut(text, "T"); ok && len(date) == len(time.DateOnly) {
		text = date + " " + clock
	}
	text, _, _ = strings.Cut(text, " (") // JavaScript adds the zone's name
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return unixTime(float64(t.Unix())), true
		}
	}
	return time.Time{}, false
}

// asPHPTime reads a DateTime as json_encode writes it: a wall clock, and its zone as an
// offset or a name. Without a zone it counts as UTC, as other forms do.
func asPHPTime(o Object) (t time.Time, ok bool) {
	date, _ := AsString(o["date"])
	name, _ := AsString(o["timezone"])
	zone, err := time.LoadLocation(name)
	if err != nil {
		return parseTime(date+name, time.UTC)
	}
	return parseTime(date, zone)
}

// maxUnix is the last second of the year 9999: beyond it a time has no RFC 3339
// form.
const maxUnix = 253402300799

func unixTime(seconds float64) time.Time {
	if seconds < 1 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
