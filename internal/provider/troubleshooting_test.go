package provider

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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

// sources are the parsed files of a package, without its tests.
func sources(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = file
	}
	return files
}

// textConstants are a file's constants that are texts.
func textConstants(t *testing.T, file *ast.File) map[string]string {
	t.Helper()
	constants := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			if text, ok := textOf(value); ok {
				constants[spec.Names[i].Name] = text
			}
		}
		return true
	})
	return constants
}

func textOf(expression ast.Expr) (string, bool) {
	literal, ok := expression.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// summaries are all first lines that there can be: those with a name in them
// once for each name.
func summaries(t *testing.T) []string {
	t.Helper()
	constants := textConstants(t, sources(t, ".")["summaries.go"])
	var all []string
	for _, summary := range constants {
		switch summary {
		case summaryMissing:
			for _, s := range []setting{settingUsername, settingToken} { // the base URL has a default
				all = append(all, fmt.Sprintf(summary, s.what))
			}
		case summaryUnusable:
			for _, s := range []setting{settingBaseURL, settingUsername, settingToken} {
				all = append(all, fmt.Sprintf(summary, s.what, s.argument), fmt.Sprintf(summary, s.what, s.variable))
			}
		case summaryInvalid:
			for argument := range validated(t) {
				all = append(all, fmt.Sprintf(summary, argument))
			}
		default:
			all = append(all, summary)
		}
	}
	slices.Sort(all)
	return all
}

func TestEveryFirstLineIsExplained(t *testing.T) {
	t.Parallel()
	_, headings := readPage(t)
	all := summaries(t)
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

// TestFirstLinesAreAllInOnePlace keeps a new error from getting past the page.
func TestFirstLinesAreAllInOnePlace(t *testing.T) {
	t.Parallel()
	// The functions that take a first line, and which argument it is.
	takes := map[string]int{
		"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1, "addError": 1,
		"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
	}
	found := 0
	for name, file := range sources(t, ".") {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			at, ok := takes[calledName(call)]
			if !ok {
				return true
			}
			found++
			summary := call.Args[at]
			if format, ok := summary.(*ast.CallExpr); ok && calledName(format) == "Sprintf" {
				summary = format.Args[0]
			}
			// A variable called summary is made of one of them a few lines before.
			if variable, ok := summary.(*ast.Ident); !ok || !strings.HasPrefix(variable.Name, "summary") {
				t.Errorf("%s: a first line that is not of summaries.go", name)
			}
			return true
		})
		if name == "summaries.go" {
			continue
		}
		ast.Inspect(file, func(node ast.Node) bool {
			assign, ok := node.(*ast.AssignStmt)
			if !ok || len(assign.Lhs) != len(assign.Rhs) {
				return true
			}
			for i, left := range assign.Lhs {
				if variable, ok := left.(*ast.Ident); ok && variable.Name == "summary" {
					if _, literal := textOf(assign.Rhs[i]); literal {
						t.Errorf("%s: a first line that is not of summaries.go", name)
					}
				}
			}
			return true
		})
	}
	if found < 40 {
		t.Errorf("only %d errors and warnings were found: are they given in another way?", found)
	}
}

func calledName(call *ast.CallExpr) string {
	switch function := call.Fun.(type) {
	case *ast.Ident:
		return function.Name
	case *ast.SelectorExpr:
		return function.Sel.Name
	default:
		return ""
	}
}

// TestEveryReasonIsExplained goes through what the API client says of what
// happened, where it has nothing of the API to quote.
func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	files := sources(t, "../kirim")
	reasons := textConstants(t, files["reasons.go"])
	if len(reasons) < 30 {
		t.Errorf("only %d reasons were found", len(reasons))
	}
	for name, reason := range reasons {
		if !strings.Contains(page, strings.TrimSpace(reason)) {
			t.Errorf("%s does not explain %s: %q", troubleshootingPage, name, reason)
		}
	}
	for name, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.CallExpr:
				if calledName(n) == "fail" && len(n.Args) == 2 {
					if text, literal := textOf(n.Args[1]); literal && text != "" {
						t.Errorf("%s: %q is not in reasons.go", name, text)
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
					if text, literal := textOf(n.Value); literal {
						t.Errorf("%s: %q is not in reasons.go", name, text)
					}
				}
			}
			return true
		})
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
