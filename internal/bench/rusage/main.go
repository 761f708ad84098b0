//go:build unix

// Command rusage stands where a CLI looks for a provider. It runs the real one, which is beside it, and notes how many
// seconds of the CPU and bytes of memory that has used. internal/bench puts it there; it is not run by hand.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	//nolint:gosec // G703: the benchmark's own file.
	notes, err := os.OpenFile(os.Getenv("BENCH_USAGE"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(notes, "+1 0 0")
	//nolint:gosec,noctx // G204: the benchmark's own build; the CLI ends it.
	provider := exec.Command(filepath.Join(filepath.Dir(os.Args[0]), "provider"), os.Args[1:]...)
	provider.Stdin, provider.Stdout, provider.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := provider.Run(); provider.ProcessState == nil {
		log.Fatal(err)
	}
	state := provider.ProcessState
	usage, _ := state.SysUsage().(*syscall.Rusage) // as on each Unix
	peak := usage.Maxrss
	if runtime.GOOS != "darwin" {
		peak *= 1024
	}
	fmt.Fprintln(notes, -1, (state.UserTime() + state.SystemTime()).Seconds(), peak)
	os.Exit(state.ExitCode())
}
