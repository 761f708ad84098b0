// Package redacttest finds what is left of a password in a text or a value. It
// reads them another way than package redact does, so that tests have something
// to hold redaction against.
package redacttest

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Leak gives the first string, key or number of a value that tells something
// of the password: all of it, six characters of it in a row, or four and nothing
// else. A number may be four of its digits by chance.
func Leak(v any, password string) string {
	switch v := v.(type) {
	case string:
		if tells(v, password) {
			return v
		}
	case json.Number:
		if SharesRun(v.String(), password) {
			return v.String()
		}
	case []any:
		for _, element := range v {
			if leak := Leak(element, password); leak != "" {
				return leak
			}
		}
	case map[string]any:
		for key, element := range v {
			if tells(key, password) {
				return key
			}
			if leak := Leak(element, password); leak != "" {
				return leak
			}
		}
	}
	return ""
}

// caseless maps the letters that differ in case alone to one of them, and what
// a screen does not show to a space.
func caseless(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		if r == 'İ' || r == 'ı' { // an I or an i, in Turkish
			r = 'i'
		}
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, norm.NFC.String(s))
}

// bothWays is a password, and the same backwards.
func bothWays(password string) [2]string {
	backward := []rune(password)
	slices.Reverse(backward)
	return [2]string{password, string(backward)}
}

func tells(s, password string) bool {
	if SharesRun(s, password) {
		return true
	}
	s = caseless(s)
	for _, form := range bothWays(caseless(password)) {
		if utf8.RuneCountInString(s) >= 4 && strings.Contains(form, s) {
			return true
		}
	}
	return false
}

// SharesRun tells whether s has all of the password in it, or six characters of
// it in a row.
func SharesRun(s, password string) bool {
	s = caseless(s)
	for _, form := range bothWays(caseless(password)) {
		runes := []rune(form)
		if strings.Contains(s, form) {
			return true
		}
		for i := 0; i+6 <= len(runes); i++ {
			if strings.Contains(s, string(runes[i:i+6])) {
				return true
			}
		}
	}
	return false
}

// MarkIsHarmless is false for passwords that what is put in their place has
// something of by chance, so that no check of the result can say anything.
func MarkIsHarmless(password string) bool {
	return !strings.ContainsAny(password, "()…") && !strings.ContainsFunc(password, func(r rune) bool { return unicode.IsDigit(r) && strings.Contains(password, " ") }) &&
		!tells("(redacted) 2", password)
}
