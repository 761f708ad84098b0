package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// TestCosts measures one candidate alone, and builds it without what makes go build compile everything anew.
func TestCosts(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "smtp-bench-") //nolint:usetesting // Its path is too long for the names of sockets.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ctx := t.Context()
	b := bench{repository: filepath.Join("..", ".."), dir: dir, server: must(simulator.Start(simulator.Options{}))}
	t.Cleanup(func() { _ = b.server.Close() })
	b.env = must(testenv.Open(ctx, b.repository, dir))
	check(b.env.Build(ctx, "./internal/bench/rusage", filepath.Join(dir, "rusage")))
	check(b.env.Build(ctx, ".", filepath.Join(dir, "smtp"), "-ldflags", "-s -w"))
	b.add(ctx, "smtp", filepath.Join(dir, "smtp"), "kirimemail/smtp", testenv.Version)

	if took := b.start(ctx, b.candidates[ours]); took <= 0 {
		t.Errorf("it started in %s", took)
	}
	b.prepare(ctx, b.candidates[ours], 2)
	s := b.cli(ctx, b.candidates[ours], 2, "1", "plan", "-detailed-exitcode")
	if s[wall] <= 0 || s[providerCPU] <= 0 || s[cpu] <= s[providerCPU] || s[peak] < 1e6 || s[peak] > 1e9 {
		t.Errorf("a plan costs %v", s)
	}
	if violations := b.server.Violations(); len(violations) > 0 {
		t.Errorf("requests that a correct client never makes: %q", violations)
	}
	func() {
		defer func() {
			if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), "no command named") {
				t.Errorf("a command that fails ended with %v", err)
			}
		}()
		b.cli(ctx, b.candidates[ours], 2, "1", "nonsense")
	}()
}

func TestFigures(t *testing.T) {
	t.Parallel()
	samples := []sample{{wall: 9, peak: 1}, {wall: 1, peak: 3}, {wall: 5, peak: 2}}
	if got := median(samples); got != (sample{wall: 5, peak: 2}) {
		t.Errorf("the median of %v is %v", samples, got)
	}
	if got := median(samples[:2]); got != (sample{wall: 5, peak: 2}) {
		t.Errorf("the median of two is %v, not between them", got)
	}
	for got, want := range map[string]string{
		spread(samples): "1.00 s to 9.00 s", seconds(0.0042): "4.2 ms", seconds(8.912): "8.91 s",
		megabytes(15_640_000): "15.6 MB", times(1.1): "1.10 ×",
	} {
		if got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	var b bench
	b.goal("met as it is printed", 1.10, 1.104)
	b.goal("missed", 1.10, 1.106)
	want := "" +
		"|                 Goal | at most | measured |   met |\n" +
		"|                  :-- |     --: |      --: |   --: |\n" +
		"| met as it is printed |  1.10 × |   1.10 × |  true |\n" +
		"|               missed |  1.10 × |   1.11 × | false |\n"
	if got := b.goals.under("Goal", "at most", "measured", "met"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestThePageHasItsProse is needed because the page is written on a quiet machine alone, long after its prose.
func TestThePageHasItsProse(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../BENCHMARKS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, prose := range []string{reading, profile} {
		if !strings.Contains(string(page), "\n\n"+prose+"\n\n") {
			t.Errorf("BENCHMARKS.md does not have\n%s", prose)
		}
	}
}
