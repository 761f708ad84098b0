package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

var timePattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$`)

// steps runs the steps of a lifecycle; plugin-testing sees to it that the plan
// after each of them is empty, and destroys in the end.
func steps(t *testing.T, list ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: providerFactories(), Steps: list})
}

func TestCreateLooksAndMakesOneReset(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	h := &history{service: s}
	config := s.providerBlock() + s.passwordBlock() + dependentBlock
	value := func(name string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New(name), check)
	}
	var kinds []string
	steps(t, resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(passwordAddress, plancheck.ResourceActionCreate),
			plancheck.ExpectUnknownValue(passwordAddress, tfjsonpath.New("password")),
			plancheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("rotation_reason"), knownvalue.StringExact("created")),
			plancheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("id"),
				knownvalue.StringExact("example.com/"+s.credential.GUID)),
		}},
		ConfigStateChecks: []statecheck.StateCheck{
			h.rotated(1),
			stateCheck(func(context.Context, map[string]any) error {
				// The rest of the requests are the refreshes of later plans.
				kinds = s.kinds()
				if !slices.Equal(kinds[:3], []string{"get", "get", "reset"}) { // a look in the plan, and one in the apply
					return fmt.Errorf("the first requests were %s", kinds)
				}
				return nil
			}),
			statecheck.ExpectSensitiveValue(passwordAddress, tfjsonpath.New("password")),
			value("id", knownvalue.StringExact("example.com/"+s.credential.GUID)),
			value("username", knownvalue.StringExact("mailer")),
			value("login", knownvalue.StringExact("mailer@example.com")),
			value("rotation_reason", knownvalue.StringExact("created")),
			value("remote_sync", knownvalue.Bool(true)),
			value("created_at", knownvalue.StringRegexp(timePattern)),
			value("modified_at", knownvalue.StringRegexp(timePattern)),
			value("rotated_at", knownvalue.StringRegexp(timePattern)),
			statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("strength").AtMapKey("score"), knownvalue.Int64Exact(8)),
		},
	})
	if s.resets() != 1 {
		t.Errorf("%d resets in all: destroying said something to the API", s.resets())
	}
	for _, kind := range s.kinds() {
		if kind != string(simulator.KindReset) && kind != string(simulator.KindGet) {
			t.Errorf("a request of kind %s was made", kind)
		}
	}
	if !s.mailServerTakes(t.Context(), h.passwords[0]) {
		t.Error("destroying has ended the password")
	}
}

// turn is what a case has for an argument before and after a change, and the reason
// of the rotation that comes of it; empty if none does.
type turn struct{ before, after, reason string }

// takeTurns gives arguments of each case other values, and applies the plan, which
// check looks at. triggers is where the configuration has rotation_triggers from.
func takeTurns(
	t *testing.T, all map[string]turn, triggers string, check func(c *cases, name string, plan *tfjson.Plan),
) *cases {
	t.Helper()
	c := newCases(t, startService(t, simulator.Options{}), all)
	write := func(value func(turn) string) {
		var values strings.Builder
		for name, turn := range all {
			fmt.Fprintf(&values, "    %q = %s\n", name, value(turn))
		}
		c.write("turns.tf", fmt.Sprintf("locals {\n  turns = {\n%s  }\n}\n", values.String()))
	}
	c.configure("rotation_triggers = "+triggers, "timeouts = try(local.turns[each.key].timeouts, null)")
	c.write("source.tf", `
