// Command releasecheck makes a release on trial and looks at all of it: what the
// registries want, what is in the zips, whether both CLIs install and use one,
// and whether building it again gives the same bytes. It works on copies of the
// commit, publishes nothing and signs with a key of its own. `make release-check`
// runs it, from the top of a checkout.
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
	"syscall"
)

const intro = `releasecheck makes a release of the checkout's commit on trial, in a temporary folder, and looks at all of it. It
publishes nothing, signs with a key of its own and needs no account. It is to be run from the top of a checkout.

Flags:
`

// errNotCleaned tells that something of the check is left.
var errNotCleaned = errors.New("cleaning up failed")

func main() {
	// A reader that leaves (SIGPIPE) or a terminal that closes ends it in order too.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGHUP)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command gives the exit status: 0, 1 after a failure, 2 for a wrong command
// line, 130 after an interrupt.
func command(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	c := &check{out: stdout}
	f := flag.NewFlagSet("releasecheck", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, intro)
		f.PrintDefaults()
	}
	f.BoolVar(&c.cold, "cold", false, "build everything anew the second time, not this machine's program alone: some minutes more")
	f.BoolVar(&c.all, "all", false, "fail where this machine has nothing to look at something with, and it would be left out")
	switch err := f.Parse(arguments); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() > 0:
		fmt.Fprintln(stderr, "releasecheck: flags alone are taken")
		return 2
	}
	err := c.checkHere(ctx)
	switch {
	case ctx.Err() != nil && errors.Is(err, errNotCleaned):
		fmt.Fprintln(stderr, "\nStopped, but:", err)
		return 130
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "\nStopped before its end. Everything that it made is gone.")
		return 130
	case err != nil:
		fmt.Fprintln(stderr, "\nreleasecheck:", err)
		return 1
	default:
		return 0
	}
}

// checkHere goes through all steps in a folder that it removes.
func (c *check) checkHere(ctx context.Context) (err error) {
	if c.repository, err = filepath.Abs("."); err != nil {
		return err
	}
	if c.dir, err = temporaryFolder(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.prepare(ctx); err != nil {
		return err
	}
	return c.steps(ctx)
}

// temporaryFolder gives the folder by its real name: on macOS it is beneath a
// link, and Go would write the one into a program and look for the other.
func temporaryFolder() (string, error) {
	dir, err := os.MkdirTemp("", "smtp-release-")
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// close takes everything away again.
func (c *check) close() error {
	// The agent first, which has its socket in there.
	c.signer.close()
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("%w: %w", errNotCleaned, err)
	}
	return nil
}
