package redact_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

func TestLineOfALogin(t *testing.T) {
	t.Parallel()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct{ text, want string }{
		"nothing of it":                 {"5.7.8 Authentication credentials invalid", "5.7.8 Authentication credentials invalid"},
		"a word in base64":              {"go to example.com/" + b64("another thing"), "go to example.com/" + b64("another thing")},
		"the password":                  {"it is " + testPassword + ".", "it is (redacted)."},
		"twice":                         {testPassword + testPassword, "(redacted)"},
		"in another case":               {"it is " + strings.ToUpper(testPassword) + ".", "it is (redacted)."},
		"a run of six":                  {"it has 1-qW7! in it", "it has (redacted) in it"},
		"in base64":                     {"it is " + b64(testPassword) + ".", "it is (redacted)."},
		"without padding":               {"=" + strings.TrimRight(b64(testPassword), "="), "=(redacted)"},
		"of PLAIN":                      {"got " + b64("\x00"+testUser+"\x00"+testPassword), "got (redacted)"},
		"the user name of LOGIN":        {"got " + b64(testUser), "got (redacted)"},
		"the user name is none":         {"got " + testUser, "got " + testUser},
		"on several lines":              {"one\ntwo\r\nthree", "one two  three"},
		"with control characters":       {"\x1b]0;x\x07", "]0;x"},
		"not in UTF-8":                  {"a\xffb", "a�b"},
		"what cleaning would assemble":  {strings.Replace("two words", " ", "\t", 1), "two words"},
		"longer than anybody would say": {strings.Repeat("ä", 301), strings.Repeat("ä", 300) + "…"},
	} {
		if got := redact.Login(testUser, testPassword).Line(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestLineOfALoginThatIsCutOff has servers that repeat six or more characters of what
// the client sends.
func TestLineOfALoginThatIsCutOff(t *testing.T) {
	t.Parallel()
	for _, sent := range []string{testPassword, testUser, "\x00" + testUser + "\x00" + testPassword} {
		sent = base64.StdEncoding.EncodeToString([]byte(sent))
		for from := range len(sent) - 5 {
			for to := from + 6; to <= len(sent); to++ {
				for _, part := range []string{sent[from:to], strings.ToUpper(sent[from:to])} {
					if got := redact.Login(testUser, testPassword).Line("got " + part + "..."); got != "got (redacted)..." {
						t.Errorf("%s: got %q", part, got)
					}
				}
			}
		}
	}
}

func TestLineOfALoginWithOtherPasswords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ password, text, want string }{
		"before an accent":       {"a-password", "it is a-password\u0301", "it is (redacted)\u0301"},
		"a blank that was a tab": {"two words", "it is two\twords", "it is (redacted)"},
		"none":                   {"", "an echo", "(redacted)"},
		"a short one in base64":  {"abcd", "in YWJjZA== now", "in (redacted) now"},
		"a short one":            {"abcd", "is abcd now", "(redacted)"},
		"too short to be told":   {"is", "this is it", "(redacted)"},
		"not in UTF-8":           {"\xff\xfe\xfd\xfc", "it is \xff\xfe\xfd\xfc", "(redacted)"},
		"in other scripts":       {"Пароль", "это Пароль, 0J/QsNGA0L7Qu9GM", "это (redacted), (redacted)"},
	} {
		if got := redact.Login("me", c.password).Line(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestLineOfAnAccount(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testToken))
	short := base64.StdEncoding.EncodeToString([]byte(testUser + ":abc"))
	cases := map[string]struct{ token, text, want string }{
		"plain":                      {testToken, "Domain not found", "Domain not found"},
		"the token":                  {testToken, "token " + testToken + " is invalid", "token (redacted) is invalid"},
		"the header":                 {testToken, "got Basic " + basic, "got Basic (redacted)"},
		"a short token":              {"abc", "is abc", "is abc"},
		"a short token's header":     {"abc", "got Basic " + short, "got Basic (redacted)"},
		"line breaks":                {testToken, "a\r\nb\tc", "a  b c"},
		"an escape sequence":         {testToken, "a\x1b[31mb", "a [31mb"},
		"other line breaks":          {testToken, "a\u2028b\u2029c\u0085d", "a b c d"},
		"marks of writing direction": {testToken, "a\u202eb", "a b"},
		"white space around":         {testToken, "  a ", "a"},
		"invalid UTF-8":              {testToken, "a\xffb", "a\uFFFDb"},
		"letters of all scripts":     {testToken, "Kata sandi: пароль 密码 é", "Kata sandi: пароль 密码 é"},
		"300 characters":             {testToken, strings.Repeat("é", 300), strings.Repeat("é", 300)},
		"more":                       {testToken, strings.Repeat("é", 301), strings.Repeat("é", 300) + "…"},
		"a token at the cut":         {testToken, strings.Repeat("x", 295) + testToken, strings.Repeat("x", 295) + "(reda…"},
		"a token with a space":       {"tok-9f3c a7e51", "is tok-9f3c\ta7e51", "is " + redact.Mark},
		"a token with an odd space":  {"tok-9f3c\u00a0a7e51", "tok-9f3c\u00a0a7e51", redact.Mark},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := redact.Account(testUser, c.token).Line(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestLineOfSeveralSecrets has secrets that overlap: each is found as a whole.
func TestLineOfSeveralSecrets(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		token, text, want string
		passwords         []string
	}{
		"a password that begins as the token does": {
			"shared-9f3ca7e51b", "bad token shared-9f3ca7e51b here", "bad token (redacted) here", []string{"shared-0a1b2c3d"},
		},
		"one with the token's middle": {
			"9f3c-shared-a7e5", "9f3c-shared-a7e5 is bad", "(redacted) is bad", []string{"x-shared-y"},
		},
		"one that holds the token": {
			"9f3ca7e51b", "ab9f3ca7e51bcd is bad", "(redacted) is bad", []string{"ab9f3ca7e51bcd"},
		},
		"two that share their middle": {
			testToken, "is abc-shared-xyz", "is (redacted)", []string{"-shared-", "abc-shared-xyz"},
		},
		"two that overlap": {
			testToken, "is abcdefghij", "is (redacted)", []string{"abcdefg", "efghij"},
		},
		"two side by side":   {testToken, "abcdefuvwxyz", "(redacted)", []string{"abcdef", "uvwxyz"}},
		"two apart":          {testToken, "abcdef, uvwxyz", "(redacted), (redacted)", []string{"abcdef", "uvwxyz"}},
		"a short one beside": {testToken, "the pin is pin4, abcdef", "(redacted)", []string{"abcdef", "pin4"}},
		"neither":            {testToken, "nothing of them", "nothing of them", []string{"abcdef", "pin4"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clean := redact.Account(testUser, c.token)
			if got := clean.Line(c.text, c.passwords...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			slices.Reverse(c.passwords)
			if got := clean.Line(c.text, c.passwords...); got != c.want {
				t.Errorf("the other way round: got %q, want %q", got, c.want)
			}
		})
	}
}

// TestLineOfALoginInAnotherAlignment has servers that repeat, in base64, something else
// than the client has sent with the password in it.
func TestLineOfALoginInAnotherAlignment(t *testing.T) {
	t.Parallel()
	// A name of another length has the password in another alignment in what is sent.
	for _, name := range []string{testUser, "x" + testUser, "xy" + testUser} {
		testOtherAlignments(t, redact.Login(name, testPassword))
	}
}

func testOtherAlignments(t *testing.T, secrets redact.Secrets) {
	t.Helper()
	for _, before := range []string{"", "x", "xy", "xyz", "a text with ", "root\x00" + testUser + "\x00"} {
		for _, after := range []string{"", "x", "xy", " in it"} {
			encoded := base64.StdEncoding.EncodeToString([]byte(before + testPassword + after))
			// What these characters say depends on the password alone.
			first, end := (len(before)*8+5)/6, (len(before)+len(testPassword))*8/6
			line := secrets.Line("failed: " + encoded)
			if strings.Contains(line, encoded[first:first+6]) || strings.Contains(line, encoded[end-6:end]) ||
				!strings.Contains(line, redact.Mark) {
				t.Errorf("%q and %q: %s of %s", before, after, line, encoded)
			}
		}
	}
}
