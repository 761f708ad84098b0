package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestEnvironmentIsCleaned(t *testing.T) {
	t.Parallel()
	kept := []string{"PATH=/bin", "HOME=/home/you", "GOPROXY=https://proxy.example.com", "GIT_SSL_CAINFO=/etc/ca.pem", "GOCACHE=/cache"}
	got := cleaned(append(slices.Clone(kept),
		"GOFLAGS=-tags=x", "GOOS=plan9", "GOARM=7", "GOEXPERIMENT=x", "CGO_ENABLED=1", "TMPDIR=/elsewhere",
		"GIT_DIR=/elsewhere/.git", "GIT_CONFIG_COUNT=1", "GNUPGHOME=/home/you/.gnupg", "GPG_FINGERPRINT=0123", "GITHUB_TOKEN=t",
		"GORELEASER_CURRENT_TAG=v9.9.9", "TF_LOG=trace", "KIRIMEMAIL_TOKEN=t"))
	if !slices.Equal(got, kept) {
		t.Errorf("%q is left, not %q", got, kept)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arguments []string
		code      int
	}{
		{[]string{"-h"}, 0},
		{[]string{"-warm"}, 2},
		{[]string{"v1.2.3"}, 2},
	} {
		var screen bytes.Buffer
		if code := command(t.Context(), test.arguments, &screen, &screen); code != test.code || !strings.Contains(screen.String(), "releasecheck") {
			t.Errorf("%q ended with %d:\n%s", test.arguments, code, screen.String())
		}
	}
}

// TestFailureEndsTheCheck begins where there is no checkout.
func TestFailureEndsTheCheck(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	c := &check{out: &screen, repository: t.TempDir(), dir: t.TempDir()}
	if err := c.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	checked(t, c.steps(t.Context()), "is no git checkout")
	if want := "copy          FAILED\n"; screen.String() != want {
		t.Errorf("the screen says %q", screen.String())
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.dir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind: %v", c.dir, err)
	}
}

func TestFailureShowsWhatWasSaid(t *testing.T) {
	t.Parallel()
	_, err := run(t.Context(), t.TempDir(), os.Environ(), "go", "no-such-command")
	checked(t, err, "go no-such-command: exit status 2\ngo no-such-command: unknown command")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := run(ctx, t.TempDir(), os.Environ(), "go", "version"); err == nil {
		t.Error("it was run after an interrupt")
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	entry := func(kind simulator.Kind, agent string) simulator.Entry {
		return simulator.Entry{Kind: kind, Header: http.Header{"User-Agent": {agent}}}
	}
	const agent = "terraform-provider-smtp/1.2.3"
	reset, get := entry(simulator.KindReset, agent), entry(simulator.KindGet, agent)
	wrong := get
	wrong.Violation = "a body where none belongs"
	for name, test := range map[string]struct {
		entries []simulator.Entry
		want    string
	}{
		"as it should be":    {[]simulator.Entry{get, reset, get, reset, get}, ""},
		"another version":    {[]simulator.Entry{reset, reset, entry(simulator.KindGet, "terraform-provider-smtp/dev")}, `by "terraform-provider-smtp/dev"`},
		"a longer version":   {[]simulator.Entry{reset, reset, entry(simulator.KindGet, agent+"4")}, "by \"" + agent + "4\""},
		"no rotation":        {[]simulator.Entry{get, reset}, "1 resets"},
		"a rotation unasked": {[]simulator.Entry{reset, reset, reset}, "3 resets"},
		"a wrong request":    {[]simulator.Entry{reset, wrong, reset}, "a body where none belongs"},
		"nobody asked":       {nil, "0 resets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked(t, checkJournal(test.entries, "1.2.3"), test.want)
		})
	}
}

func TestDisguiseLeavesGitAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{".git/config", "main.go", "scripts/tool", ".gitignore"} {
		path = filepath.Join(dir, path)
		if err := makeFolders(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		// Whatever the umask is.
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := disguise(dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{".git/config": 0o755, "main.go": 0o700, "scripts/tool": 0o700, ".gitignore": 0o700} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want || (info.ModTime().Year() == 2001) != (path != ".git/config") {
			t.Errorf("%s: %s, of %s", path, info.Mode(), info.ModTime())
		}
	}
}
