package acceptance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// attributes are those of a block or a nested attribute.
type attributes map[string]*tfprotov6.SchemaAttribute

// ourSchema is what configurations are checked against. Resources are by their type,
// data sources by "data." and theirs.
type ourSchema struct {
	provider   attributes
	resources  map[string]attributes
	identities map[string]map[string]bool
}

func readOurSchema(t *testing.T) ourSchema {
	t.Helper()
	server, err := providerFactories()["smtp"]()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ours := ourSchema{byName(schemas.Provider.Block.Attributes), map[string]attributes{}, map[string]map[string]bool{}}
	for name, resource := range schemas.ResourceSchemas {
		ours.resources[name] = byName(resource.Block.Attributes)
	}
	for name, source := range schemas.DataSourceSchemas {
		ours.resources["data."+name] = byName(source.Block.Attributes)
	}
	for name, identity := range identities.IdentitySchemas {
		ours.identities[name] = map[string]bool{}
		for _, attribute := range identity.IdentityAttributes {
			ours.identities[name][attribute.Name] = true
		}
	}
	return ours
}

func byName(list []*tfprotov6.SchemaAttribute) attributes {
	named := attributes{}
	for _, attribute := range list {
		named[attribute.Name] = attribute
	}
	return named
}

const ourPrefix = "smtp_"

// metaArguments are the CLI's own, in every resource.
var metaArguments = []string{"count", "for_each", "provider", "depends_on"}

// examination looks at a configuration, and lists what is wrong with it.
type examination struct {
	ours ourSchema
	// declared are the addresses of the resources that there are.
	declared map[string]bool
	problems []string
}

func (e *examination) report(at hcl.Range, format string, arguments ...any) {
	e.problems = append(e.problems, fmt.Sprintf("%s:%d: ", at.Filename, at.Start.Line)+fmt.Sprintf(format, arguments...))
}

// examine checks everything of ours that a configuration sets or refers to,
// without its being applied.
func examine(ours ourSchema, files map[string]string) []string {
	e := &examination{ours: ours, declared: map[string]bool{}}
	var bodies []*hclsyntax.Body
	for _, name := range slices.Sorted(maps.Keys(files)) {
		body, diags := parse(name, files[name])
		if diags.HasErrors() {
			return []string{diags.Error()}
		}
		bodies = append(bodies, body)
		for _, block := range body.Blocks {
			if len(block.Labels) == 2 {
				e.declared[kindOf(block)+strings.Join(block.Labels[1:], "")] = true
			}
		}
	}
	for _, body := range bodies {
		for _, block := range body.Blocks {
			e.block(block)
			if block.Type == "removed" {
				continue // It names what is not there any more.
			}
			_ = hclsyntax.VisitAll(block, func(node hclsyntax.Node) hcl.Diagnostics {
				e.reference(node)
				return nil
			})
		}
	}
	return e.problems
}

// kindOf is how a reference to a block of this type begins.
func kindOf(block *hclsyntax.Block) string {
	if block.Type == "data" {
		return "data." + block.Labels[0] + "."
	}
	return block.Labels[0] + "."
}

func parse(name, text string) (*hclsyntax.Body, hcl.Diagnostics) {
	file, diags := hclparse.NewParser().ParseHCL([]byte(text), name)
	if diags.HasErrors() {
		return nil, diags
	}
	return file.Body.(*hclsyntax.Body), nil
}

func (e *examination) block(block *hclsyntax.Block) {
	switch kind := block.Type; {
	case kind == "provider" && block.Labels[0] == "smtp":
		e.arguments(block.Body.Attributes, e.ours.provider, []string{"alias"}, block.DefRange())
	case kind == "import":
		e.importBlock(block)
	case len(block.Labels) == 2 && strings.HasPrefix(block.Labels[0], ourPrefix):
		schema, ok := e.ours.resources[strings.TrimSuffix(kindOf(block), ".")]
		if !ok {
			e.report(block.DefRange(), "there is no %s %s", kind, block.Labels[0])
			return
		}
		e.arguments(block.Body.Attributes, schema, metaArguments, block.DefRange())
		for _, inner := range block.Body.Blocks {
			if !slices.Contains([]string{"lifecycle", "provisioner", "connection"}, inner.Type) {
				e.report(inner.DefRange(), "there is no block %s", inner.Type)
			}
		}
	}
}

// arguments checks what a block sets.
func (e *examination) arguments(set hclsyntax.Attributes, schema attributes, meta []string, at hcl.Range) {
	values := map[string]hclsyntax.Expression{}
	for name, argument := range set {
		if !slices.Contains(meta, name) {
			values[name] = argument.Expr
		}
	}
	e.values(values, schema, at)
}

