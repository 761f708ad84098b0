package kirim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Redacted stands where a secret stood.
const Redacted = "(redacted)"

const (
	// pieceLength is the length in characters from which a string that is
	// itself a piece of the password is hidden.
	pieceLength = 4
	// runLength is the same for a run within a longer string. It is longer, so
	// that the words of ordinary advice are not torn up by chance.
	runLength = 6
	// messageLength bounds what is quoted of a message of the API, in
	// characters: more than any real one has, less than a screen.
	messageLength = 300
	// shortestToken is the length from which a token is looked for in
	// messages: a shorter one would only be found in ordinary words.
	shortestToken = 6
)

// RedactPassword gives back a decoded JSON value with the password taken out.
// Checkers of the zxcvbn family put the password and pieces of it into their
// report, in values and as keys, in lower case and reversed.
//
// A string that contains the password, or is a piece of it of four or more
// characters, becomes "(redacted)"; in another string, so does each run of six
// or more characters that it shares with the password. Letters' case does not
// matter, and the password read backwards counts as the password. A number is
// hidden where it holds the password or shares six or more digits with it.
// Values and keys are treated alike, at any depth.
func RedactPassword(v any, password string) any {
	if password == "" {
		return v
	}
	return newPieces(password).value(v)
}

// pieces answers what of a string is the password's.
type pieces struct {
	forms []string // the password in lower case, and the same backwards
	runs  map[string]struct{}
}

func newPieces(password string) pieces {
	forward := fold(password)
	backward := slices.Clone(forward)
	slices.Reverse(backward)
	p := pieces{runs: map[string]struct{}{}}
	for _, form := range [][]rune{forward, backward} {
		p.forms = append(p.forms, string(form))
		for i := 0; i+runLength <= len(form); i++ {
			p.runs[string(form[i:i+runLength])] = struct{}{}
		}
	}
	return p
}

// fold lowers letters one by one, so that positions stay what they were
// (strings.ToLower may change the length): by way of their capitals, because
// some have two small forms, such as σ and ς. What is not printable counts as
// the space that cleaner.line makes of it.
func fold(s string) []rune {
	folded := []rune(s)
	for i, r := range folded {
		folded[i] = unicode.ToLower(unicode.ToUpper(r))
		if !unicode.IsPrint(r) {
			folded[i] = ' '
		}
	}
	return folded
}

func (p pieces) value(v any) any {
	switch v := v.(type) {
	case string:
		return p.text(v, pieceLength)
	case json.Number:
		for _, form := range []string{v.String(), writtenOut(v)} {
			if p.text(form, runLength) != form {
				return Redacted
			}
		}
		return v
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = p.value(element)
		}
		return list
	case map[string]any:
		return p.object(v)
	default:
		return v
	}
}

// writtenOut is a number without an exponent, as Terraform shows it; empty for
// one that is too large or too small to be a password.
func writtenOut(n json.Number) string {
	f, _, err := big.ParseFloat(n.String(), 10, 512, big.ToNearestEven)
	if err != nil || f.MantExp(nil) > 512 || f.MantExp(nil) < -512 {
		return ""
	}
	return f.Text('f', -1)
}

// object keeps every value, also where several keys become the same.
func (p pieces) object(v map[string]any) map[string]any {
	object := make(map[string]any, len(v))
	// Where to go on looking for a free key: from the start each time, a report
	// of very many keys would hold up the password that came with it.
	last := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		clean := p.text(key, pieceLength)
		unique := clean
		for _, taken := object[unique]; taken; _, taken = object[unique] {
			last[clean]++
			unique = fmt.Sprintf("%s %d", clean, last[clean]+1)
		}
		object[unique] = p.value(v[key])
	}
	return object
}

// isPiece tells whether s holds the whole password, or is a piece of it of at
// least least characters.
func (p pieces) isPiece(s string, least int) bool {
	folded := fold(s)
	text := string(folded)
	for _, form := range p.forms {
		if strings.Contains(text, form) || (len(folded) >= least && strings.Contains(form, text)) {
			return true
		}
	}
	return false
}

func (p pieces) text(s string, least int) string {
	s = norm.NFC.String(s) // as a password is, and as Terraform keeps texts
	if p.isPiece(s, least) {
		return Redacted
	}
	return p.withoutRuns(s)
}

func (p pieces) withoutRuns(s string) string {
	original, hidden := []rune(s), make([]bool, utf8.RuneCountInString(s))
	p.mark(fold(s), hidden)
	return without(original, hidden)
}

// mark marks the runs of a folded text that the password shares.
func (p pieces) mark(folded []rune, hidden []bool) {
	for i := range len(folded) - runLength + 1 {
		if _, shared := p.runs[string(folded[i:i+runLength])]; shared {
			for at := i; at < i+runLength; at++ {
				hidden[at] = true
			}
		}
	}
}

// markWhole marks all of a text that holds a password too short to be found by
// its runs, or is a piece of one.
func (p pieces) markWhole(s string, hidden []bool) {
	if len(p.runs) == 0 && p.isPiece(s, runLength) {
		for at := range hidden {
			hidden[at] = true
		}
	}
}

// without gives a text with Redacted in place of what is hidden of it.
func without(text []rune, hidden []bool) string {
	var out strings.Builder
	for i, r := range text {
		switch {
		case !hidden[i]:
			out.WriteRune(r)
		case i == 0 || !hidden[i-1]:
			out.WriteString(Redacted)
		}
	}
	return out.String()
}

// cleaner takes secrets out of texts that came from outside, and makes them fit
// for one line on a screen.
type cleaner struct{ secrets [][]rune }

func newCleaner(username, token string) cleaner {
	secrets := []string{base64.StdEncoding.EncodeToString([]byte(username + ":" + token))}
	if len(token) >= shortestToken {
		secrets = append(secrets, token)
	}
	c := cleaner{}
	for _, secret := range secrets {
		secret = norm.NFC.String(strings.ToValidUTF8(secret, "�"))
		// A character that became a space must not be in the way.
		c.secrets = append(c.secrets, []rune(secret), printable(secret))
	}
	return c
}

// line gives s without the account's secrets and the passwords that may be in it,
// on one line, of bounded length. All are looked for in the text as it came: what
// is left of one where another was taken out would not be found any more.
func (c cleaner) line(s string, passwords ...string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "�")) // as passwords are
	shown := printable(s)
	hidden := make([]bool, len(shown))
	for _, text := range [][]rune{[]rune(s), shown} {
		for _, secret := range c.secrets {
			markAll(text, secret, hidden)
		}
	}
	for _, password := range passwords {
		p := newPieces(password)
		p.mark(fold(s), hidden)
		p.markWhole(s, hidden)
	}
	s = strings.TrimSpace(without(shown, hidden))
	if runes := []rune(s); len(runes) > messageLength {
		s = string(runes[:messageLength]) + "…"
	}
	return s
}

// printable gives a text with a space for each character that is not printable,
// line separators and direction marks among them.
func printable(s string) []rune {
	shown := []rune(s)
	for i, r := range shown {
		if !unicode.IsPrint(r) {
			shown[i] = ' '
		}
	}
	return shown
}

// markAll marks a secret wherever it is in a text.
func markAll(text, secret []rune, hidden []bool) {
	for i := range len(text) - len(secret) + 1 {
		if slices.Equal(text[i:i+len(secret)], secret) {
			for at := i; at < i+len(secret); at++ {
				hidden[at] = true
			}
		}
	}
}
