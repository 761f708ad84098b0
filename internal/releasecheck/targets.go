package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

const project = "terraform-provider-smtp"

// target is a platform that a release is for.
type target struct{ os, arch string }

// targets are all of them: written down once more beside .goreleaser.yml, so
// that one which goes missing there is missed.
func targets() []target {
	return []target{
		{"darwin", "amd64"},
		{"darwin", "arm64"},
		{"freebsd", "386"},
		{"freebsd", "amd64"},
		{"freebsd", "arm"},
		{"freebsd", "arm64"},
		{"linux", "386"},
		{"linux", "amd64"},
		{"linux", "arm"},
		{"linux", "arm64"},
		{"windows", "386"},
		{"windows", "amd64"},
		{"windows", "arm64"},
	}
}

func (t target) String() string { return t.os + "_" + t.arch }

// archive is the name of the target's zip.
func (t target) archive(version string) string {
	return fmt.Sprintf("%s_%s_%s.zip", project, version, t)
}

// program is the name of the program in it.
func (t target) program(version string) string {
	name := project + "_v" + version
	if t.os == "windows" {
		name += ".exe"
	}
	return name
}

func sumsName(version string) string      { return project + "_" + version + "_SHA256SUMS" }
func signatureName(version string) string { return sumsName(version) + ".sig" }
func manifestName(version string) string  { return project + "_" + version + "_manifest.json" }

// goreleasersOwn is what goreleaser leaves beside a release, for itself.
var goreleasersOwn = []string{"artifacts.json", "config.yaml", "metadata.json"}

// checkNames compares the files of a release with what has to be there. The
// manifest is not: goreleaser takes it from the checkout when it publishes.
func checkNames(names []string, version string, signed bool) error {
	wanted := []string{sumsName(version)}
	if signed {
		wanted = append(wanted, signatureName(version))
	}
	for _, t := range targets() {
		wanted = append(wanted, t.archive(version))
	}
	var problems []error
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			problems = append(problems, fmt.Errorf("%s is missing: see builds, archives and signs in .goreleaser.yml", name))
		}
	}
	for _, name := range names {
		if !slices.Contains(wanted, name) && !slices.Contains(goreleasersOwn, name) {
			problems = append(problems, fmt.Errorf("%s is not known here: "+
				"where a release is to have it, add it to internal/releasecheck, else take it out of .goreleaser.yml", name))
		}
	}
	return errors.Join(problems...)
}

// fileNames are the names of the files in a folder; goreleaser has a folder for
// each program beside them.
func fileNames(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, err
}
