package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// run runs a program and gives its standard output. What else it says is told
// where it fails. An interrupt is passed on and waited for, and then whatever it
// has started is ended too: a compiler that goes on would write into a folder
// that is being removed.
func run(ctx context.Context, dir string, environment []string, program string, arguments ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, program, arguments...)
	testenv.Interruptible(command)
	command.WaitDelay = time.Minute
	command.Dir, command.Env = dir, environment
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if ctx.Err() != nil && command.Process != nil {
		_ = testenv.SignalGroup(command.Process.Pid, syscall.SIGKILL) // there may be nobody left
	}
	if err != nil {
		what := filepath.Base(program)
		if len(arguments) > 0 {
			what += " " + arguments[0]
		}
		return "", fmt.Errorf("%s: %w\n%s", what, err, lastLines(stdout.String()+stderr.String(), 40))
	}
	return stdout.String(), nil
}

// script runs one of the checkout's scripts and gives the one line that it
// prints. What it says besides goes to the screen, for a first build takes
// minutes. An interrupt goes to all that it has started, as a terminal's does:
// a shell that waits for a compiler heeds none.
func script(ctx context.Context, repository string, environment []string, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, filepath.Join(repository, "scripts", name), arguments...)
	testenv.InGroup(command)
	command.Cancel = func() error { return testenv.SignalGroup(command.Process.Pid, syscall.SIGINT) }
	command.WaitDelay = time.Minute
	command.Dir, command.Env, command.Stderr = repository, environment, os.Stderr
	line, err := command.Output()
	return strings.TrimSpace(string(line)), err
}

// onPath tells whether a program is on the PATH.
func onPath(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// lastLines are the last ones of a text.
func lastLines(text string, most int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
