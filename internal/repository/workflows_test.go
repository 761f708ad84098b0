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
	On          map[string]any
	Permissions map[string]string
	Concurrency map[string]any
	Jobs        map[string]job
}

type job struct {
	Uses, If    string
	Needs       list
	Environment any
	Timeout     int `yaml:"timeout-minutes"`
	Permissions map[string]string
	Env         map[string]string
	Strategy    struct {
		Matrix struct{ Include, Exclude []map[string]string }
	}
	Steps   []step
	Ignored any `yaml:"continue-on-error"`
}

type step struct {
	Uses, Run, If string
	With, Env     map[string]string
	Ignored       any `yaml:"continue-on-error"`
}

// list is one text or several.
type list []string

func (l *list) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*l = list{node.Value}
		return nil
	}
	return node.Decode((*[]string)(l))
}

// writes are the jobs that may do more than read.
var writes = map[string][]string{
	"codeql.yml/analyze":  {"security-events"},
	"release.yml/release": {"attestations", "contents", "id-token"},
}

// triggers are when each workflow is to run.
var triggers = map[string]string{
	"codeql.yml":          "pull_request, push branches[main], schedule",
	"lint.yml":            "pull_request, push branches[main], workflow_call",
	"release-check.yml":   "pull_request paths, push branches[main] paths, schedule, workflow_call, workflow_dispatch",
	"release.yml":         "push tags[v*]",
	"test.yml":            "pull_request, push branches[main], workflow_call",
	"vulnerabilities.yml": "pull_request, push branches[main], schedule, workflow_dispatch",
	"weekly.yml":          "schedule, workflow_dispatch",
}

// commands are what a release relies on.
var commands = map[string][]string{
	"lint.yml/lint":                   {"make lint", "make check-docs"},
	"release-check.yml/release-check": {"make release-check RELEASECHECK=-all"},
	"release.yml/tag":                 {`scripts/release-tag "$GITHUB_REF_NAME" origin/main`},
	"test.yml/test":                   {`make test TF_CLI="$(command -v "$CLI")"`},
	"test.yml/pinned":                 {`make test TF_CLI="$(scripts/tool opentofu)"`},
}

// history are the jobs that have to know all tags and commits.
var history = []string{"release-check.yml/release-check", "release.yml/release", "release.yml/tag"}

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
	if is, known := triggersOf(w.On), triggers[name]; is != known {
		report("it runs at %q, and it is to run at %q", is, known)
	}
	for where, commands := range commands {
		if of, id, _ := strings.Cut(where, "/"); of == name {
			for _, command := range commands {
				if !slices.ContainsFunc(w.Jobs[id].Steps, func(s step) bool {
					return strings.TrimSpace(s.Run) == command && (s.If == "" || s.If == "!cancelled()")
				}) {
					report("%s does not run %s", id, command)
				}
			}
		}
	}
	for id, j := range w.Jobs {
		where := name + "/" + id
		if may := slices.Sorted(maps.Keys(j.Permissions)); j.Permissions["contents"] == "" || !slices.Equal(writing(j.Permissions), writes[where]) {
			report("%s may do too much or too little: %q", id, may)
		}
		if j.Timeout == 0 && j.Uses == "" {
			report("%s has no timeout-minutes", id)
		}
		if j.Ignored != nil {
			report("%s may fail, and nobody would know", id)
		}
		if slices.Contains(writes[where], "contents") {
			problems = append(problems, examineRelease(name, id, &w)...)
		}
		for _, s := range j.Steps {
			for _, problem := range examineStep(where, j, s) {
				report("%s %s", id, problem)
			}
		}
	}
	return problems
}

// ignored is a command whose failure is none.
var ignored = regexp.MustCompile(`(?m)\|\|\s*(true|:|exit 0|echo)(\s|$)|;\s*(true|:|exit 0)\s*$|set \+e`)

// examineStep lists what is unsafe in a step of a job.
func examineStep(where string, j job, s step) (problems []string) {
	found := func(is bool, problem string) {
		if is {
			problems = append(problems, problem)
		}
	}
	action, _, _ := strings.Cut(strings.ToLower(s.Uses), "@")
	release := slices.Contains(writes[where], "contents")
	found(strings.Contains(s.Run, "${{"), "could take what somebody else wrote for a command: pass it by env: "+s.Run)
	found(s.Ignored != nil || ignored.MatchString(s.Run), "goes on where something failed: "+s.Uses+s.Run)
	found(action == "actions/checkout" && s.With["persist-credentials"] != "false", "leaves the token in the checkout")
	found(action == "actions/checkout" && slices.Contains(history, where) && s.With["fetch-depth"] != "0", "does not have the tags")
	found(release && (strings.Contains(action, "cache") || action == "actions/setup-go" && s.With["cache"] != "false"),
		"takes what another workflow may have put into the cache")
	for _, values := range []map[string]string{j.Env, s.Env, s.With} {
		for key, value := range values {
			key = strings.ToLower(key)
			found(key == "script" && strings.Contains(value, "${{"), "could take what somebody else wrote for a script: pass it by env: "+value)
			found(strings.Contains(value, "secrets.") && environment(j) != "release", "is given a secret, and is not of the environment")
			found(release && strings.HasPrefix(key, "cache") && value != "false", "takes what another workflow may have put into the cache")
		}
	}
	return problems
}

