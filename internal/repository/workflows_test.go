package repository

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// unsafe hands this repository's rights to a stranger's pull request, builds
	// from what another workflow has cached, or hides a failure.
	unsafe = regexp.MustCompile(`pull_request_target|workflow_run|/cache(/\w+)?@|continue-on-error|` +
		`(\|\||;) *(true|:|exit 0)|\|\| *echo|set \+e`)
	// pinned is an action at a commit, because a tag can be moved, or one of ours.
	pinned    = regexp.MustCompile(`^([\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./.*)$`)
	exception = regexp.MustCompile(`[\w-]+: ["']?write|\bif: .*`)
)

// exceptions lists all permissions beyond reading and all conditions. With another
// condition a check may be left out, or a release go on after a failure.
var exceptions = map[string][]string{
	"codeql.yml":  {"security-events: write"},
	"lint.yml":    {`if: "!cancelled()"`},
	"release.yml": {"contents: write", "id-token: write", "attestations: write", "if: always()"},
	"test.yml":    {"if: matrix.cli == 'terraform'", "if: matrix.cli == 'tofu'"},
	"weekly.yml":  {"if: failure()"},
}

func TestWorkflowsAreSafe(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, ".github/workflows/*") {
		name, text := path.Base(file), read(t, file)
		if found := unsafe.FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
		if found := exception.FindAllString(text, -1); !slices.Equal(found, exceptions[name]) {
			t.Errorf("%s has %q, not %q", name, found, exceptions[name])
		}
		if !strings.Contains(text, "\npermissions: {}\n") {
			t.Errorf("%s gives permissions to jobs that ask for none", name)
		}
		if strings.Count(text, "actions/checkout@") != strings.Count(text, "persist-credentials: false") {
			t.Errorf("%s leaves its token in a checkout", name)
		}
		for line := range strings.Lines(text) {
			if _, action, uses := strings.Cut(line, "uses: "); uses && !pinned.MatchString(strings.TrimSpace(action)) {
				t.Errorf("%s: not pinned by a commit and its version: %s", name, action)
			}
			// A tag's name can hold a command too, which actionlint does not know.
			key, _, _ := strings.Cut(strings.TrimLeft(line, " -"), ": ")
			if strings.Contains(line, "${{") && (key == "run" || strings.ContainsAny(key, " $")) {
				t.Errorf("%s has an expression in a script; pass it by env: %s", name, line)
			}
		}
	}
}

// TestReleaseWaitsForItsChecks looks for lines that a release relies on, in this order.
func TestReleaseWaitsForItsChecks(t *testing.T) {
	t.Parallel()
	if !strings.Contains(read(t, "README.md"), "Terraform 1.11 and later, OpenTofu 1.11 and later.") {
		t.Error("README.md promises other versions than these lines begin with")
	}
	for name, lines := range map[string]string{
		"release.yml": `
      - run: scripts/release-tag "$GITHUB_REF_NAME" origin/main
  test:
    needs: tag
    uses: ./.github/workflows/test.yml
  lint:
    uses: ./.github/workflows/lint.yml
  release-check:
    uses: ./.github/workflows/release-check.yml
  release:
    needs: [test, lint, release-check]
    environment: release
          cache: false
      - name: Forget the signing key
        if: always()
          subject-checksums: ${{ steps.upload.outputs.checksums }}
        run: gh release edit "$GITHUB_REF_NAME" --draft=false
`,
		"release-check.yml": `
      - run: make release-check RELEASECHECK=-all
`,
		"lint.yml": `
      - run: make lint
      - if: "!cancelled()"
        run: make check-docs
`,
		"test.yml": `
          - { cli: terraform, version: 1.11.* }
          - { cli: terraform, version: latest }
          - { cli: tofu, version: 1.11.* }
          - { cli: tofu, version: latest }
          terraform_version: ${{ matrix.version }}
          tofu_version: ${{ matrix.version }}
      - run: make test TF_CLI="$(command -v "$CLI")"
          CLI: ${{ matrix.cli }}
      - run: make test TF_CLI="$(scripts/tool opentofu)"
`,
	} {
		text := read(t, ".github/workflows/"+name)
		for line := range strings.Lines(lines[1:]) {
			_, rest, found := strings.Cut(text, "\n"+line)
			if !found {
				t.Fatalf("%s lacks this line, or has it elsewhere: %s", name, line)
			}
			text = "\n" + rest
		}
	}
}
