package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// usage is what a command's providers have used: the CLI starts one several
// times, each to its own end.
type usage struct {
	cpu  time.Duration // of all
	peak int64         // resident, in bytes, of the largest; 0 where that is not told
}

// readUsage reads what rusages have noted.
func readUsage(notes string) (u usage, err error) {
	started, running := 0, 0
	for line := range strings.Lines(notes) {
		var cpu, peak int64
		switch _, err := fmt.Sscanf(line, "ended %d %d\n", &cpu, &peak); {
		case line == "started\n":
			started++
			running++
		case err == nil:
			running--
			u.cpu += time.Duration(cpu)
			u.peak = max(u.peak, peak)
		default:
			return usage{}, fmt.Errorf("the rusage has noted %q", line)
		}
	}
	switch {
	case started == 0:
		return usage{}, errors.New("no provider was started")
	case running != 0:
		return usage{}, errors.New("a provider was killed before its end could be noted")
	}
	return u, nil
}
