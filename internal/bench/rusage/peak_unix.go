//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the most memory that an ended process had resident, in bytes. Linux
// counts in what the process was before it became another program, which here is
// a copy of this one: smaller than any provider.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return usage.Maxrss
	}
	return int64(usage.Maxrss) * 1024 //nolint:unconvert // It is an int32 on some platforms.
}
