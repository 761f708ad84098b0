package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// startPatience is how long the provider may take to say where it listens.
const startPatience = time.Minute

// checkProtocol compares the manifest with what the released program says when a
// CLI starts it.
func (c *check) checkProtocol(ctx context.Context) (string, error) {
	if c.binary == "" {
		return notNative, nil
	}
	line, err := c.start(ctx)
	if err != nil {
		return "", err
	}
	spoken, err := protocolOf(line)
	if err != nil {
		return "", err
	}
	raw, err := os.ReadFile(filepath.Join(c.first, manifestFile))
	if err != nil {
		return "", err
	}
	return spoken + ", in the manifest and by the program itself", checkManifest(raw, spoken)
}

// handshake is go-plugin's: its own version, the application's, the network, the
// address, and gRPC.
var handshake = regexp.MustCompile(`^1\|(\d+)\|(?:unix|tcp)\|[^|]+\|grpc(?:\||$)`)

// protocolOf reads the protocol's version. A handshake has the major one alone;
// what a minor one adds, a program need not have.
func protocolOf(line string) (string, error) {
	found := handshake.FindStringSubmatch(strings.TrimSpace(line))
	if found == nil {
		return "", fmt.Errorf("the program said %q, and that is no handshake", line)
	}
	return found[1] + ".0", nil
}

// start starts the program as a CLI does, and stops it once it has said where it
// listens. It gives that line.
func (c *check) start(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	provider := exec.CommandContext(ctx, c.binary)
	provider.Env = with(c.environment,
		// What go-plugin asks for; terraform-plugin-go has these, and exports none.
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=5,6")
	testenv.InGroup(provider) // a terminal's Ctrl-C is for this program
	output, err := provider.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := provider.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	_ = provider.Process.Kill() // it may have ended by itself
	_ = provider.Wait()         // it was killed
	if err != nil {
		return "", fmt.Errorf("the program ended without a handshake: %w", err)
	}
	return line, nil
}
