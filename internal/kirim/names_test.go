package kirim

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestNormalizeDomain(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	long253 := strings.Repeat(label63+".", 3) + strings.Repeat("b", 61)
	cases := map[string]struct{ name, want string }{
		"plain":                         {"example.com", "example.com"},
		"upper case":                    {"EXAMPLE.Com", "example.com"},
		"a trailing dot":                {"example.com.", "example.com"},
		"an ideographic trailing dot":   {"example.com。", "example.com"},
		"ideographic dots":              {"example。com", "example.com"},
		"full width letters":            {"ｅｘａｍｐｌｅ.com", "example.com"},
		"IDN in letters":                {"Bücher.Example.", "xn--bcher-kva.example"},
		"IDN in decomposed letters":     {"bu\u0308cher.example", "xn--bcher-kva.example"},
		"IDN in A-labels":               {"xn--bcher-kva.example", "xn--bcher-kva.example"},
		"IDN in upper-case A-labels":    {"XN--BCHER-KVA.EXAMPLE", "xn--bcher-kva.example"},
		"a sharp s is kept":             {"straße.example", "xn--strae-oqa.example"},
		"right to left":                 {"مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"},
		"digits and hyphens":            {"mail-1.4you.example", "mail-1.4you.example"},
		"a label of 63":                 {label63 + ".example", label63 + ".example"},
		"a name of 253":                 {long253, long253},
		"two hyphens at third place":    {"r1---sn.example", "r1---sn.example"},
		"a soft hyphen":                 {"exam\u00adple.com", "example.com"},
		"an A-label of an A-label":      {"xn--Bücher.example", ""},
		"a number after the last dot":   {"1.5", ""},
		"empty":                         {"", ""},
		"a dot":                         {".", ""},
		"a leading dot":                 {".example.com", ""},
		"two trailing dots":             {"example.com..", ""},
		"two dots":                      {"example..com", ""},
		"no dot":                        {"localhost", ""},
		"no dot but a trailing one":     {"localhost.", ""},
		"a path":                        {"example.com/x", ""},
		"a path of other slashes":       {"example.com／x", ""},
		"a backslash":                   {`example.com\x`, ""},
		"a parent directory":            {"../example.com", ""},
		"a query":                       {"example.com?x", ""},
		"a fragment":                    {"example.com#x", ""},
		"an escape":                     {"example.com%2fx", ""},
		"a URL":                         {"https://example.com", ""},
		"a port":                        {"example.com:443", ""},
		"a mailbox":                     {"me@example.com", ""},
		"white space":                   {" example.com", ""},
		"a line break":                  {"example.com\n", ""},
		"a zero byte":                   {"example\x00.com", ""},
		"another control character":     {"example\x7f.com", ""},
		"an underscore":                 {"_dmarc.example.com", ""},
		"a wildcard":                    {"*.example.com", ""},
		"a leading hyphen":              {"-a.example", ""},
		"a trailing hyphen":             {"a-.example", ""},
		"an A-label that is none":       {"xn--a.example", ""},
		"a label of 64":                 {label63 + "a.example", ""},
		"a label of 64 once encoded":    {strings.Repeat("ü", 60) + ".example", ""},
		"a name of 254":                 {long253 + "b", ""},
		"invalid UTF-8":                 {"exa\xffmple.com", ""},
		"a replacement character":       {"exa\uFFFDmple.com", ""},
		"a mix of writing directions":   {"aمثال.example", ""},
		"an invisible joiner by itself": {"a\u200db.example", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeDomain(c.name)
			if got != cmp.Or(c.want, c.name) || (err != nil) != (c.want == "") {
				t.Errorf("%q: %q, %v; want %q", c.name, got, err, c.want)
			}
		})
	}
}

func TestNormalizeDomainSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                              "it is empty",
		"https://example.com":           "it is a URL",
		"example.com/../x":              "with one dot between them",
		"me@example.com":                "it has an @ in it: what follows that is the domain",
		"example.com:25":                "with one dot between them",
		"\texample.com":                 "it begins or ends with white space",
		"example.com\n":                 "it begins or ends with white space or a line break",
		"example .com":                  "it is not a domain name",
		"localhost":                     "it is not a domain name",
		"127.0.0.1":                     "it is not a domain name",
		"2001:db8::1":                   "it is not a domain name",
		"1.5":                           "it is not a domain name",
		"a_b.example":                   "it is not a domain name",
		"example.com%2e":                "it is not a domain name",
		"example\x00.com":               "it is not a domain name",
		"ex\u202eample.com":             "it is not a domain name",
		"example..com":                  "it is not a domain name",
		".example.com":                  "it is not a domain name",
		"a-.example":                    "it is not a domain name",
		"XN--a.example":                 "it is not a domain name",
		"aمثال.example":                 "it is not a domain name",
		strings.Repeat("ü", 60) + ".x":  "it is not a domain name",
		strings.Repeat("ab。", 90) + "x": "253 in all",
		strings.Repeat("ü", 1<<20):      "253 in all",
	} {
		if _, err := NormalizeDomain(name); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 250 {
			t.Errorf("%.80q: %v, want %q in it", name, err, want)
		}
	}
}

var hostName = regexp.MustCompile(`^([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}$`)

// FuzzNormalizeDomain: the one spelling is a host name, and its own spelling.
func FuzzNormalizeDomain(f *testing.F) {
	for _, seed := range []string{
		"example.com", "Bücher.Example.", "xn--bcher-kva.example", "example.com。", "example.com..", "a／b.c", "..", "straße.example", "مثال.إختبار", "1.2.3.4",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		once, err := NormalizeDomain(name)
		if err != nil {
			if once != name {
				t.Fatalf("%q: %q beside %v", name, once, err)
			}
			return
		}
		if !hostName.MatchString(once) || len(once) > 253 {
			t.Fatalf("%q: %q is no host name", name, once)
		}
		if twice, err := NormalizeDomain(once); err != nil || twice != once {
			t.Fatalf("%q: first %q, then %q, %v", name, once, twice, err)
		}
	})
}

func TestNormalizeGUID(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ guid, want, reason string }{
		"lower case":        {testGUID, testGUID, ""},
		"upper case":        {strings.ToUpper(testGUID), testGUID, ""},
		"any version":       {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000", ""},
		"a numeric id":      {"12345", "", "the API's numeric id is internal"},
		"empty":             {"", "", "it is empty"},
		"without hyphens":   {strings.ReplaceAll(testGUID, "-", ""), "", "digits with hyphens"},
		"in braces":         {"{" + testGUID + "}", "", "nothing around them"},
		"as a URN":          {"urn:uuid:" + strings.ToUpper(testGUID), "", "nothing around them"},
		"of 32 digits":      {strings.Repeat("1", 32), "", "it is a number"},
		"with a line break": {testGUID + "\n", "", "white space or a line break"},
		"with a path":       {testGUID + "/x", "", "it is not a UUID"},
		"a letter beyond f": {"g" + testGUID[1:], "", "it is not a UUID"},
		"a long name":       {strings.Repeat("a", 1000), "", "it is not a UUID"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeGUID(c.guid)
			if got != cmp.Or(c.want, c.guid) || (err != nil) != (c.reason != "") {
				t.Fatalf("got %q, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want %q in it", err, c.reason)
			}
		})
	}
}

// FuzzNormalizeGUID: what passes is in the one spelling that is sent, and says
// the same; what does not is told without being quoted.
func FuzzNormalizeGUID(f *testing.F) {
	for _, seed := range []string{
		testGUID, strings.ToUpper(testGUID), "12345", "", "{" + testGUID + "}", testGUID + "\n", "\x00" + testGUID[1:], "K" + testGUID[1:], "٧" + testGUID[1:],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, guid string) {
		got, err := NormalizeGUID(guid)
		if (err == nil) != anyGUID.MatchString(guid) {
			t.Fatalf("%q: %q, %v", guid, got, err)
		}
		if err != nil {
			if got != guid || len(guid) > 3 && strings.Contains(err.Error(), guid) || len(err.Error()) > 200 {
				t.Fatalf("%q: %q beside %v", guid, got, err)
			}
			return
		}
		if !strings.EqualFold(got, guid) || strings.ContainsAny(got, "ABCDEF") || url.PathEscape(got) != got {
			t.Fatalf("%q: %q", guid, got)
		}
		if again, err := NormalizeGUID(got); err != nil || again != got {
			t.Fatalf("%q: first %q, then %q, %v", guid, got, again, err)
		}
	})
}
