package provider

import (
	"go/ast"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

// troubleshootingPage is the page in which a reader looks for what is on the
// screen.
const troubleshootingPage = "../../docs/guides/troubleshooting.md"

// readPage gives the page in one line, since its lines break where they are
// full, and its headings.
func readPage(t *testing.T) (text string, headings map[string]bool) {
	t.Helper()
	raw, err := os.ReadFile(troubleshootingPage)
	if err != nil {
		t.Fatal(err)
	}
	headings = map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		if heading, ok := strings.CutPrefix(strings.TrimSpace(line), "### "); ok {
			headings[heading] = true
		}
	}
	return strings.Join(strings.Fields(string(raw)), " "), headings
}

func TestEveryFirstLineIsExplained(t *testing.T) {
	t.Parallel()
	_, headings := readPage(t)
	all := slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(summaries(t)))...)))
	if got := slices.Sorted(maps.Keys(headings)); !slices.Equal(got, all) {
		for _, summary := range all {
			if !headings[summary] {
				t.Errorf("%s has no heading %q", troubleshootingPage, summary)
			}
		}
		for _, heading := range got {
			if !slices.Contains(all, heading) {
				t.Errorf("%s explains %q, which the provider does not say", troubleshootingPage, heading)
			}
		}
	}
}

// TestEveryOutcomeOfALoginIsExplained goes through the kinds of failures at the
// mail server.
func TestEveryOutcomeOfALoginIsExplained(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	for kind := mailcheck.KindRefused; kind <= mailcheck.KindArgument; kind++ {
		switch kind {
		case mailcheck.KindRefused, mailcheck.KindCanceled: // they have headings of their own
			continue
		default:
		}
		if phrase := loginFailure(&mailcheck.Error{Kind: kind}); !strings.Contains(page, phrase) {
			t.Errorf("%s does not explain that logging in %s", troubleshootingPage, phrase)
		}
	}
	if !strings.Contains(page, errNoLogin.Error()) {
		t.Errorf("%s does not explain %q", troubleshootingPage, errNoLogin)
	}
}

// TestEveryProblemOfALoginIsExplained goes through what the login check says of
// what happened, where there is no reply of the mail server to quote.
func TestEveryProblemOfALoginIsExplained(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	s := readSources(t, "../mailcheck")
	found := 0
	check := func(node ast.Node, parts []part) {
		found++
		explained := false
		for _, p := range parts {
			words := strings.Trim(p.words, " ;:")
			explained = explained || words != ""
			if !strings.Contains(page, words) {
				t.Errorf("%s does not explain %q of %s", troubleshootingPage, words, s.at(node))
			}
		}
		if !explained {
			t.Errorf("%s: a problem whose text is not seen", s.at(node))
		}
	}
	for _, given := range s.given[s.field(t, "problem", "text")] {
		for _, text := range s.originsOf(given, map[any]bool{}) {
			check(given, s.parts(text))
		}
	}
	s.each(func(node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return
		}
		switch file, _, _ := strings.Cut(s.at(node), ":"); {
		case file == "login.go", file == "server.go": // what is said of settings, which the page tells what they must be
		case s.isOf(call, "errors", "New"):
			check(call, s.parts(call.Args[0]))
		case s.isOf(call, "fmt", "Errorf"):
			check(call, s.parts(call))
		}
	})
	if found < 15 {
		t.Errorf("only %d texts were found", found)
	}
}

// TestWhatArgumentsMustBeIsExplained compares the page with the validators.
func TestWhatArgumentsMustBeIsExplained(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	for argument, must := range validated(t) {
		row := regexp.MustCompile("\\| [^|]*`" + regexp.QuoteMeta(argument) + "`[^|]* \\| ([^|]*) \\|").FindStringSubmatch(page)
		if row == nil {
			t.Errorf("%s has no row for %s", troubleshootingPage, argument)
			continue
		}
		for _, what := range must {
			if !strings.Contains(row[1], what) {
				t.Errorf("%s: %s must be %q, not %q", troubleshootingPage, argument, what, row[1])
			}
		}
	}
}
