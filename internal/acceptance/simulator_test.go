package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// service is a simulated Kirim.Email with one credential, for one test.
type service struct {
	*simulator.Server
	credential simulator.Credential
	// now is the clock of the providers that workspaces use.
	now func() time.Time
}

// startService starts a simulator that fails the test where it was sent what
// the API would not understand.
func startService(t *testing.T, options simulator.Options) service {
	t.Helper()
	server, err := simulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if violations := server.Violations(); len(violations) > 0 {
			t.Errorf("requests that a correct client never makes: %s", violations)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return service{server, server.AddCredential("example.com", "mailer"), time.Now}
}

// providerBlock configures the provider for the service.
func (s service) providerBlock() string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

provider "smtp" {
  base_url = %q
  username = %q
  token    = %q
}
`, s.URL(), s.Username(), s.Token())
}

// passwordBlock is the resource under test, with further arguments, one a line.
func (s service) passwordBlock(arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_credential_password" "this" {
  domain          = %q
  credential_guid = %q
  %s
}
`, s.credential.Domain, s.credential.GUID, strings.Join(arguments, "\n  "))
}

// dependentBlock is something that is fed with the password: its fingerprint
// stands for a secret store's entry.
const dependentBlock = `
resource "terraform_data" "dependent" {
  input = nonsensitive(sha256(smtp_credential_password.this.password))
}
`

// spoilLists has every list fail, so that each credential is asked for by itself.
func (s service) spoilLists() {
	fault := simulator.FaultBody(simulator.KindList, 404, "<html></html>", false)
	fault.Times = 100
	s.Inject(fault)
}

// resets is how many resets the service was asked for.
func (s service) resets() int { return s.Count(simulator.KindReset) }

// awaitReset waits until the service has seen so many resets in all, that have
// acted where that is wanted.
func (s service) awaitReset(ctx context.Context, n int, acted bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.WaitFor(ctx, func(entries []simulator.Entry) bool {
		resets := 0
		for _, entry := range entries {
			if entry.Kind == simulator.KindReset && (entry.Acted || !acted) {
				resets++
			}
		}
		return resets == n
	})
}

// kinds lists the requests that the service has seen, by kind.
func (s service) kinds() []string {
	var kinds []string
	for _, entry := range s.Journal() {
		kinds = append(kinds, string(entry.Kind))
	}
	return kinds
}

// mailServerTakes asks the mail server itself.
func (s service) mailServerTakes(ctx context.Context, password string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.Login(ctx, s.credential.Login, password) == nil
}

// live checks that a password is the one that the mail server takes.
func (s service) checkLive(t *testing.T, password string) {
	t.Helper()
	if password == "" {
		t.Fatal("no password is stored")
	}
	if !s.mailServerTakes(t.Context(), password) {
		t.Error("the mail server refuses the stored password")
	}
}

// secrets is everything that must not be seen anywhere.
func (s service) secrets() []string {
	return append(slices.Clone(s.IssuedPasswords()), s.Token())
}
