package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
)

// goBenchmarks runs the Go benchmarks, shows what they print, and gives their
// results.
func (b *bench) goBenchmarks(ctx context.Context) ([]string, error) {
	b.say("Go benchmarks")
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./...")
	command.Dir = b.repository
	command.Env = append(os.Environ(), "GOWORK=off")
	var screen bytes.Buffer
	command.Stdout, command.Stderr = io.MultiWriter(&screen, b.log), b.log
	if err := command.Run(); err != nil {
		return nil, err
	}
	return benchmarkLines(screen.String()), nil
}

// benchmarkLines are the lines that hold a result.
func benchmarkLines(screen string) (lines []string) {
	for line := range strings.Lines(screen) {
		if strings.HasPrefix(line, "Benchmark") && strings.Contains(line, "ns/op") {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	return lines
}
