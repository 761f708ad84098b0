package provider

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

// summaries are all first lines that there can be, by their constants: those
// with a name in them once for each name.
func summaries(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for constant, summary := range readSources(t, ".").constants("summaries.go") {
		switch summary {
		case summaryMissing:
			for _, s := range []setting{settingUsername, settingToken} { // the base URL has a default
				all[constant] = append(all[constant], fmt.Sprintf(summary, s.what))
			}
		case summaryUnusable:
			for _, s := range []setting{settingBaseURL, settingUsername, settingToken} {
				all[constant] = append(all[constant], fmt.Sprintf(summary, s.what, s.argument), fmt.Sprintf(summary, s.what, s.variable))
			}
		case summaryInvalid:
			for argument := range validated(t) {
				all[constant] = append(all[constant], fmt.Sprintf(summary, argument))
			}
		default:
			all[constant] = append(all[constant], summary)
		}
	}
	return all
}

// TestFirstLinesAreAllInOnePlace keeps a new error from getting past the page:
// whatever is handed to the framework as a first line has to be a constant of
// summaries.go, wherever it comes from.
func TestFirstLinesAreAllInOnePlace(t *testing.T) {
	t.Parallel()
	s := readSources(t, ".")
	// The functions that take a first line, and which argument it is.
	takes := map[string]int{
		"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1,
		"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
	}
	found := 0
	called := map[*ast.Ident]bool{}
	s.each(func(node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok || nameOf(call.Fun) == nil {
			return
		}
		called[nameOf(call.Fun)] = true
		at, ok := takes[nameOf(call.Fun).Name]
		if !ok {
			return
		}
		for _, summary := range s.origins(call.Args[at]) {
			found++
			if !s.isSummary(summary) {
				t.Errorf("%s: a first line that may be another than those of summaries.go", s.at(summary, call))
			}
		}
	})
	if found < 40 {
		t.Errorf("only %d errors and warnings were found: are they given in another way?", found)
	}
	s.each(func(node ast.Node) {
		switch n := node.(type) {
		case *ast.Ident:
			if _, takes := takes[n.Name]; takes && !called[n] {
				t.Errorf("%s: %s is handed on, and nobody sees what it is called with", s.at(n), n.Name)
			}
		case *ast.FuncDecl:
			if n.Name.Name == "Summary" {
				t.Errorf("%s: a diagnostic with a first line of its own", s.at(n))
			}
		}
	})
}

// isSummary tells whether an expression is a first line of summaries.go, with
// all the names filled in that it has room for.
func (s *sources) isSummary(expression ast.Expr) bool {
	call, format := expression.(*ast.CallExpr)
	if format {
		if !s.isOf(call, "fmt", "Sprintf") {
			return false
		}
		expression = call.Args[0]
	}
	text, ok := s.constant(expression, "summaries.go")
	return ok && format == strings.Contains(text, "%")
}
