package redact

import (
	"slices"
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

// secret finds a secret and its runs in texts. Letters' case does not matter, and
// the secret read backwards counts as the secret.
type secret struct {
	forms  []string // the secret in lower case, and the same backwards
	length int      // of its runs
	runs   map[string]bool
}

// newSecret looks for runs of a length, or for the whole of a shorter secret.
func newSecret(text string, length int) secret {
	forward := fold(printable(text))
	backward := slices.Clone(forward)
	slices.Reverse(backward)
	s := secret{length: min(length, len(forward)), runs: map[string]bool{}}
	for _, form := range [][]rune{forward, backward} {
		s.forms = append(s.forms, string(form))
		for i := range len(form) - s.length + 1 {
			s.runs[string(form[i:i+s.length])] = true
		}
	}
	return s
}

// hide clears in visible the runs of a secret in a folded text. A short one hides
// all of the text.
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
	text := []rune(normal(s))
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = ' '
		}
	}
	return text
}

// shown gives a text with Mark in place of what is not visible of it.
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