func (e *examination) values(values map[string]hclsyntax.Expression, schema attributes, at hcl.Range) {
	for _, name := range slices.Sorted(maps.Keys(schema)) {
		if _, ok := values[name]; !ok && schema[name].Required {
			e.report(at, "%s is required", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		attribute, ok := schema[name]
		switch {
		case !ok:
			e.report(values[name].Range(), "there is no argument %s", name)
		case !attribute.Required && !attribute.Optional:
			e.report(values[name].Range(), "%s cannot be set", name)
		case attribute.NestedType != nil:
			if nested, ok := items(values[name]); ok {
				e.values(nested, byName(attribute.NestedType.Attributes), values[name].Range())
			}
		}
	}
}

// items are what an object is written of; ok is false for anything else.
func items(expression hclsyntax.Expression) (values map[string]hclsyntax.Expression, ok bool) {
	object, ok := expression.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil, false
	}
	values = map[string]hclsyntax.Expression{}
	for _, item := range object.Items {
		if key, diags := item.KeyExpr.Value(nil); !diags.HasErrors() {
			values[key.AsString()] = item.ValueExpr
		}
	}
	return values, true
}

func (e *examination) importBlock(block *hclsyntax.Block) {
	to, ok := block.Body.Attributes["to"]
	if !ok {
		e.report(block.DefRange(), "to is required")
		return
	}
	_, byID := block.Body.Attributes["id"]
	identity, byIdentity := block.Body.Attributes["identity"]
	kind := "none"
	if traversals := to.Expr.Variables(); len(traversals) > 0 {
		kind = traversals[0].RootName()
	}
	want, ours := e.ours.identities[kind]
	switch {
	case !ours:
	case byID == byIdentity:
		e.report(block.DefRange(), "either id or identity is required")
	case byIdentity:
		given, _ := items(identity.Expr)
		if got := slices.Sorted(maps.Keys(given)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
			e.report(identity.SrcRange, "the identity is made of %q, not %q", slices.Sorted(maps.Keys(want)), got)
		}
	}
}

// reference checks what an expression reads of a resource.
func (e *examination) reference(node hclsyntax.Node) {
	switch x := node.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		e.path(x.Traversal, nil)
	case *hclsyntax.RelativeTraversalExpr: // resource.name[each.key].attribute
		if index, ok := x.Source.(*hclsyntax.IndexExpr); ok {
			e.path(traversalOf(index.Collection), x.Traversal)
		}
	case *hclsyntax.SplatExpr: // resource.name[*].attribute
		if each, ok := x.Each.(*hclsyntax.RelativeTraversalExpr); ok {
			e.path(traversalOf(x.Source), each.Traversal)
		}
	}
}

func traversalOf(expression hclsyntax.Expression) hcl.Traversal {
	if scope, ok := expression.(*hclsyntax.ScopeTraversalExpr); ok {
		return scope.Traversal
	}
	return nil
}

// path checks a path from a resource's type to an attribute, as far as it goes.
func (e *examination) path(from, to hcl.Traversal) {
	kind := from.RootName()
	if step, ok := from[min(1, len(from)-1)].(hcl.TraverseAttr); ok && kind == "data" {
		kind, from = "data."+step.Name, from[1:]
	}
	if len(from) < 2 || !strings.HasPrefix(strings.TrimPrefix(kind, "data."), ourPrefix) {
		return
	}
	at, schema := from.SourceRange(), e.ours.resources[kind]
	var names []string
	for _, step := range slices.Concat(from[1:], to) {
		if attribute, ok := step.(hcl.TraverseAttr); ok {
			names = append(names, attribute.Name)
		}
	}
	if address := kind + "." + names[0]; !e.declared[address] {
		e.report(at, "there is no %s", address)
	}
	for _, name := range names[1:] {
		attribute, ok := schema[name]
		if !ok {
			e.report(at, "there is no attribute %s", name)
			return
		}
		if attribute.NestedType == nil {
			return // What is in a map, or in what the API sends, is not in the schema.
		}
		schema = byName(attribute.NestedType.Attributes)
	}
}

// sources are the providers that a configuration requires.
func sources(t *testing.T, e example) []string {
	t.Helper()
	var sources []string
	for name, text := range e.files {
		body, diags := parse(name, text)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, block := range body.Blocks {
			if block.Type != "terraform" {
				continue
			}
			for _, inner := range block.Body.Blocks {
				for _, required := range inner.Body.Attributes {
					value, diags := required.Expr.Value(nil)
					if inner.Type != "required_providers" {
						continue
					}
					if diags.HasErrors() {
						t.Fatal(diags)
					}
					sources = append(sources, value.GetAttr("source").AsString())
				}
			}
		}
	}
	return sources
}

