package main

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// untilInterrupted ends with an interrupt, so that the demo ends in order and
// leaves nothing behind when the tests are stopped.
func untilInterrupted(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	return ctx
}

func TestDemoShowsTheRotationAndNoSecret(t *testing.T) {
	t.Parallel()
	ctx := untilInterrupted(t)
	var screen bytes.Buffer
	s := &stage{out: &screen}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.open(ctx, filepath.Join("..", "..")); err != nil {
		t.Fatal(err)
	}
	if err := s.play(ctx); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"password = (sensitive)", "The plan rotates the password", "The mail server refuses the old password (535).",
		"The mail server takes the new password (235).", "No changes.", "Destroy complete!",
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
	if violations := s.server.Violations(); len(violations) > 0 {
		t.Errorf("requests that a correct client never makes: %s", violations)
	}
}

// TestDemoEndsWhenItIsStopped stops it at the moment of its first reset.
func TestDemoEndsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(untilInterrupted(t))
	defer cancel()
	s := &stage{out: &bytes.Buffer{}}
	if err := s.open(ctx, filepath.Join("..", "..")); err != nil {
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
}
