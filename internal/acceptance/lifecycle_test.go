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

func TestChangedTriggerRotatesInPlace(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	h := &history{service: s}
	config := func(triggers string) string {
		return s.providerBlock() + s.passwordBlock("rotation_triggers = "+triggers) + dependentBlock
	}
	rotates := func(triggers, reason string, resets int) resource.TestStep {
		return resource.TestStep{
			Config: config(triggers),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(plansRotation(), plancheck.ExpectKnownValue(
				passwordAddress, tfjsonpath.New("rotation_reason"), knownvalue.StringExact(reason)))},
			ConfigStateChecks: []statecheck.StateCheck{
				h.rotated(resets),
				statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("rotation_reason"), knownvalue.StringExact(reason)),
			},
		}
	}
	steps(
		t,
		resource.TestStep{Config: config(`{ version = "1" }`), ConfigStateChecks: []statecheck.StateCheck{h.rotated(1)}},
		rotates(`{ version = "2" }`, "rotation_triggers: version", 2),
		rotates(`{ version = "2", owner = "ann" }`, "rotation_triggers: owner", 3),
		rotates(`{ version = "3", owner = "bob" }`, "rotation_triggers: owner, version", 4),
		rotates(`{ owner = "bob" }`, "rotation_triggers: version", 5),
		rotates(`{ owner = null }`, "rotation_triggers: owner", 6),
		rotates(`{ owner = "" }`, "rotation_triggers: owner", 7),
	)
}

func TestSettingsRotateNothingAndTouchNoDependent(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	h := &history{service: s}
	keeps := func(arguments ...string) resource.TestStep {
		return resource.TestStep{
			Config:            s.providerBlock() + s.passwordBlock(arguments...) + dependentBlock,
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: plansSettings()},
			ConfigStateChecks: []statecheck.StateCheck{h.kept(1)},
		}
	}
	steps(
		t,
		resource.TestStep{
			Config:            s.providerBlock() + s.passwordBlock() + dependentBlock,
			ConfigStateChecks: []statecheck.StateCheck{h.rotated(1)},
		},
		keeps(`rotation_triggers = { version = "1" }`), // taken up
		keeps(`rotation_triggers = { version = "1" }`, `timeouts = { update = "1m" }`),
		keeps(`rotation_triggers = { version = "1" }`, `timeouts = { update = "2m", create = "1m", read = "1m", delete = "1m" }`),
		keeps(`timeouts = { update = "2m" }`), // given up
		keeps(),
	)
}

func TestOtherSpellingOfTheSameNameChangesNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.credential = s.AddCredential("xn--bcher-kva.example", "mailer")
	h := &history{service: s}
	step := func(domain, guid string, check statecheck.StateCheck, plan ...plancheck.PlanCheck) resource.TestStep {
		return resource.TestStep{
			Config: s.providerBlock() + fmt.Sprintf(`
resource "smtp_credential_password" "this" {
  domain          = %q
  credential_guid = %q
}
`, domain, guid) + dependentBlock,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: plan},
			ConfigStateChecks: []statecheck.StateCheck{check, statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("id"),
				knownvalue.StringExact("xn--bcher-kva.example/"+s.credential.GUID))},
		}
	}
	upper := regexp.MustCompile(`[a-f]`).ReplaceAllStringFunc(s.credential.GUID, func(letter string) string {
		return string(letter[0] - 'a' + 'A')
	})
	steps(
		t,
		step("Bücher.Example.", upper, h.rotated(1)),
		step("xn--bcher-kva.example", s.credential.GUID, h.kept(1), plancheck.ExpectEmptyPlan()),
		step("BÜCHER.example", upper, h.kept(1), plancheck.ExpectEmptyPlan()),
	)
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

func TestTriggerUnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	h := &history{service: s}
	// The source's output is unknown whenever the source changes, and comes out
	// as the part that is asked for.
	config := func(release, note string, more ...string) string {
		return s.providerBlock() + fmt.Sprintf(`
resource "terraform_data" "source" {
  input = { release = %q, note = %q }
}
`, release, note) + s.passwordBlock(append(more, `rotation_triggers = { fixed = "x", release = terraform_data.source.output.release }`)...) +
			dependentBlock
	}
	undecided := append(
		plansRotation(),
		plancheck.ExpectUnknownValue(passwordAddress, tfjsonpath.New("rotation_reason")),
	)
	steps(
		t,
		resource.TestStep{Config: config("1", "a"), ConfigStateChecks: []statecheck.StateCheck{h.rotated(1)}},
		resource.TestStep{ // comes out the same
			Config:            config("1", "b"),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: undecided},
			ConfigStateChecks: []statecheck.StateCheck{h.kept(1)},
		},
		resource.TestStep{ // comes out the same, beside something to store
			Config:           config("1", "b2", `timeouts = { update = "2m" }`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: undecided},
			ConfigStateChecks: []statecheck.StateCheck{h.kept(1), statecheck.ExpectKnownValue(passwordAddress,
				tfjsonpath.New("timeouts").AtMapKey("update"), knownvalue.StringExact("2m"))},
		},
		resource.TestStep{ // comes out another
			Config:           config("2", "c"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: undecided},
			ConfigStateChecks: []statecheck.StateCheck{h.rotated(2), statecheck.ExpectKnownValue(passwordAddress,
				tfjsonpath.New("rotation_reason"), knownvalue.StringExact("rotation_triggers: release"))},
		},
	)
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
	h := &history{service: s}
	config := func(trigger string) string {
		return s.providerBlock() + s.passwordBlock(fmt.Sprintf("rotation_triggers = { t = %q }", trigger)) + dependentBlock + `
output "login" {
  value = smtp_credential_password.this.login
}

output "created_at" {
  value = smtp_credential_password.this.created_at
}
`
	}
	login := statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("login"), knownvalue.StringExact("mailer@example.com"))
	steps(
		t,
		resource.TestStep{Config: config("1"), ConfigStateChecks: []statecheck.StateCheck{h.rotated(1), login}},
		resource.TestStep{Config: config("2"), ConfigStateChecks: []statecheck.StateCheck{h.rotated(2), login}},
	)
}

// TestOneNameInTwoFormsIsNoChange has an API that gives the name with its
// domain, and later without.
func TestOneNameInTwoFormsIsNoChange(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{UsernameAsLogin: true, TimeFormat: simulator.TimesISO, Extras: true, ZeroModifiedAt: true})
	h := &history{service: s}
	username := func(name string) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("username"), knownvalue.StringExact(name))
	}
	config := s.providerBlock() + s.passwordBlock() + dependentBlock
	steps(
		t,
		resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
			h.rotated(1), username("mailer@example.com"),
			statecheck.ExpectKnownValue(passwordAddress, tfjsonpath.New("modified_at"), knownvalue.Null()),
		}},
		resource.TestStep{
			PreConfig: func() {
				s.SetOptions(func(o *simulator.Options) { o.UsernameAsLogin = false })
			},
			Config:            config,
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{h.kept(1), username("mailer@example.com")},
		},
	)
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
