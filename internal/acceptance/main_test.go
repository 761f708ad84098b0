package acceptance

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

var (
	// bench has the CLI and the provider under test.
	bench *testenv.Env
	// live is where the tests against the live API find their account.
	live liveAccount
)

func TestMain(m *testing.M) {
	code, err := setUp(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		code = 1
	}
	os.Exit(code)
}

func setUp(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "smtp-acceptance-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	leaveNothing(dir)
	if bench, err = testenv.New(context.Background(), filepath.Join("..", ".."), dir); err != nil {
		return 1, err
	}
	if err := bench.AddTimeProvider(context.Background()); err != nil {
		return 1, err
	}
	live = liveAccountFromEnvironment()
	if err := prepareEnvironment(); err != nil {
		return 1, err
	}
	// Tests wait more than they compute: for pauses before repeats, for limits, for
	// mail servers. The flag still has the last word.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		return 1, err
	}
	// The providers and simulators that serve the tests make much garbage, and hold little.
	debug.SetGCPercent(400)
	return m.Run(), nil
}

// leaveNothing makes dir the place of everything temporary, that of
// plugin-testing and of the CLI's plugins too, and takes it away when the tests
// are interrupted: they end without cleaning up then.
func leaveNothing(dir string) {
	if err := os.Setenv("TMPDIR", dir); err != nil {
		panic(err)
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupts
		_ = os.RemoveAll(dir)
		os.Exit(130)
	}()
}

// prepareEnvironment is for plugin-testing, whose CLI and provider take this
// process' own environment.
func prepareEnvironment() error {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); testenv.Foreign(name) {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	settings := map[string]string{
		"TF_CLI_CONFIG_FILE":        bench.EmptyConfig,
		"CHECKPOINT_DISABLE":        "1",
		"TF_ACC_TERRAFORM_PATH":     bench.CLI,
		"TF_ACC_PROVIDER_NAMESPACE": "kirimemail",
		// A CLI lives for a moment, among others: collecting garbage and sharing its
		// work between threads are a quarter of its time.
		"GOGC":       "off",
		"GOMEMLIMIT": "256MiB",
		"GOMAXPROCS": "1",
	}
	if bench.Tofu {
		settings["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	for name, value := range settings {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}
