package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// rewritten gives a simulator.Options.Rewrite that changes the data of the answers
// of some kinds, and each credential in them.
func rewritten(t *testing.T, change func(kind simulator.Kind, data, credential map[string]any)) func(simulator.Kind, []byte) []byte {
	t.Helper()
	return func(kind simulator.Kind, body []byte) []byte {
		var answer map[string]any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if err := decoder.Decode(&answer); err != nil {
			t.Error(err)
			return body
		}
		data, _ := answer["data"].(map[string]any)
		switch items, isList := answer["data"].([]any); {
		case isList:
			for _, item := range items {
				change(kind, nil, item.(map[string]any))
			}
		case data["credential"] != nil:
			change(kind, data, data["credential"].(map[string]any))
		case data["user_smtp_guid"] != nil:
			change(kind, data, data)
		}
		body, err := json.Marshal(answer)
		if err != nil {
			t.Error(err)
		}
		return body
	}
}

// unix is a time of an answer, zero for none.
func unix(v any) time.Time {
	number, _ := v.(json.Number)
	seconds, err := number.Int64()
	if err != nil || seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// TestAListIsNotBelievedAgainstTheCredentialsOwnAnswer: it has the change times of
// its resources in other words, so that each seems to have been reset since. Each
// domain has other words.
func TestAListIsNotBelievedAgainstTheCredentialsOwnAnswer(t *testing.T) {
	t.Parallel()
	jakarta := time.FixedZone("WIB", 7*60*60)
	write := map[string]func(changed, now time.Time) any{
		"late.example":  func(changed, _ time.Time) any { return changed.Add(time.Hour).Unix() },
		"early.example": func(changed, _ time.Time) any { return changed.Add(-time.Hour).Unix() },
		// A wall clock without its zone.
		"wall.example": func(changed, _ time.Time) any { return changed.In(jakarta).Format(time.DateTime) },
		// Another one at each answer.
		"now.example": func(_, now time.Time) any { return now.Add(-time.Minute).Unix() },
	}
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	config, domains, reset := s.providerBlock(), map[any]string{}, map[string]string{}
	for domain := range write {
		var guids []string
		for n := range 12 {
			guid := s.AddCredential(domain, fmt.Sprintf("user%d", n)).GUID
			domains[guid] = domain
			if n < 8 {
				guids = append(guids, guid)
			}
		}
		reset[domain] = guids[7]
		name, _, _ := strings.Cut(domain, ".")
		config += strings.NewReplacer("crowd", name, "example.com", domain).
			Replace(s.crowd(guids, "1", "rotate_on_external_change = true"))
	}
	w := newWorkspace(t, s, config)
	w.apply()
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(kind simulator.Kind, _, credential map[string]any) {
			if changed := unix(credential["last_password_changed"]); kind == simulator.KindList && !changed.IsZero() {
				credential["last_password_changed"] = write[domains[credential["user_smtp_guid"]]](changed, c.now())
			}
		})
	})
	s.ClearJournal()
	quiet := func() {
		t.Helper()
		screen := w.apply()
		if screen.shows(t, "No changes."); strings.Contains(screen.text, "SMTP") {
			t.Errorf("it warns:\n%s", screen.text)
		}
	}
	quiet()
	for domain := range write {
		isList := func(e simulator.Entry) bool { return e.Kind == simulator.KindList && e.Domain == domain }
		if !slices.ContainsFunc(s.Journal(), isList) {
			t.Errorf("%s: no list was asked for", domain)
		}
	}
	// One that was reset elsewhere is found, and no other: before the list can
	// say so, too.
	c.advance(30 * time.Minute)
	for domain, guid := range reset {
		s.ResetExternally(domain, guid)
	}
	c.advance(time.Minute)
	screen := w.apply()
	screen.shows(t, slices.Collect(maps.Values(reset))...)
	screen.shows(t, "4 to change", "external_change")
	if n := s.resets(); n != len(reset) {
		t.Errorf("%d resets, want %d", n, len(reset))
	}
	c.advance(24 * time.Hour)
	quiet()
}

