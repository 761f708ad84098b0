package acceptance

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestURLFunction logs in with what the URL of a rotated password holds.
func TestURLFunction(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := func(argument string) string {
		return s.providerBlock() + s.passwordBlock() + fmt.Sprintf(`
locals {
  this = smtp_credential_password.this
}

output "url" {
  %s
  value = provider::smtp::url(local.this.login, local.this.password, "smtp.example.com", 587)
}

output "of_no_secret" {
  value = provider::smtp::url(local.this.login, "p+s s", "smtp.example.com", 587)
}
`, argument)
	}
	w := newWorkspace(t, s, config(""))
	// The function is called while the password is still unknown, and again in the apply.
	w.fails([]string{"Output refers to sensitive values"}, "plan", "-no-color", "-input=false")
	w.write("main.tf", config("sensitive = true"))
	// What is not sensitive stays so.
	w.apply().shows(t, "url = <sensitive>",
		`of_no_secret = "smtp://mailer%40example.com:p%2Bs%20s@smtp.example.com:587"`)
	var state struct {
		Outputs struct {
			URL struct {
				Value     string
				Sensitive bool
			}
		}
	}
	if err := json.Unmarshal(w.readState(), &state); err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(state.Outputs.URL.Value)
	if err != nil || parsed.Scheme != "smtp" || parsed.Host != "smtp.example.com:587" || !state.Outputs.URL.Sensitive {
		t.Fatalf("the URL is not as it should be: %v, sensitive: %t", err, state.Outputs.URL.Sensitive)
	}
	given, _ := parsed.User.Password()
	if err := s.Login(t.Context(), parsed.User.Username(), given); err != nil {
		t.Errorf("the mail server refuses what the URL holds: %v", err)
	}
	w.planIsEmpty()
}

// TestURLFunctionRefuses has a call in a file of its own for each bad argument. None of
// the errors shows the sensitive password.
func TestURLFunctionRefuses(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const login, host = `"mailer@example.com"`, `"smtp.example.com"`
	w := newWorkspace(t, s, s.providerBlock()+fmt.Sprintf("locals {\n  password = sensitive(%q)\n}\n", unseen))
	calls := []struct {
		username, password, host, port string
		says                           []string
	}{
		{`""`, "local.password", host, "587", []string{"username is empty", `like "mailer@example.com".`}},
		{"null", "local.password", host, "587", []string{`"username"`, "must not be null"}},
		{login, "null", host, "587", []string{`"password"`, "must not be null"}},
		{login, "local.password", `"smtps://smtp.example.com"`, "587", []string{"host is not ", "no scheme"}},
		{login, "local.password", `"smtp.example.com:25"`, "587", []string{"host is not ", `like "smtp.example.com"`}},
		{login, "local.password", `"smtp.example.com/x"`, "587", []string{"host is not ", "no path"}},
		{login, "local.password", `"me@smtp.example.com"`, "587", []string{"host is not ", "neither a host name"}},
		{login, "local.password", `"fe80::1%eth0"`, "587", []string{"host is not "}},
		{login, "local.password", `"bücher.example"`, "587", []string{"host is not ", "xn--"}},
		{login, "local.password", `"${local.password}/"`, "587", []string{"host is not "}},
		{login, "local.password", host, "0", []string{"port is not ", "from 1 to 65535", "587"}},
		{login, "local.password", host, "65536", []string{"port is not ", "from 1 to 65535"}},
		{login, "local.password", host, "587.5", []string{"port is not ", "whole number"}},
		{login, "local.password", host, `"smtp"`, []string{`"port"`, "number"}},
	}
	for i, call := range calls {
		w.write(fmt.Sprintf("n%d.tf", i), fmt.Sprintf("locals {\n  n%d = provider::smtp::url(%s, %s, %s, %s)\n}\n",
			i, call.username, call.password, call.host, call.port))
	}
	found := w.validate()
	for i, call := range calls {
		errors := found[fmt.Sprintf("n%d.tf", i)]
		if len(errors) != 1 {
			t.Errorf("%+v: %d errors: %v", call, len(errors), errors)
			continue
		}
		for _, text := range call.says {
			if !strings.Contains(errors[0].Detail, text) {
				t.Errorf("%+v: the error does not say %q: %s", call, text, errors[0].Detail)
			}
		}
	}
	w.fails(nil, "plan", "-no-color", "-input=false")
	checkNoSecret(t, "the screen", w.screens.String(), []string{unseen})
	if len(s.kinds()) > 0 {
		t.Errorf("requests were made: %s", s.kinds())
	}
}
