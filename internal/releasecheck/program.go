package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// module is what a program has to be made from.
const module = "github.com/kirimemail/terraform-provider-smtp"

// goarm is the oldest ARM that the 32-bit programs run on: goreleaser's default,
// and what other providers are built for.
const goarm = "6"

// facts are what a program's file says of it.
type facts struct {
	// platform is by the header that its operating system reads, and not by what
	// Go wrote into it: "elf amd64". needs are the libraries and the loader that
	// an ELF file asks for.
	platform string
	needs    []string
	// module and settings are what Go wrote into it.
	module   string
	settings map[string]string
	// versioned tells whether the version is somewhere in it, places which of
	// this machine's folders are.
	versioned bool
	places    []string
}

// readFacts reads a program.
func readFacts(program []byte, version string, places []string) (facts, error) {
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return facts{}, fmt.Errorf("it is no Go program: %w", err)
	}
	f := facts{module: info.Main.Path, settings: make(map[string]string), versioned: bytes.Contains(program, []byte(version))}
	if info.Path != info.Main.Path {
		f.module = info.Path // a main package elsewhere in the module
	}
	for _, setting := range info.Settings {
		f.settings[setting.Key] = setting.Value
	}
	for _, place := range places {
		if names(program, place) {
			f.places = append(f.places, place)
		}
	}
	f.platform, f.needs, err = readHeader(program)
	return f, err
}

// names tells whether a folder, or what is in it, is named in a program.
func names(program []byte, folder string) bool {
	folder = strings.TrimRight(filepath.ToSlash(folder), "/")
	// Of a folder such as /go the name could be part of anything.
	if path.Dir(folder) == "/" {
		return false
	}
	return bytes.Contains(program, []byte(folder+"/")) || bytes.Contains(program, []byte(filepath.FromSlash(folder+"/")))
}

// readHeader reads what the operating system goes by.
func readHeader(program []byte) (platform string, needs []string, err error) {
	reader := bytes.NewReader(program)
	if file, err := elf.NewFile(reader); err == nil {
		for _, part := range file.Progs {
			if part.Type == elf.PT_INTERP {
				needs = append(needs, "a loader")
			}
		}
		libraries, err := file.ImportedLibraries()
		if errors.Is(err, elf.ErrNoSymbols) {
			err = nil
		}
		system := "elf "
		if file.OSABI == elf.ELFOSABI_FREEBSD {
			system = "elf of FreeBSD, "
		}
		return system + file.Machine.String(), append(needs, libraries...), err
	}
	if file, err := macho.NewFile(reader); err == nil {
		return "macho " + file.Cpu.String(), nil, nil
	}
	if file, err := pe.NewFile(reader); err == nil {
		return fmt.Sprintf("pe %#x", file.Machine), nil, nil
	}
	return "", nil, errors.New("it is neither ELF nor Mach-O nor PE")
}

// headers are what a program of a target says in its header.
func (t target) header() string {
	system := map[string]string{"linux": "elf ", "freebsd": "elf of FreeBSD, ", "darwin": "macho ", "windows": "pe "}[t.os]
	switch t.os {
	case "darwin":
		return system + map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[t.arch].String()
	case "windows":
		return system + fmt.Sprintf("%#x", map[string]int{
			"386": pe.IMAGE_FILE_MACHINE_I386, "amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64,
		}[t.arch])
	default:
		return system + map[string]elf.Machine{
			"386": elf.EM_386, "amd64": elf.EM_X86_64, "arm": elf.EM_ARM, "arm64": elf.EM_AARCH64,
		}[t.arch].String()
	}
}

// check compares a program with what that of a target has to be.
func (f facts) check(t target) error {
	var problems []error
	problem := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf(format, arguments...))
	}
	if f.platform != t.header() {
		problem("its header is that of %s, not of %s", f.platform, t.header())
	}
	if len(f.needs) > 0 {
		problem("it needs %s, and has to need nothing: see CGO_ENABLED in .goreleaser.yml", strings.Join(f.needs, ", "))
	}
	if f.module != module {
		problem("it is made from %s, not from %s", f.module, module)
	}
	wanted := map[string]string{"GOOS": t.os, "GOARCH": t.arch, "CGO_ENABLED": "0", "-trimpath": "true", "-buildmode": "exe"}
	if t.arch == "arm" {
		wanted["GOARM"] = goarm
	}
	for _, key := range []string{"GOOS", "GOARCH", "GOARM", "CGO_ENABLED", "-trimpath", "-buildmode"} {
		if f.settings[key] != wanted[key] {
			problem("it is built with %s=%s, not %q: see builds in .goreleaser.yml", key, f.settings[key], wanted[key])
		}
	}
	for _, key := range []string{"-tags", "-race", "-ldflags", "-gcflags", "GOEXPERIMENT", "vcs.revision", "vcs.modified"} {
		if value, set := f.settings[key]; set {
			problem("it is built with %s=%s, which a release is not: see builds in .goreleaser.yml", key, value)
		}
	}
	if !f.versioned {
		problem("its version is nowhere in it: see ldflags in .goreleaser.yml, and main.version")
	}
	for _, place := range f.places {
		problem("it names %s, a folder of this machine: see -trimpath in .goreleaser.yml", place)
	}
	return errors.Join(problems...)
}
