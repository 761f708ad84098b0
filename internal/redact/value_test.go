package redact_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
	"github.com/kirimemail/terraform-provider-smtp/internal/redact/redacttest"
)

func TestValue(t *testing.T) {
	t.Parallel()
	const password = "Zx81-qW7!kLmN"
	cases := map[string]struct{ value, want any }{
		"the password":                      {password, redact.Mark},
		"a text that holds it":              {"your password " + password + " is strong", redact.Mark},
		"a text that holds it twice":        {password + password, redact.Mark},
		"in another case":                   {strings.ToUpper(password), redact.Mark},
		"backwards":                         {"NmLk!7Wq-18xZ", redact.Mark},
		"backwards in a text":               {"is NmLk!7Wq-18xZ known", redact.Mark},
		"a piece of four":                   {"1-qW", redact.Mark},
		"a piece of four in lower case":     {"1-qw", redact.Mark},
		"a piece of four, backwards":        {"Wq-1", redact.Mark},
		"a piece of five":                   {"kLmN"[0:4], redact.Mark},
		"a piece of three is left":          {"kLm", "kLm"},
		"a piece of four within a text":     {"has 1-qW in it", "has 1-qW in it"},
		"a run of five within a text":       {"has 1-qW7 in it", "has 1-qW7 in it"},
		"a run of six within a text":        {"has 1-qW7! in it", "has (redacted) in it"},
		"a longer run":                      {"has 1-qW7!kL in it", "has (redacted) in it"},
		"a run backwards":                   {"has !7Wq-1 in it", "has (redacted) in it"},
		"a run at the start":                {"1-qW7! in it", "(redacted) in it"},
		"a run at the end":                  {"it has 1-qW7!", "it has (redacted)"},
		"two runs":                          {"Zx81-q and !kLmN_ and Zx81-qX", "(redacted) and !kLmN_ and (redacted)X"},
		"a run that grows past it":          {"Zx81-qW7!kLmXX", "(redacted)XX"},
		"nothing of it":                     {"Strong", "Strong"},
		"empty":                             {"", ""},
		"null":                              {nil, nil},
		"a bool":                            {true, true},
		"a number":                          {json.Number("8"), json.Number("8")},
		"a list":                            {[]any{password, "ok", json.Number("1")}, []any{redact.Mark, "ok", json.Number("1")}},
		"deep":                              {map[string]any{"a": []any{map[string]any{"b": []any{password}}}}, map[string]any{"a": []any{map[string]any{"b": []any{redact.Mark}}}}},
		"a key":                             {map[string]any{password: "x"}, map[string]any{redact.Mark: "x"}},
		"a key that is a piece":             {map[string]any{"-qW7": "x"}, map[string]any{redact.Mark: "x"}},
		"a key with a run":                  {map[string]any{"word:1-qW7!": "x"}, map[string]any{"word:(redacted)": "x"}},
		"a key too short to be one":         {map[string]any{"qW7": "x"}, map[string]any{"qW7": "x"}},
		"of keys that collide, one is kept": {map[string]any{"-qW7": "a", password: "b", "kLmN": "c"}, map[string]any{redact.Mark: "c"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := redact.Value(c.value, password); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestValueOfOtherKinds(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		password    string
		value, want any
	}{
		"no password":                    {"", "anything", "anything"},
		"a short one in a text":          {"ab1", "is ab1 good", redact.Mark},
		"a short one's piece is left":    {"ab1", "ab", "ab"},
		"digits as a number":             {"84736251", json.Number("84736251"), redact.Mark},
		"digits within a number":         {"84736251", json.Number("9984736251.5"), redact.Mark},
		"digits with an exponent":        {"84736251", json.Number("0.84736251e8"), redact.Mark},
		"a number too large to be one":   {"84736251", json.Number("1e9000"), json.Number("1e9000")},
		"six of its digits":              {"84736251", json.Number("473625"), redact.Mark},
		"six of its digits in a number":  {"84736251", json.Number("99473625"), redact.Mark},
		"five of its digits":             {"84736251", json.Number("47362"), json.Number("47362")},
		"digits within other characters": {"x84736251y", json.Number("84736251"), redact.Mark},
		"other scripts":                  {"Пароль-Ёж", "слово пароль-ё", "слово (redacted)"},
		"other scripts, whole":           {"Пароль-Ёж", "ПАРОЛЬ-ЁЖ", redact.Mark},
		"characters count, not bytes":    {"Пароль-Ёж", "Пар", "Пар"},
		"beyond the basic plane":         {"🔑🔒🔓🔐🗝🛡", "🛡🗝🔐🔓", redact.Mark},
		"letters that change length":     {"ȺȾȺȾȺȾ", "x ⱥⱦⱥⱦⱥⱦ", redact.Mark},
		"a text before it is kept whole": {"abcdefgh", "ÄÖÜ bcdefg ß", "ÄÖÜ (redacted) ß"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := redact.Value(c.value, c.password); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestValueLeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	value := map[string]any{"list": []any{testPassword}, testPassword: "x"}
	redact.Value(value, testPassword)
	if want := (map[string]any{"list": []any{testPassword}, testPassword: "x"}); !reflect.DeepEqual(value, want) {
		t.Errorf("got %v", value)
	}
}

// FuzzValue redacts any report. {P}, {U}, {R} and {N} in it stand for the
// password, in upper case, backwards, and in the middle of a number.
func FuzzValue(f *testing.F) {
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
		if password == "" || !utf8.ValidString(password) || !redacttest.MarkIsHarmless(password) {
			return
		}
		within := func(s string) string {
			quoted, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return string(quoted[1 : len(quoted)-1])
		}
		backward := []rune(password)
		slices.Reverse(backward)
		report = strings.NewReplacer("{P}", within(password), "{U}", within(strings.ToUpper(password)),
			"{R}", within(string(backward)), "{N}", password).Replace(report)
		decoder := json.NewDecoder(strings.NewReader(report))
		decoder.UseNumber()
		var value any
		if decoder.Decode(&value) != nil {
			return
		}
		got := redact.Value(value, password)
		if leak := redacttest.Leak(got, password); leak != "" {
			t.Fatalf("%q tells of %q: %#v", leak, password, got)
		}
		// A number with an exponent is compared by its digits without one.
		if !exponent.MatchString(report) && redacttest.Leak(value, password) == "" && norm.NFC.IsNormalString(fmt.Sprint(value)) && !reflect.DeepEqual(got, value) {
			t.Fatalf("%#v tells nothing of %q and became %#v", value, password, got)
		}
		sameForm(t, value, got)
	})
}

var exponent = regexp.MustCompile(`[0-9][eE][+-]?[0-9]`)

// sameForm fails if redaction changed more than texts: every list keeps its length, and
// every object whose keys do not collide. Every other value stays the same.
func sameForm(t *testing.T, before, after any) {
	t.Helper()
	switch before := before.(type) {
	case string:
		if _, ok := after.(string); !ok {
			t.Fatalf("%#v became %#v", before, after)
		}
	case json.Number:
		if after != before && after != redact.Mark {
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
		if !ok || len(object) > len(before) || len(object) == 0 && len(before) > 0 {
			t.Fatalf("%#v became %#v", before, after)
		}
		for key := range before {
			if same, kept := object[key]; kept && len(object) == len(before) {
				sameForm(t, before[key], same)
			}
		}
	default:
		if after != before {
			t.Fatalf("%#v became %#v", before, after)
		}
	}
}
