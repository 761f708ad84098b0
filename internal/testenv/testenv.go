// Package testenv sets up what the demo, the benchmarks and the acceptance tests
// drive: a real CLI, the provider built from this checkout, and an environment
// free of the settings of whoever runs them.
package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Version is what the built provider says it is, and the version under which
// `init` finds it.
const Version = "0.1.0"

// Env is a folder with a built provider and CLI configurations by which
// it is found.
type Env struct {
	// CLI is the path of the CLI; scripts/cli chooses it. Tofu tells OpenTofu
	// from Terraform. CLIVersion is the first line of what it says of itself.
	CLI        string
	Tofu       bool
	CLIVersion string
	// Provider is the path of the provider's binary.
	Provider string
	// DevConfig is a CLI configuration with which the provider is used without
	// `init`, MirrorConfig one with which `init` finds it as it does a
	// published one. EmptyConfig has nothing in it.
	DevConfig, MirrorConfig, EmptyConfig string

	repository, mirror string
}

// Open finds the CLI, for a checkout whose top is repository. What it writes is
// in dir, which the caller removes. It builds nothing: Provider, DevConfig and
// MirrorConfig stay empty.
func Open(ctx context.Context, repository, dir string) (*Env, error) {
	repository, err := filepath.Abs(repository)
	if err != nil {
		return nil, err
	}
	cli, err := output(command(ctx, repository, filepath.Join(repository, "scripts", "cli")))
	if err != nil {
		return nil, fmt.Errorf("no CLI: %w", err)
	}
	w := &Env{CLI: cli, EmptyConfig: filepath.Join(dir, "empty.tfrc"), repository: repository}
	if err := os.WriteFile(w.EmptyConfig, nil, 0o600); err != nil {
		return nil, err
	}
	version := command(ctx, dir, cli, "version")
	version.Env = w.Environment(w.EmptyConfig)
	if w.CLIVersion, err = output(version); err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", cli, err)
	}
	w.CLIVersion, _, _ = strings.Cut(w.CLIVersion, "\n")
	w.Tofu = strings.HasPrefix(w.CLIVersion, "OpenTofu")
	return w, nil
}

// New is Open, and builds the provider too.
func New(ctx context.Context, repository, dir string) (*Env, error) {
	w, err := Open(ctx, repository, dir)
	if err != nil {
		return nil, err
	}
	w.Provider = filepath.Join(dir, "provider", "terraform-provider-smtp_v"+Version)
	if err := os.MkdirAll(filepath.Dir(w.Provider), 0o750); err != nil {
		return nil, err
	}
	if err := w.Build(ctx, ".", w.Provider, "-ldflags", "-s -w -X main.version="+Version); err != nil {
		return nil, err
	}
	w.DevConfig = filepath.Join(dir, "dev.tfrc")
	override := installation(fmt.Sprintf("dev_overrides {\n    \"kirimemail/smtp\" = %q\n  }", filepath.Dir(w.Provider)))
	if err := os.WriteFile(w.DevConfig, []byte(override), 0o600); err != nil {
		return nil, err
	}
	w.mirror = filepath.Join(dir, "mirror")
	w.MirrorConfig, err = Mirror(w.mirror, "kirimemail/smtp", Version, w.Provider)
	return w, err
}

// Build builds a program of the checkout, with go build's own flags.
func (w *Env) Build(ctx context.Context, folder, binary string, flags ...string) error {
	arguments := append([]string{"build", "-buildvcs=false", "-o", binary}, flags...)
	build := command(ctx, w.repository, "go", append(arguments, folder)...)
	build.Env = append(os.Environ(), "GOWORK=off")
	if _, err := output(build); err != nil {
		return fmt.Errorf("building %s: %w", filepath.Base(binary), err)
	}
	return nil
}

// AddTimeProvider lays hashicorp/time into the mirror of MirrorConfig.
func (w *Env) AddTimeProvider(ctx context.Context) error {
	binary, version, err := w.TimeProvider(ctx)
	if err != nil {
		return err
	}
	return fillMirror(w.mirror, "hashicorp/time", version, binary)
}

// TimeProvider gives a binary of hashicorp/time, in the version that tools/time
// pins, stripped as a release is. No registry is asked for it.
func (w *Env) TimeProvider(ctx context.Context) (binary, version string, err error) {
	binary, err = output(command(ctx, w.repository, filepath.Join(w.repository, "scripts", "tool"), "time"))
	if err != nil {
		return "", "", fmt.Errorf("building hashicorp/time: %w", err)
	}
	list := command(ctx, filepath.Join(w.repository, "tools", "time"),
		"go", "list", "-m", "-f", "{{.Version}}", "github.com/hashicorp/terraform-provider-time")
	list.Env = append(os.Environ(), "GOWORK=off")
	version, err = output(list)
	if err != nil {
		return "", "", fmt.Errorf("asking for the version of hashicorp/time: %w", err)
	}
	return binary, strings.TrimPrefix(version, "v"), nil
}

// Mirror makes a filesystem_mirror in the folder mirror, with one provider in
// it, and a CLI configuration beside it by which `init` finds that one alone.
func Mirror(mirror, source, version, binary string) (config string, err error) {
	if err := fillMirror(mirror, source, version, binary); err != nil {
		return "", err
	}
	config = mirror + ".tfrc"
	return config, os.WriteFile(config, []byte(installation(fmt.Sprintf("filesystem_mirror {\n    path = %q\n  }", mirror))), 0o600)
}

// fillMirror lays a provider where a filesystem_mirror has it, under each CLI's
// registry.
func fillMirror(mirror, source, version, binary string) error {
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		place := filepath.Join(mirror, host, filepath.FromSlash(source), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(place, 0o750); err != nil {
			return err
		}
		name := fmt.Sprintf("terraform-provider-%s_v%s", filepath.Base(source), version)
		// Not a hard link: it may be kept on another file system.
		if err := os.Symlink(binary, filepath.Join(place, name)); err != nil {
			return err
		}
	}
	return nil
}

// Environment is this process' environment for a CLI that goes by the given
// CLI configuration: without anything that could make a CLI or the provider
// behave in another way on another machine.
func (w *Env) Environment(config string) []string {
	var environment []string
	for _, variable := range os.Environ() {
		if !Foreign(variable) {
			environment = append(environment, variable)
		}
	}
	// Both CLIs take it; OpenTofu refuses one that does not exist.
	return append(environment, "TF_CLI_CONFIG_FILE="+config, "CHECKPOINT_DISABLE=1")
}

// Foreign tells whether a variable (NAME=VALUE, or the name alone) is a setting
// of a CLI or of the provider that belongs to whoever runs this.
func Foreign(variable string) bool {
	for _, prefix := range []string{"TF_", "TERRAFORM_", "TOFU_", "KIRIMEMAIL_"} {
		if strings.HasPrefix(variable, prefix) {
			return true
		}
	}
	return false
}

func installation(method string) string {
	return "provider_installation {\n  " + method + "\n}\n"
}

func command(ctx context.Context, dir, name string, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, arguments...) //nolint:gosec // G204: what is run is this checkout's own, or the user's choice.
	c.Dir = dir
	return c
}

// output runs a command and gives its standard output; what it says on its
// standard error goes to the user's, since a first build takes minutes.
func output(c *exec.Cmd) (string, error) {
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", errors.Join(err, c.Err)
	}
	return strings.TrimSpace(string(out)), nil
}
