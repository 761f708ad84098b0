package provider

import (
	"go/ast"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
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

// TestEveryHeadingHasAText looks for what stands below each heading. Only those
// that are made of one first line, and differ in what it names, have a text in
// common.
func TestEveryHeadingHasAText(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(troubleshootingPage)
	if err != nil {
		t.Fatal(err)
	}
	kin := map[string]string{}
	for constant, texts := range summaries(t) {
		for _, text := range texts {
			kin[text] = constant
		}
	}
	heading, level := "", 0 // the last line, where it was a heading
	next := func(name string, deep int) {
		if heading != "" && deep <= level && (deep < level || kin[heading] == "" || kin[heading] != kin[name]) {
			t.Errorf("%s: nothing below %q", troubleshootingPage, heading)
		}
		heading, level = name, deep
	}
	_, text, _ := strings.Cut(string(raw), "\n# ") // what is above is for the registry
	for line := range strings.Lines("# " + text) {
		line = strings.TrimSpace(line)
		marks, name, _ := strings.Cut(line, " ")
		switch {
		case marks != "" && strings.Trim(marks, "#") == "":
			next(name, len(marks))
		case line != "" && !strings.HasPrefix(line, "<!--"):
			heading = ""
		}
	}
	next("", 0)
}

// TestEveryAnswerOfTheAPIIsExplained compares the page's table of what the API
// answers with the kinds of failures.
func TestEveryAnswerOfTheAPIIsExplained(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	_, table, _ := strings.Cut(page, "| the API answered | it means | do | |---|---|---| ")
	rows := map[string]bool{}
	for row := range strings.SplitSeq(strings.Split(table, "| the error says |")[0], " | | ") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if len(cells) != 3 || slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) == "" }) {
			t.Errorf("%s: a row of %d cells: %q", troubleshootingPage, len(cells), row)
		}
		rows[cells[0]] = true
	}
	answers := map[kirim.Kind]string{
		kirim.KindUnauthorized: `401`,
		kirim.KindForbidden:    `403, "Credential does not belong to the specified domain"`,
		kirim.KindNotFound:     `404, "Credential not found"`,
		kirim.KindRejected:     `422 and other 4xx`,
		kirim.KindRateLimited:  `429`,
		kirim.KindServer:       `500, 503`,
	}
	// What is told by a reason, which is on the page too.
	others := []kirim.Kind{
		kirim.KindUnexpected, kirim.KindUnreachable, kirim.KindCertificate, kirim.KindConnection, kirim.KindTimeout, kirim.KindCanceled,
		kirim.KindArgument, kirim.KindIncomplete,
	}
	for kind := kirim.Kind(0); !strings.HasPrefix(kind.String(), "Kind("); kind++ {
		switch row, answer := answers[kind]; {
		case answer && !rows[row]:
			t.Errorf("%s has no row %q for %s", troubleshootingPage, row, kind)
		case !answer && !slices.Contains(others, kind):
			t.Errorf("%s: is that an answer of the API, and is it explained?", kind)
		}
	}
	if len(rows) != len(answers)+1 { // a domain is not found in a row of its own
		t.Errorf("%s explains %d answers, and there are %d", troubleshootingPage, len(rows), len(answers))
	}
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
