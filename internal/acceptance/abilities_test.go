package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// ability is something that the provider offers and not every CLI can ask for,
// with the first minor version 1.N of each CLI that can.
type ability struct {
	what            string
	terraform, tofu int
}

var importsByIdentity = ability{what: "import by identity", terraform: 12, tofu: 12}

// need skips a test where the CLI cannot do this.
func (a ability) need(t *testing.T) {
	t.Helper()
	lack, err := a.lack(bench.CLIVersion)
	if err != nil {
		t.Fatal(err)
	}
	if lack != "" {
		t.Skip(lack)
	}
}

// lack says why a CLI cannot do this, and nothing where it can. A version that
// is not understood is an error: taken for an old one, it would skip for ever.
func (a ability) lack(cli string) (string, error) {
	name, version, _ := strings.Cut(cli, " v")
	first := a.terraform
	if name == "OpenTofu" {
		first = a.tofu
	}
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d.", &major, &minor); err != nil {
		return "", fmt.Errorf("the version in %q: %w", cli, err)
	}
	if major > 1 || minor >= first {
		return "", nil
	}
	return fmt.Sprintf("%s %s cannot %s: needs 1.%d", name, version, a.what, first), nil
}

func TestAbilitiesGoByTheVersion(t *testing.T) {
	t.Parallel()
	a := ability{what: "fly", terraform: 12, tofu: 13}
	for cli, want := range map[string]string{
		"Terraform v1.11.4":     "Terraform 1.11.4 cannot fly: needs 1.12",
		"Terraform v1.12.0":     "",
		"Terraform v1.17.0-dev": "",
		"Terraform v2.0.0":      "",
		"OpenTofu v1.12.6":      "OpenTofu 1.12.6 cannot fly: needs 1.13",
		"OpenTofu v1.13.0-rc1":  "",
	} {
		if got, err := a.lack(cli); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", cli, got, err, want)
		}
	}
	for _, cli := range []string{"", "Terraform", "Terraform vX.Y.Z"} {
		if got, err := a.lack(cli); err == nil {
			t.Errorf("%q is taken for a version: %q", cli, got)
		}
	}
}