// TestATimeThatCannotBeTrueRotatesNothing: the API's change times are 90 seconds
// ahead of its answers.
func TestATimeThatCannotBeTrueRotatesNothing(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{PasswordChangedLag: 90 * time.Second})
	w := newWorkspace(t, s, "")
	w.configure("rotate_on_external_change = true", revokes)
	w.apply()
	first := w.password()
	quiet := func() {
		t.Helper()
		if screen := w.run("plan", "-no-color", "-detailed-exitcode"); screen.code != 0 || strings.Contains(screen.text, "SMTP") {
			t.Errorf("something is said or planned:\n%s", screen.text)
		}
	}
	quiet()
	w.apply()
	w.checkUnchanged(first, 1)
	for range 2 { // once that time is over, too
		c.advance(time.Minute)
		quiet()
	}
	c.advance(time.Hour)
	s.externalReset()
	quiet() // the time of that cannot be true yet, either
	c.advance(2 * time.Minute)
	w.apply()
	second := w.checkNew(first, "external_change", 2)
	w.destroy().shows(t, "Warning: SMTP password not revoked", "was changed after this resource stored one")
	w.checkResets(2)
	s.checkLive(t, second)
}

// TestAnExternalResetIsFoundThoughTheClockIsAhead: its time cannot be true when it
// is first seen, long after our own rotation.
func TestAnExternalResetIsFoundThoughTheClockIsAhead(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{PasswordChangedLag: 90 * time.Second})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock("rotate_on_external_change = true")+dependentBlock)
	w.apply()
	first := w.password()
	c.advance(time.Hour)
	s.externalReset()
	c.advance(30 * time.Second)
	w.planIsEmpty()
	c.advance(24 * time.Hour)
	w.apply()
	w.checkRotated(first, "external_change", 2)
}

// TestATimeThatCannotBeReadIsNotMissed where each refresh logs in.
func TestATimeThatCannotBeReadIsNotMissed(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			credential["last_password_changed"] = "this noon"
		})
	})
	w := newWorkspace(t, s, "")
	const warning = "Warning: Time of the last SMTP password change cannot be read"
	w.configure(s.loginCheck("on_refresh = true"))
	w.apply()
	if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, "SMTP") {
		t.Errorf("it warns:\n%s", screen.text)
	}
	s.externalReset()
	w.must("plan", "-no-color").shows(t, warning, externalWarning)
	w.configure()
	w.apply().shows(t, warning)
}

// TestARotationThatCuresNothingIsMadeOnce: nobody looked before the time of the
// change, by a clock that is ahead, was over.
func TestARotationThatCuresNothingIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{PasswordChangedLag: time.Hour})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock("rotate_on_external_change = true")+dependentBlock)
	w.apply()
	c.advance(24 * time.Hour)
	w.apply() // it cannot be told from a change by somebody else
	w.checkResets(2)
	stored := w.password()
	for range 2 {
		c.advance(24 * time.Hour)
		w.apply().shows(t, maybeWarning, "The API's times may disagree", "No changes.")
		w.checkUnchanged(stored, 2)
	}
	s.externalReset()
	c.advance(24 * time.Hour)
	w.plansRotation("external_change")
}

// TestOnlyTheExactNameIsThePasswords, whatever is beside it.
func TestOnlyTheExactNameIsThePasswords(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = func(kind simulator.Kind, body []byte) []byte {
			if kind != simulator.KindReset {
				return body
			}
			text := strings.Replace(string(body), `"data":{`, `"data":{"New_Password":"********","REMOTE_SYNCED":false,`, 1)
			text = strings.Replace(text, `"credential":{`, `"credential":{"Username":"other","User_SMTP_GUID":"7",`, 1)
			return []byte(strings.TrimSuffix(text, "}}") + `,"NEW_PASSWORD":"********"},"Success":false,"DATA":{"new_password":"********"}}`)
		}
	})
	w, before := rotating(t, s)
	if screen := w.apply(); strings.Contains(screen.text, "SMTP") {
		t.Errorf("it warns:\n%s", screen.text)
	}
	w.checkRotated(before, "rotation_triggers: version", 2)
	if login := w.values(passwordAddress)["login"]; login != s.credential.Login {
		t.Errorf("login is %v", login)
	}
}

