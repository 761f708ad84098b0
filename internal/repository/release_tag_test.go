package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const released = `# Changelog

## [Unreleased]

### Added

- What is not yet in a release.

## [1.1.0-rc.1] - 2027-02-01

- Notes of a candidate.

## [1.0.1] - 2027-01-02

### Fixed

## [1.0.0] - 2027-01-01

- The first.

[1.0.0]: https://example.com
`

// TestTagsThatMayBeReleased runs scripts/release-tag on a repository with a
// commit on main and another beside it.
func TestTagsThatMayBeReleased(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs(filepath.Join(top, "scripts", "release-tag"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(name string, arguments ...string) (string, error) {
		command := exec.CommandContext(t.Context(), name, arguments...)
		command.Dir = dir
		// Not by the settings of whoever runs this.
		command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR="+filepath.Join(dir, ".git"),
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		out, err := command.CombinedOutput()
		return string(out), err
	}
	git := func(arguments ...string) {
		t.Helper()
		if out, err := run("git", arguments...); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
	}
	git("init", "--quiet", "--initial-branch=main")
	if err := os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte(released), 0o600); err != nil {
		t.Fatal(err)
	}
	git("add", ".")
	git("commit", "--quiet", "--message=first")
	for _, tag := range []string{"v1.0.0", "v1.1.0-rc.1", "v1.0.1", "v1.0.2", "v1.0", "v01.0.0", "v1.0.0-"} {
		git("tag", tag)
	}
	git("tag", "--annotate", "--message=x", "v1.0.0-annotated", "v1.0.0")
	git("checkout", "--quiet", "--detach")
	git("commit", "--quiet", "--allow-empty", "--message=beside")
	git("tag", "--force", "v9.0.0")
	// What lies in the folder is not what is released.
	if err := os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte("## [1.0.2] - 2027-01-03\n\n- Not committed.\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	for tag, refusal := range map[string]string{
		"v1.0.0":           "",
		"v1.1.0-rc.1":      "",
		"v1.0.1":           "no section", // but for headings
		"v1.0.2":           "no section",
		"v1.0.0-annotated": "no section",
		"v9.0.0":           "is not on main",
		"v1.0.3":           "no such tag",
		"v1.0":             "vX.Y.Z",
		"v01.0.0":          "vX.Y.Z",
		"v1.0.0-":          "vX.Y.Z",
		"main":             "vX.Y.Z",
	} {
		out, err := run(script, tag, "main")
		if refused := err != nil; refused != (refusal != "") || !strings.Contains(out, refusal) {
			t.Errorf("%s: %v, %q, want %q", tag, err, out, refusal)
		}
	}
	if out, err := run(script, "v1.0.0", "elsewhere"); err == nil || !strings.Contains(out, "no branch elsewhere") {
		t.Errorf("%v, %q", err, out)
	}
}
