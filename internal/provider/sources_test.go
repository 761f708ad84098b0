package provider

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources are the parsed files of a package, without its tests, and what its
// names stand for. What it imports is not looked at, so that a name of another
// package stands for nothing.
type sources struct {
	files map[string]*ast.File
	set   *token.FileSet
	info  types.Info
	// given are what each variable, parameter and field is ever set to. A
	// variable itself stands for what cannot be followed.
	given map[*types.Var][]origin
	// declared are the package's own functions.
	declared map[*types.Func]*ast.FuncDecl
}

// origin is an expression, or one result of a call.
type origin struct {
	ast.Expr
	result int
}

// emptyText is what a variable is that is set to nothing.
var emptyText = &ast.BasicLit{Kind: token.STRING, Value: `""`}

// blind imports every package as if there were nothing in it.
type blind struct{}

func (blind) Import(name string) (*types.Package, error) {
	imported := types.NewPackage(name, path.Base(name))
	imported.MarkComplete()
	return imported, nil
}

func readSources(t *testing.T, folder string) *sources {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	s := &sources{
		files: map[string]*ast.File{}, set: token.NewFileSet(),
		info: types.Info{
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		},
		given: map[*types.Var][]origin{}, declared: map[*types.Func]*ast.FuncDecl{},
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files[filepath.Base(path)] = file
		files = append(files, file)
	}
	// It complains of all that is imported.
	config := types.Config{Importer: blind{}, Error: func(error) {}}
	_, _ = config.Check(folder, s.set, files, &s.info)
	s.each(func(node ast.Node) {
		if declaration, ok := node.(*ast.FuncDecl); ok {
			if function, ok := s.info.Defs[declaration.Name].(*types.Func); ok {
				s.declared[function] = declaration
			}
		}
	})
	called := map[*ast.Ident]bool{}
	s.each(func(node ast.Node) {
		if call, ok := node.(*ast.CallExpr); ok {
			called[nameOf(call.Fun)] = true
		}
	})
	s.each(func(node ast.Node) { s.follow(node, called) })
	return s
}

// each visits all that is in the package.
func (s *sources) each(visit func(ast.Node)) {
	for _, file := range s.files {
		ast.Inspect(file, func(node ast.Node) bool {
			if node != nil {
				visit(node)
			}
			return true
		})
	}
}

// nameOf is the last name of an expression such as a.b or b, nil where it has
// none.
func nameOf(expression ast.Expr) *ast.Ident {
	switch e := expression.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.ParenExpr:
		return nameOf(e.X)
	default:
		return nil
	}
}

// stands is what an expression such as a.b or b names.
func (s *sources) stands(expression ast.Expr) types.Object {
	name := nameOf(expression)
	if name == nil {
		return nil
	}
	if object := s.info.Defs[name]; object != nil {
		return object
	}
	return s.info.Uses[name]
}

func (s *sources) give(to types.Object, from ast.Expr, result int) {
	if variable, ok := to.(*types.Var); ok && from != nil {
		s.given[variable] = append(s.given[variable], origin{from, result})
	}
}

// loses says that a variable is set to something that cannot be followed.
func (s *sources) loses(to types.Object) {
	if variable, ok := to.(*types.Var); ok {
		name := ast.NewIdent(variable.Name())
		s.info.Uses[name] = variable
		s.given[variable] = append(s.given[variable], origin{name, -1})
	}
}

// follow notes what a piece of code sets a variable to.
func (s *sources) follow(node ast.Node, called map[*ast.Ident]bool) {
	switch n := node.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			switch {
			case n.Tok != token.ASSIGN && n.Tok != token.DEFINE:
				s.loses(s.stands(left))
			case len(n.Lhs) == len(n.Rhs):
				s.give(s.stands(left), n.Rhs[i], 0)
			default:
				s.give(s.stands(left), n.Rhs[0], i)
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			switch len(n.Values) {
			case 0:
				s.give(s.stands(name), emptyText, 0)
			case len(n.Names):
				s.give(s.stands(name), n.Values[i], 0)
			default:
				s.give(s.stands(name), n.Values[0], i)
			}
		}
	case *ast.RangeStmt:
		s.loses(s.stands(n.Key))
		s.loses(s.stands(n.Value))
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			s.loses(s.stands(n.X))
		}
	case *ast.CompositeLit:
		s.followLiteral(n)
	case *ast.CallExpr:
		s.followCall(n)
	case *ast.Ident:
		// Somebody else may call it.
		if function, ok := s.stands(n).(*types.Func); ok && s.declared[function] != nil && (n.IsExported() || s.info.Uses[n] != nil && !called[n]) {
			s.losesParameters(function)
		}
	}
}

func (s *sources) followLiteral(literal *ast.CompositeLit) {
	structure, _ := s.info.TypeOf(literal).(*types.Named)
	for i, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			s.give(s.stands(pair.Key), pair.Value, 0)
		} else if structure != nil {
			if fields, ok := structure.Underlying().(*types.Struct); ok && i < fields.NumFields() {
				s.give(fields.Field(i), element, 0)
			}
		}
	}
}

func (s *sources) followCall(call *ast.CallExpr) {
	name := nameOf(call.Fun)
	if name == nil {
		return
	}
	if s.info.Uses[name] == nil {
		// Of another package, or of a type that could not be told.
		for own := range s.declared {
			if own.Name() == name.Name {
				s.losesParameters(own)
			}
		}
		return
	}
	function, ok := s.info.Uses[name].(*types.Func)
	if !ok || s.declared[function] == nil {
		return
	}
	signature := function.Signature()
	parameters := signature.Params()
	for i := range parameters.Len() {
		switch {
		case signature.Variadic() && i == parameters.Len()-1:
			s.loses(parameters.At(i))
		case len(call.Args) == 1 && parameters.Len() > 1:
			s.give(parameters.At(i), call.Args[0], i)
		case i < len(call.Args):
			s.give(parameters.At(i), call.Args[i], 0)
		}
	}
}

