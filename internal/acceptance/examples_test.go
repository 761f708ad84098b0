package acceptance

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const examplesDir = "../../examples"

// exampleVariables are what the examples that need variables are given.
func exampleVariables(credential simulator.Credential) map[string][]string {
	return map[string][]string{
		"demo": {"TF_VAR_domain=" + credential.Domain, "TF_VAR_credential_guid=" + credential.GUID, "TF_VAR_release=1"},
	}
}

var (
	exampleDomain = regexp.MustCompile(`(?m)^\s*domain\s*=\s*"(.+)"$`)
	exampleGUID   = regexp.MustCompile(`(?m)^\s*credential_guid\s*=\s*"(.+)"$`)
)

// TestExamplesApply takes every example through what a reader does with it:
// init, apply, an empty plan, destroy.
func TestExamplesApply(t *testing.T) {
	t.Parallel()
	examples := exampleFolders(t)
	if len(examples) < 4 {
		t.Fatalf("only %d examples were found: %s", len(examples), examples)
	}
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(examplesDir, filepath.FromSlash(name), "*.tf"))
			if err != nil {
				t.Fatal(err)
			}
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, "")
			required := false
			for _, file := range files {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				w.write(filepath.Base(file), string(content))
				addExampleCredentials(t, s, string(content))
				required = required || strings.Contains(string(content), "required_providers")
			}
			if !required {
				// A resource's example is to be pasted beside the provider's.
				w.write("provider.tf", requireProvider)
			}
			w.env = append(bench.Environment(bench.MirrorConfig), exampleVariables(s.credential)[name]...)
			w.env = append(w.env, "KIRIMEMAIL_BASE_URL="+s.URL(), "KIRIMEMAIL_USERNAME="+s.Username(), "KIRIMEMAIL_TOKEN="+s.Token())

			w.must("init", "-no-color", "-input=false")
			w.must("validate", "-no-color")
			w.apply()
			w.planIsEmpty()
			w.must("destroy", "-auto-approve", "-no-color")
		})
	}
}

// exampleFolders are the folders below examples/ that hold a configuration.
func exampleFolders(t *testing.T) []string {
	t.Helper()
	folders := map[string]bool{}
	err := filepath.WalkDir(examplesDir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".tf") {
			folder, relErr := filepath.Rel(examplesDir, filepath.Dir(path))
			folders[filepath.ToSlash(folder)] = true
			return relErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(folders))
}

// addExampleCredentials gives the service the credentials that an example
// speaks of.
func addExampleCredentials(t *testing.T, s service, configuration string) {
	t.Helper()
	domains := exampleDomain.FindAllStringSubmatch(configuration, -1)
	for i, guid := range exampleGUID.FindAllStringSubmatch(configuration, -1) {
		if _, err := s.AddCredentialWithGUID(domains[i][1], "newsletter", guid[1]); err != nil {
			t.Fatal(err)
		}
	}
}