resource "terraform_data" "source" {
  for_each = local.guids
  input    = try(local.turns[each.key].source, null)
}
`)
	write(func(turn turn) string { return turn.before })
	c.apply()
	before := c.passwords()
	c.checkRotated(nil, "created", func(string) int { return 1 })

	write(func(turn turn) string { return turn.after })
	plan := c.plan()
	for name := range all {
		check(c, name, plan)
	}
	c.apply("plan")
	c.checkRotations(before, func(name string) string { return all[name].reason })
	for name, password := range c.passwords() {
		login, _ := c.values(c.address(name))["login"].(string)
		if err := c.service.Login(t.Context(), login, password); err != nil {
			t.Errorf("%s: the stored password is refused: %v", name, err)
		}
		if password != before[name] && c.service.Login(t.Context(), login, before[name]) == nil {
			t.Errorf("%s: the password before is still taken", name)
		}
	}
	c.planIsEmpty()
	return c
}

// knownTriggers are those of a turn, if it has any.
const knownTriggers = "try(local.turns[each.key].triggers, null)"

// checkPlanned checks that a plan changes a case in place and that of its attributes
// these alone are unknown, and tells whether the dependent is changed, too.
func (c *cases) checkPlanned(name string, plan *tfjson.Plan, attributes ...string) (planned *tfjson.Change, dependent bool) {
	c.t.Helper()
	planned = change(c.t, plan, c.address(name))
	if !planned.Actions.Update() {
		c.t.Errorf("%s: planned as %v", name, planned.Actions)
	}
	var found []string
	all, _ := planned.AfterUnknown.(map[string]any)
	for attribute := range all {
		if unknown(planned, attribute) {
			found = append(found, attribute)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, attributes) {
		c.t.Errorf("%s: %v are unknown, want %v", name, found, attributes)
	}
	if sensitive, _ := planned.AfterSensitive.(map[string]any); sensitive["password"] != true {
		c.t.Errorf("%s: the password is not sensitive in the plan", name)
	}
	follows := change(c.t, plan, fmt.Sprintf("terraform_data.dependent[%q]", name))
	if follows.Actions.Update() != unknown(follows, "output") {
		c.t.Errorf("%s: its dependent is planned as %v", name, follows.Actions)
	}
	return planned, follows.Actions.Update()
}

// ofAPassword are the attributes that a rotation makes anew.
var ofAPassword = []string{"modified_at", "password", "password_version", "remote_sync", "rotated_at", "strength"}

func TestChangedTriggerRotatesInPlace(t *testing.T) {
	t.Parallel()
	takeTurns(t, map[string]turn{
		"another value":        {`{ triggers = { version = "1" } }`, `{ triggers = { version = "2" } }`, "rotation_triggers: version"},
		"one more":             {`{ triggers = { version = "1" } }`, `{ triggers = { version = "1", owner = "ann" } }`, "rotation_triggers: owner"},
		"two":                  {`{ triggers = { version = "1", owner = "ann" } }`, `{ triggers = { version = "2", owner = "bob" } }`, "rotation_triggers: owner, version"},
		"one less":             {`{ triggers = { version = "1", owner = "bob" } }`, `{ triggers = { owner = "bob" } }`, "rotation_triggers: version"},
		"one that is null":     {`{ triggers = { owner = "bob" } }`, `{ triggers = { owner = null } }`, "rotation_triggers: owner"},
		"one that was null":    {`{ triggers = { owner = null } }`, `{ triggers = { owner = "" } }`, "rotation_triggers: owner"},
		"one beside a timeout": {`{ triggers = { version = "1" } }`, `{ triggers = { version = "2" }, timeouts = { update = "1m" } }`, "rotation_triggers: version"},
	}, knownTriggers, func(c *cases, name string, plan *tfjson.Plan) {
		planned, dependent := c.checkPlanned(name, plan, ofAPassword...)
		if reason := after(planned, "rotation_reason"); !dependent || !strings.HasPrefix(fmt.Sprint(reason), "rotation_triggers: ") {
			t.Errorf("%s: planned because of %v, its dependent: %t", name, reason, dependent)
		}
	})
}

func TestSettingsRotateNothingAndTouchNoDependent(t *testing.T) {
	t.Parallel()
	takeTurns(t, map[string]turn{
		"triggers taken up":    {`{}`, `{ triggers = { version = "1" } }`, ""},
		"triggers given up":    {`{ triggers = { version = "1" } }`, `{ timeouts = { update = "2m" } }`, ""},
		"a timeout":            {`{ triggers = { version = "1" } }`, `{ triggers = { version = "1" }, timeouts = { update = "1m" } }`, ""},
		"timeouts":             {`{ timeouts = { update = "1m" } }`, `{ timeouts = { update = "2m", create = "1m", read = "1m", delete = "1m" } }`, ""},
		"a timeout less":       {`{ timeouts = { update = "2m", create = "1m" } }`, `{ timeouts = { update = "2m" } }`, ""},
		"no timeouts any more": {`{ timeouts = { update = "2m" } }`, `{}`, ""},
	}, knownTriggers, func(c *cases, name string, plan *tfjson.Plan) {
		if _, dependent := c.checkPlanned(name, plan); dependent {
			t.Errorf("%s: the dependent is touched", name)
		}
	})
}

func TestOtherSpellingOfTheSameNameChangesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.credential = s.AddCredential("xn--bcher-kva.example", "mailer")
	upper := regexp.MustCompile(`[a-f]`).ReplaceAllStringFunc(s.credential.GUID, func(letter string) string {
		return string(letter[0] - 'a' + 'A')
	})
	w := newWorkspace(t, s, "")
	spell := func(domain, guid string) {
		t.Helper()
		spelled := s
		spelled.credential.Domain, spelled.credential.GUID = domain, guid
		w.write("main.tf", s.providerBlock()+spelled.passwordBlock()+dependentBlock)
	}
	spell("Bücher.Example.", upper)
	w.apply()
	password := w.password()
	for _, spelling := range [][2]string{{"xn--bcher-kva.example", s.credential.GUID}, {"BÜCHER.example", upper}} {
		spell(spelling[0], spelling[1])
		w.checkKept(password, 1)
		if id := w.values(passwordAddress)["id"]; id != "xn--bcher-kva.example/"+s.credential.GUID {
			t.Errorf("%s: the id is %v", spelling, id)
		}
	}
}

func TestAnotherCredentialReplaces(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	first := s.passwordBlock()
	h := &history{service: s}
	s.credential = s.AddCredential("example.com", "second")
	second := &history{service: s}
	steps(
		t,
		resource.TestStep{
			Config: s.providerBlock() + first + dependentBlock, ConfigStateChecks: []statecheck.StateCheck{h.rotated(1)},
		},
		resource.TestStep{
			Config: s.providerBlock() + s.passwordBlock() + dependentBlock,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(passwordAddress, plancheck.ResourceActionReplace),
				plancheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("rotation_reason"), knownvalue.StringExact("created")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{stateCheck(func(ctx context.Context, values map[string]any) error {
				second.versions = h.versions // it grows from one credential to the next, too
				return second.rotated(2)(ctx, values)
			})},
		},
	)
}

// TestTriggerUnknownWhilePlanning: the source's output is unknown whenever the source
// changes, and comes out as the part that is asked for.
func TestTriggerUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	const before = `{ source = { release = "1", note = "a" } }`
	c := takeTurns(t, map[string]turn{
		"the same":                       {before, `{ source = { release = "1", note = "b" } }`, ""},
		"the same, and something stored": {before, `{ source = { release = "1", note = "b" }, timeouts = { update = "2m" } }`, ""},
		"another":                        {before, `{ source = { release = "2", note = "b" } }`, "rotation_triggers: release"},
	}, `{ fixed = "x", release = terraform_data.source[each.key].output.release }`, func(c *cases, name string, plan *tfjson.Plan) {
		undecided := slices.Sorted(slices.Values(append([]string{"rotation_reason"}, ofAPassword...)))
		if _, dependent := c.checkPlanned(name, plan, undecided...); !dependent {
			t.Errorf("%s: the dependent is not planned along", name)
		}
	})
	timeouts, _ := c.values(c.address("the same, and something stored"))["timeouts"].(map[string]any)
	if timeouts["update"] != "2m" {
		t.Errorf("stored timeouts: %v", timeouts)
	}
}

// TestStrengthAndRemoteSyncAsTheAPISendsThem has each from a creation and from a
// rotation.
func TestStrengthAndRemoteSyncAsTheAPISendsThem(t *testing.T) {
	t.Parallel()
	type answer struct {
		strength string // JSON
		synced   any    // nil for none
	}
	all := map[string]answer{
		"neither":          {"null", nil},
		"null, not synced": {"null", false},
		"a word":           {`"strong"`, true},
		"a number":         {`4`, true},
		"a list":           {`[1, "two"]`, true},
		"empty object":     {`{}`, true},
		"empty list":       {`[]`, true},
		"nested, mixed": {`{"score": 3.5, "guesses": 12345678901234567890, "none": null, "ok": true,
			"feedback": {"warning": null, "suggestions": ["longer", 2, null, ["deep", {"x": []}]]}}`, true},
	}
	s := startService(t, simulator.Options{})
	c := newCases(t, s, all)
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(kind simulator.Kind, data, credential map[string]any) {
			name := c.name(credential["user_smtp_guid"])
			if kind != simulator.KindReset || name == "" {
				return
			}
			data["strength_info"], data["remote_synced"] = json.RawMessage(all[name].strength), all[name].synced
			if name == "neither" {
				delete(data, "strength_info")
				delete(data, "remote_synced")
			}
		})
	})
	passwords := map[string]string{}
	for resets, reason := range []string{"created", "rotation_triggers: version"} {
		c.configure(trigger(strconv.Itoa(resets + 1)))
		c.apply()
		c.checkRotated(passwords, reason, func(string) int { return resets + 1 })
		passwords = c.passwords()
		for name, answer := range all {
			var strength any
			if err := json.Unmarshal([]byte(answer.strength), &strength); err != nil {
				t.Fatal(err)
			}
			values := c.values(c.address(name))
			if diff := cmp.Diff(strength, values["strength"]); diff != "" {
				t.Errorf("%s, %s: strength: %s", name, reason, diff)
			}
			if values["remote_sync"] != answer.synced {
				t.Errorf("%s, %s: remote_sync is %v", name, reason, values["remote_sync"])
			}
		}
	}
}

// TestAnswerWithoutTheCredentialCostsOneMoreRequest: the login is there all the
// same, before anything depends on it.
func TestAnswerWithoutTheCredentialCostsOneMoreRequest(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{ResetOmitsCredential: true, UsernameAsLogin: true})
	w := newWorkspace(t, s, "")
	w.write("outputs.tf", `
