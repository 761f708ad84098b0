package repository

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	yaml "github.com/oasdiff/yaml3"
)

// newestTerraform is the minor version of 1 that was the newest when the matrix
// was last looked at. "latest" is whatever comes after.
const newestTerraform = 15

var versions = regexp.MustCompile(`Terraform 1\.(\d+) and later, OpenTofu 1\.(\d+) and later\.`)

// examineMatrix compares what the tests run with against README's versions: each
// of Terraform's, and the first and the latest of OpenTofu's.
func examineMatrix(t *testing.T, name, text string) (problems []string) {
	t.Helper()
	if name != "test.yml" {
		return nil
	}
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	first := versions.FindSubmatch(readme)
	if first == nil {
		t.Fatal("README.md does not say which versions are supported")
	}
	terraform, err := strconv.Atoi(string(first[1]))
	if err != nil {
		t.Fatal(err)
	}
	wanted := [][2]string{{"terraform", "latest"}, {"tofu", "1." + string(first[2]) + ".*"}, {"tofu", "latest"}}
	for minor := terraform; minor <= newestTerraform; minor++ {
		wanted = append(wanted, [2]string{"terraform", fmt.Sprintf("1.%d.*", minor)})
	}

	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		return []string{err.Error()}
	}
	j := w.Jobs["test"]
	for _, want := range wanted {
		if !slices.ContainsFunc(j.Strategy.Matrix.Include, func(with map[string]string) bool {
			return with["cli"] == want[0] && with["version"] == want[1]
		}) {
			problems = append(problems, fmt.Sprintf("it does not test with %s %s", want[0], want[1]))
		}
	}
	if len(j.Strategy.Matrix.Exclude) > 0 {
		problems = append(problems, "its matrix leaves some out")
	}
	for _, cli := range []string{"terraform", "tofu"} {
		if !slices.ContainsFunc(j.Steps, func(s step) bool {
			return s.If == "matrix.cli == '"+cli+"'" && s.With[cli+"_version"] == "${{ matrix.version }}"
		}) {
			problems = append(problems, "it installs another "+cli+" than its matrix says")
		}
	}
	if !slices.ContainsFunc(j.Steps, func(s step) bool { return s.Env["CLI"] == "${{ matrix.cli }}" }) {
		problems = append(problems, "it tries another CLI than it installs")
	}
	return problems
}
