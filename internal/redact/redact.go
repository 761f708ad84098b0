// Package redact takes secrets out of texts and values that come from outside:
// messages of the API, its report on a password's strength, replies of a mail
// server. No other package decides which parts of them are secret.
package redact

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// Mark replaces a secret.
	Mark = "(redacted)"
	// messageLength limits a quoted message, in characters. Real messages are
	// shorter, and a screen holds more.
	messageLength = 300
	// pieceLength is the minimum length, in characters, of a string that is hidden
	// because the password contains it.
	pieceLength = 4
	// runLength is the length of the runs that are hidden within a longer string. It
	// is longer than pieceLength because ordinary words share short runs by chance.
	runLength = 6
)

// Secrets are the texts that a line on a screen must not show.
type Secrets []string

// Account returns the secrets of an account: its token and its HTTP Basic header.
func Account(username, token string) Secrets {
	s := Secrets{inBase64(username + ":" + token)}
	if len(token) >= runLength { // ordinary words contain shorter ones
		s = append(s, token)
	}
	return s
}

// DomainKey returns the secrets of a domain's API key: the key, its secret and their HTTP
// Basic header.
func DomainKey(key, secret string) Secrets {
	s := Account(key, secret)
	if len(key) >= runLength {
		s = append(s, key)
	}
	return s
}

// Login returns the secrets of a login over SMTP: the password, and what the client
// sends for PLAIN and LOGIN. A server may repeat that, whole or cut off.
func Login(username, password string) Secrets {
	s := Secrets{password, inBase64(username)}
	// In base64, a text has three forms. They depend on how many bytes come before it.
	for before, unsure := range []int{0, 2, 3} {
		s = append(s, inBase64("\x00\x00"[:before] + password)[unsure:])
	}
	return append(s, inBase64("\x00"+username+"\x00"+password))
}

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Line returns a text without the secrets and these passwords, on one line of
// limited length.
func (s Secrets) Line(text string, passwords ...string) string {
	line := printable(text)
	// All secrets are looked for in the same text. If one were taken out first, the
	// rest of another that overlaps it would stay.
	folded, visible := fold(line), slices.Repeat([]bool{true}, len(line))
	for _, known := range slices.Concat(s, passwords) {
		newSecret(known).hide(folded, visible)
	}
	line = []rune(strings.TrimSpace(shown(line, visible)))
	if len(line) > messageLength {
		return string(line[:messageLength]) + "…"
	}
	return string(line)
}

// Value returns a decoded JSON value without the password. Checkers of the zxcvbn
// family put the password and pieces of it into their report, in values and as
// keys, in lower case and reversed.
//
// A string that contains the password, or is a piece of it of four or more
// characters, becomes [Mark]. In any other string, Mark replaces each run of six
// or more characters of the password. A number becomes Mark if it contains the
// password or six of its digits in a row. Values and keys are treated alike, at
// any depth. Of several keys that become the same, one is kept.
func Value(v any, password string) any {
	if password == "" {
		return v
	}
	return newSecret(password).value(v)
}

// secret finds a secret and its runs in texts. It ignores the case of letters, and
// looks for the secret read backwards too.
type secret struct {
	forms  []string // the secret in lower case, and the same backwards
	length int      // of each run
	runs   map[string]bool
}

// newSecret makes a secret with runs of runLength. A shorter secret has one run, the
// whole of it.
func newSecret(text string) secret {
	forward := fold(printable(text))
	backward := slices.Clone(forward)
	slices.Reverse(backward)
	s := secret{length: min(runLength, len(forward)), runs: map[string]bool{}}
	for _, form := range [][]rune{forward, backward} {
		s.forms = append(s.forms, string(form))
		for i := range len(form) - s.length + 1 {
			s.runs[string(form[i:i+s.length])] = true
		}
	}
	return s
}

// hide clears visible for each run of the secret in a folded text. If the text
// contains a secret shorter than runLength, all of the text is hidden.
func (s secret) hide(folded []rune, visible []bool) {
	for i := range len(folded) - s.length + 1 {
		if !s.runs[string(folded[i:i+s.length])] {
			continue
		}
		if s.length < runLength {
			clear(visible)
		}
		clear(visible[i : i+s.length])
	}
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
		object := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			object[s.text(key, pieceLength)] = s.value(v[key])
		}
		return object
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

// fold lowers letters one by one, so that each keeps its position. strings.ToLower
// may change the length. The capitals come first because some letters have two
// small forms, such as σ and ς.
func fold(text []rune) []rune {
	folded := make([]rune, len(text))
	for i, r := range text {
		folded[i] = unicode.ToLower(unicode.ToUpper(r))
	}
	return folded
}

// normal returns a text in normal form C, the form of passwords and of all texts
// in Terraform.
func normal(s string) string { return norm.NFC.String(strings.ToValidUTF8(s, "�")) }

// printable returns a normal text with a space for each character that is not
// printable. Line separators and direction marks are not printable.
func printable(s string) []rune {
	text := []rune(normal(s))
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = ' '
		}
	}
	return text
}

// shown returns a text with Mark in place of each hidden part.
func shown(text []rune, visible []bool) string {
	var out strings.Builder
	for i, r := range text {
		switch {
		case visible[i]:
			out.WriteRune(r)
		case i == 0 || visible[i-1]:
			out.WriteString(Mark)
		}
	}
	return out.String()
}
