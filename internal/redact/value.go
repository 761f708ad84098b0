package redact

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Value gives back a decoded JSON value with the password taken out. Checkers of
// the zxcvbn family put the password and pieces of it into their report, in
// values and as keys, in lower case and reversed.
//
// A string that contains the password, or is a piece of it of four or more
// characters, becomes [Mark]. In another string, so does each run of six or more
// characters that it shares with the password. A number is hidden if it holds the
// password or shares six or more digits with it. Values and keys are treated
// alike, at any depth.
func Value(v any, password string) any {
	if password == "" {
		return v
	}
	return newSecret(password, runLength).value(v)
}

func (s secret) value(v any) any {
	switch v := v.(type) {
	case string:
		return s.text(v, pieceLength)
	case json.Number:
		number, plain := v.String(), writtenOut(v)
		if s.text(number, runLength) != number || s.text(plain, runLength) != plain {
			return Mark
		}
		return v
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = s.value(element)
		}
		return list
	case map[string]any:
		return s.object(v)
	default:
		return v
	}
}

// text gives a string without the password. One that is a piece of it of at least
// that many characters is hidden.
func (s secret) text(text string, least int) string {
	folded := fold(printable(text))
	whole := string(folded)
	for _, form := range s.forms {
		if strings.Contains(whole, form) || len(folded) >= least && strings.Contains(form, whole) {
			return Mark
		}
	}
	visible := slices.Repeat([]bool{true}, len(folded))
	s.hide(folded, visible)
	return shown([]rune(normal(text)), visible)
}

// writtenOut is a number without an exponent, as Terraform shows it. It is empty
// for one that is too large or too small to be a password.
func writtenOut(n json.Number) string {
	f, _, err := big.ParseFloat(n.String(), 10, 512, big.ToNearestEven)
	if err != nil || f.MantExp(nil) > 512 || f.MantExp(nil) < -512 {
		return ""
	}
	return f.Text('f', -1)
}

// object keeps every value, also if several keys become the same.
func (s secret) object(v map[string]any) map[string]any {
	object := make(map[string]any, len(v))
	// Where the search for a free key goes on. If it began anew each time, a report
	// of very many keys would hold up the password that came with it.
	last := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		clean := s.text(key, pieceLength)
		unique := clean
		for _, taken := object[unique]; taken; _, taken = object[unique] {
			last[clean]++
			unique = fmt.Sprintf("%s %d", clean, last[clean]+1)
		}
		object[unique] = s.value(v[key])
	}
	return object
}
