package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// startPatience is how long a provider may take to say where it listens.
const startPatience = time.Minute

// startResult is about the start of one provider.
type startResult struct {
	name      string
	handshake []time.Duration
	resident  []int64 // the most until the handshake, in bytes; 0 where that is not told
	size      int64   // of the binary, in bytes
}

// measureStarts starts ours and the reference by turns, without a CLI. The first
// start of each, which reads the binary from the disk, does not count.
func (b *bench) measureStarts(ctx context.Context) ([]startResult, error) {
	results := []startResult{{name: b.ours.name}, {name: b.reference.name}}
	for round := range b.starts + 1 {
		for i, e := range []*candidate{b.ours, b.reference} {
			took, resident, err := b.start(ctx, e.binary)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.name, err)
			}
			if round == 0 {
				file, err := os.Stat(e.binary) //nolint:gosec // G703: what open has built.
				if err != nil {
					return nil, err
				}
				results[i].size = file.Size()
				continue
			}
			results[i].handshake = append(results[i].handshake, took)
			results[i].resident = append(results[i].resident, resident)
		}
	}
	return results, nil
}

// start starts a provider as a CLI does, though without a certificate, whose
// making would cost all of them the same, and stops it once it has said where it
// listens.
func (b *bench) start(ctx context.Context, binary string) (took time.Duration, resident int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	provider := exec.CommandContext(ctx, binary) //nolint:gosec // G204: what open has built.
	provider.Env = append(b.testenv.Environment(b.testenv.EmptyConfig), "TMPDIR="+b.temporary(),
		// What go-plugin asks for; terraform-plugin-go has these, and exports none.
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=5,6")
	testenv.InGroup(provider) // a terminal's Ctrl-C is for this program
	output, err := provider.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	started := time.Now()
	if err := provider.Start(); err != nil {
		return 0, 0, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	took = time.Since(started)
	if err == nil && !strings.Contains(line, "|grpc") {
		err = fmt.Errorf("it said %q", line)
	}
	if err == nil {
		resident, err = peakOf(provider.Process.Pid)
	}
	if killing := provider.Process.Kill(); killing != nil {
		err = errors.Join(err, killing)
	}
	_ = provider.Wait() // it was killed
	return took, resident, err
}
