package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func trigger(value string) string { return fmt.Sprintf("rotation_triggers = { version = %q }", value) }

func TestReplaceMakesANewPasswordOfALaterVersion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lifecycle string
		revoked   int // resets of what is revoked
	}{
		"destroyed first": {"", 3},
		"created first":   {"lifecycle {\n    create_before_destroy = true\n  }", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			resets := map[string]int{"left": 2, "revoked": test.revoked}
			c := newCases(t, s, resets, `revoke_on_destroy = each.key == "revoked"`, test.lifecycle)
			version := func(name string) int64 { return int64(c.values(c.address(name))["password_version"].(float64)) }
			c.apply()
			before := c.passwords()
			first := max(version("left"), version("revoked"))
			// A creation before the destruction knows nothing of its predecessor;
			// it goes by the clock alone, which counts in seconds.
			waitForSecond(t, first+1)

			screen := c.apply("-replace="+c.address("left"), "-replace="+c.address("revoked"))
			screen.shows(t, "Plan: 2 to add, 2 to change, 2 to destroy") // the dependents too
			if strings.Contains(screen.text, "Warning: SMTP password not revoked") != (test.revoked == 2) {
				t.Errorf("warns of what was not revoked:\n%s", screen.text)
			}
			for name := range resets {
				if version(name) <= first {
					t.Errorf("%s: password_version went from %d to %d", name, first, version(name))
				}
			}
			c.checkRotated(before, "created", func(name string) int { return resets[name] })
		})
	}
}

func TestVersionGrowsAlsoWhereTheClockStandsBehind(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	// As after rotations in quick succession, or a clock that was set back.
	ahead := time.Now().Add(time.Hour).Unix()
	w.editState("smtp_credential_password", "password_version", ahead)
	w.apply("-replace=" + passwordAddress)
	if w.version() != ahead+1 {
		t.Errorf("password_version went from %d to %d", ahead, w.version())
	}
	w.planIsEmpty()
}

// TestPlanSaysThatAndWhyItRotates, and the apply of the saved plan obeys it.
func TestPlanSaysThatAndWhyItRotates(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1"))+dependentBlock)
	w.apply()
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2"))+dependentBlock)
	screen := w.must("plan", "-no-color", "-out=plan")
	screen.shows(t, "will be updated in-place", "~ password = (sensitive value)",
		`~ rotation_reason = "created" -> "rotation_triggers: version"`, "0 to add, 2 to change, 0 to destroy")
	if strings.Contains(screen.text, "forces replacement") {
		t.Errorf("the plan replaces:\n%s", screen.text)
	}
	planned := change(t, w.savedPlan(), passwordAddress)
	reason := after(planned, "rotation_reason")
	if !planned.Actions.Update() || reason != "rotation_triggers: version" {
		t.Errorf("planned %v for %v", planned.Actions, reason)
	}
	if s.resets() != 1 {
		t.Error("planning has reset the password")
	}
	w.must("apply", "-no-color", "plan")
	s.checkLive(t, w.password())
	// Applied once more it is stale, which the CLI says; nothing is reset.
	w.fails([]string{"Saved plan is stale"}, "apply", "-no-color", "plan")
	w.checkResets(2)
}

// TestReplacementThatForgetsAPasswordIsToldBeforehand has a wrong GUID, which
// costs the stored password where the plan is applied unread.
func TestReplacementThatForgetsAPasswordIsToldBeforehand(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := s.providerBlock() + s.passwordBlock()
	w := newWorkspace(t, s, config)
	w.apply()
	wrong := "00000000" + s.credential.GUID[8:]
	w.write("main.tf", strings.Replace(config, s.credential.GUID, wrong, 1))
	w.must("plan", "-no-color").shows(t, "must be replaced", "Warning: Stored SMTP password is forgotten", "credential_guid = ",
		s.credential.GUID, "create_before_destroy")

	// By the way that the warning names, the password outlives the mistake.
	w.write("main.tf", strings.Replace(s.providerBlock()+s.passwordBlock("lifecycle {\n    create_before_destroy = true\n  }"), s.credential.GUID, wrong, 1))
	password := w.password()
	w.fails([]string{"Credential not found"}, "apply", "-auto-approve", "-no-color")
	w.write("main.tf", config)
	w.planIsEmpty()
	if w.password() != password {
		t.Error("the stored password is gone")
	}
	s.checkLive(t, password)
}