func (s *sources) losesParameters(function *types.Func) {
	for parameter := range function.Signature().Params().Variables() {
		s.loses(parameter)
	}
}

// origins are all that an expression can be: as it is, or where it is a
// variable, a parameter, a field or the result of a function of the package,
// what that is ever set to.
func (s *sources) origins(expression ast.Expr) []ast.Expr {
	return s.originsOf(origin{expression, 0}, map[any]bool{})
}

func (s *sources) originsOf(from origin, seen map[any]bool) []ast.Expr {
	if from.result < 0 {
		return []ast.Expr{from.Expr}
	}
	var all []ast.Expr
	follow := func(what any, next []origin) []ast.Expr {
		if !seen[what] {
			seen[what] = true
			for _, o := range next {
				all = append(all, s.originsOf(o, seen)...)
			}
		}
		return all
	}
	switch e := from.Expr.(type) {
	case *ast.ParenExpr:
		return s.originsOf(origin{e.X, from.result}, seen)
	case *ast.Ident, *ast.SelectorExpr:
		if variable, ok := s.stands(e).(*types.Var); ok && len(s.given[variable]) > 0 {
			return follow(variable, s.given[variable])
		}
	case *ast.CallExpr:
		if function, ok := s.stands(e.Fun).(*types.Func); ok && s.declared[function] != nil {
			return follow([2]any{function, from.result}, s.returned(function, from.result))
		}
	}
	return []ast.Expr{from.Expr}
}

// returned are what a function gives as one of its results.
func (s *sources) returned(function *types.Func, result int) []origin {
	results := function.Signature().Results()
	if result >= results.Len() {
		return nil
	}
	all := slices.Clone(s.given[results.At(result)])
	ast.Inspect(s.declared[function].Body, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			switch len(n.Results) {
			case 0:
				all = append(all, origin{emptyText, 0})
			case results.Len():
				all = append(all, origin{n.Results[result], 0})
			default:
				all = append(all, origin{n.Results[0], result})
			}
		}
		return true
	})
	return all
}

// at is where the first of these is that was written down anywhere.
func (s *sources) at(nodes ...ast.Node) string {
	for _, node := range nodes {
		if position := s.set.Position(node.Pos()); position.IsValid() {
			return filepath.Base(position.Filename) + ":" + strconv.Itoa(position.Line)
		}
	}
	return "nowhere"
}

// constants are a file's constants that are texts.
func (s *sources) constants(file string) map[string]string {
	all := map[string]string{}
	for name, object := range s.info.Defs {
		if text, ok := s.constant(name, file); ok && object != nil {
			all[name.Name] = text
		}
	}
	return all
}

// constant is the text of an expression that is the name of a file's constant.
func (s *sources) constant(expression ast.Expr, file string) (string, bool) {
	object, ok := s.stands(expression).(*types.Const)
	if !ok || filepath.Base(s.set.Position(object.Pos()).Filename) != file || object.Val().Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(object.Val()), true
}

// isOf tells whether an expression is a call of a function of another package.
func (s *sources) isOf(call *ast.CallExpr, of, function string) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != function || len(call.Args) == 0 {
		return false
	}
	imported, ok := s.stands(selector.X).(*types.PkgName)
	return ok && imported.Imported().Path() == of
}

// part is a piece of a text that is put together: words, or else an expression.
type part struct {
	words string
	ast.Expr
}

var verb = regexp.MustCompile(`%[^a-zA-Z%]*[a-zA-Z]`)

// parts takes a text apart: what + joins, and what a format does.
func (s *sources) parts(expression ast.Expr) []part {
	switch e := expression.(type) {
	case *ast.ParenExpr:
		return s.parts(e.X)
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []part{{words: text}}
		}
	case *ast.BinaryExpr:
		left, right := s.parts(e.X), s.parts(e.Y)
		if last := &left[len(left)-1]; last.Expr == nil && right[0].Expr == nil {
			last.words += right[0].words
			right = right[1:]
		}
		return append(left, right...)
	case *ast.CallExpr:
		if all := s.formatted(e); all != nil {
			return all
		}
	}
	return []part{{Expr: expression}}
}

// formatted are the parts of what a format makes, nil where that cannot be told.
func (s *sources) formatted(call *ast.CallExpr) (all []part) {
	if !s.isOf(call, "fmt", "Sprintf") && !s.isOf(call, "fmt", "Errorf") {
		return nil
	}
	format := s.parts(call.Args[0])
	words := verb.Split(format[0].words, -1)
	if len(format) > 1 || format[0].Expr != nil || len(words) != len(call.Args) {
		return nil
	}
	for i, w := range words {
		all = append(all, part{words: w})
		if i+1 < len(call.Args) {
			all = append(all, s.parts(call.Args[i+1])...)
		}
	}
	return all
}

// field is a field of one of the package's types.
func (s *sources) field(t *testing.T, of, name string) *types.Var {
	t.Helper()
	for _, object := range s.info.Defs {
		if named, ok := object.(*types.TypeName); ok && named.Name() == of {
			if structure, ok := named.Type().Underlying().(*types.Struct); ok {
				for field := range structure.Fields() {
					if field.Name() == name {
						return field
					}
				}
			}
		}
	}
	t.Fatalf("there is no %s.%s", of, name)
	return nil
}
