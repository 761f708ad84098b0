// Package redacttest finds the rest of a password in a text or a value. Its code
// is independent of package redact, so that tests can check one by the other.
package redacttest

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Leak returns the first string, key or number of a value that gives away part of
// the password: all of it, six characters in a row, or four and nothing else. A
// number may be four of its digits by chance.
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

// caseless maps letters that differ in case alone to one of them, and characters
// that are not printable to a space.
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

// bothWays returns a password, and the same backwards.
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

// SharesRun reports whether s contains the password, or six of its characters in a
// row.
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

// MarkIsHarmless reports whether the mark has nothing in common with a password. If
// it has, no check of a redacted text proves anything.
func MarkIsHarmless(password string) bool {
	spaced := strings.Contains(password, " ") && strings.ContainsFunc(password, unicode.IsDigit)
	return !strings.ContainsAny(password, "()…") && !spaced && !tells("(redacted) 2", password)
}
