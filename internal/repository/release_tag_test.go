package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// history makes a repository with a commit on main and one on the branch v1.0.3. What
// lies in the folder at its end is not what a tag would release.
const history = `export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.c GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.c
git init -q -b main
cat >CHANGELOG.md <<'end'
## [1.1.0-rc.1] - 2027-02-01
- Notes of a candidate.
## [1.0.2] - 2027-01-03
## [1.0.0] - 2027-01-01
- The first.
## [1.0.1] - 2027-01-02
### Fixed
[1.0.1]: https://example.com
end
git add .
git commit -q -m first
git tag -a -m annotated v1.0.0
for tag in v1.0.1 v1.0.2 v1.1.0 v1.1.0-rc.1; do git tag $tag; done
git checkout -q -b v1.0.3
git commit -q --allow-empty -m beside
git tag v9.0.0
printf '## [1.0.2] - 2027-01-03\n- Not committed.\n' >CHANGELOG.md
`

func TestTagsThatMayBeReleased(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../scripts/release-tag")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(name string, arguments ...string) (string, error) {
		command := exec.CommandContext(t.Context(), name, arguments...)
		command.Dir = dir
		// Git looks at no settings of the user, and at no other repository.
		command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_DIR="+filepath.Join(dir, ".git"))
		out, err := command.CombinedOutput()
		return string(out), err
	}
	if out, err := run("sh", "-euc", history); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, test := range []struct{ tag, branch, refusal string }{
		{"v1.0.0", "main", ""},
		{"v1.1.0-rc.1", "main", ""},
		{"v1.1.0", "main", "no section"},  // Only its candidate has one.
		{"v1.0.1", "main", "no section"},  // It has a heading and a link.
		{"v1.0.2", "main", "no section"},  // It has nothing before the next version.
		{"v1.0.3", "main", "no such tag"}, // It is a branch.
		{"v9.0.0", "main", "is not on main"},
		{"v1.0.0", "elsewhere", "no branch elsewhere"},
		{"v1.0", "main", "vX.Y.Z"},
		{"v01.0.0", "main", "vX.Y.Z"},
		{"v1.0.0-", "main", "vX.Y.Z"},
		{"main", "main", "vX.Y.Z"},
	} {
		out, err := run(script, test.tag, test.branch)
		if refused := err != nil; refused != (test.refusal != "") || !strings.Contains(out, test.refusal) {
			t.Errorf("%s on %s: %v, %q, want %q", test.tag, test.branch, err, out, test.refusal)
		}
	}
}
