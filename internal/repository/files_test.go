package repository

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"
)

const top = "../.."

// filesBelow reads the files that a pattern finds, seen from the top.
func filesBelow(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(pattern)))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	files := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(content)
	}
	return files
}

// decode reads YAML whose every field is known: one that GitHub ignores is a
// mistake.
func decode(text string, into any) []string {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// mistake is a change to a good file, and what has to be found then.
type mistake struct{ right, wrong, problem string }

// checkMistakes makes each mistake in turn, and looks for its problem.
func checkMistakes(t *testing.T, good string, examine func(string) []string, mistakes []mistake) {
	t.Helper()
	if problems := examine(good); len(problems) > 0 {
		t.Fatalf("in a good file: %q", problems)
	}
	for _, m := range mistakes {
		bad := strings.Replace(good, m.right, m.wrong, 1)
		if bad == good {
			t.Errorf("%q is not in the file", m.right)
		}
		if problems := strings.Join(examine(bad), "\n"); !strings.Contains(problems, m.problem) {
			t.Errorf("%q instead of %q: found %q, want %q", m.wrong, m.right, problems, m.problem)
		}
	}
}
