package repository

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"
)

// workflow is what is looked at here; actionlint knows all the rest.
type workflow struct {
	On          yaml.Node
	Permissions map[string]string
	Concurrency map[string]any
	Jobs        map[string]job
}

type job struct {
	Uses        string
	Timeout     int `yaml:"timeout-minutes"`
	Permissions map[string]string
	Steps       []step
}

type step struct {
	Uses, Run string
	With      map[string]string
}

// writes are the jobs that may do more than read.
var writes = map[string][]string{
	"codeql.yml/analyze":  {"security-events"},
	"release.yml/release": {"attestations", "contents", "id-token"},
}

// pinned is an action of a commit, which nobody can move as they can a tag, and
// what it is called, which Dependabot keeps up with.
var pinned = regexp.MustCompile(`^([\w.-]+/[\w.-]+)[\w./-]*@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$`)

// examineWorkflow lists what is unsafe in a workflow.
func examineWorkflow(name, text string) (problems []string) {
	report := func(format string, arguments ...any) {
		problems = append(problems, name+": "+fmt.Sprintf(format, arguments...))
	}
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		report("%v", err)
		return problems
	}
	for line := range strings.Lines(text) {
		if _, action, ok := strings.Cut(line, "uses: "); ok && !strings.HasPrefix(action, "./") && !pinned.MatchString(strings.TrimSpace(action)) {
			report("not pinned by a commit and its version: %s", strings.TrimSpace(action))
		}
	}
	for _, event := range []string{"pull_request_target", "workflow_run"} {
		if strings.Contains(text, event) {
			report("%s runs with rights for what anybody sends", event)
		}
	}
	if w.Permissions == nil || len(w.Permissions) > 0 {
		report("permissions are to be {}, and each job's its own")
	}
	if w.Concurrency["group"] == nil {
		report("no concurrency")
	}
	for id, j := range w.Jobs {
		where := name + "/" + id
		if may := slices.Sorted(maps.Keys(j.Permissions)); j.Permissions["contents"] == "" || !slices.Equal(writing(j.Permissions), writes[where]) {
			report("%s may do too much or too little: %q", id, may)
		}
		if j.Timeout == 0 && j.Uses == "" {
			report("%s has no timeout-minutes", id)
		}
		for _, s := range j.Steps {
			switch {
			case strings.Contains(s.Run, "${{"):
				report("%s: what somebody else wrote could become a command: pass it by env: %s", id, s.Run)
			case strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false":
				report("%s leaves the token in the checkout", id)
			case strings.HasPrefix(s.Uses, "actions/setup-go@") && slices.Contains(writes[where], "contents") && s.With["cache"] != "false":
				report("%s takes what another workflow may have put into the cache", id)
			}
		}
	}
	return problems
}

// writing are the permissions that are more than to read.
func writing(permissions map[string]string) []string {
	var names []string
	for name, access := range permissions {
		if access != "read" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestWorkflowsAreSafe(t *testing.T) {
	t.Parallel()
	for name, text := range filesBelow(t, ".github/workflows/*") {
		for _, problem := range examineWorkflow(name, text) {
			t.Error(problem)
		}
	}
}

// TestActionsAreOfOneVersion finds a commit that goes by two versions, or an
// action that was left behind, among the examples too, where Dependabot does not
// look.
func TestActionsAreOfOneVersion(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, pattern := range []string{".github/workflows/*", "examples/guides/*/*/*.yml"} {
		for name, text := range filesBelow(t, pattern) {
			for line := range strings.Lines(text) {
				_, action, _ := strings.Cut(line, "uses: ")
				found := pinned.FindStringSubmatch(strings.TrimSpace(action))
				if found == nil {
					continue
				}
				what, is := found[1], found[2]+" # "+found[3]
				if was, ok := seen[what]; ok && was != is {
					t.Errorf("%s: %s is %s here and %s elsewhere", name, what, is, was)
				}
				seen[what] = is
			}
		}
	}
}

func TestUnsafeWorkflowsAreFound(t *testing.T) {
	t.Parallel()
	release := filesBelow(t, ".github/workflows/release.yml")["release.yml"]
	checkMistakes(t, release, func(text string) []string { return examineWorkflow("release.yml", text) }, []mistake{
		{"jobs:", "jobs: [", "yaml"},
		{"# v7.0.1", "# v7", "not pinned"},
		{"actions/attest@1e", "actions/attest@", "not pinned"},
		{"actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7.0.1", "not pinned"},
		{"on:\n", "on:\n  pull_request_target:\n", "pull_request_target"},
		{"permissions: {}", "permissions: {contents: read}", "are to be {}"},
		{"permissions: {}\n", "", "are to be {}"},
		{"  group: release", "", "no concurrency"},
		{"contents: read", "contents: write", "tag may do too much"},
		{"attestations: write", "packages: write", "release may do too much"},
		{"    timeout-minutes: 60\n", "", "release has no timeout"},
		{`"$GITHUB_REF_NAME" origin`, `"${{ github.ref_name }}" origin`, "could become a command"},
		{"persist-credentials: false", "persist-credentials: true", "leaves the token"},
		{"cache: false", "cache: true", "put into the cache"},
	})
}
