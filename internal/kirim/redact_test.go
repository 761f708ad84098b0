package kirim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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
		"digits with an exponent":        {"84736251", json.Number("0.84736251e8"), Redacted},
		"a number too large to be one":   {"84736251", json.Number("1e9000"), json.Number("1e9000")},
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

// FuzzRedactPassword redacts any report. {P}, {U}, {R} and {N} in it are the
// password, in upper case, backwards, and in the middle of a number.
func FuzzRedactPassword(f *testing.F) {
	for _, seed := range [][2]string{
		{testPassword, `"has 1-qW7! in it"`},
		{testPassword, `{"score":8,"password":"{P}","{U}":["{R}","is {P}"],"sequence":[{"token":"1-qW"},{"token":"kLm"}]}`},
		{"abcdef", `"ABCDEF"`},
		{"abcdefghij", `["xxabcdefghijabcdefyy","xx{R}{U}"]`},
		{"aaaaaaaa", `"aaaaaaaaaaaaaaa"`},
		{"ȺȾȺȾȺȾ", `"x ⱥⱦⱥⱦⱥⱦ"`},
		{"ab", `{"cab":{"ab":1},"xab":null}`},
		{"84736251", `["99473625",473625,99{N},1.{N}e3,-{N},4736,{"8473":true}]`},
		{"ΟΔΟΣ", `"οδος"`},
		{"İstanbul", `"i̇stanbul"`},
		{"1/<&\u2028\"", `{"{P}":"{P}","{R}":[[["{U}"]]]}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, password, report string) {
		if len(password) > 200 || len(report) > 2000 { // the check is slow on more
			return
		}
		if password == "" || !utf8.ValidString(password) || !markIsHarmless(password) {
			return
		}
		within := func(s string) string { quoted := asJSON(t, s); return string(quoted[1 : len(quoted)-1]) }
		report = strings.NewReplacer("{P}", within(password), "{U}", within(strings.ToUpper(password)),
			"{R}", within(bothWays(password)[1]), "{N}", password).Replace(report)
		value, err := decodeAny(json.RawMessage(report))
		if err != nil {
			return
		}
		got := RedactPassword(value, password)
		if leak := leakIn(got, password); leak != "" {
			t.Fatalf("%q tells of %q: %#v", leak, password, got)
		}
		if leakIn(value, password) == "" && norm.NFC.IsNormalString(fmt.Sprint(value)) && !reflect.DeepEqual(got, value) {
			t.Fatalf("%#v tells nothing of %q and became %#v", value, password, got)
		}
		sameForm(t, value, got)
	})
}

// sameForm fails where redaction has taken away, or made up, more than texts:
// every list and object keeps its length, and what is not a text its value.
func sameForm(t *testing.T, before, after any) {
	t.Helper()
	switch before := before.(type) {
	case string:
		if _, ok := after.(string); !ok {
			t.Fatalf("%#v became %#v", before, after)
		}
	case json.Number:
		if after != before && after != Redacted {
			t.Fatalf("%#v became %#v", before, after)
		}
	case []any:
		list, ok := after.([]any)
		if !ok || len(list) != len(before) {
			t.Fatalf("%#v became %#v", before, after)
		}
		for i := range before {
			sameForm(t, before[i], list[i])
		}
	case map[string]any:
		object, ok := after.(map[string]any)
		if !ok || len(object) != len(before) || parts(before) != parts(after) {
			t.Fatalf("%#v became %#v", before, after)
		}
		for key := range before {
			if same, kept := object[key]; kept {
				sameForm(t, before[key], same)
			}
		}
	default:
		if after != before {
			t.Fatalf("%#v became %#v", before, after)
		}
	}
}

// parts counts the values in a value.
func parts(v any) int {
	count := 1
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			count += parts(element)
		}
	case map[string]any:
		for _, element := range v {
			count += parts(element)
		}
	}
	return count
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
		"a token with a space":       {"tok-9f3c a7e51", "is tok-9f3c\ta7e51", "is " + Redacted},
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

// TestCleanLineOfSeveralSecrets: what one has in common with another must not
// keep the rest of either from being found.
func TestCleanLineOfSeveralSecrets(t *testing.T) {
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
			clean := newCleaner(testUser, c.token)
			if got := clean.line(c.text, c.passwords...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			slices.Reverse(c.passwords)
			if got := clean.line(c.text, c.passwords...); got != c.want {
				t.Errorf("the other way round: got %q, want %q", got, c.want)
			}
		})
	}
}
