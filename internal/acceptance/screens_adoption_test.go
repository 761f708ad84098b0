package acceptance

import (
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// instance is the address of an one.
func instance(name string) string {
	return `module.mail["eu"].smtp_credential_password.this["` + name + `"]`
}

// TestAPasswordForThePlanAlone has existing_password come from an ephemeral
// variable that is empty in the apply. There is no screen of the provider's own
// for it: the apply plans once more, and the CLI finds the two plans to differ
// before it asks for anything to be adopted.
func TestAPasswordForThePlanAlone(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	c := newCases(t, s, map[string]bool{"at creation": false, "after an import": true},
		"existing_password = lookup(var.existing, each.key, null)")
	c.write("variables.tf", "variable \"existing\" {\n  type      = map(string)\n  ephemeral = true\n}\n")
	live := map[string]string{}
	for name, guid := range c.guids {
		live[name] = s.LivePassword("example.com", guid)
	}
	c.write("existing.json", string(toJSON(t, map[string]any{"existing": live}))) // any character goes in such a file
	with, without := "-var-file=existing.json", "-var=existing={}"
	c.must("import", "-no-color", without, c.address("after an import"), "example.com/"+c.guids["after an import"])
	c.must("plan", "-no-color", "-out=plan", with)
	c.workspace.fails([]string{
		"Provider produced inconsistent final plan", c.address("at creation"), c.address("after an import"),
		`was cty.StringVal("adopted"), but now cty.StringVal("created")`,
		`was cty.StringVal("adopted"), but now cty.StringVal("imported")`,
	}, "apply", "-no-color", without, "plan")
	c.must("plan", "-no-color", "-out=plan", with)
	c.must("apply", "-no-color", with, "plan")
	c.checkKept(live, 0)
}

// TestScreensOfATaintedAdoption has what is replaced end the password that its
// successor is to adopt: the plan is not told of it.
func TestScreensOfATaintedAdoption(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": {"revoke": true}})
	g.change("login", g.patientLogin(nil)) // what no login has seen taken is not ended
	g.change("existing", g.LivePassword("example.com", g.guid("shop")))
	g.apply()
	g.view("tainted-adoption", func() {
		g.must("taint", instance("shop"))
	}, "apply", "-auto-approve")
	g.planIsEmpty()
}

// TestScreensOfAReplacement has plans that would adopt what is dead by then, or
// may be.
func TestScreensOfAReplacement(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"revoked": {"revoke": true}, "unfinished": nil})
	for name, one := range g.cases {
		one["existing"] = g.LivePassword("example.com", g.guid(name))
		one["login"] = g.patientLogin(nil) // what no login has seen taken is not ended
	}
	g.hang()
	g.apply()
	g.cases["unfinished"]["release"] = 2
	g.hang()
	g.spoil("unfinished", simulator.FaultStatus(simulator.KindReset, 504, true))
	g.fails([]string{"may have stopped working"}, "apply", "-auto-approve", "-no-color")
	g.view("replacement", func() {}, "plan", "-replace="+instance("revoked"), "-replace="+instance("unfinished"))
}

// TestScreensOfAnImportedPassword has a rotation end unanswered where there is no
// password yet.
func TestScreensOfAnImportedPassword(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	g.imports("shop")
	g.view("imported-rotation", func() {
		g.forget()
		g.change("release", 1)
		g.apply() // takes up the trigger
		g.change("release", 2)
		g.spoil("shop", simulator.FaultStatus(simulator.KindReset, 504, true))
	}, "apply", "-auto-approve")
}

// TestScreensOfTwoResources has one credential in both of two modules, the second
// of which comes after the first.
func TestScreensOfTwoResources(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	_, module, _ := strings.Cut(screenRoot, `module "mail"`)
	g.write("spare.tf", `module "spare"`+strings.Replace(module, "\n}\n", "\n  depends_on  = [module.mail]\n}\n", 1))
	g.view("two-resources-planned", func() {}, "plan")
	release := 1
	g.view("two-resources", func() {
		release++
		g.change("release", release)
	}, "apply", "-auto-approve")
}
