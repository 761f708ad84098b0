// Command demo shows the provider's one job from beginning to end: a password
// that is stored, rotated by a changed trigger and taken by the mail server. It
// drives a real CLI on examples/demo, against the simulator. `make demo` runs
// it, from the top of a checkout.
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
	"path/filepath"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// credentialGUID is the same each time, so that a recording is too.
const credentialGUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

// errNotCleaned tells that something of the demo is left.
var errNotCleaned = errors.New("cleaning up failed")

func main() {
	file := flag.String("record", "", "put what is shown into this file, too: README.md")
	installed := flag.String("installed", "", "build no provider: have init find one by this CLI configuration")
	flag.Parse()
	os.Exit(run(os.Stdout, os.Stderr, *file, *installed))
}

// run gives the exit status: 0, 1 after a failure, 130 after an interrupt.
func run(stdout, stderr io.Writer, file, installed string) int {
	// A reader that leaves (SIGPIPE) or a terminal that closes ends it in order too.
	ctx, stop := signal.NotifyContext(context.Background(),
		os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGHUP)
	defer stop()
	repository, err := os.Getwd()
	if err == nil {
		err = demonstrate(ctx, stdout, repository, file, installed)
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, errNotCleaned):
		fmt.Fprintln(stderr, "\nStopped, but:", err)
		return 130
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "\nStopped. Everything that the demo made is gone.")
		return 130
	case err != nil:
		fmt.Fprintln(stderr, "\ndemo:", err)
		return 1
	default:
		return 0
	}
}

func demonstrate(ctx context.Context, out io.Writer, repository, file, installed string) (err error) {
	var session bytes.Buffer
	s := &stage{out: io.MultiWriter(out, &session), build: testenv.New, installed: installed}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx, repository); err != nil {
		return err
	}
	if file != "" && s.env.Tofu {
		return errNotRecordable
	}
	started := time.Now()
	if err := s.play(ctx); err != nil {
		return err
	}
	if file != "" {
		if err := record(file, session.String(), s.env.CLIVersion); err != nil {
			return err
		}
	}
	s.say("\nDone in %s. Everything that the demo made is gone.", time.Since(started).Round(time.Second))
	return nil
}

// open prepares the provider, starts the service and lays out the example, all in
// a folder of its own.
func (s *stage) open(ctx context.Context, repository string) (err error) {
	example, err := os.ReadFile(filepath.Join(repository, "examples", "demo", "main.tf"))
	if err != nil {
		return fmt.Errorf("to be run from the top of a checkout: %w", err)
	}
	if s.dir, err = os.MkdirTemp("", "smtp-demo-"); err != nil {
		return err
	}
	if err := s.prepareProvider(ctx, repository); err != nil {
		return err
	}
	if s.server, err = simulator.Start(simulator.Options{}); err != nil {
		return err
	}
	if s.credential, err = s.server.AddCredentialWithGUID("example.com", "newsletter", credentialGUID); err != nil {
		return err
	}
	s.say("A simulated Kirim.Email is at %s,\nits mail server at %s.", s.server.URL(), s.server.SMTPAddr())
	s.say("%s applies examples/demo\nfor the credential %s.", s.env.CLIVersion, s.credential.Login)
	if err := os.Mkdir(s.work(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.work(), "main.tf"), example, 0o600)
}

// prepareProvider builds the provider, unless one is installed.
func (s *stage) prepareProvider(ctx context.Context, repository string) (err error) {
	if s.installed == "" {
		s.say("Building the provider.")
		s.env, err = s.build(ctx, repository, s.dir)
		return err
	}
	if s.env, err = testenv.Open(ctx, repository, s.dir); err == nil {
		s.env.MirrorConfig = s.installed
	}
	return err
}

// close takes everything away again.
func (s *stage) close() (err error) {
	if s.server != nil {
		err = s.server.Close()
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errNotCleaned, err)
	}
	return nil
}

// work is where the CLI runs.
func (s *stage) work() string { return filepath.Join(s.dir, "work") }
