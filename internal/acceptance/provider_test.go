package acceptance

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

const requireProvider = `
terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}
`

func basicValue(username, token string) string {
	return base64.StdEncoding.EncodeToString([]byte(username + ":" + token))
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, requireProvider+s.passwordBlock())
	w.useBuiltProvider() // which reads its own environment
	w.env = append(w.env, "KIRIMEMAIL_BASE_URL="+s.URL(), "KIRIMEMAIL_USERNAME="+s.Username(), "KIRIMEMAIL_TOKEN="+s.Token(),
		"TZ=Asia/Jakarta") // times are in UTC all the same
	w.apply()
	s.checkLive(t, w.password())
	if at, _ := w.values(passwordAddress)["rotated_at"].(string); !timePattern.MatchString(at) {
		t.Errorf("rotated_at is %q", at)
	}
	if kinds := s.kinds(); !slices.Equal(kinds, []string{"get", "get", "reset"}) {
		t.Errorf("creating took the requests %s, want a look in the plan, one in the apply, and a reset", kinds)
	}
	agent := s.Journal()[0].Header.Get("User-Agent")
	if agent != "terraform-provider-smtp/"+testenv.Version {
		t.Errorf("User-Agent is %q", agent)
	}
}

func TestArgumentWinsOverTheEnvironment(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.useBuiltProvider()
	w.env = append(w.env, "KIRIMEMAIL_BASE_URL=https://wrong.invalid", "KIRIMEMAIL_USERNAME=somebody", "KIRIMEMAIL_TOKEN=wrong-token")
	w.apply()
	s.checkLive(t, w.password())
}

func TestMissingSettingsAreOneErrorEach(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, requireProvider+"provider \"smtp\" {}\n"+s.passwordBlock())
	w.useBuiltProvider()
	// An empty variable counts as unset.
	w.env = append(w.env, "KIRIMEMAIL_BASE_URL="+s.URL(), "KIRIMEMAIL_USERNAME=")
	screen := w.fails([]string{
		"Missing username", "KIRIMEMAIL_USERNAME, or the argument username",
		"Missing token", "KIRIMEMAIL_TOKEN, or the argument token",
	}, "plan", "-no-color")
	if n := strings.Count(screen.text, "Error:"); n != 2 {
		t.Errorf("%d errors for two missing settings:\n%s", n, screen.text)
	}
	if len(s.kinds()) > 0 {
		t.Errorf("requests were made: %s", s.kinds())
	}
}

// TestUnusableSettingsAreRefused has them in the environment; the table of bad
// input has the arguments.
func TestUnusableSettingsAreRefused(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const token = "a-token-nobody-may-see"
	names := map[string]string{"base_url": "base URL", "username": "username", "token": "token"} // to the client
	for name, test := range map[string]struct{ setting, value, text string }{
		"http to elsewhere": {"base_url", "http://smtp-app.kirim.email", "does not start with https://"},
		"a user in the URL": {"base_url", "https://user:" + token + "@smtp-app.kirim.email", "a user name, a password"},
		"a query":           {"base_url", "https://smtp-app.kirim.email/?a=1", "query"},
		"a fragment":        {"base_url", "https://smtp-app.kirim.email/#top", "fragment"},
		"no scheme":         {"base_url", "smtp-app.kirim.email", "https://"},
		"a colon":           {"username", "me:" + token, "colon"},
		"a line break":      {"token", token + "\n", "line break"},
		"a space":           {"token", " " + token, "white space"},
		"a byte order mark": {"token", "\ufeff" + token, "cannot be seen"},
		"a whole file":      {"token", token + strings.Repeat("x", 2048), "2048 are the most"},
		"a line's end":      {"base_url", "https://smtp-app.kirim.email\n", "line break"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, s, requireProvider+s.passwordBlock())
			w.useBuiltProvider()
			for setting, value := range map[string]string{"base_url": s.URL(), "username": "me", "token": "secret-token"} {
				if setting == test.setting {
					value = test.value
				}
				w.env = append(w.env, "KIRIMEMAIL_"+strings.ToUpper(setting)+"="+value)
			}
			screen := w.fails([]string{
				test.text, "Unusable provider configuration", names[test.setting] + ": it ", "(KIRIMEMAIL_" + strings.ToUpper(test.setting) + ")",
			}, "plan", "-no-color")
			checkNoSecret(t, "the screen", screen.text, []string{token})
			if len(s.kinds()) > 0 {
				t.Errorf("requests were made: %s", s.kinds())
			}
		})
	}
}

// TestTokenUnknownWhilePlanningFailsNothing has a token that comes from
// another resource which the same apply changes. It is kept backwards there,
// because the CLI shows that resource's output.
func TestTokenUnknownWhilePlanningFailsNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := func(note, trigger string) string {
		return requireProvider + fmt.Sprintf(`
resource "terraform_data" "token" {
  input = { nekot = %q, note = %q }
}

provider "smtp" {
  base_url = %q
  username = %q
  token    = strrev(terraform_data.token.output.nekot)
}
`, reverse(s.Token()), note, s.URL(), s.Username()) + s.passwordBlock(fmt.Sprintf("rotation_triggers = { t = %q }", trigger)) + dependentBlock
	}
	w := newWorkspace(t, s, config("a", "1"))
	w.apply()
	password := w.password()
	s.checkLive(t, password)
	gets := s.Count(simulator.KindGet)

	w.write("main.tf", config("b", "1"))
	w.apply().shows(t, "Warning: SMTP credential not refreshed", "1 to change")
	if w.password() != password || s.resets() != 1 {
		t.Errorf("the password changed, or %d resets", s.resets())
	}
	if s.Count(simulator.KindGet) != gets {
		t.Error("something was read without a token")
	}

	// A rotation planned meanwhile is carried out: by then the token is known.
	w.write("main.tf", config("c", "2"))
	w.apply()
	s.checkLive(t, w.password())
	if s.resets() != 2 {
		t.Errorf("%d resets, want 2", s.resets())
	}
	w.planIsEmpty()
}

func TestWrongTokenIsToldAtOnce(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := strings.Replace(s.providerBlock(), s.Token(), "not-the-token", 1) + s.passwordBlock()
	w := newWorkspace(t, s, config)
	screen := w.fails([]string{"401", "KIRIMEMAIL_TOKEN"}, "apply", "-auto-approve", "-no-color")
	checkNoSecret(t, "the screen", screen.text, []string{"not-the-token"})
	if kinds := s.kinds(); !slices.Equal(kinds, []string{"get", "get", "reset"}) {
		t.Errorf("it was asked %s", kinds)
	}
}