// TestBooleansInOtherForms are those of other languages' servers.
func TestBooleansInOtherForms(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	all := map[string]any{"a number": 0, "a digit": "0", "a word": "false", "a word of Python's": "False"}
	c := newCases(t, s, all)
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, data, credential map[string]any) {
			if data["new_password"] != nil {
				data["remote_synced"] = all[c.name(credential["user_smtp_guid"])]
			}
		})
	})
	c.apply()
	c.configure(trigger("2"))
	warnings, _ := c.told("warning", "apply", "-auto-approve")
	c.checkTold(warnings, func(string) []string { return []string{"New SMTP password not on the mail servers yet"} })
	for name := range all {
		if got := c.values(c.address(name))["remote_sync"]; got != false {
			t.Errorf("%s: remote_sync is %v", name, got)
		}
	}
}

func TestAUsernameMayBeANumber(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) { credential["username"] = json.Number("12345") })
	})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply().shows(t, `resets the password of login "12345@example.com"`)
	if got := w.values(passwordAddress)["login"]; got != "12345@example.com" {
		t.Errorf("login is %v", got)
	}
	if screen := w.onlyTells(); strings.Contains(screen.text, "SMTP") {
		t.Errorf("it warns:\n%s", screen.text)
	}
}

// TestTimesInOtherForms are those of other languages' servers.
func TestTimesInOtherForms(t *testing.T) {
	t.Parallel()
	layouts := map[string]string{
		"an offset without a colon": "2006-01-02T15:04:05-0700", "no zone": time.DateTime,
		"a database's": "2006-01-02 15:04:05.000000-07", "a header's": time.RFC1123,
	}
	clock := newClock(moment)
	s := startClockedService(t, clock, simulator.Options{})
	c := newCases(t, s, layouts)
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			layout := layouts[c.name(credential["user_smtp_guid"])]
			for _, name := range []string{"created_at", "modified_at", "last_password_changed"} {
				if at := unix(credential[name]); !at.IsZero() && layout != "" {
					credential[name] = strings.Replace(at.Format(layout), " UTC", " GMT", 1)
				}
			}
		})
	})
	c.apply()
	for name := range layouts {
		if got := c.values(c.address(name))["modified_at"]; got != moment.Format(time.RFC3339) {
			t.Errorf("%s: modified_at is %v", name, got)
		}
	}
	c.planIsEmpty()
	clock.advance(time.Hour)
	for _, guid := range c.guids {
		s.ResetExternally("example.com", guid)
	}
	warnings, _ := c.told("warning", "plan")
	c.checkTold(warnings, func(string) []string {
		return []string{strings.TrimPrefix(externalWarning, "Warning: "), moment.Add(time.Hour).Format(time.RFC3339)}
	})
}

// TestAnUnknownCredentialIsNotToldToBeLeftAlone: it may turn out to be the same, and
// then its password is reset.
func TestAnUnknownCredentialIsNotToldToBeLeftAlone(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	configure := func(run string) {
		w.write("main.tf", s.providerBlock()+`
resource "terraform_data" "guid" {
  input            = "`+s.credential.GUID+`"
  triggers_replace = "`+run+`"
}

resource "smtp_credential_password" "this" {
  domain          = "example.com"
  credential_guid = terraform_data.guid.output
}
`)
	}
	configure("1")
	w.apply()
	configure("2")
	screen := w.must("plan", "-no-color")
	screen.shows(t, "Warning: Stored SMTP password is forgotten", "credential_guid is unknown in the plan", "If it turns out to be the same credential, its password is reset")
	if strings.Contains(flatten(screen.text), "go on working") {
		t.Errorf("it is said to go on working:\n%s", screen.text)
	}
}
