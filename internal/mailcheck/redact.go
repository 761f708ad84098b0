package mailcheck

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
)

// redacted stands where a secret stood.
const redacted = "(redacted)"

const (
	// messageLength bounds what is quoted of a server, in characters: more than
	// any real reply has, less than a screen.
	messageLength = 300
	// shortestSecret is the length from which something is looked for in texts:
	// what is shorter would be found in ordinary words.
	shortestSecret = 4
)

// cleaner takes what a login sends out of texts that came from outside, and
// makes them fit for one line on a screen.
type cleaner struct {
	password string
	// encoded is what any base64 text has in it that a secret is in.
	encoded []string
}

func newCleaner(username, password string) cleaner {
	c := cleaner{password: password}
	for _, secret := range []string{password, username} {
		if len(secret) >= shortestSecret {
			c.encoded = append(c.encoded, encodings(secret)...)
		}
	}
	return c
}

// encodings gives the characters that s always comes to in base64, by itself or
// within a longer text, such as the response of PLAIN: that depends only on how
// many characters are before it, by threes.
func encodings(s string) []string {
	var found []string
	for before, unsure := range []int{0, 2, 3} {
		all := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:before] + s))
		// The last character may depend on what comes after.
		core := all[unsure : (before+len(s))*8/6]
		found = append(found, core, strings.NewReplacer("+", "-", "/", "_").Replace(core))
	}
	return found
}

// line gives s without the secrets, on one line, of bounded length. Where the
// password is too short to be told from ordinary words, all of it is hidden.
func (c cleaner) line(s string) string {
	if len(c.password) < shortestSecret {
		return redacted
	}
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) { // line separators and direction marks among them
			return ' '
		}
		return r
	}, strings.ToValidUTF8(c.redact(s), "�"))
	// Once more: a character that became a space may have been all that was in
	// the way.
	s = strings.TrimSpace(c.redact(s))
	if runes := []rune(s); len(runes) > messageLength {
		s = string(runes[:messageLength]) + "…"
	}
	return s
}

var base64Text = regexp.MustCompile(`[A-Za-z0-9+/_-]{4,}=*`)

func (c cleaner) redact(s string) string {
	s = strings.ReplaceAll(s, c.password, redacted)
	return base64Text.ReplaceAllStringFunc(s, func(text string) string {
		for _, secret := range c.encoded {
			if strings.Contains(text, secret) {
				return redacted
			}
		}
		return text
	})
}
