package mailcheck

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestLineHoldsNoSecret(t *testing.T) {
	t.Parallel()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct{ text, want string }{
		"nothing of it":                 {"5.7.8 Authentication credentials invalid", "5.7.8 Authentication credentials invalid"},
		"a word in base64":              {"go to example.com/" + b64("another thing"), "go to example.com/" + b64("another thing")},
		"the password":                  {"it is " + testPassword + ".", "it is (redacted)."},
		"twice":                         {testPassword + testPassword, "(redacted)(redacted)"},
		"in base64":                     {"it is " + b64(testPassword) + ".", "it is (redacted)."},
		"without padding":               {"=" + strings.TrimRight(b64(testPassword), "="), "=(redacted)"},
		"after one character":           {b64("x" + testPassword), "(redacted)"},
		"after two":                     {b64("xy" + testPassword), "(redacted)"},
		"after three":                   {b64("xyz" + testPassword), "(redacted)"},
		"before something":              {b64(testPassword + "x"), "(redacted)"},
		"amidst something":              {b64("a text with " + testPassword + " in it"), "(redacted)"},
		"of PLAIN":                      {"got " + b64("\x00"+testUser+"\x00"+testPassword), "got (redacted)"},
		"of PLAIN with an identity":     {"got " + b64("root\x00"+testUser+"\x00"+testPassword), "got (redacted)"},
		"the user name of LOGIN":        {"got " + b64(testUser), "got (redacted)"},
		"for URLs":                      {"got " + base64.URLEncoding.EncodeToString([]byte("\xff"+testPassword)), "got (redacted)"},
		"the user name is none":         {"got " + testUser, "got " + testUser},
		"on several lines":              {"one\ntwo\r\nthree", "one two  three"},
		"with control characters":       {"\x1b]0;x\x07", "]0;x"},
		"not in UTF-8":                  {"a\xffb", "a�b"},
		"what cleaning would assemble":  {strings.Replace("two words", " ", "\t", 1), "two words"},
		"longer than anybody would say": {strings.Repeat("ä", 301), strings.Repeat("ä", 300) + "…"},
	} {
		if got := newCleaner(testUser, testPassword).line(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestLineKnowsOtherPasswords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ password, text, want string }{
		"a blank that was a tab": {"two words", "it is two\twords", "it is (redacted)"},
		"a short one":            {"abcd", "is abcd in YWJjZA== now", "is (redacted) in (redacted) now"},
		"too short to be told":   {"is", "this is it", "(redacted)"},
		"not in UTF-8":           {"\xff\xfe\xfd\xfc", "it is \xff\xfe\xfd\xfc", "it is (redacted)"},
		"in other scripts":       {"Пароль", "это Пароль, 0J/QsNGA0L7Qu9GM", "это (redacted), (redacted)"},
	} {
		if got := newCleaner("me", c.password).line(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
