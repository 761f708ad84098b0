package repository

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the files that the registries and the repository show, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		for _, name := range glob(t, pattern) {
			texts[name] = read(t, name)
		}
	}
	return texts
}

var (
	fence   = regexp.MustCompile("(?s)\n```.*?\n```")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	named   = regexp.MustCompile(`<a id="([^"]+)">`)
	marks   = regexp.MustCompile(`[^\p{L}\p{N}_ -]+`)
)

// anchors are what a link to a page may have after its #: the names that GitHub and the
// registries give to headings.
func anchors(text string) []string {
	var all []string
	for _, found := range named.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	for _, found := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.ReplaceAll(marks.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-"))
	}
	return all
}

// TestLinksLeadSomewhere follows each link to a file, and to a heading in it.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	followed := 0
	for name, text := range all {
		for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			followed++
			to, anchor, _ := strings.Cut(found[1], "#")
			target := name
			if to != "" {
				target = path.Join(path.Dir(name), to)
			}
			if _, err := fs.Stat(top, target); err != nil {
				t.Errorf("%s links to %s, and there is no such file", name, found[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(all[target]), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", name, found[1])
			}
		}
	}
	if followed < 100 {
		t.Errorf("only %d links were found", followed)
	}
}

// TestPagesHaveOneHeader wants the blocks terraform and provider in the first example of
// each page, and in no other: so the first one runs as it is pasted, and the others beside
// it. Each example is a file that a test applies or examines.
func TestPagesHaveOneHeader(t *testing.T) {
	t.Parallel()
	files := map[string]bool{}
	err := fs.WalkDir(top, "examples", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[strings.TrimSpace(read(t, name))] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n```terraform\n(.*?)\n```")
	required := regexp.MustCompile(`source += "[^."]`)
	pinned := regexp.MustCompile(`source += "[^."][^"]+"\s+version += "~> \d`)
	for name, text := range pages(t) {
		for i, found := range block.FindAllStringSubmatch(text, -1) {
			example := strings.TrimSpace(found[1])
			hasHeader := strings.Contains(example, "required_providers") && strings.Contains(example, `provider "smtp"`) &&
				strings.Contains(example, `"kirimemail/smtp"`)
			if (i == 0) != hasHeader {
				t.Errorf("%s: example %d has a header: %v, want %v", name, i+1, hasHeader, i == 0)
			}
			if got, want := len(pinned.FindAllString(example, -1)), len(required.FindAllString(example, -1)); got != want {
				t.Errorf("%s: example %d pins %d of %d providers", name, i+1, got, want)
			}
			if strings.HasPrefix(name, "docs/") && !files[example] {
				t.Errorf("%s: example %d is no file below examples/", name, i+1)
			}
		}
	}
}
