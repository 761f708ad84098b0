// Command bench measures the provider beside hashicorp/time, on one machine in
// one run: plans of many resources, the start, the binary's size, rotations
// under a rate limit, and the Go benchmarks. It drives a real CLI against the
// simulator. `make bench` runs it, from the top of a checkout.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// settings are what a run goes by.
type settings struct {
	counts    []int
	rounds    int
	starts    int
	rotations int
	limit     simulator.RateLimit
	gobench   bool
	write     string
	// release are go build's flags, as a release is built.
	release []string
}

// errUsage is for a command line that makes no sense.
var errUsage = errors.New("usage")

const intro = `bench measures the provider beside hashicorp/time on this machine, and prints tables with ratios and goals. A goal that
is missed fails nothing; what must not be (a plan that is not empty, a request that is refused) ends it with 1. It needs
no account and no network, and is to be run from the top of a checkout. Let the machine do nothing else meanwhile.

The whole takes about 20 minutes on two cores. A quick look: -counts 1,100 -rounds 1 -rotations 0 -gobench=false

Flags:
`

// parse reads the command line.
func parse(arguments []string, stderr io.Writer) (settings, error) {
	s := settings{
		counts:  []int{1, 100, 1000, 3000},
		limit:   simulator.RateLimit{Requests: 60, Window: 10 * time.Second},
		release: []string{"-trimpath", "-ldflags", "-s -w"},
	}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, intro)
		f.PrintDefaults()
	}
	f.Func("counts", "plan with each of these `NUMBERS` of resources (default 1,100,1000,3000)", func(list string) (err error) {
		s.counts, err = numbers(list)
		return err
	})
	f.IntVar(&s.rounds, "rounds", 5, "plan `N` times with each of 1,000 resources: more often with few, less with more")
	f.IntVar(&s.starts, "starts", 25, "start each provider `N` times")
	f.IntVar(&s.rotations, "rotations", 300, "rotate `N` passwords under the rate limit; 0 leaves that out")
	f.BoolVar(&s.gobench, "gobench", true, "run the Go benchmarks")
	f.StringVar(&s.write, "write", "", "write the tables to `FILE` too: BENCHMARKS.md")
	if err := f.Parse(arguments); err != nil {
		return s, err
	}
	if f.NArg() > 0 || s.rounds < 1 || s.starts < 1 || s.rotations < 0 {
		fmt.Fprintln(stderr, "bench: flags alone are taken, and numbers of 1 or more")
		return s, errUsage
	}
	return s, nil
}

// numbers reads a list such as 1,100.
func numbers(list string) (counts []int, err error) {
	for part := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a number of 1 or more", part)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command gives the exit status: 0, 1 after a failure, 2 for a wrong command
// line, 130 after an interrupt.
func command(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	s, err := parse(arguments, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	var page bytes.Buffer
	err = benchHere(ctx, s, &page, stderr)
	if err == nil {
		_, err = stdout.Write(page.Bytes())
	}
	if err == nil && s.write != "" {
		err = os.WriteFile(s.write, append([]byte(heading(arguments)), page.Bytes()...), 0o644) //nolint:gosec // G306: for all to read.
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "\nStopped before its end.")
		return 130
	case err != nil:
		fmt.Fprintln(stderr, "\nbench:", err)
		return 1
	default:
		return 0
	}
}

// heading is what the written page begins with.
func heading(arguments []string) string {
	command := "make bench"
	if len(arguments) > 0 {
		command += fmt.Sprintf(" BENCH='%s'", strings.Join(arguments, " "))
	}
	return "# Benchmarks\n\nMeasured and written by `" + command + "`. CONTRIBUTING.md tells how to read it.\n\n"
}

// benchHere sets everything up, in a folder that it removes, and measures.
func benchHere(ctx context.Context, s settings, page, log io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "smtp-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// As a release is built, and the Go benchmarks alike, also without make.
	if err := os.Setenv("CGO_ENABLED", "0"); err != nil {
		return err
	}
	b, err := open(ctx, s, ".", dir, log)
	if err != nil {
		return err
	}
	r, err := b.measure(ctx)
	if err != nil {
		return err
	}
	return r.print(page)
}
