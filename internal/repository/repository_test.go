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