output "login" {
  value = smtp_credential_password.this.login
}

output "created_at" {
  value = smtp_credential_password.this.created_at
}
`)
	before := ""
	for resets, reason := range []string{"created", "rotation_triggers: version"} {
		w.configure(trigger(strconv.Itoa(resets + 1)))
		w.apply()
		before = w.checkRotated(before, reason, resets+1)
		if login := w.values(passwordAddress)["login"]; login != "mailer@example.com" {
			t.Errorf("the login is %v", login)
		}
	}
}

// TestOneNameInTwoFormsIsNoChange has an API that gives the name with its
// domain, and later without.
func TestOneNameInTwoFormsIsNoChange(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{UsernameAsLogin: true, TimeFormat: simulator.TimesISO, Extras: true, ZeroModifiedAt: true})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock()+dependentBlock)
	w.apply()
	password := w.password()
	s.SetOptions(func(o *simulator.Options) { o.UsernameAsLogin = false })
	w.apply().shows(t, "No changes.") // and what its refresh finds is stored
	w.checkUnchanged(password, 1)
	if values := w.values(passwordAddress); values["username"] != "mailer@example.com" || values["modified_at"] != nil {
		t.Errorf("stored username %v, modified_at %v", values["username"], values["modified_at"])
	}
}

// TestStrengthOfTooManyPartsDoesNotHoldThePasswordUp has one that Terraform
// would need minutes for.
func TestStrengthOfTooManyPartsDoesNotHoldThePasswordUp(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{StrengthInfo: func(string) json.RawMessage {
		return json.RawMessage("[" + strings.Repeat("1,", 100_000) + "1]")
	}})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply().shows(t, "Warning: Password strength not stored", "only strength is null")
	s.checkLive(t, w.password())
	w.planIsEmpty()
}
