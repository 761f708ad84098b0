package kirim

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact/redacttest"
)

// What is here reads answers another way than the client does, so that a fuzz
// target has something to hold its reading against.

// member gives the last member of a JSON object with that name. Null and absent
// are empty.
func member(raw []byte, name string) json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return nil
	}
	var found json.RawMessage
	for decoder.More() {
		key, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return nil
		}
		if text, ok := key.(string); ok && text == name {
			found = value
		}
	}
	if string(found) == "null" {
		return nil
	}
	return found
}

// text is the string that raw is.
func text(raw json.RawMessage) (string, bool) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "", false
	}
	s, ok := v.(string)
	return s, ok
}

// wholeObject is the one object that a body is; nil where it is not one.
func wholeObject(body []byte) []byte {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) > maxAnswer || len(trimmed) == 0 || trimmed[0] != '{' || !json.Valid(trimmed) {
		return nil
	}
	return trimmed
}

var anyGUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// resetPassword is the new password that a reset's body carries, empty where it
// is no success, carries none that can be kept, or is another credential's.
func resetPassword(body []byte) string {
	data := member(wholeObject(body), "data")
	password, ok := text(member(data, "new_password"))
	if !ok || !norm.NFC.IsNormalString(password) || strings.ContainsRune(password, utf8.RuneError) {
		return ""
	}
	about, _ := text(member(member(data, "credential"), "user_smtp_guid"))
	if anyGUID.MatchString(about) && !strings.EqualFold(about, testGUID) {
		return ""
	}
	return password
}

// carried are the passwords that a body carries, in whatever case they may be.
func carried(body []byte) []string {
	data := member(wholeObject(body), "data")
	var passwords []string
	for _, name := range []string{"new_password", "password"} {
		if password, ok := text(member(data, name)); ok && password != "" {
			passwords = append(passwords, password)
		}
	}
	return passwords
}

// screened fails where a text does not fit on one line of a screen.
func screened(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 300+1 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%s is not fit for a screen: %q", what, s)
	}
}

// quotesNothingSecret checks what an error quotes of the answer with that body.
func quotesNothingSecret(t *testing.T, e *Error, body []byte) {
	t.Helper()
	screened(t, "what is quoted", e.Message)
	for _, password := range carried(body) {
		if redacttest.MarkIsHarmless(password) && redacttest.SharesRun(e.Message, password) {
			t.Errorf("%q tells of the password %q", e.Message, password)
		}
	}
	// Of all else nothing is quoted, so that no password can be in it.
	bare := *e
	bare.Message = ""
	noSecrets(t, "the error", spelling(&bare))
	for name, secret := range accountSecrets {
		if strings.Contains(spelling(e)+e.Error(), secret) {
			t.Errorf("the error holds the %s: %s", name, spelling(e))
		}
	}
	if line := e.Error(); strings.ContainsFunc(line, unicode.IsControl) || len(line) > 4096 {
		t.Errorf("the error is not one line: %q", line)
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
