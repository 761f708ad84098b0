package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

const (
	// messageLength limits a quoted message, in characters. Real messages are
	// shorter, and a screen holds more.
	messageLength = 300
	// shortestToken is the minimum length of a token that is looked for in messages.
	// Ordinary words contain shorter ones.
	shortestToken = 6
	// shortestEncoded is the minimum length of a text that is looked for in base64.
	shortestEncoded = 4
)

// Secrets are the texts that a line on a screen must not show.
type Secrets struct {
	known   []secret
	login   string   // the password of a login
	encoded []string // a base64 text that contains one of them is hidden
}

// Account returns the secrets of an account: its token and its HTTP Basic header.
func Account(username, token string) Secrets {
	basic := base64.StdEncoding.EncodeToString([]byte(username + ":" + token))
	s := Secrets{known: []secret{newSecret(basic, len(basic))}}
	if len(token) >= shortestToken {
		s.known = append(s.known, newSecret(token, len(token)))
	}
	return s
}

// Login returns the secrets of a login over SMTP: the password, and the password
// and the user name in base64. If the password is so short that ordinary words
// contain it, every text is hidden.
func Login(username, password string) Secrets {
	s := Secrets{login: password, known: []secret{newSecret(password, runLength)}}
	for _, text := range []string{password, username} {
		if len(text) >= shortestEncoded {
			s.encoded = append(s.encoded, encodings(text)...)
		}
	}
	return s
}

// encodings returns the characters that s has in base64, alone or within a longer
// text, such as the response of PLAIN. They depend only on the number of bytes
// before s, modulo three.
func encodings(s string) []string {
	var found []string
	for before, unsure := range []int{0, 2, 3} {
		all := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:before] + s))
		// The last character may depend on the bytes after s.
		core := all[unsure : (before+len(s))*8/6]
		found = append(found, core, strings.NewReplacer("+", "-", "/", "_").Replace(core))
	}
	return found
}

// Line returns a text without the secrets and these passwords, on one line of
// limited length.
func (s Secrets) Line(text string, passwords ...string) string {
	if s.login != "" {
		if len(s.login) < shortestEncoded {
			return Mark
		}
		text = s.withoutLogin(text)
	}
	line := printable(text)
	// All secrets are looked for in the same text. If one were taken out first, the
	// rest of another that overlaps it would stay.
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

// withoutLogin takes out the texts that a server repeats exactly as it got them.
// It comes before normalization, which may merge the last letter of a secret with
// an accent after it.
func (s Secrets) withoutLogin(text string) string {
	text = strings.ReplaceAll(text, s.login, Mark)
	return base64Text.ReplaceAllStringFunc(text, func(found string) string {
		if slices.ContainsFunc(s.encoded, func(secret string) bool { return strings.Contains(found, secret) }) {
			return Mark
		}
		return found
	})
}
