package diagnostics

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryMessageIsOnAScreen sees to it that somebody has looked at each of them as a
// reader meets it.
func TestEveryMessageIsOnAScreen(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../*/testdata/screens/*.txt")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d screens: %v", len(paths), err)
	}
	paths = append(paths, "../password/testdata/screens.txt")
	var all strings.Builder
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	// TestUnusableSettingsAreRefused of package acceptance has it.
	all.WriteString("│ Error: " + Configuration.Summary)
	for _, group := range Groups {
		for _, m := range group.Messages {
			first, _, _ := strings.Cut(m.Summary, "%s")
			if !strings.Contains(all.String(), "│ Error: "+first) && !strings.Contains(all.String(), "│ Warning: "+first) {
				t.Errorf("%q is on no screen", m.Summary)
			}
			if m.Meaning == "" || m.Advice == "" {
				t.Errorf("%q has no meaning or no advice", m.Summary)
			}
		}
	}
}
