package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// findGoreleaser finds goreleaser, or builds it where that has not been done yet.
func (c *check) findGoreleaser(ctx context.Context) (string, error) {
	var err error
	if c.goreleaser, err = script(ctx, c.repository, os.Environ(), "tool", "goreleaser"); err != nil {
		return "", fmt.Errorf("building goreleaser from tools/goreleaser: %w", err)
	}
	golang, err := run(ctx, c.first, c.environment, "go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	module, err := os.ReadFile(filepath.Join(c.repository, "tools", "goreleaser", "go.mod"))
	if err != nil {
		return "", err
	}
	pinned := goreleaserVersion.FindSubmatch(module)
	if pinned == nil {
		return "", fmt.Errorf("tools/goreleaser/go.mod requires no goreleaser: add it by `go get -tool github.com/goreleaser/goreleaser/v2`")
	}
	return fmt.Sprintf("goreleaser %s and %s", pinned[1], strings.TrimSpace(golang)), nil
}

var goreleaserVersion = regexp.MustCompile(`(?m)^\s*(?:require )?github\.com/goreleaser/goreleaser/v2 (v\S+)`)

func (c *check) checkConfiguration(ctx context.Context) (string, error) {
	_, err := run(ctx, c.first, c.environment, c.goreleaser, "check", "--quiet")
	return ".goreleaser.yml is valid, and uses nothing that goreleaser has given up", err
}

// release makes everything but a publication.
func (c *check) release(ctx context.Context) (string, error) {
	started := time.Now()
	environment, skip := c.environment, "--skip=publish,announce"
	if c.signer == nil {
		skip += ",sign"
	} else {
		environment = with(environment, c.signer.environment()...)
	}
	_, err := run(ctx, c.first, environment, c.goreleaser, "release", "--clean", skip)
	return fmt.Sprintf("made for %d platforms in %s", len(targets()), took(started)), err
}

// buildAgain makes the release a second time and compares. The copy has another
// path, other times and other permissions, and it is made with the settings and
// in the time zone of another user. What was compiled before is mostly taken from
// Go's cache, which goes by the sources and not by their path, due to -trimpath.
// That leaves out whether the compiler itself gives the same each time, which is
// asked with an empty cache for this machine's program, or for all with -cold.
func (c *check) buildAgain(ctx context.Context) (string, error) {
	started := time.Now()
	environment := with(c.environment, "GOFLAGS=-tags=elsewhere", "TZ=Pacific/Kiritimati")
	emptyCache := with(environment, "GOCACHE="+filepath.Join(c.dir, "gocache"))
	found := "the same checksums"
	if c.cold {
		environment = emptyCache
		found += ", all compiled anew"
	}
	if _, err := run(ctx, c.second, environment, c.goreleaser, "release", "--clean", "--skip=publish,announce,sign"); err != nil {
		return "", err
	}
	name := sumsName(c.commit.version)
	first, err := os.ReadFile(filepath.Join(dist(c.first), name))
	if err != nil {
		return "", err
	}
	second, err := os.ReadFile(filepath.Join(dist(c.second), name))
	if err != nil {
		return "", err
	}
	if err := differences(string(first), string(second)); err != nil {
		return "", err
	}
	if !c.cold && c.binary != "" {
		again := filepath.Join(c.dir, "again")
		if _, err := run(ctx, c.second, emptyCache, c.goreleaser, "build", "--clean", "--single-target", "--output", again); err != nil {
			return "", err
		}
		if err := sameBytes(c.binary, again); err != nil {
			return "", err
		}
		found += fmt.Sprintf("; the program of %s_%s also compiled anew", runtime.GOOS, runtime.GOARCH)
	}
	return fmt.Sprintf("%s, in %s", found, took(started)), nil
}
