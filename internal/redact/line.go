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
	exact   [][]rune // hidden wherever they are
	login   string   // the password of a login
	encoded []string // hide a base64 text that has one of them in it
}

// Account hides an account's token and its header of HTTP Basic.
func Account(username, token string) Secrets {
	basic := base64.StdEncoding.EncodeToString([]byte(username + ":" + token))
	s := Secrets{exact: [][]rune{printable(basic)}}
	if len(token) >= shortestToken {
		s.exact = append(s.exact, printable(token))
	}
	return s
}

// Login hides what a login over SMTP sends: the password, and what a server can
// repeat in base64, the user name too. A password that is too short to be told
// from ordinary words hides everything.
func Login(username, secret string) Secrets {
	s := Secrets{login: secret}
	for _, each := range []string{secret, username} {
		if len(each) >= shortestEncoded {
			s.encoded = append(s.encoded, encodings(each)...)
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
		passwords = slices.Concat(passwords, []string{s.login})
	}
	shown := printable(text)
	// All are marked in one text. If one were taken out first, what is left of
	// another that overlaps it would stay.
	hidden := make([]bool, len(shown))
	for _, secret := range s.exact {
		for i := range len(shown) - len(secret) + 1 {
			if slices.Equal(shown[i:i+len(secret)], secret) {
				hide(hidden[i : i+len(secret)])
			}
		}
	}
	for _, secret := range passwords {
		newPassword(secret).mark(fold(shown), hidden)
	}
	line := strings.TrimSpace(without(shown, hidden))
	if runes := []rune(line); len(runes) > messageLength {
		line = string(runes[:messageLength]) + "…"
	}
	return line
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
