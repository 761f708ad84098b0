package acceptance

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestReadme follows README.md: its configuration, unchanged, then its rotation and the plan that it shows.
func TestReadme(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	first := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindSubmatch(page)
		if found == nil {
			t.Fatalf("README.md has nothing like %s", pattern)
		}
		return string(found[1])
	}
	configuration := first("(?s)\n```terraform\n(.*?)\n```\n")
	changed := first("change the trigger to `(version = .*?)`")
	shown := first("(?s)and why:\n\n```\n(.*?)\n```\n")

	s := startService(t, simulator.Options{})
	credential := s.AddCredential("example.com", "newsletter")
	w := newWorkspace(t, s, configuration)
	// The built provider, found by init: the account comes from the environment, as for a reader.
	w.env = append(bench.Environment(bench.MirrorConfig),
		"KIRIMEMAIL_BASE_URL="+s.URL(), "KIRIMEMAIL_USERNAME="+s.Username(), "KIRIMEMAIL_TOKEN="+s.Token())
	w.must("init", "-no-color", "-input=false")
	password := func() string {
		command := w.command("output", "-raw", "smtp_password")
		password, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Login(t.Context(), credential.Login, string(password)); err != nil {
			t.Errorf("the mail server refuses the stored password: %v", err)
		}
		return string(password)
	}
	w.apply()
	before := password()
	w.planIsEmpty()

	const trigger = `version = "1"`
	if strings.Count(configuration, trigger) != 1 {
		t.Fatalf("the configuration does not have %s once", trigger)
	}
	w.write("main.tf", strings.Replace(configuration, trigger, changed, 1))
	plan := w.must("plan", "-no-color", "-input=false", "-out=plan")
	for line := range strings.Lines(shown) {
		plan.shows(t, strings.TrimSpace(line))
	}
	w.apply("plan")
	if password() == before {
		t.Error("the password is the same")
	}
	if s.Login(t.Context(), credential.Login, before) == nil {
		t.Error("the mail server still takes the old password")
	}
	w.checkResets(2)
	w.planIsEmpty()
}
