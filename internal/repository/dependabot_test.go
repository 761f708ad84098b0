package repository

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

type dependabot struct {
	Version int
	Updates []struct {
		Ecosystem   string `yaml:"package-ecosystem"`
		Directory   string
		Directories []string
		Schedule    struct{ Interval string }
		Groups      map[string]struct{ Patterns []string }
	}
}

// examineDependabot compares what is kept up to date with the modules that there
// are.
func examineDependabot(text string, modules []string) []string {
	var d dependabot
	problems := decode(text, &d)
	if d.Version != 2 {
		problems = append(problems, fmt.Sprintf("version %d", d.Version))
	}
	kept := map[string][]string{}
	for _, update := range d.Updates {
		directories := update.Directories
		if update.Directory != "" {
			directories = append(directories, update.Directory)
		}
		kept[update.Ecosystem] = append(kept[update.Ecosystem], directories...)
		if update.Schedule.Interval != "weekly" || len(update.Groups) == 0 {
			problems = append(problems, fmt.Sprintf("%s is not weekly, or not in a group", directories))
		}
	}
	slices.Sort(kept["gomod"])
	if !slices.Equal(kept["gomod"], modules) {
		problems = append(problems, fmt.Sprintf("the modules are %q, and kept up to date are %q", modules, kept["gomod"]))
	}
	if !slices.Equal(kept["github-actions"], []string{"/"}) {
		problems = append(problems, "actions are not kept up to date")
	}
	return problems
}

// goModules are the folders with a go.mod, seen from the top.
func goModules(t *testing.T) []string {
	t.Helper()
	modules := []string{"/"}
	paths, err := filepath.Glob(filepath.Join(top, "tools", "*", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range paths {
		modules = append(modules, path.Join("/tools", filepath.Base(filepath.Dir(file))))
	}
	return modules
}

func TestDependabotKeepsAllModules(t *testing.T) {
	t.Parallel()
	modules := goModules(t)
	text := filesBelow(t, ".github/dependabot.yml")["dependabot.yml"]
	checkMistakes(t, text, func(text string) []string { return examineDependabot(text, modules) }, []mistake{
		{"      - /tools/lint\n", "", "kept up to date are"},
		{"directory: /", "directory: /tools", "kept up to date are"},
		{"version: 2", "version: 1", "version 1"},
		{"interval: weekly", "interval: sometimes", "not weekly"},
		{"schedule:", "schedules:", "field schedules not found"},
		{"github-actions", "actions", "actions are not kept"},
	})
}
