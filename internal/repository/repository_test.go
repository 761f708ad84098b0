// Package repository tests what a release relies on and actionlint does not see.
package repository

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var top = os.DirFS("../..")

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := fs.ReadFile(top, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := fs.Glob(top, pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return paths
}

// TestPromisesAreTested looks for each test that README.md names for a promise.
func TestPromisesAreTested(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	for _, file := range append(glob(t, "internal/*/*_test.go"), glob(t, "tools/*/*_test.go")...) {
		code.WriteString(read(t, file))
	}
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(named) < 30 {
		t.Fatalf("README.md names %d tests", len(named))
	}
	for _, name := range named {
		if !strings.Contains(code.String(), "\nfunc "+name[1]+"(t *testing.T)") {
			t.Errorf("README.md promises by %s, and there is no such test", name[1])
		}
	}
}

// TestContributingNamesWhatThereIs looks for each folder, file and name in the code that CONTRIBUTING.md mentions.
func TestContributingNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	exists := func(name string) bool {
		for _, below := range []string{".", "internal"} {
			if _, err := fs.Stat(top, path.Join(below, name)); err == nil {
				return true
			}
		}
		return false
	}
	words := map[string]bool{"Oct": true, "GPG_PRIVATE_KEY": true, "GPG_PASSPHRASE": true}
	for _, pattern := range []string{"*.go", "internal/*/*.go", "internal/*/*/*.go", "GNUmakefile"} {
		for _, file := range glob(t, pattern) {
			for _, word := range strings.FieldsFunc(read(t, file), func(r rune) bool {
				return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
			}) {
				words[word] = true
			}
		}
	}
	page := read(t, "CONTRIBUTING.md")
	steps := regexp.MustCompile(`(?m)^(\w+/[\w/]+\.go) +(\w+) `).FindAllStringSubmatch(page, -1)
	if len(steps) != 10 {
		t.Errorf("the way of a trigger has %d steps", len(steps))
	}
	for _, step := range steps {
		function := regexp.MustCompile(`(?m)^func (\(.*?\) )?` + step[2] + `\(`)
		if !exists(step[1]) || !function.MatchString(read(t, path.Join("internal", step[1]))) {
			t.Errorf("%s has no function %s", step[1], step[2])
		}
	}
	text := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(page, "")
	isPath := regexp.MustCompile(`^[\w.]+(/[\w.]*)+$|^\w+\.go$`)
	isName := regexp.MustCompile(`^(\w+\.)*(\w+)$`)
	elsewhere := []string{"testing/synctest", "testdata/fuzz"} // Go's own, and made where it is needed
	for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		switch name := found[1]; {
		case strings.Contains(name, "THING"):
		case isPath.MatchString(name):
			if !exists(name) && !exists(path.Join("provider", name)) && !slices.Contains(elsewhere, name) {
				t.Errorf("there is no %s", name)
			}
		case isName.MatchString(name):
			if !words[isName.FindStringSubmatch(name)[2]] && !exists(name) {
				t.Errorf("the code has no %s", name)
			}
		}
	}
}

// TestDependabotKnowsEveryTool is needed because Dependabot does not look for modules.
func TestDependabotKnowsEveryTool(t *testing.T) {
	t.Parallel()
	var tools []string
	for _, module := range glob(t, "tools/*/go.mod") {
		tools = append(tools, "- /"+path.Dir(module))
	}
	listed := regexp.MustCompile(`- /tools/\S+`).FindAllString(read(t, ".github/dependabot.yml"), -1)
	if !slices.Equal(listed, tools) {
		t.Errorf("Dependabot updates %q, and the modules are %q", listed, tools)
	}
}
