package main

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// rightFacts are those of a program as it should be.
func rightFacts(t target) facts {
	f := facts{platform: t.header(), module: module, versioned: true, settings: map[string]string{
		"GOOS": t.os, "GOARCH": t.arch, "CGO_ENABLED": "0", "-trimpath": "true", "-buildmode": "exe", "-compiler": "gc",
	}}
	if t.arch == "arm" {
		f.settings["GOARM"] = "6"
	}
	return f
}

func TestFactsOfPrograms(t *testing.T) {
	t.Parallel()
	headers := make(map[string]target)
	for _, of := range targets() {
		checked(t, rightFacts(of).check(of), "")
		// Each is told from each.
		if another, taken := headers[of.header()]; taken {
			t.Errorf("%s and %s have the same header", of, another)
		}
		headers[of.header()] = of
		for _, other := range targets() {
			if other != of && rightFacts(other).check(of) == nil {
				t.Errorf("the program of %s passes for that of %s", other, of)
			}
		}
	}
}

func TestFactsThatAreWrong(t *testing.T) {
	t.Parallel()
	set := func(key, value string) func(*facts) {
		return func(f *facts) { f.settings[key] = value }
	}
	for name, test := range map[string]struct {
		change func(*facts)
		want   string
	}{
		"another machine's header":        {func(f *facts) { f.platform = target{"linux", "arm64"}.header() }, "its header is that of elf EM_AARCH64"},
		"built for another system":        {set("GOOS", "freebsd"), `GOOS=freebsd, not "linux"`},
		"built for another machine":       {set("GOARCH", "arm64"), `GOARCH=arm64, not "arm"`},
		"for newer ones":                  {set("GOARM", "7"), `GOARM=7, not "6"`},
		"with cgo":                        {set("CGO_ENABLED", "1"), `CGO_ENABLED=1, not "0"`},
		"untold whether with cgo":         {func(f *facts) { delete(f.settings, "CGO_ENABLED") }, `CGO_ENABLED=, not "0"`},
		"a loader":                        {func(f *facts) { f.needs = []string{"a loader", "libc.so.6"} }, "it needs a loader, libc.so.6"},
		"with paths":                      {func(f *facts) { delete(f.settings, "-trimpath") }, `-trimpath=, not "true"`},
		"with a path of this machine":     {func(f *facts) { f.places = []string{"/home/you/smtp"} }, "it names /home/you/smtp"},
		"made from something else":        {func(f *facts) { f.module = "example.com/other" }, "made from example.com/other"},
		"made from a command beside ours": {func(f *facts) { f.module = module + "/internal/demo" }, "made from " + module + "/internal/demo"},
		"without its version":             {func(f *facts) { f.versioned = false }, "its version is nowhere"},
		"with tags":                       {set("-tags", "elsewhere"), "-tags=elsewhere"},
		"with an experiment":              {set("GOEXPERIMENT", "jsonv2"), "GOEXPERIMENT=jsonv2"},
		"with the state of a checkout":    {set("vcs.modified", "true"), "vcs.modified=true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := target{"linux", "arm"}
			f := rightFacts(of)
			f.settings = maps.Clone(f.settings)
			test.change(&f)
			checked(t, f.check(of), test.want)
		})
	}
}

// TestFactsOfThisProgram reads a real program: this test. It is for this machine
// and for no other, is no provider, and has the paths that a test has.
func TestFactsOfThisProgram(t *testing.T) {
	t.Parallel()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, source, _, _ := runtime.Caller(0) // as Go has written it into it
	here := filepath.Dir(source)
	f, err := readFacts(raw, "the test looks for these words in itself", []string{here, "/no/such/folder"})
	if err != nil {
		t.Fatal(err)
	}
	if !f.versioned {
		t.Error("it does not find its own words")
	}
	if !slices.Equal(f.places, []string{here}) {
		t.Errorf("it names %q, not %s", f.places, here)
	}
	native := target{runtime.GOOS, runtime.GOARCH}
	for _, of := range targets() {
		if of == native {
			if f.platform != of.header() {
				t.Errorf("its header is %s, not %s", f.platform, of.header())
			}
			continue
		}
		checked(t, f.check(of), "its header is that of")
	}
	checked(t, f.check(native), "it is made from")
}

func TestFactsOfWhatIsNoProgram(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "#!/bin/sh\n", "\x7fELF"} {
		_, err := readFacts([]byte(raw), "1.2.3", nil)
		checked(t, err, "no Go program")
	}
}

func TestPathsInAProgram(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		program, folder string
		want            bool
	}{
		{"\x00/usr/local/go/src/fmt/print.go\x00", "/usr/local/go", true},
		{"\x00/usr/local/go/src/fmt/print.go\x00", "/usr/local/go/", true},
		{"\x00/usr/local/gopher\x00", "/usr/local/go", false},
		{"\x00net/go/print.go\x00", "/go", false},
		{"\x00fmt/print.go\x00", "/home/you/smtp", false},
	} {
		if got := names([]byte(test.program), test.folder); got != test.want {
			t.Errorf("%q in %q: %t", test.folder, test.program, got)
		}
	}
}
