package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// checkFiles looks for what there is and what there is not.
func (c *check) checkFiles(context.Context) (string, error) {
	names, err := fileNames(dist(c.first))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d zips and what belongs to them, nothing else", len(targets())), checkNames(names, c.commit.version, c.signer != nil)
}

// checkSums counts all sums anew.
func (c *check) checkSums(context.Context) (string, error) {
	files := map[string]string{manifestName(c.commit.version): filepath.Join(c.first, manifestFile)}
	for _, t := range targets() {
		files[t.archive(c.commit.version)] = filepath.Join(dist(c.first), t.archive(c.commit.version))
	}
	for name, path := range files {
		sum, err := sumOf(path)
		if err != nil {
			return "", err
		}
		files[name] = sum
	}
	name := sumsName(c.commit.version)
	text, err := os.ReadFile(filepath.Join(dist(c.first), name))
	if err != nil {
		return "", err
	}
	if err := checkSums(string(text), files); err != nil {
		return "", fmt.Errorf("%s:\n%w", name, err)
	}
	return "right for all zips and the manifest, and for nothing else", nil
}

// checkZips looks at what is in the zips, and keeps this machine's program.
func (c *check) checkZips(context.Context) (string, error) {
	err := c.eachZip(func(t target, program []byte) error {
		if t != (target{runtime.GOOS, runtime.GOARCH}) {
			return nil
		}
		c.binary = filepath.Join(c.dir, "program", t.program(c.commit.version))
		if err := makeFolders(filepath.Dir(c.binary)); err != nil {
			return err
		}
		return os.WriteFile(c.binary, program, 0o700)
	})
	return "each has its program, LICENSE, README.md and CHANGELOG.md, of the commit's time", err
}

// checkPrograms looks at the programs themselves.
func (c *check) checkPrograms(context.Context) (string, error) {
	err := c.eachZip(func(t target, program []byte) error {
		f, err := readFacts(program, c.commit.version, c.places)
		if err != nil {
			return err
		}
		return f.check(t)
	})
	return "each for its platform, static, without cgo and without a path of this machine", err
}

// eachZip hands over the program of each zip. All that is wrong is told at once.
func (c *check) eachZip(look func(t target, program []byte) error) error {
	var problems []error
	for _, t := range targets() {
		name := t.archive(c.commit.version)
		raw, err := os.ReadFile(filepath.Join(dist(c.first), name))
		if err != nil {
			return err
		}
		program, err := checkArchive(raw, t, c.commit.version, c.commit.time)
		if err == nil {
			err = look(t, program)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:\n%w", name, err))
		}
	}
	return errors.Join(problems...)
}

// native tells whether a release has a program for this machine.
func native() bool { return slices.Contains(targets(), target{runtime.GOOS, runtime.GOARCH}) }

// notNative is what steps find that would run the program.
const notNative = leftOut + " no program is released for this machine's platform, " + runtime.GOOS + "_" + runtime.GOARCH
