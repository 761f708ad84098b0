package kirim

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestRedactPassword(t *testing.T) {
	t.Parallel()
	const password = "Zx81-qW7!kLmN"
	cases := map[string]struct{ value, want any }{
		"the password":                       {password, Redacted},
		"a text that holds it":               {"your password " + password + " is strong", Redacted},
		"a text that holds it twice":         {password + password, Redacted},
		"in another case":                    {strings.ToUpper(password), Redacted},
		"backwards":                          {"NmLk!7Wq-18xZ", Redacted},
		"backwards in a text":                {"is NmLk!7Wq-18xZ known", Redacted},
		"a piece of four":                    {"1-qW", Redacted},
		"a piece of four in lower case":      {"1-qw", Redacted},
		"a piece of four, backwards":         {"Wq-1", Redacted},
		"a piece of five":                    {"kLmN"[0:4], Redacted},
		"a piece of three is left":           {"kLm", "kLm"},
		"a piece of four within a text":      {"has 1-qW in it", "has 1-qW in it"},
		"a run of five within a text":        {"has 1-qW7 in it", "has 1-qW7 in it"},
		"a run of six within a text":         {"has 1-qW7! in it", "has (redacted) in it"},
		"a longer run":                       {"has 1-qW7!kL in it", "has (redacted) in it"},
		"a run backwards":                    {"has !7Wq-1 in it", "has (redacted) in it"},
		"a run at the start":                 {"1-qW7! in it", "(redacted) in it"},
		"a run at the end":                   {"it has 1-qW7!", "it has (redacted)"},
		"two runs":                           {"Zx81-q and !kLmN_ and Zx81-qX", "(redacted) and !kLmN_ and (redacted)X"},
		"a run that grows past it":           {"Zx81-qW7!kLmXX", "(redacted)XX"},
		"nothing of it":                      {"Strong", "Strong"},
		"empty":                              {"", ""},
		"null":                               {nil, nil},
		"a bool":                             {true, true},
		"a number":                           {json.Number("8"), json.Number("8")},
		"a list":                             {[]any{password, "ok", json.Number("1")}, []any{Redacted, "ok", json.Number("1")}},
		"deep":                               {map[string]any{"a": []any{map[string]any{"b": []any{password}}}}, map[string]any{"a": []any{map[string]any{"b": []any{Redacted}}}}},
		"a key":                              {map[string]any{password: "x"}, map[string]any{Redacted: "x"}},
		"a key that is a piece":              {map[string]any{"-qW7": "x"}, map[string]any{Redacted: "x"}},
		"a key with a run":                   {map[string]any{"word:1-qW7!": "x"}, map[string]any{"word:(redacted)": "x"}},
		"a key too short to be one":          {map[string]any{"qW7": "x"}, map[string]any{"qW7": "x"}},
		"keys that collide keep their value": {map[string]any{"-qW7": "a", password: "b", "kLmN": "c"}, map[string]any{Redacted: "a", "(redacted) 2": "b", "(redacted) 3": "c"}},
		"a key that is the mark already":     {map[string]any{Redacted: "a", "(redacted) 2": "b", password: "c"}, map[string]any{Redacted: "a", "(redacted) 2": "b", "(redacted) 3": "c"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := RedactPassword(c.value, password); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestRedactPasswordOfOtherKinds(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		password    string
		value, want any
	}{
		"no password":                    {"", "anything", "anything"},
		"a short one in a text":          {"ab1", "is ab1 good", Redacted},
		"a short one's piece is left":    {"ab1", "ab", "ab"},
		"digits as a number":             {"84736251", json.Number("84736251"), Redacted},
		"digits within a number":         {"84736251", json.Number("9984736251.5"), Redacted},
		"six of its digits":              {"84736251", json.Number("473625"), Redacted},
		"six of its digits in a number":  {"84736251", json.Number("99473625"), Redacted},
		"five of its digits":             {"84736251", json.Number("47362"), json.Number("47362")},
		"digits within other characters": {"x84736251y", json.Number("84736251"), Redacted},
		"other scripts":                  {"Пароль-Ёж", "слово пароль-ё", "слово (redacted)"},
		"other scripts, whole":           {"Пароль-Ёж", "ПАРОЛЬ-ЁЖ", Redacted},
		"characters count, not bytes":    {"Пароль-Ёж", "Пар", "Пар"},
		"beyond the basic plane":         {"🔑🔒🔓🔐🗝🛡", "🛡🗝🔐🔓", Redacted},
		"letters that change length":     {"ȺȾȺȾȺȾ", "x ⱥⱦⱥⱦⱥⱦ", Redacted},
		"a text before it is kept whole": {"abcdefgh", "ÄÖÜ bcdefg ß", "ÄÖÜ (redacted) ß"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := RedactPassword(c.value, c.password); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestRedactPasswordLeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	value := map[string]any{"list": []any{testPassword}, testPassword: "x"}
	RedactPassword(value, testPassword)
	if want := (map[string]any{"list": []any{testPassword}, testPassword: "x"}); !reflect.DeepEqual(value, want) {
		t.Errorf("got %v", value)
	}
}

// leakIn gives the first string or key of a value that tells something of the
// password: all of it, six characters of it in a row, or four and nothing else.
func leakIn(v any, password string) string {
	switch v := v.(type) {
	case string:
		if tells(v, password) {
			return v
		}
	case json.Number:
		return ""
	case []any:
		for _, element := range v {
			if leak := leakIn(element, password); leak != "" {
				return leak
			}
		}
	case map[string]any:
		for key, element := range v {
			if tells(key, password) {
				return key
			}
			if leak := leakIn(element, password); leak != "" {
				return leak
			}
		}
	}
	return ""
}

func lowered(s string) string {
	return strings.Map(unicode.ToLower, s)
}

func tells(s, password string) bool {
	s = lowered(s)
	forward := []rune(lowered(password))
	backward := slices.Clone(forward)
	slices.Reverse(backward)
	for _, form := range [][]rune{forward, backward} {
		if strings.Contains(s, string(form)) || utf8.RuneCountInString(s) >= 4 && strings.Contains(string(form), s) {
			return true
		}
		for i := 0; i+6 <= len(form); i++ {
			if strings.Contains(s, string(form[i:i+6])) {
				return true
			}
		}
	}
	return false
}

// markIsHarmless is false for passwords that what is put in their place has
// something of by chance, so that no check of the result can say anything.
func markIsHarmless(password string) bool {
	return !strings.ContainsAny(password, "()") && !strings.Contains(password, " 2") && !strings.Contains(password, "2 ") &&
		!tells("(redacted) 2", password)
}

func FuzzRedactPassword(f *testing.F) {
	for _, seed := range [][2]string{
		{testPassword, "has 1-qW7! in it"},
		{"abcdef", "ABCDEF"},
		{"abcdefghij", "xxabcdefghijabcdefyy"},
		{"aaaaaaaa", "aaaaaaaaaaaaaaa"},
		{"ȺȾȺȾȺȾ", "x ⱥⱦⱥⱦⱥⱦ"},
		{"ab", "cab"},
		{"84736251", "99473625"},
		{"İstanbul", "i\u0307stanbul"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, password, text string) {
		if len(password) > 200 || len(text) > 2000 { // the check is slow on more
			t.Skip()
		}
		if password == "" || !utf8.ValidString(password) || !utf8.ValidString(text) || !markIsHarmless(password) {
			t.Skip()
		}
		value := map[string]any{text: text, text + "~": []any{text, map[string]any{strings.ToUpper(text): "~" + text}}}
		got := RedactPassword(value, password)
		if leak := leakIn(got, password); leak != "" {
			t.Fatalf("%q tells of %q: %#v", leak, password, got)
		}
		if object, ok := got.(map[string]any); !ok || len(object) != len(value) {
			t.Fatalf("%#v became %#v", value, got)
		}
		if !tells(text, password) && RedactPassword(text, password) != text {
			t.Fatalf("%q tells nothing of %q and became %q", text, password, RedactPassword(text, password))
		}
	})
}

func TestCleanLine(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testToken))
	short := base64.StdEncoding.EncodeToString([]byte(testUser + ":abc"))
	cases := map[string]struct{ token, text, want string }{
		"plain":                      {testToken, "Domain not found", "Domain not found"},
		"the token":                  {testToken, "token " + testToken + " is invalid", "token (redacted) is invalid"},
		"the header":                 {testToken, "got Basic " + basic, "got Basic (redacted)"},
		"a short token is left":      {"abc", "abc", "abc"},
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
		"a token with an odd space":  {"tok-9f3c\u00a0a7e51", "tok-9f3c\u00a0a7e51", Redacted},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newCleaner(testUser, c.token).line(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
