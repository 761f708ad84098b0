package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// The registries of the two CLIs.
const (
	terraformRegistry = "registry.terraform.io"
	openTofuRegistry  = "registry.opentofu.org"
)

// useTerraform has Terraform install and use the release: the one that
// scripts/cli chooses, or one on the PATH where it chooses OpenTofu.
func (c *check) useTerraform(ctx context.Context) (string, error) {
	if !native() {
		return notNative, nil
	}
	chosen, err := testenv.Open(ctx, c.repository, c.dir)
	if err != nil {
		return "", err
	}
	if chosen.Tofu {
		if !onPath("terraform") {
			return leftOut + " there is no terraform on the PATH; install Terraform 1.11 or later, or name one in TF_CLI", nil
		}
		path, err := script(ctx, c.repository, with(os.Environ(), "TF_CLI=terraform"), "cli")
		if err != nil {
			return leftOut + " the terraform on the PATH is none that this can use", ctx.Err()
		}
		if chosen, err = testenv.With(ctx, c.repository, c.dir, path); err != nil {
			return "", err
		}
	}
	return c.use(ctx, chosen, terraformRegistry)
}

// useOpenTofu has OpenTofu do the same: the one of tools/opentofu.
func (c *check) useOpenTofu(ctx context.Context) (string, error) {
	if !native() {
		return notNative, nil
	}
	path, err := script(ctx, c.repository, os.Environ(), "tool", "opentofu")
	if err != nil {
		return "", fmt.Errorf("building OpenTofu from tools/opentofu: %w", err)
	}
	tofu, err := testenv.With(ctx, c.repository, c.dir, path)
	if err != nil {
		return "", err
	}
	return c.use(ctx, tofu, openTofuRegistry)
}

// use installs this machine's zip by a real init and goes through the life of a
// password with it, against the simulator.
func (c *check) use(ctx context.Context, bench *testenv.Env, registry string) (found string, err error) {
	started := time.Now()
	server, err := simulator.Start(simulator.Options{})
	if err != nil {
		return "", err
	}
	defer server.Close()
	u := &user{
		program: bench.CLI, server: server, credential: server.AddCredential("example.com", "newsletter"),
		environment: with(c.environment, "CHECKPOINT_DISABLE=1"), version: c.commit.version, registry: registry, dir: filepath.Join(c.dir, registry),
	}
	zip := filepath.Join(dist(c.first), target{runtime.GOOS, runtime.GOARCH}.archive(c.commit.version))
	if err := u.layOut(filepath.Join(c.first, "examples", "demo", "main.tf"), zip); err != nil {
		return "", err
	}
	if err := u.live(ctx); err != nil {
		return "", fmt.Errorf("%s: %w", bench.CLIVersion, err)
	}
	return fmt.Sprintf("%s installs the zip, applies, rotates and destroys, in %s", bench.CLIVersion, took(started)), nil
}
