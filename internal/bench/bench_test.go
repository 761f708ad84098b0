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
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// untilInterrupted ends with an interrupt, so that nothing is left behind when
// the tests are stopped.
func untilInterrupted(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	return ctx
}

// TestBench measures as little as there is. It builds without -trimpath, for
// which everything would have to be compiled anew.
func TestBench(t *testing.T) {
	t.Parallel()
	ctx := untilInterrupted(t)
	dir, err := os.MkdirTemp("", "smtp-bench-") //nolint:usetesting // Its path is too long for the names of sockets.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s := settings{
		counts: []int{2}, rounds: 1, starts: 1, rotations: 3, limit: simulator.RateLimit{Requests: 2, Window: time.Second},
		release: []string{"-ldflags", "-s -w"},
	}
	b, err := open(ctx, s, filepath.Join("..", ".."), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.measure(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := r.print(&page); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + page.String())
	if plan := r.plans[0]; plan.requests < 1 || len(plan.ours.wall) != 2 || len(plan.idle.cpu) != 1 || plan.reference.cpu[0] <= 0 {
		t.Errorf("plans: %+v", plan)
	}
	if r.rotations.resets < floor(3, s.limit) || r.rotations.requests < 3 {
		t.Errorf("rotations: %+v", r.rotations)
	}
	if start := r.starts[0]; start.handshake[0] <= 0 || start.size == 0 {
		t.Errorf("start: %+v", start)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	s, err := parse([]string{"-counts", "1,20", "-rounds", "2"}, &screen)
	if err != nil || len(s.counts) != 2 || s.counts[1] != 20 || s.rounds != 2 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, arguments := range [][]string{{"-counts", "0"}, {"-counts", "1,"}, {"-rounds", "0"}, {"more"}, {"-starts=0"}, {"-rotations=-1"}} {
		if code := command(t.Context(), arguments, &screen, &screen); code != 2 {
			t.Errorf("%s ended with %d", arguments, code)
		}
	}
	screen.Reset()
	if code := command(t.Context(), []string{"-h"}, &screen, &screen); code != 0 || !strings.Contains(screen.String(), "NUMBERS") {
		t.Errorf("the help ended with %d:\n%s", code, screen.String())
	}
	if got := heading([]string{"-rounds", "1"}); !strings.Contains(got, "`make bench BENCH='-rounds 1'`") {
		t.Errorf("the page begins with %q", got)
	}
}
