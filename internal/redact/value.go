package redact

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Value returns a decoded JSON value without the password. Checkers of the zxcvbn
// family put the password and pieces of it into their report, in values and as
// keys, in lower case and reversed.
//
// A string that contains the password, or is a piece of it of four or more
// characters, becomes [Mark]. In any other string, Mark replaces each run of six
// or more characters of the password. A number becomes Mark if it contains the
// password or six of its digits in a row. Values and keys are treated alike, at
// any depth.
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

// text returns a string without the password. least is the length from which a
// piece of the password is hidden.
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

// writtenOut returns a number without an exponent, as Terraform shows it. It is
// empty for a number that is too large or too small to be a password.
func writtenOut(n json.Number) string {
	f, _, err := big.ParseFloat(n.String(), 10, 512, big.ToNearestEven)
	if err != nil || f.MantExp(nil) > 512 || f.MantExp(nil) < -512 {
		return ""
	}
	return f.Text('f', -1)
}

// object keeps every value, even if several keys become the same.
func (s secret) object(v map[string]any) map[string]any {
	object := make(map[string]any, len(v))
	// last is the number of the last free key. A search from the start for each key
	// takes too long in a report of very many keys.
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
