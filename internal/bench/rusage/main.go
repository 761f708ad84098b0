// Command rusage stands where a CLI looks for a provider. It runs the real one as
// its child and, once that has ended, notes what it has used. internal/bench
// puts it there; it is not run by hand.
//
// The kernel's own account of an ended child is exact, where asking /proc now
// and then would miss the end of each process, and a short one altogether. A CLI
// ends its providers by a call and kills them only two seconds later, so that
// the rusage outlives its child. Should it not, the line about the end is
// missing, and the benchmark says so.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	code, err := run(os.Getenv("BENCH_PROVIDER"), os.Getenv("BENCH_USAGE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "rusage:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// run runs the provider and gives its exit status. The child has this process'
// own files: nothing passes through here.
func run(provider, usage string) (code int, err error) {
	//nolint:gosec // G304: the file is the benchmark's.
	notes, err := os.OpenFile(usage, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer notes.Close()
	if _, err := fmt.Fprintln(notes, "started"); err != nil {
		return 0, err
	}
	child := exec.Command(provider, os.Args[1:]...) //nolint:gosec,noctx // G204: the benchmark's own build; it ends when the CLI says so.
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := child.Run(); child.ProcessState == nil {
		return 0, err
	}
	state := child.ProcessState
	_, err = fmt.Fprintf(notes, "ended %d %d\n", state.UserTime()+state.SystemTime(), peak(state))
	if !state.Exited() {
		return 1, err // killed
	}
	return state.ExitCode(), err
}
