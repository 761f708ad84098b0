package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

const (
	// messageLength bounds what is quoted of a message, in characters: more than
	// any real message has, less than a screen.
	messageLength = 300
	// shortestToken is the length from which a token is looked for in messages: a
	// shorter one would only be found in ordinary words.
	shortestToken = 6
	// shortestEncoded is the same for what base64 texts are searched for.
	shortestEncoded = 4
)

// Secrets are what texts from outside must not show.
type Secrets struct {
	known   []secret
	login   string   // the password of a login
	encoded []string // hide a base64 text that has one of them in it
}

// Account hides an account's token and its header of HTTP Basic.
func Account(username, token string) Secrets {
	basic := base64.StdEncoding.EncodeToString([]byte(username + ":" + token))
	s := Secrets{known: []secret{newSecret(basic, len(basic))}}
	if len(token) >= shortestToken {
		s.known = append(s.known, newSecret(token, len(token)))
	}
	return s
}

// Login hides what a login over SMTP sends: the password, and what a server can
// repeat in base64, the user name too. A password that is too short to be told
// from ordinary words hides everything.
func Login(username, password string) Secrets {
	s := Secrets{login: password, known: []secret{newSecret(password, runLength)}}
	for _, text := range []string{password, username} {
		if len(text) >= shortestEncoded {
			s.encoded = append(s.encoded, encodings(text)...)
		}
	}
	return s
}

// encodings gives the characters that s always comes to in base64, by itself or
// within a longer text, such as the response of PLAIN. They depend only on how
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

// Line gives a text without the secrets and these passwords, on one line, of
// bounded length.
func (s Secrets) Line(text string, passwords ...string) string {
	if s.login != "" {
		if len(s.login) < shortestEncoded {
			return Mark
		}
		text = s.withoutLogin(text)
	}
	line := printable(text)
	// All are looked for in one text. If one were taken out first, what is left of
	// another that overlaps it would stay.
	folded, visible := fold(line), slices.Repeat([]bool{true}, len(line))
	for _, secret := range s.known {
		secret.hide(folded, visible)
	}
	for _, password := range passwords {
		newSecret(password, runLength).hide(folded, visible)
	}
	line = []rune(strings.TrimSpace(shown(line, visible)))
	if len(line) > messageLength {
		return string(line[:messageLength]) + "…"
	}
	return string(line)
}

var base64Text = regexp.MustCompile(`[A-Za-z0-9+/_-]{4,}=*`)

// withoutLogin takes out what a server repeats as it was sent, before the text is
// normalized: an accent that follows would become one with the last letter.
func (s Secrets) withoutLogin(text string) string {
	text = strings.ReplaceAll(text, s.login, Mark)
	return base64Text.ReplaceAllStringFunc(text, func(found string) string {
		if slices.ContainsFunc(s.encoded, func(secret string) bool { return strings.Contains(found, secret) }) {
			return Mark
		}
		return found
	})
}