// triggersOf renders when a workflow runs. Which paths and at what time is not
// looked at.
func triggersOf(on map[string]any) string {
	var events []string
	for _, event := range slices.Sorted(maps.Keys(on)) {
		filters, _ := on[event].(map[string]any)
		for _, filter := range slices.Sorted(maps.Keys(filters)) {
			event += " " + filter
			if filter != "paths" {
				event += fmt.Sprint(filters[filter])
			}
		}
		events = append(events, event)
	}
	return strings.Join(events, ", ")
}

// environment is the name of the environment that a job is of.
func environment(j job) string {
	if long, ok := j.Environment.(map[string]any); ok {
		return fmt.Sprint(long["name"])
	}
	return fmt.Sprint(j.Environment)
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
		for _, problem := range append(examineWorkflow(name, text), examineMatrix(t, name, text)...) {
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
	const (
		building = "      - name: Build goreleaser\n"
		commit   = "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n"
	)
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
		{`"$GITHUB_REF_NAME" origin`, `"${{ github.ref_name }}" origin`, "could take what somebody else wrote for a command"},
		{"persist-credentials: false", "persist-credentials: true", "leaves the token"},
		{"cache: false", "cache: true", "put into the cache"},
		{building, "      - uses: actions/cache@" + commit + building, "put into the cache"},
		{building, "      - uses: Actions/cache/restore@" + commit + building, "put into the cache"},
		{building, "      - uses: actions/setup-node@" + commit + "        with:\n          cache: npm\n" + building, "put into the cache"},
		{building, "      - uses: actions/github-script@" + commit + "        with:\n          script: say(`${{ github.event.head_commit.message }}`)\n" +
			building, "for a script"},
		{"needs: [test, lint, release-check]", "needs: [tag]", `does not wait for "lint"`},
		{"needs: [test, lint, release-check]", "needs: [test, lint]", `does not wait for "release-check"`},
		{"uses: ./.github/workflows/test.yml", "uses: ./.github/workflows/lint.yml", "test is not test.yml"},
		{"    needs: [test,", "    if: always()\n    needs: [test,", "could run where a check failed"},
		{"    tags: [\"v*\"]", "    tags: [\"v*\"]\n    branches: [main]", "it is to run at"},
		{"on:\n", "on:\n  workflow_dispatch:\n", "it is to run at"},
		{"    environment: release\n", "", "not of the environment release"},
		{"    environment: release\n", "    environment: other\n", "is given a secret"},
		{"  cancel-in-progress: false\n", "  cancel-in-progress: true\n", "left half-done"},
		{"          fetch-depth: 0\n      - run", "      - run", "tag does not have the tags"},
		{"          fetch-depth: 0\n      - uses", "          fetch-depth: 1\n      - uses", "release does not have the tags"},
		{"origin/main\n", "origin/main || true\n", "tag goes on where something failed"},
		{"origin/main\n", "origin/main\n        continue-on-error: true\n", "tag goes on where something failed"},
		{"- run: scripts/release-tag", "- run: \"true\" # scripts/release-tag", "tag does not run scripts/release-tag"},
		{"    name: the tag\n", "    continue-on-error: true\n", "tag may fail"},
	})
}

func TestChecksThatCheckNothingAreFound(t *testing.T) {
	t.Parallel()
	workflows := filesBelow(t, ".github/workflows/*")
	for name, mistakes := range map[string][]mistake{
		"release-check.yml": {
			{"RELEASECHECK=-all\n", "RELEASECHECK=-all || true\n", "goes on where something failed"},
			{"RELEASECHECK=-all\n", "RELEASECHECK=-all\n        if: github.event_name == 'push'\n", "does not run make release-check RELEASECHECK=-all"},
			{"fetch-depth: 0", "fetch-depth: 1", "does not have the tags"},
			{"  workflow_call:", "  workflow_dispatch2:", "it is to run at"},
		},
		"lint.yml": {
			{"make lint", "make fmt", "does not run make lint"},
			{"  pull_request:\n", "  pull_request:\n    branches: [other]\n", "it is to run at"},
		},
		"test.yml": {
			{"branches: [main]", "branches: [other]", "it is to run at"},
			{"make test TF_CLI=\"$(command", "make build TF_CLI=\"$(command", "test does not run make test"},
			{"          - { cli: terraform, version: 1.11.* }\n", "", "not test with terraform 1.11.*"},
			{"          - { cli: terraform, version: 1.13.* }\n", "", "not test with terraform 1.13.*"},
			{"          - { cli: terraform, version: 1.15.* }\n", "", "not test with terraform 1.15.*"},
			{"          - { cli: terraform, version: latest }\n", "", "not test with terraform latest"},
			{"          - { cli: tofu, version: 1.11.* }\n", "", "not test with tofu 1.11.*"},
			{"          - { cli: tofu, version: latest }\n", "", "not test with tofu latest"},
			{"        include:\n", "        exclude: [{ cli: tofu }]\n        include:\n", "leaves some out"},
			{"terraform_version: ${{ matrix.version }}", "terraform_version: 1.11.*", "another terraform than its matrix says"},
			{"tofu_version: ${{ matrix.version }}", "tofu_version: latest", "another tofu than its matrix says"},
			{"if: matrix.cli == 'tofu'", "if: matrix.cli == 'opentofu'", "another tofu than its matrix says"},
			{"CLI: ${{ matrix.cli }}", "CLI: terraform", "tries another CLI"},
		},
	} {
		checkMistakes(t, workflows[name], func(text string) []string {
			return append(examineWorkflow(name, text), examineMatrix(t, name, text)...)
		}, mistakes)
	}
}
