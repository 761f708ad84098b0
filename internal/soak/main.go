// Command soak rotates many passwords while much goes wrong: answers are lost,
// late, cut or nonsense, and the CLI or the provider is killed. After each round
// it heals by a plain apply, and then each stored password has to log in at the
// mail server. It drives a real CLI against the simulator. `make soak` runs it,
// from the top of a checkout.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// settings are what a soak goes by. With the same ones it does the same again,
// as far as the machine's speed lets it.
type settings struct {
	seed      uint64
	rotations int
	workers   int
	resources int
	// timeout is what a create and an update may take; a read may take half.
	timeout    time.Duration
	traceEvery int
}

// errUsage is for a command line that makes no sense.
var errUsage = errors.New("usage")

const intro = `soak rotates passwords while things go wrong, heals after each round by a plain apply, and checks that each stored
password logs in at the mail server. It needs no account and no network, and ends with 1 where anything was lost,
leaked, crashed or rotated unasked. To be run from the top of a checkout.

Each worker is an account and a configuration of its own; they run side by side, since most of the time is waiting. What a
request meets depends on the seed, the worker, the round, the credential, and how many such requests came before it.

Flags:
`

// parse reads the command line.
func parse(arguments []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("soak", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, intro)
		f.PrintDefaults()
	}
	f.Uint64Var(&s.seed, "seed", 0, "run what this `SEED` gives; 0 takes one from the clock")
	f.IntVar(&s.rotations, "rotations", 1000, "go on until `N` rotations are stored")
	f.IntVar(&s.workers, "workers", 4, "how many `WORKERS` run side by side")
	f.IntVar(&s.resources, "resources", 20, "how many `RESOURCES` each worker has")
	f.DurationVar(&s.timeout, "timeout", 25*time.Second, "`TIME` that a create or an update may take; a read may take half of it")
	f.IntVar(&s.traceEvery, "trace-every", 4, "each `N`th round of a worker writes a trace log, which is searched for secrets")
	if err := f.Parse(arguments); err != nil {
		return s, err
	}
	if f.NArg() > 0 || s.rotations < 1 || s.workers < 1 || s.resources < 1 || s.timeout <= 0 || s.traceEvery < 1 {
		fmt.Fprintln(stderr, "soak: flags alone are taken, and numbers of 1 or more")
		return s, errUsage
	}
	if s.seed == 0 {
		s.seed = uint64(time.Now().Unix()) //nolint:gosec // G115: not before 1970.
	}
	return s, nil
}

func main() {
	// A terminal that closes ends it in order too. A reader that leaves cannot be
	// told by SIGPIPE: that comes for each connection of a killed provider's, too.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command gives the exit status: 0, 1 after a finding or a failure, 2 for a
// wrong command line, 130 after an interrupt.
func command(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	s, err := parse(arguments, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	t := newResults()
	err = soakHere(ctx, s, t, stderr)
	if reporting := t.report(stdout, s); err == nil {
		err = reporting
	}
	again := fmt.Sprintf("go run ./internal/soak -seed %d -rotations %d -workers %d -resources %d -timeout %s -trace-every %d",
		s.seed, s.rotations, s.workers, s.resources, s.timeout, s.traceEvery)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "\nStopped before its end.")
		return 130
	case err != nil:
		fmt.Fprintf(stderr, "\nsoak: %v\nThe same again:\n  %s\n", err, again)
		return 1
	case !t.clean():
		fmt.Fprintf(stderr, "\nsoak: what must not be was found, see above. The same again:\n  %s\n", again)
		return 1
	default:
		return 0
	}
}

// soakHere sets everything up, in a folder that it removes, and soaks.
func soakHere(ctx context.Context, s settings, t *results, log io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "smtp-soak-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bench, err := openBench(ctx, ".", dir)
	if err != nil {
		return err
	}
	return soak(ctx, s, t, bench, filepath.Join(dir, "workers"), log)
}

// openBench is a testenv in dir whose provider can be killed alone.
func openBench(ctx context.Context, repository, dir string) (*testenv.Env, error) {
	bench, err := testenv.New(ctx, repository, dir)
	if err != nil {
		return nil, err
	}
	return bench, wrapProvider(bench, dir)
}

// soak runs all workers to their end, in folders below dir.
func soak(ctx context.Context, s settings, t *results, bench *testenv.Env, dir string, log io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log = &lineWriter{to: log, failed: cancel}
	fmt.Fprintf(log, "%s, seed %d: %d rotations, in %d workers of %d resources.\n", bench.CLIVersion, s.seed, s.rotations, s.workers, s.resources)
	errs := make([]error, s.workers)
	var running sync.WaitGroup
	for i := range s.workers {
		l := &worker{settings: s, seed: chance(s.seed, "worker", i).Uint64(), number: i + 1, bench: bench, results: t, log: log}
		running.Go(func() {
			if errs[i] = l.work(ctx, dir, (s.rotations+s.workers-1)/s.workers); errs[i] != nil {
				cancel()
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// work is a worker's whole life.
func (l *worker) work(ctx context.Context, dir string, rotations int) (err error) {
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.open(ctx, dir); err != nil {
		return err
	}
	return l.run(ctx, rotations)
}

// lineWriter lets one worker write at a time. Where nobody reads any more, there
// is no use in going on.
type lineWriter struct {
	mu     sync.Mutex
	to     io.Writer
	failed func()
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.to.Write(p)
	if err != nil {
		w.failed()
	}
	return n, err
}
