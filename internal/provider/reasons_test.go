package provider

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// TestEveryReasonIsExplained goes through what the API client says of what
// happened, where it has nothing of the API to quote.
func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	s := readSources(t, "../kirim")
	reasons := s.constants("reasons.go")
	if len(reasons) < 30 {
		t.Errorf("only %d reasons were found", len(reasons))
	}
	for name, reason := range reasons {
		if !strings.Contains(page, strings.TrimSpace(reason)) {
			t.Errorf("%s does not explain %s: %q", troubleshootingPage, name, reason)
		}
	}
	found := 0
	check := func(node ast.Node, from origin) {
		found++
		for _, reason := range s.originsOf(from, map[any]bool{}) {
			if !s.isReason(origin{reason, 0}, page) {
				t.Errorf("%s: a reason that is not made of those of reasons.go", s.at(reason, node))
			}
		}
	}
	s.each(func(node ast.Node) {
		switch n := node.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
				check(n, origin{n.Value, 0})
			}
		case *ast.CompositeLit:
			if name, ok := n.Type.(*ast.Ident); ok && name.Name == "Error" && len(n.Elts) > 0 {
				if _, keyed := n.Elts[0].(*ast.KeyValueExpr); !keyed {
					t.Errorf("%s: an Error without the names of its fields", s.at(n))
				}
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				selector, ok := left.(*ast.SelectorExpr)
				switch {
				case !ok || selector.Sel.Name != "Reason":
				case n.Tok != token.ASSIGN:
					t.Errorf("%s: something is added to a reason", s.at(n))
				case len(n.Lhs) == len(n.Rhs):
					check(n, origin{n.Rhs[i], 0})
				default:
					check(n, origin{n.Rhs[0], i})
				}
			}
		case *ast.UnaryExpr:
			if selector, ok := n.X.(*ast.SelectorExpr); ok && n.Op == token.AND && selector.Sel.Name == "Reason" {
				t.Errorf("%s: a reason that anybody may set", s.at(n))
			}
		}
	})
	if found < 10 {
		t.Errorf("only %d reasons are given", found)
	}
}

// isReason tells whether a text is always one of reasons.go, or made of them.
func (s *sources) isReason(from origin, page string) bool {
	return !slices.ContainsFunc(s.originsOf(from, map[any]bool{}), func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if ok && nameOf(call.Fun) != nil && nameOf(call.Fun).Name == "Error" {
			return !s.isErrorOfReasons(call, page)
		}
		return !isEmpty(e) && !s.isMadeOfReasons(s.parts(e), page)
	})
}

// isErrorOfReasons looks at the error whose text is asked for.
func (s *sources) isErrorOfReasons(text *ast.CallExpr, page string) bool {
	selector, ok := text.Fun.(*ast.SelectorExpr)
	return ok && !slices.ContainsFunc(s.origins(selector.X), func(e ast.Expr) bool {
		if name, ok := e.(*ast.Ident); ok && name.Name == "nil" || isEmpty(e) {
			return false
		}
		call, ok := e.(*ast.CallExpr)
		return !ok || !s.isOf(call, "errors", "New") || !s.isReason(origin{call.Args[0], 0}, page)
	})
}

// isMadeOfReasons tells whether a text begins with a reason, but for who it is
// about, and goes on with others, with values, and with words that are on the
// page.
func (s *sources) isMadeOfReasons(parts []part, page string) bool {
	who, begun := "", false
	for _, p := range parts {
		_, reason := s.constant(p.Expr, "reasons.go")
		switch {
		case reason && !begun:
			if !slices.Contains([]string{"", "the API ", "the server ", "the server at … "}, who) {
				return false
			}
			begun = true
		case reason:
		case p.Expr == nil && begun:
			if !strings.Contains(page, strings.TrimSpace(p.words)) {
				return false
			}
		case p.Expr == nil:
			who += p.words
		case !begun && s.isValue(p.Expr):
			who += "…"
		case !s.isValue(p.Expr) && (!begun || !s.isReason(origin{p.Expr, 0}, page)):
			return false
		}
	}
	return begun
}

// isValue tells whether an expression is a number, a time or the like of another
// package, and has no words in it.
func (s *sources) isValue(expression ast.Expr) bool {
	value := true
	ast.Inspect(expression, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.BasicLit:
			value = value && n.Kind != token.STRING
		case ast.Expr:
			of := s.info.TypeOf(n)
			value = value && (of == nil || of.Underlying() != types.Typ[types.String])
		}
		return value
	})
	return value
}

func isEmpty(expression ast.Expr) bool {
	literal, ok := expression.(*ast.BasicLit)
	return ok && literal.Value == `""`
}
