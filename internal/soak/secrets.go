package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
)

// searchLength is how much of a secret is looked up at each place of a text.
const searchLength = 8

// secrets finds any of many secrets in a text, in one pass.
type secrets map[uint64][]string

// newSecrets takes the secrets in the forms in which they could be written.
func newSecrets(values []string) secrets {
	s := make(secrets)
	for _, value := range values {
		for _, form := range formsOf(value) {
			if len(form) < searchLength {
				continue // nothing of ours is that short
			}
			key := binary.BigEndian.Uint64([]byte(form))
			s[key] = append(s[key], form)
		}
	}
	return s
}

// formsOf is a secret as it is and as JSON writes it, with and without the
// caution about HTML.
func formsOf(value string) []string {
	var careless bytes.Buffer
	e := json.NewEncoder(&careless)
	e.SetEscapeHTML(false)
	// A string can always be written.
	_ = e.Encode(value)
	careful, _ := json.Marshal(value)
	return []string{value, strings.Trim(careless.String(), "\"\n"), strings.Trim(string(careful), `"`)}
}

// basic is what a user name and a token are sent as.
func basic(username, token string) string {
	return base64.StdEncoding.EncodeToString([]byte(username + ":" + token))
}

// countIn tells how often a text holds a secret.
func (s secrets) countIn(text []byte) (found int) {
	var key uint64
	for i, letter := range text {
		key = key<<8 | uint64(letter)
		if i+1 < searchLength {
			continue
		}
		rest := text[i+1-searchLength:]
		for _, form := range s[key] {
			if bytes.HasPrefix(rest, []byte(form)) {
				found++
				break
			}
		}
	}
	return found
}
