package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// endPatience is how long what was killed may take to be gone.
const endPatience = 30 * time.Second

// wrapProvider puts a script where the CLI finds the provider. It notes the
// process and becomes the provider, so that this one can be killed alone.
func wrapProvider(bench *testenv.Env, dir string) error {
	itself := filepath.Join(dir, "provider-itself")
	if err := os.Rename(bench.Provider, itself); err != nil {
		return err
	}
	script := fmt.Sprintf("#!/bin/sh\necho $$ >>\"$%s\"\nexec '%s' \"$@\"\n", providersVariable, itself)
	return os.WriteFile(bench.Provider, []byte(script), 0o700) //nolint:gosec // G306: it is to be run.
}

// providersVariable names the file in which the script notes processes.
const providersVariable = "SOAK_PROVIDERS"

// run is what became of one command.
type run struct {
	screen []byte
	code   int
	// killed is by what, nil where nothing was sent.
	killed *kill
}

// cli runs the CLI and returns when it and all that it has started are gone.
func (l *worker) cli(ctx context.Context, k *kill, environment []string, arguments ...string) (run, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	command := exec.CommandContext(ctx, l.bench.CLI, append(arguments, "-no-color", "-input=false")...) //nolint:gosec // G204: the user's choice.
	testenv.InGroup(command)
	// Whoever stops the soak throws the state away: nothing in it is spared.
	command.Cancel = func() error { return testenv.SignalGroup(command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = endPatience
	command.Dir = l.dir
	providers := filepath.Join(l.dir, "providers")
	command.Env = append(l.bench.Environment(l.bench.DevConfig), environment...)
	command.Env = append(command.Env,
		"TF_IN_AUTOMATION=1", "TMPDIR="+l.temporary, providersVariable+"="+providers,
		"KIRIMEMAIL_BASE_URL="+l.server.URL(), "KIRIMEMAIL_USERNAME="+l.server.Username(), "KIRIMEMAIL_TOKEN="+l.server.Token(),
	)
	// The other end of this pipe is inherited by all that is started, and by
	// nobody else: once it is closed, they are gone.
	lifeline, held, err := os.Pipe()
	if err != nil {
		return run{}, err
	}
	defer lifeline.Close()
	command.ExtraFiles = []*os.File{held}
	var screen bytes.Buffer
	command.Stdout, command.Stderr = &screen, &screen
	err = command.Start()
	_ = held.Close()
	if err != nil {
		return run{}, err
	}
	over, ended := context.WithCancel(ctx)
	sent := make(chan error, 1)
	var killed *kill
	go func() {
		var err error
		if k != nil {
			var done bool
			if done, err = k.run(over, l.server, command.Process.Pid, providers); done {
				killed = k
			}
		}
		sent <- err
	}()
	failed := command.Wait()
	ended()
	if err := <-sent; err != nil {
		return run{}, fmt.Errorf("%s: %w", k.name, err)
	}
	if err := l.leaveNone(lifeline, command.Process.Pid); err != nil {
		return run{}, err
	}
	_ = os.Remove(providers)
	if ctx.Err() != nil {
		return run{}, ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); failed != nil && !errors.As(failed, &exit) {
		return run{}, fmt.Errorf("%s: %w", strings.Join(arguments, " "), failed)
	}
	return run{screen: screen.Bytes(), code: command.ProcessState.ExitCode(), killed: killed}, nil
}

// leaveNone ends what a killed CLI has left behind. A provider without its CLI
// goes on for as long as a reset is under way.
func (l *worker) leaveNone(lifeline *os.File, group int) error {
	if err := testenv.SignalGroup(group, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	if err := lifeline.SetReadDeadline(time.Now().Add(endPatience)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, lifeline); err != nil {
		return fmt.Errorf("something that the CLI has started is still there: %w", err)
	}
	return nil
}
