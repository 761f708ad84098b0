package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"time"
)

// machine is where this was measured.
type machine struct {
	date      time.Time
	platform  string
	cores     int
	processor string // "" where that is not told
	memory    int64  // in bytes; 0 where that is not told
	golang    string
	cli       string
}

func thisMachine(cli string) machine {
	m := machine{
		date: time.Now(), platform: runtime.GOOS + "/" + runtime.GOARCH, cores: runtime.NumCPU(), golang: runtime.Version(), cli: cli,
	}
	// Linux alone has these. Elsewhere it stays unsaid.
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		m.processor = processorName(string(raw))
	}
	if raw, err := os.ReadFile("/proc/meminfo"); err == nil {
		m.memory, _ = kilobytes(string(raw), "MemTotal")
	}
	return m
}

var modelName = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)

// processorName reads it from /proc/cpuinfo.
func processorName(cpuinfo string) string {
	if found := modelName.FindStringSubmatch(cpuinfo); found != nil {
		return found[1]
	}
	return ""
}

// peakOf is the most memory that a running process has had resident, in bytes;
// 0 where there is no /proc. Not by its parent's account once it has ended: that
// counts in the parent's own size, from before it became another program.
func peakOf(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) //nolint:gosec // G304: a number.
	if err != nil {
		return 0, nil //nolint:nilerr // Not Linux.
	}
	peak, found := kilobytes(string(raw), "VmHWM")
	if !found {
		return 0, fmt.Errorf("/proc/%d/status has no VmHWM", pid)
	}
	return peak, nil
}

// kilobytes reads a line such as "VmHWM:   15640 kB", in bytes.
func kilobytes(text, name string) (bytes int64, found bool) {
	line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `:\s*(\d+) kB$`).FindStringSubmatch(text)
	if line == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(line[1], 10, 64)
	return n * 1024, err == nil
}
