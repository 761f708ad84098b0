package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// untilInterrupted ends with an interrupt, so that the soak leaves nothing
// behind when the tests are stopped.
func untilInterrupted(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	return ctx
}

// short is a soak that is over soon. By its seed it kills, and has resets land
// late.
func short() settings {
	return settings{seed: 501, rotations: 12, workers: 2, resources: 4, timeout: 10 * time.Second, traceEvery: 2}
}

func TestSoak(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "smtp-soak-") //nolint:usetesting // Its path is too long for the names of sockets.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	ctx := untilInterrupted(t)
	bench, err := openBench(ctx, filepath.Join("..", ".."), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("loses nothing", func(t *testing.T) {
		t.Parallel()
		losesNothing(ctx, t, bench, filepath.Join(dir, "whole"))
	})
	t.Run("ends when it is stopped", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stopping := &signalWriter{sign: "round 1:", seen: cancel}
		if err := soak(ctx, short(), newResults(), bench, filepath.Join(dir, "stopped"), stopping); !errors.Is(err, context.Canceled) {
			t.Errorf("it went on to its end, or %v", err)
		}
	})
}

func losesNothing(ctx context.Context, t *testing.T, bench *testenv.Env, dir string) {
	t.Helper()
	s, sum := short(), newResults()
	var log bytes.Buffer
	if err := soak(ctx, s, sum, bench, dir, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	var report strings.Builder
	if err := sum.report(&report, s); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%s", log.String(), report.String())
	if !sum.clean() {
		t.Error("something was lost, leaked, crashed or rotated unasked")
	}
	if sum.stored < s.rotations || len(sum.faults) == 0 || len(sum.kills) == 0 || sum.landed == 0 {
		t.Error("this was not the soak that it should be")
	}
}

// signalWriter calls seen at the first line that holds a sign.
type signalWriter struct {
	sign string
	seen func()
}

func (w *signalWriter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.sign) {
		w.seen()
	}
	return len(p), nil
}

func TestParse(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	s, err := parse([]string{"-rotations", "5"}, &screen)
	if err != nil || s.rotations != 5 || s.seed == 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, arguments := range [][]string{{"-rotations", "0"}, {"-seed", "x"}, {"more"}, {"-workers=0"}, {"-timeout=0s"}} {
		if code := command(t.Context(), arguments, &screen, &screen); code != 2 {
			t.Errorf("%s ended with %d", arguments, code)
		}
	}
	screen.Reset()
	if code := command(t.Context(), []string{"-h"}, &screen, &screen); code != 0 || !strings.Contains(screen.String(), "SEED") {
		t.Errorf("the help ended with %d:\n%s", code, screen.String())
	}
}
