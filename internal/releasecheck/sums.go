package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// sumLine is a line of sha256sum(1).
var sumLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S+)$`)

// parseSums reads a SHA256SUMS, by names.
func parseSums(text string) (map[string]string, error) {
	sums := make(map[string]string)
	for line := range strings.Lines(text) {
		found := sumLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if found == nil {
			return nil, fmt.Errorf("the line %q is not a SHA-256 sum, two spaces and a name", line)
		}
		if _, twice := sums[found[2]]; twice {
			return nil, fmt.Errorf("%s is in it twice", found[2])
		}
		sums[found[2]] = found[1]
	}
	return sums, nil
}

// checkSums compares a SHA256SUMS with the sums of the files that it has to be
// about: all zips, and the manifest.
func checkSums(text string, files map[string]string) error {
	sums, err := parseSums(text)
	if err != nil {
		return err
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch sum := sums[name]; sum {
		case files[name]:
		case "":
			problems = append(problems, fmt.Errorf("%s is not in it: see checksum in .goreleaser.yml", name))
		default:
			problems = append(problems, fmt.Errorf("the sum of %s is %s, not %s: the file has changed since goreleaser made it", name, files[name], sum))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if files[name] == "" {
			problems = append(problems, fmt.Errorf("%s is in it, which registries do not know: see checksum in .goreleaser.yml", name))
		}
	}
	return errors.Join(problems...)
}

// differences compares the checksums of two builds of one commit.
func differences(first, second string) error {
	before, err := parseSums(first)
	if err != nil {
		return fmt.Errorf("the first build: %w", err)
	}
	after, err := parseSums(second)
	if err != nil {
		return fmt.Errorf("the second build: %w", err)
	}
	all := maps.Clone(before)
	maps.Copy(all, after)
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if before[name] != after[name] {
			differ = append(differ, name)
		}
	}
	switch {
	case len(differ) > 0:
		return fmt.Errorf("built again from the same commit, these are other bytes: %s\n"+
			"Something of where or when it is built gets into them: see flags, env, mod_timestamp and the archives' files in .goreleaser.yml",
			strings.Join(differ, ", "))
	case first != second:
		return errors.New("built again, the checksums come in another order, and their signature is another")
	default:
		return nil
	}
}

// sumOf is a file's SHA-256 sum.
func sumOf(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// sameBytes compares two builds of one program.
func sameBytes(first, second string) error {
	before, err := os.ReadFile(first)
	if err != nil {
		return err
	}
	after, err := os.ReadFile(second)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("compiled again with an empty cache, this machine's program has other bytes: see flags and env in .goreleaser.yml")
	}
	return nil
}
