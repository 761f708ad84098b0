package acceptance

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const pairModule = `
terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "credentials" {
  type = any
}

resource "smtp_credential_password_pair" "this" {
  for_each = var.credentials

  domain                = "example.com"
  credential_guids      = try(each.value.guids, [each.value.guid, each.value.second])
  existing_password     = try(each.value.existing, null)
  rotation_triggers     = { release = each.value.release }
  rotation_period       = try(each.value.period, null)
  login_check           = try(each.value.login, null)
  revoke_previous_after = try(each.value.revoke_after, null)
  revoke_on_destroy     = try(each.value.revoke, null)
  timeouts              = try(each.value.timeouts, null)
}
`

// newPairScreens has a pair for each one, in the place of a credential.
func newPairScreens(t *testing.T, options simulator.Options, cases map[string]variables) *screenCases {
	t.Helper()
	g := newScreenCases(t, options, cases)
	for n, name := range slices.Sorted(maps.Keys(cases)) {
		second := fmt.Sprintf("92703823-f3a4-48e2-8e87-%012d", n+1)
		if _, err := g.AddCredentialWithGUID("example.com", name+"-b", second); err != nil {
			t.Fatal(err)
		}
		cases[name]["second"] = second
	}
	g.write("mail/main.tf", strings.TrimPrefix(pairModule, "\n"))
	g.hang()
	return g
}

// pairInstance is the address of an one.
func pairInstance(name string) string {
	return strings.Replace(instance(name), "smtp_credential_password", pairType, 1)
}

// second is the GUID of an one's second credential.
func (g *screenCases) second(name string) string { return g.cases[name]["second"].(string) }

// spoilSecond queues a fault for a request about an one's second credential.
func (g *screenCases) spoilSecond(name string, fault simulator.Fault) {
	fault.GUID = g.second(name)
	g.Inject(fault)
}

// TestScreensOfAPairThatIsTakenOver has the plan of a creation say whose password it ends,
// and which second credential fails the first rotation; an import that goes well, and one
// of the same credential twice.
func TestScreensOfAPairThatIsTakenOver(t *testing.T) {
	t.Parallel()
	g := newPairScreens(t, simulator.Options{}, map[string]variables{
		"shop": nil, "wrong-second": nil, "imported": nil, "twice": nil,
	})
	g.write("import.tf",
		importBlock(pairInstance("imported"), "example.com/"+g.guid("imported")+","+g.second("imported"))+
			importBlock(pairInstance("twice"), "example.com/"+g.guid("twice")+","+g.guid("twice")))
	g.view("pair-taken-over", func() {
		g.spoilLists()
		g.spoilSecond("wrong-second", simulator.FaultEnvelope(simulator.KindGet, 404, "Credential not found", false))
	}, "plan")
}

// TestScreensOfAPairsArguments has values that no pair has.
func TestScreensOfAPairsArguments(t *testing.T) {
	t.Parallel()
	g := newPairScreens(t, simulator.Options{}, map[string]variables{
		"twice": {"guids": []string{uuid, strings.ToUpper(uuid)}}, "alone": {"guids": []string{uuid}},
		"an-id": {"guids": []string{uuid, "42"}}, "days": {"revoke_after": "2d"},
		"too-long": {"period": "48h", "revoke_after": "48h"},
		"username": {"login": variables{"host": "smtp.example.com", "username": "shop@example.com"}},
	})
	g.view("pair-arguments", func() {}, "plan")
	if len(g.kinds()) > 0 {
		t.Errorf("requests were made: %s", g.kinds())
	}
}

// TestScreensOfAPairsRotation has the plan of one, which says which becomes active and
// why, and what it ends; and rotations that fail, each in its way.
func TestScreensOfAPairsRotation(t *testing.T) {
	t.Parallel()
	g := newPairScreens(t, simulator.Options{}, map[string]variables{
		"shop":    {"revoke_after": "48h", "period": "720h"},
		"account": nil, "gateway": nil, "untaken": nil, "unreachable": nil,
	})
	g.apply()
	g.advance(time.Hour)
	g.cases["shop"]["release"] = "2"
	g.hang()
	plan := g.terminal("plan", "-input=false")
	_, changes, _ := strings.Cut(plan, "will perform the following actions:\n")
	changes, _, _ = strings.Cut(changes, "\n─")
	changes = cliOwn.ReplaceAllString(trailing.ReplaceAllString(strings.TrimLeft(changes, "\n"), "\n"), "")
	compare(t, "pair-rotation-plan.txt", g.steady(changes))

	g.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	release := 1
	g.view("pair-rotation", func() {
		release++
		g.change("release", fmt.Sprint(release))
		g.cases["shop"]["release"] = "1"
		g.cases["untaken"]["login"] = loginAt(g.SMTPAddr(), variables{"ca_certificate": string(g.CACertificate())})
		g.cases["unreachable"]["login"] = loginAt("127.0.0.1:1", nil)
		g.hang()
		g.spoilSecond("account", simulator.FaultEnvelope(simulator.KindReset, 401, "Unauthorized", false))
		g.spoilSecond("gateway", simulator.FaultStatus(simulator.KindReset, 504, true))
	}, "apply", "-auto-approve")
}

var (
	// trailing is what a screen is filled up with.
	trailing = regexp.MustCompile(` +\n`)
	// cliOwn are lines of a plan that are not the same on each CLI.
	cliOwn = regexp.MustCompile(`.* existing_password .*\n|.*# \(\d+ unchanged attributes hidden\)\n`)
)

// TestScreensOfAPairsRevocation has one that fails, and one that is left.
func TestScreensOfAPairsRevocation(t *testing.T) {
	t.Parallel()
	g := newPairScreens(t, simulator.Options{}, map[string]variables{"gateway": nil, "refused": nil, "others": nil})
	g.change("revoke_after", "48h")
	g.apply()
	g.change("release", "2")
	g.apply()
	g.advance(48 * time.Hour)
	g.ResetExternally("example.com", g.guid("others"))
	state := string(g.readState())
	g.view("pair-revocation", func() {
		g.write("terraform.tfstate", state)
		g.spoil("gateway", simulator.FaultStatus(simulator.KindReset, 504, false))
		g.spoil("refused", simulator.FaultEnvelope(simulator.KindReset, 401, "Unauthorized", false))
	}, "apply", "-auto-approve")
}