// applicable tells whether a test can apply an example, by the providers that it requires
// and by the types of its resources: its providers may be required elsewhere on its page.
func (e example) applicable(t *testing.T) bool {
	t.Helper()
	for _, source := range sources(t, e) {
		if source != "kirimemail/smtp" && source != "hashicorp/time" {
			return false
		}
	}
	for name, text := range e.files {
		body, diags := parse(name, text)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, block := range body.Blocks {
			if len(block.Labels) != 2 {
				continue
			}
			if provider, _, _ := strings.Cut(block.Labels[0], "_"); !slices.Contains([]string{"smtp", "terraform", "time"}, provider) {
				return false
			}
		}
	}
	return true
}

// TestExamplesFollowTheSchema looks at those too that cannot be applied.
func TestExamplesFollowTheSchema(t *testing.T) {
	t.Parallel()
	ours := readOurSchema(t)
	for _, e := range findExamples(t) {
		for _, problem := range examine(ours, e.files) {
			t.Errorf("%s: %s", e.name, problem)
		}
	}
}

// TestMistakesInExamplesAreFound has one mistake each.
func TestMistakesInExamplesAreFound(t *testing.T) {
	t.Parallel()
	ours := readOurSchema(t)
	const good = `
resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = { version = "1" }

  login_check = {
    host = "smtp.example.com"
  }

  timeouts = {
    update = "5m"
  }
}

import {
  to       = smtp_credential_password.app
  identity = { domain = "example.com", credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff" }
}

resource "other" "reader" {
  for_each = {}
  version  = smtp_credential_password.app.password_version
  host     = smtp_credential_password.app.login_check.host
  trigger  = smtp_credential_password.app.rotation_triggers.version
  indexed  = smtp_credential_password.app[each.key].login
  all      = smtp_credential_password.app[*].username
}
`
	if problems := examine(ours, map[string]string{"main.tf": good}); len(problems) > 0 {
		t.Fatalf("in a good configuration: %s", problems)
	}
	for name, mistake := range map[string]struct{ right, wrong, problem string }{
		"no HCL":                  {`domain `, `domain ==`, "main.tf"},
		"an argument":             {`rotation_triggers =`, `rotation_trigger =`, "no argument rotation_trigger"},
		"an argument in login":    {`    host =`, "    hosts = 1\n    host =", "no argument hosts"},
		"an argument in timeouts": {`update =`, `rotate =`, "no argument rotate"},
		"one that is left out":    {`    host = "smtp.example.com"`, ``, "host is required"},
		"a required one":          {`  domain          = "example.com"`, ``, "domain is required"},
		"one that is read-only":   {`timeouts =`, "password = 1\n  timeouts =", "password cannot be set"},
		"a resource type":         {`resource "smtp_credential_password"`, `resource "smtp_password"`, "no resource smtp_password"},
		"a data source":           {`resource "smtp_credential_password"`, `data "smtp_credential_password"`, "no data smtp_credential_password"},
		"a block":                 {`  timeouts =`, "  timeouts {}\n  timeouts =", "no block timeouts"},
		"an attribute":            {`app.password_version`, `app.version`, "no attribute version"},
		"a nested attribute":      {`login_check.host`, `login_check.server`, "no attribute server"},
		"one after an index":      {`[each.key].login`, `[each.key].user`, "no attribute user"},
		"one of all":              {`[*].username`, `[*].user`, "no attribute user"},
		"another resource":        {`smtp_credential_password.app.password_version`, `smtp_credential_password.old.login`, "no smtp_credential_password.old"},
		"an identity":             {`{ domain = "example.com", credential_guid`, `{ domain = "example.com", guid`, "the identity is made of"},
		"an import of two kinds":  {`  identity =`, "  id = 1\n  identity =", "either id or identity"},
		"an import of nothing":    {`  to `, `  of `, "to is required"},
	} {
		bad := strings.Replace(good, mistake.right, mistake.wrong, 1)
		if bad == good {
			t.Errorf("%s: nothing was changed", name)
		}
		if problems := strings.Join(examine(ours, map[string]string{"main.tf": bad}), "\n"); !strings.Contains(problems, mistake.problem) {
			t.Errorf("%s: found %q, want %q", name, problems, mistake.problem)
		}
	}
}
