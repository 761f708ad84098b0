package main

import (
	"slices"
	"strings"
	"testing"
)

// checked compares an error with a part of what it has to say; "" is for none.
func checked(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("found %v where nothing is wrong", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("found %v, not %q", err, want)
	}
}

// released are the files of a release, as goreleaser leaves them.
func released() []string {
	names := slices.Concat(goreleasersOwn, []string{sumsName("1.2.3"), signatureName("1.2.3")})
	for _, t := range targets() {
		names = append(names, t.archive("1.2.3"))
	}
	return names
}

func TestFilesOfARelease(t *testing.T) {
	t.Parallel()
	without := func(name string) []string {
		return slices.DeleteFunc(released(), func(n string) bool { return n == name })
	}
	for name, test := range map[string]struct {
		names  []string
		signed bool
		want   string
	}{
		"as it should be":     {released(), true, ""},
		"unsigned, as wanted": {without(signatureName("1.2.3")), false, ""},
		"a zip is missing":    {without("terraform-provider-smtp_1.2.3_freebsd_arm64.zip"), true, "terraform-provider-smtp_1.2.3_freebsd_arm64.zip is missing"},
		"the sums are missing": {
			without("terraform-provider-smtp_1.2.3_SHA256SUMS"), true, "terraform-provider-smtp_1.2.3_SHA256SUMS is missing",
		},
		"the signature is missing":    {without("terraform-provider-smtp_1.2.3_SHA256SUMS.sig"), true, "SHA256SUMS.sig is missing"},
		"signed without a key":        {released(), false, "terraform-provider-smtp_1.2.3_SHA256SUMS.sig is not known"},
		"a platform more":             {append(released(), "terraform-provider-smtp_1.2.3_linux_riscv64.zip"), true, "linux_riscv64.zip is not known"},
		"a zip with another version":  {append(released(), "terraform-provider-smtp_1.2.4_linux_amd64.zip"), true, "1.2.4_linux_amd64.zip is not known"},
		"a file of another kind":      {append(released(), "terraform-provider-smtp_1.2.3_linux_amd64.sbom.json"), true, "sbom.json is not known"},
		"a zip named in another way":  {append(without("terraform-provider-smtp_1.2.3_linux_386.zip"), "terraform-provider-smtp_v1.2.3_linux_386.zip"), true, "1.2.3_linux_386.zip is missing"},
		"nothing came out of it":      {nil, true, "terraform-provider-smtp_1.2.3_darwin_amd64.zip is missing"},
		"a program where a zip is to": {append(released(), "terraform-provider-smtp_v1.2.3"), true, "terraform-provider-smtp_v1.2.3 is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked(t, checkNames(test.names, "1.2.3", test.signed), test.want)
		})
	}
}

func TestNamesOfATarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		of               target
		archive, program string
	}{
		{target{"linux", "arm"}, "terraform-provider-smtp_1.2.3_linux_arm.zip", "terraform-provider-smtp_v1.2.3"},
		{target{"windows", "amd64"}, "terraform-provider-smtp_1.2.3_windows_amd64.zip", "terraform-provider-smtp_v1.2.3.exe"},
	} {
		if archive, program := test.of.archive("1.2.3"), test.of.program("1.2.3"); archive != test.archive || program != test.program {
			t.Errorf("%s: %s and %s", test.of, archive, program)
		}
	}
	if n := len(targets()); n != 13 {
		t.Errorf("%d targets", n)
	}
}

func TestVersionIsTheTags(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]string{
		"":                        "",
		"v1.2.3\n":                "1.2.3",
		"v1.2.3-rc.1\n":           "1.2.3-rc.1",
		"nightly\nv0.3.0\nv0.2\n": "0.3.0",
		"1.2.3\n":                 "",
		"v1.2\n":                  "",
		"v1.2.3 and more\n":       "",
	} {
		if got := releaseVersion(tags); got != want {
			t.Errorf("%q: %q, not %q", tags, got, want)
		}
	}
}
