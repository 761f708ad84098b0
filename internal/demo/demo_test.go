package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

const repository = "../.."

// TestDemo builds the provider once for both demos: that takes longer than a demo.
func TestDemo(t *testing.T) {
	t.Parallel()
	// An interrupt ends the demos in order, so that they leave nothing behind.
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	env, err := testenv.New(ctx, repository, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	build := func(context.Context, string, string) (*testenv.Env, error) { return env, nil }
	t.Run("shows the rotation and no secret", func(t *testing.T) {
		t.Parallel()
		var screen bytes.Buffer
		s := &stage{out: &screen, build: build}
		t.Cleanup(func() {
			if err := s.close(); err != nil {
				t.Error(err)
			}
		})
		if err := s.open(ctx, repository); err != nil {
			t.Fatal(err)
		}
		if err := s.play(ctx); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"password = (sensitive)", "The plan rotates the password",
			"The mail server refuses the old password (535).", "The mail server takes the new password (235).",
			"No changes.", "Destroy complete!",
		} {
			if !strings.Contains(screen.String(), line) {
				t.Errorf("the demo does not show %q:\n%s", line, screen.String())
			}
		}
		for _, secret := range append(s.server.IssuedPasswords(), s.server.Token()) {
			if strings.Contains(screen.String(), secret) {
				t.Error("the demo shows a secret")
			}
		}
		t.Run("README.md shows it", func(t *testing.T) {
			t.Parallel()
			checkRecord(t, screen.String(), s.env.CLIVersion)
		})
	})
	t.Run("ends when it is stopped at its first request", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		s := &stage{out: io.Discard, build: build}
		if err := s.open(ctx, repository); err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = s.server.WaitFor(ctx, func(entries []simulator.Entry) bool { return len(entries) > 0 })
			cancel()
		}()
		if err := s.play(ctx); err == nil {
			t.Error("it went on to its end")
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(s.dir, "*")); len(left) > 0 {
			t.Errorf("%s is left behind", left)
		}
	})
}

// checkRecord checks that README.md shows what the demo does.
func checkRecord(t *testing.T, session, cliVersion string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _, err := recorded(string(text))
	if err != nil {
		t.Fatalf("README.md: %v", err)
	}
	version, terraform := shortVersion(cliVersion)
	if !terraform || !strings.Contains(shown, "here with "+version+";") {
		t.Skipf("README.md is recorded with another CLI than %s, which may say the same in other words", cliVersion)
	}
	now, err := block(session, cliVersion)
	if err != nil {
		t.Fatal(err)
	}
	if shown != now {
		t.Errorf("README.md does not show what the demo shows: make demo RECORD=README.md writes it\n"+
			"now:\n%s\nin README.md:\n%s", now, shown)
	}
}

func TestRecordLeavesOutWhatDiffers(t *testing.T) {
	t.Parallel()
	session := `at http://127.0.0.1:37867,
Terraform v1.14.0-beta1 applies
complete after 1m2s
modified_at       = "2026-11-25T05:02:28Z" -> (known after apply)
password_version  = 1795582948 -> (known after apply)
~ id               = "38033cf7-7c3c-c99b-ed93-8396450c75be" -> (known after apply)
  id                = "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"
~ 1795582948 -> (known after apply),
`
	want := "What `make demo` shows, here with Terraform 1.14; … stands for what differs from run to run:\n\n```" + `
at http://127.0.0.1:…,
Terraform … applies
complete after …
modified_at       = "…" -> (known after apply)
password_version  = … -> (known after apply)
~ id               = "…" -> (known after apply)
  id                = "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"
~ … -> (known after apply),
` + "```\n"
	if got, err := block(session, "Terraform v1.14.0-beta1"); err != nil || got != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
	if _, err := block(session, "OpenTofu v1.12.6"); err == nil {
		t.Error("OpenTofu is recorded")
	}
}

func TestRecordKeepsWhatIsAroundIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("before\n"+recordBegins+"old\n"+recordEnds+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := record(file, "new\n", "Terraform v1.11.4"); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "before\n"+recordBegins+"What ") ||
		!strings.HasSuffix(string(text), "new\n```\n"+recordEnds+"after\n") || strings.Contains(string(text), "old") {
		t.Errorf("%v\n%s", err, text)
	}
	if err := record(filepath.Join(repository, "LICENSE"), "new\n", "Terraform v1.11.4"); err == nil {
		t.Error("a file that has no place for it is written")
	}
}
