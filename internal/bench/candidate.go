package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// candidate is a provider that is measured.
type candidate struct {
	name, source, version, binary string
	// resource is a block of count resources.
	resource string
	// plain is where it is installed as it is, gauged where the rusage stands in
	// its place.
	plain, gauged installation
}

// installation is a folder in which `init` was run, and the CLI configuration by
// which it found the provider: a filesystem_mirror, which costs what a registry
// does once a provider is there. The other ways skip the checksum of the binary.
type installation struct{ dir, config string }

// The release in which a password was stored, and the one that rotates it.
const firstRelease, secondRelease = "1", "2"

// A trigger each, as people have it. The GUIDs are reckoned, because to take
// the right one from a list of thousands is work of the CLI's that one candidate
// alone would have.
const (
	domain       = "example.com"
	oursResource = `resource "smtp_credential_password" "this" {
  count           = var.resources
  domain          = "` + domain + `"
  credential_guid = format("00000000-0000-4000-8000-%012d", count.index)

  rotation_triggers = {
    release = var.release
  }
}
`
	timeResource = `resource "time_static" "this" {
  count = var.resources

  triggers = {
    release = var.release
  }
}
`
)

// guid is a credential's, as the configuration has it.
func guid(index int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", index) }

// configuration is one that takes its number of resources from a variable, so
// that one folder does for all.
func (e *candidate) configuration() string {
	return fmt.Sprintf(`terraform {
  required_providers {
    %s = {
      source = %q
    }
  }
}

variable "resources" {
  type = number
}

variable "release" {
  type = string
}

%s`, filepath.Base(e.source), e.source, e.resource)
}

// install lays the candidate out twice, as it is and behind the rusage.
func (b *bench) install(ctx context.Context, e *candidate) (err error) {
	if e.plain, err = b.installAs(ctx, e, e.name, e.binary); err != nil {
		return err
	}
	e.gauged, err = b.installAs(ctx, e, e.name+"-gauged", b.rusage)
	return err
}

func (b *bench) installAs(ctx context.Context, e *candidate, name, binary string) (i installation, err error) {
	i.dir = filepath.Join(b.dir, "work-"+name)
	if i.config, err = testenv.Mirror(filepath.Join(b.dir, "mirror-"+name), e.source, e.version, binary); err != nil {
		return i, err
	}
	if err := os.Mkdir(i.dir, 0o700); err != nil {
		return i, err
	}
	if err := os.WriteFile(filepath.Join(i.dir, "main.tf"), []byte(e.configuration()), 0o600); err != nil {
		return i, err
	}
	_, err = b.cli(ctx, i, nil, "init")
	return i, err
}

// arguments are those of a command about count resources, whose state is in a
// file of its own.
func arguments(command string, count int, state, release string, more ...string) []string {
	return append([]string{
		command, "-input=false", "-state=" + state,
		fmt.Sprintf("-var=resources=%d", count), "-var=release=" + release,
	}, more...)
}

// emptyPlan makes a plan, which has to be empty, and tells what that
// has cost.
func (b *bench) emptyPlan(ctx context.Context, i installation, environment []string, count int, state, release string) (cost, error) {
	return b.cli(ctx, i, environment, arguments("plan", count, state, release, "-detailed-exitcode")...)
}

// cost is what a command has cost: in time, and of the CPU, together with all
// that it has started. A busy machine disturbs the first more than the second.
type cost struct{ wall, cpu time.Duration }

// cli runs the CLI and tells what that has cost. An interrupt is passed on once,
// and waited for.
func (b *bench) cli(ctx context.Context, i installation, environment []string, arguments ...string) (cost, error) {
	command := exec.CommandContext(ctx, b.testenv.CLI, append(arguments, "-no-color")...) //nolint:gosec // G204: the user's choice.
	testenv.Interruptible(command)
	command.WaitDelay = time.Minute
	command.Dir = i.dir
	command.Env = append(b.testenv.Environment(i.config), "TF_IN_AUTOMATION=1", "TMPDIR="+b.temporary())
	command.Env = append(command.Env, environment...)
	var screen bytes.Buffer
	command.Stdout, command.Stderr = &screen, &screen
	started := time.Now()
	err := command.Run()
	took := time.Since(started)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 2 {
		return cost{}, fmt.Errorf("the plan is not empty:\n%s", beginning(screen.String()))
	}
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", arguments[0], err, beginning(screen.String()))
	}
	return cost{wall: took, cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}, nil
}

// beginning is enough of a screen to see what went wrong: a thousand resources
// tend to fail in one way.
func beginning(screen string) string {
	const most = 40
	lines := strings.SplitAfterN(screen, "\n", most+1)
	return strings.Join(lines[:min(most, len(lines))], "")
}

// account is the environment of a provider that is to find the simulator. The
// others get it too, and do not look.
func account(server *simulator.Server) []string {
	return []string{
		"KIRIMEMAIL_BASE_URL=" + server.URL(), "KIRIMEMAIL_USERNAME=" + server.Username(), "KIRIMEMAIL_TOKEN=" + server.Token(),
	}
}
