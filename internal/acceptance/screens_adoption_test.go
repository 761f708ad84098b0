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
	for name, imported := range map[string]bool{"at creation": false, "after an import": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			live := s.LivePassword(s.credential.Domain, s.credential.GUID)
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(`existing_password = var.existing == "" ? null : var.existing`)+
				"\nvariable \"existing\" {\n  type      = string\n  ephemeral = true\n}\n")
			if imported {
				w.must("import", "-no-color", "-var=existing=", passwordAddress, "example.com/"+s.credential.GUID)
			}
			w.must("plan", "-no-color", "-out=plan", "-var=existing="+live)
			w.fails([]string{"Provider produced inconsistent final plan", `was cty.StringVal("adopted")`}, "apply", "-no-color", "-var=existing=", "plan")
			w.must("plan", "-no-color", "-out=plan", "-var=existing="+live)
			w.must("apply", "-no-color", "-var=existing="+live, "plan")
			if w.password() != live {
				t.Error("the stored password is another one")
			}
			w.checkResets(0)
		})
	}
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
	imported := false
	g.view("imported-rotation", func() {
		if imported {
			g.must("state", "rm", instance("shop"))
		}
		imported = true
		g.change("release", 1)
		g.must("import", "-no-color", instance("shop"), "example.com/"+g.guid("shop"))
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
	g.must("init", "-no-color", "-input=false")
	g.view("two-resources-planned", func() {}, "plan")
	release := 1
	g.view("two-resources", func() {
		release++
		g.change("release", release)
	}, "apply", "-auto-approve")
}
