package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// address is the remote that the copies get. goreleaser takes from it where a
// release would be published.
const address = "https://github.com/kirimemail/terraform-provider-smtp.git"

// commit is what is released.
type commit struct {
	hash    string
	time    time.Time
	version string
}

// copyCommit makes two copies of the checkout's commit, in folders that differ
// in name and depth.
func (c *check) copyCommit(ctx context.Context) (string, error) {
	var tagged bool
	var err error
	if c.commit, tagged, err = c.readCommit(ctx); err != nil {
		return "", err
	}
	c.first = filepath.Join(c.dir, "first")
	c.second = filepath.Join(c.dir, "second", "somewhere", "else")
	for _, copied := range []string{c.first, c.second} {
		if err := c.clone(ctx, copied); err != nil {
			return "", err
		}
	}
	if err := disguise(c.second); err != nil {
		return "", err
	}
	found := fmt.Sprintf("commit %.12s as version %s", c.commit.hash, c.commit.version)
	if !tagged {
		found += ", for it has no tag vX.Y.Z"
	}
	changes, err := c.git(ctx, c.repository, "--no-optional-locks", "status", "--porcelain")
	if n := strings.Count(changes, "\n"); n > 0 {
		found += fmt.Sprintf("; %s %s, as from any release", leftOut, count(n, "uncommitted change"))
	}
	return found, err
}

// count tells a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// readCommit reads the checkout's commit. With the tag of a release its version
// is that: what is looked at are then the bytes that are to be published.
func (c *check) readCommit(ctx context.Context) (read commit, tagged bool, err error) {
	hash, err := c.git(ctx, c.repository, "rev-parse", "--verify", "HEAD")
	if err != nil {
		return read, false, fmt.Errorf("%s is no git checkout with a commit, of which alone a release is made: %w", c.repository, err)
	}
	seconds, err := c.git(ctx, c.repository, "show", "--no-patch", "--format=%ct", "HEAD")
	if err != nil {
		return read, false, err
	}
	unix, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
	if err != nil {
		return read, false, fmt.Errorf("the commit's time: %w", err)
	}
	tags, err := c.git(ctx, c.repository, "tag", "--points-at", "HEAD", "--sort=-version:refname")
	if err != nil {
		return read, false, err
	}
	version := releaseVersion(tags)
	tagged = version != ""
	if !tagged {
		version = trialVersion(unix)
	}
	return commit{hash: strings.TrimSpace(hash), time: time.Unix(unix, 0).UTC(), version: version}, tagged, nil
}

var releaseTag = regexp.MustCompile(`(?m)^v([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)$`)

// releaseVersion is the version of the first tag of a release, or "".
func releaseVersion(tags string) string {
	if found := releaseTag.FindStringSubmatch(tags); found != nil {
		return found[1]
	}
	return ""
}

// trialVersion stands for the version of a commit without a tag. It is the same
// each time, and so long that a program which holds it holds it on purpose.
func trialVersion(unix int64) string { return fmt.Sprintf("0.0.%d", unix) }

// clone makes a copy with a tag of its own: with others, goreleaser might take
// one of those. Not --snapshot instead, which leaves out what goreleaser asks of
// a release, and makes a version that `init` does not take by itself.
func (c *check) clone(ctx context.Context, copied string) error {
	if err := makeFolders(filepath.Dir(copied)); err != nil {
		return err
	}
	if _, err := c.git(ctx, c.dir, "clone", "--quiet", "--no-tags", "--no-hardlinks", "--no-checkout", c.repository, copied); err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"checkout", "--quiet", "--detach", c.commit.hash},
		{"remote", "set-url", "origin", address},
		{"tag", "v" + c.commit.version},
	} {
		if _, err := c.git(ctx, copied, arguments...); err != nil {
			return err
		}
	}
	return nil
}

func (c *check) git(ctx context.Context, dir string, arguments ...string) (string, error) {
	return run(ctx, dir, c.environment, "git", arguments...)
}

// disguise gives the files of a copy other times and permissions, as a checkout
// of another day and under another umask has.
func disguise(copied string) error {
	another := time.Date(2001, time.September, 9, 1, 46, 40, 0, time.UTC)
	return filepath.WalkDir(copied, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, string(filepath.Separator)+".git"+string(filepath.Separator)) {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if err := os.Chmod(path, info.Mode()&0o700); err != nil {
			return err
		}
		return os.Chtimes(path, another, another)
	})
}
