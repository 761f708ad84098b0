package redact

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// pieceLength is the minimum length, in characters, of a string that is hidden
	// because the password contains it.
	pieceLength = 4
	// runLength is the length of the runs that are hidden within a longer string. It
	// is longer than pieceLength because ordinary words share short runs by chance.
	runLength = 6
)

// secret finds a secret and its runs in texts. It ignores the case of letters, and
// looks for the secret read backwards too.
type secret struct {
	forms  []string // the secret in lower case, and the same backwards
	length int      // of each run
	runs   map[string]bool
}

// newSecret makes a secret with runs of a length. A shorter secret has one run,
// the whole of it.
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
