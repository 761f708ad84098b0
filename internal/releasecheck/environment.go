package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// prepare makes the environment in which everything is run.
func (c *check) prepare(ctx context.Context) error {
	temporary, settings := filepath.Join(c.dir, "tmp"), filepath.Join(c.dir, "gitconfig")
	if err := makeFolders(temporary); err != nil {
		return err
	}
	if err := os.WriteFile(settings, []byte(gitSettings), 0o600); err != nil {
		return err
	}
	c.environment = append(cleaned(os.Environ()),
		"TMPDIR="+temporary, "GOTMPDIR="+temporary, // with what is left there when a compiler is stopped
		"GOWORK=off", "GIT_CONFIG_GLOBAL="+settings, "GIT_CONFIG_NOSYSTEM=1")
	places, err := run(ctx, c.repository, c.environment, "go", "env", "GOROOT", "GOMODCACHE", "GOCACHE", "GOPATH")
	c.places = append(strings.Split(strings.TrimSpace(places), "\n"), c.dir, c.repository)
	return err
}

// with is an environment with more in it.
func with(environment []string, more ...string) []string { return slices.Concat(environment, more) }

// cleaned is an environment without the settings of whoever runs this that would
// change a release, or have git, gpg and goreleaser work on something else than
// the copies.
func cleaned(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return testenv.Foreign(variable) || changesRelease(name)
	})
}

func changesRelease(name string) bool {
	switch name {
	case "GOFLAGS", "GOOS", "GOARCH", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOEXPERIMENT", "GOFIPS140", "GOWORK", "GOTMPDIR",
		"GNUPGHOME", "TMPDIR":
		return true
	}
	// How GIT_SSL_CAINFO and the like find a server changes no release.
	if strings.HasPrefix(name, "GIT_SSL_") {
		return false
	}
	for _, prefix := range []string{"GIT_", "CGO_", "GITHUB_", "GITLAB_", "GITEA_", "GORELEASER_", "GPG_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// gitSettings stand for the user's and the machine's: a copy is made also of a
// checkout that belongs to somebody else, and no hooks, signatures or rewritten
// addresses come into it. A file, because git hands a `-c` not on to the process
// that reads the checkout.
const gitSettings = "[safe]\n\tdirectory = *\n[advice]\n\tdetachedHead = false\n"
