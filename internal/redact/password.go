package redact

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// pieceLength is the length in characters from which a string that is
	// itself a piece of the password is hidden.
	pieceLength = 4
	// runLength is the same for a run within a longer string. It is longer, so
	// that ordinary words are not torn up by chance.
	runLength = 6
)

// password finds a password and its pieces in texts. Letters' case does not
// matter, and the password read backwards counts as the password.
type password struct {
	forms []string // the password in lower case, and the same backwards
	runs  map[string]struct{}
}

func newPassword(secret string) password {
	forward := fold(printable(secret))
	backward := make([]rune, len(forward))
	for i, r := range forward {
		backward[len(forward)-1-i] = r
	}
	p := password{runs: map[string]struct{}{}}
	for _, form := range [][]rune{forward, backward} {
		p.forms = append(p.forms, string(form))
		for i := range len(form) - runLength + 1 {
			p.runs[string(form[i:i+runLength])] = struct{}{}
		}
	}
	return p
}

// isIn tells whether a folded text holds the whole password.
func (p password) isIn(folded string) bool {
	return strings.Contains(folded, p.forms[0]) || strings.Contains(folded, p.forms[1])
}

// hasPiece tells whether a folded text is a piece of the password.
func (p password) hasPiece(folded string) bool {
	return strings.Contains(p.forms[0], folded) || strings.Contains(p.forms[1], folded)
}

// mark marks the runs of a folded text that the password shares. A password that
// is too short for that hides all of a text that holds it.
func (p password) mark(folded []rune, hidden []bool) {
	for i := range len(folded) - runLength + 1 {
		if _, shared := p.runs[string(folded[i:i+runLength])]; shared {
			hide(hidden[i : i+runLength])
		}
	}
	if len(p.runs) == 0 && p.isIn(string(folded)) {
		hide(hidden)
	}
}

// fold lowers letters one by one, so that each stays in its place:
// strings.ToLower may change the length. It goes by way of their capitals,
// because some have two small forms, such as σ and ς.
func fold(text []rune) []rune {
	folded := make([]rune, len(text))
	for i, r := range text {
		folded[i] = unicode.ToLower(unicode.ToUpper(r))
	}
	return folded
}

// normal gives a text in the form that passwords have and Terraform keeps texts
// in.
func normal(s string) string { return norm.NFC.String(strings.ToValidUTF8(s, "�")) }

// printable gives a normal text with a space for each character that is not
// printable, line separators and direction marks among them.
func printable(s string) []rune {
	shown := []rune(normal(s))
	for i, r := range shown {
		if !unicode.IsPrint(r) {
			shown[i] = ' '
		}
	}
	return shown
}

func hide(hidden []bool) {
	for i := range hidden {
		hidden[i] = true
	}
}

// without gives a text with Mark in place of what is hidden of it.
func without(text []rune, hidden []bool) string {
	var out strings.Builder
	for i, r := range text {
		switch {
		case !hidden[i]:
			out.WriteRune(r)
		case i == 0 || !hidden[i-1]:
			out.WriteString(Mark)
		}
	}
	return out.String()
}
