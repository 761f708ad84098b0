package main

import (
	"strings"
	"testing"
)

// sum is one that is made up.
func sum(digit string) string { return strings.Repeat(digit, 64) }

func TestSums(t *testing.T) {
	t.Parallel()
	files := map[string]string{"a.zip": sum("a"), "b.zip": sum("b"), "manifest.json": sum("c")}
	a, b, manifest := sum("a")+"  a.zip\n", sum("b")+"  b.zip\n", sum("c")+"  manifest.json\n"
	for name, test := range map[string]struct{ text, want string }{
		"as it should be":         {a + b + manifest, ""},
		"the manifest is missing": {a + b, "manifest.json is not in it"},
		"a zip is missing":        {b + manifest, "a.zip is not in it"},
		"a wrong sum":             {a + sum("0") + "  b.zip\n" + manifest, "the sum of b.zip is " + sum("b")},
		"two that are exchanged":  {sum("b") + "  a.zip\n" + sum("a") + "  b.zip\n" + manifest, "the sum of a.zip"},
		"a file more":             {a + b + manifest + sum("d") + "  c.zip\n", "c.zip is in it"},
		"a file twice":            {a + b + b + manifest, "b.zip is in it twice"},
		"a name with a folder":    {a + sum("b") + "  dist/b.zip\n" + manifest, "b.zip is not in it"},
		"sums of another kind":    {strings.Repeat("a", 40) + "  a.zip\n" + b + manifest, "is not a SHA-256 sum"},
		"read as binary":          {sum("a") + " *a.zip\n" + b + manifest, "is not a SHA-256 sum"},
		"lines of another system": {strings.ReplaceAll(a+b+manifest, "\n", "\r\n"), "is not a SHA-256 sum"},
		"an empty line":           {a + "\n" + b + manifest, "is not a SHA-256 sum"},
		"empty":                   {"", "a.zip is not in it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked(t, checkSums(test.text, files), test.want)
		})
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	a, b := sum("a")+"  a.zip\n", sum("b")+"  b.zip\n"
	for name, test := range map[string]struct{ first, second, want string }{
		"the same":             {a + b, a + b, ""},
		"other bytes":          {a + b, a + sum("c") + "  b.zip\n", "other bytes: b.zip"},
		"a file less":          {a + b, a, "other bytes: b.zip"},
		"a file more":          {a, a + b, "other bytes: b.zip"},
		"another order":        {a + b, b + a, "another order"},
		"no sums at all":       {a, "nothing\n", "the second build"},
		"nor in the first one": {"nothing\n", a, "the first build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked(t, differences(test.first, test.second), test.want)
		})
	}
}