func TestNotYetOnTheMailServersIsAWarning(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{RemoteSynced: simulator.SyncedFalse})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply().shows(t, "Warning: New SMTP password not on the mail servers yet", "remote_sync is false", "1 added")
	s.checkLive(t, w.password())
	if screen := w.run("plan", "-no-color", "-detailed-exitcode"); screen.code != 0 || strings.Contains(screen.text, "Warning: New") {
		t.Errorf("a later plan still warns, or is not empty:\n%s", screen.text)
	}
}

// TestNothingSecretInLogs looks at everything that the CLI and the provider
// write at the noisiest level.
func TestNothingSecretInLogs(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{StrengthInfo: func(password string) json.RawMessage {
		report, err := json.Marshal(map[string]any{
			"score": 2, "password": password, password: 1, "matches": []any{map[string]any{"token": password[3:12]}},
			"warning": "Do not use " + password[:8] + " again", "reversed": reverse(password), "lower": strings.ToLower(password),
		})
		if err != nil {
			t.Error(err)
		}
		return report
	}})
	log := filepath.Join(t.TempDir(), "trace.log")
	adopted := s.existing()
	check := s.loginCheck("on_refresh = true")
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1"), adopted, check))
	usual := w.env
	w.useBuiltProvider()
	w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	w.apply()
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2"), check))
	s.Inject(simulator.FaultServerError(simulator.KindReset, true))
	w.apply()
	w.env = usual
	w.planIsEmpty()
	s.checkLive(t, w.password())

	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	basic := basicValue(s.Username(), s.Token())
	checkNoSecret(t, "the log", string(text), append(s.secrets(), basic))
	for _, want := range []string{"reset-password", "status=200", "status=500", "attempt=2", "waiting to repeat", "smtp.mailcheck"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the log does not tell of %q", want)
		}
	}

	strength, err := json.Marshal(w.values(passwordAddress)["strength"])
	if err != nil {
		t.Fatal(err)
	}
	password := w.password()
	checkNoSecret(t, "strength", string(strength), []string{password, reverse(password), strings.ToLower(password), password[:8], password[3:12]})
	if !strings.Contains(string(strength), "(redacted)") {
		t.Errorf("strength was not redacted but dropped: %s", strength)
	}
}

func TestPasswordIsSensitiveEverywhere(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock()+`
output "password" {
  value     = smtp_credential_password.this.password
  sensitive = true
}
`)
	w.apply().shows(t, "password = <sensitive>")
	w.must("show", "-no-color").shows(t, "password = (sensitive value)")
	w.must("destroy", "-auto-approve", "-no-color").shows(t, "- password = (sensitive value) -> null")
	if !s.mailServerTakes(t.Context(), s.LivePassword(s.credential.Domain, s.credential.GUID)) || s.resets() != 1 {
		t.Error("destroying has changed the password")
	}

	// An output that is not marked is refused by the CLI: the attribute is
	// sensitive by its schema.
	w.write("main.tf", s.providerBlock()+s.passwordBlock()+`
output "password" {
  value = smtp_credential_password.this.password
}
`)
	w.fails([]string{"Output refers to sensitive values"}, "plan", "-no-color")
}

// waitForSecond waits until the clock shows a moment, in Unix seconds.
func waitForSecond(t *testing.T, second int64) {
	t.Helper()
	select {
	case <-time.After(time.Until(time.Unix(second, 0))):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

func reverse(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}
