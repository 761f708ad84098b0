package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// check is a release on trial.
type check struct {
	out        io.Writer
	repository string // the checkout; nothing of it is changed
	dir        string // for all that is written
	cold       bool
	all        bool // nothing may be left out

	goreleaser  string // the program
	environment []string
	places      []string // of this machine, which no program may name
	commit      commit
	signer      *signer // nil without gpg
	first       string  // a copy of the commit, in which the release is made
	second      string  // another one, in which it is made again
	binary      string  // this machine's program, out of its zip; "" where none is released for it
}

// step is a part of the check. It gives what it found, for the screen.
type step struct {
	name string
	do   func(context.Context) (found string, err error)
}

// leftOut begins what a step found that this machine has nothing for.
const leftOut = "LEFT OUT:"

// steps goes through all of them and ends at the first that fails: the later
// ones need what the earlier ones made.
func (c *check) steps(ctx context.Context) error {
	started := time.Now()
	var skipped []string
	for _, s := range []step{
		{"copy", c.copyCommit},
		{"tool", c.findGoreleaser},
		{"configuration", c.checkConfiguration},
		{"key", c.makeKey},
		{"release", c.release},
		{"files", c.checkFiles},
		{"checksums", c.checkSums},
		{"signature", c.checkSignature},
		{"zips", c.checkZips},
		{"programs", c.checkPrograms},
		{"protocol", c.checkProtocol},
		{"terraform", c.useTerraform},
		{"opentofu", c.useOpenTofu},
		{"again", c.buildAgain},
	} {
		// Before it is done, for some take minutes.
		fmt.Fprintf(c.out, "%-14s", s.name)
		found, err := s.do(ctx)
		if err != nil {
			fmt.Fprintln(c.out, "FAILED")
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintln(c.out, found)
		if strings.HasPrefix(found, leftOut) {
			if c.all {
				return fmt.Errorf("%s: it was left out, and -all lets nothing be", s.name)
			}
			skipped = append(skipped, s.name)
		}
	}
	if len(skipped) > 0 {
		fmt.Fprintf(c.out, "\nNot looked at, see above: %s.", strings.Join(skipped, ", "))
	}
	fmt.Fprintf(c.out, "\nThe release is as it should be. Looked at in %s; nothing was published, and all of it is gone again.\n",
		time.Since(started).Round(time.Second))
	return nil
}

// dist is where goreleaser leaves a release.
func dist(checkout string) string { return filepath.Join(checkout, "dist") }

// took tells how long something has taken since.
func took(since time.Time) string { return time.Since(since).Round(time.Second).String() }

// makeFolders makes folders that nobody else reads.
func makeFolders(folders ...string) error {
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	return nil
}
