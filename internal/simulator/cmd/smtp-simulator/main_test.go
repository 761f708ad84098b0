package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// asCommand makes the test binary the command itself, for tests of a whole process.
const asCommand = "SMTP_SIMULATOR_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// announced reads the output of the command up to its last line.
func announced(t *testing.T, stdout io.Reader) (env map[string]string, comments []string) {
	t.Helper()
	env = make(map[string]string)
	lines := bufio.NewScanner(stdout)
	for env["KIRIMEMAIL_TOKEN"] == "" {
		if !lines.Scan() {
			t.Fatalf("the output ends early: %v, %v, %v", env, comments, lines.Err())
		}
		if comment, ok := strings.CutPrefix(lines.Text(), "# "); ok {
			comments = append(comments, comment)
			continue
		}
		name, value, _ := strings.Cut(lines.Text(), "=")
		env[name] = value
	}
	return env, comments
}

func comment(t *testing.T, comments []string, prefix string) string {
	t.Helper()
	for _, c := range comments {
		if rest, ok := strings.CutPrefix(c, prefix); ok {
			return rest
		}
	}
	t.Fatalf("nothing says %q: %q", prefix, comments)
	return ""
}

func TestRun(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stdout, pipe := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{
			"-username", "me", "-token", "pretend-token", "-ca-file", ca, "-domain", "empty.example",
			"-credential", "example.com/first",
			"-credential", "example.com/second=92703823-f3a4-48e2-8e87-7adf25454800",
			"-list-shape", "paginator", "-rate-limit", "60/1m", "-sync-delay", "1s",
		}, pipe, &stderr)
		_ = pipe.Close()
	}()
	env, comments := announced(t, stdout)
	if env["KIRIMEMAIL_USERNAME"] != "me" || env["KIRIMEMAIL_TOKEN"] != "pretend-token" {
		t.Errorf("environment: got %v", env)
	}
	comment(t, comments, "domain: empty.example")
	comment(t, comments, "credential: example.com/first GUID ")
	comment(t, comments, "key of empty.example: KIRIMEMAIL_DOMAIN_API_KEY=key_")
	comment(t, comments, "key of example.com: KIRIMEMAIL_DOMAIN_API_KEY=key_")
	comment(t, comments, "SMTP with STARTTLS: 127.0.0.1:")
	comment(t, comments, "SMTP with TLS: 127.0.0.1:")
	comment(t, comments, "control: "+env["KIRIMEMAIL_BASE_URL"]+"/_simulator/")
	path := "/api/domains/example.com/credentials"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, env["KIRIMEMAIL_BASE_URL"]+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("me", "pretend-token")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"current_page":1`, `"total":2`, `"username":"first"`, "92703823-f3a4-48e2-8e87-7adf25454800",
	} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
	if got := res.Header.Get("X-RateLimit-Remaining"); got != "59" {
		t.Errorf("X-RateLimit-Remaining: got %q", got)
	}
	file, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(file); block == nil || block.Type != "CERTIFICATE" {
		t.Errorf("the CA file holds %q", file)
	}
	cancel()
	if got := <-code; got != exitOK {
		t.Errorf("exit code: got %d, %s", got, &stderr)
	}
	if got, want := stderr.String(), "GET "+path+" 200\n"; got != want {
		t.Errorf("standard error: got %q, want %q", got, want)
	}
}

func TestRemoteSyncedNamesTheOption(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]simulator.RemoteSynced{
		"true": simulator.SyncedTrue, "false": simulator.SyncedFalse, "absent": simulator.SyncedAbsent,
	} {
		c, err := parse([]string{"-remote-synced", value}, io.Discard)
		if err != nil || c.options.RemoteSynced != want {
			t.Errorf("%s: got %v, %v", value, c.options.RemoteSynced, err)
		}
	}
}

func TestMailFlagsNameTheOptions(t *testing.T) {
	t.Parallel()
	for _, auth := range []simulator.AuthOffer{simulator.AuthOverTLS, simulator.AuthAlways, simulator.AuthNever} {
		c, err := parse([]string{"-auth", string(auth)}, io.Discard)
		if err != nil || c.options.Auth != auth {
			t.Errorf("%s: got %v, %v", auth, c.options.Auth, err)
		}
	}
	c, err := parse([]string{"-mechanisms", "login,CRAM-MD5", "-starttls", "false"}, io.Discard)
	if err != nil || !slices.Equal(c.options.Mechanisms, []string{"LOGIN", "CRAM-MD5"}) || !c.options.OmitSTARTTLS {
		t.Errorf("got %v, %t, %v", c.options.Mechanisms, c.options.OmitSTARTTLS, err)
	}
	c, err = parse([]string{"-starttls", "true"}, io.Discard)
	if err != nil || c.options.Mechanisms != nil || c.options.OmitSTARTTLS || c.options.Auth != simulator.AuthOverTLS {
		t.Errorf("got %+v, %v", c.options, err)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	busy, err := simulator.Start(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-colour", "red"}, exitUsage, "-colour"},
		{[]string{"stray"}, exitUsage, `"stray" is not a flag`},
		{[]string{"-domain", ""}, exitUsage, "-domain"},
		{[]string{"-credential", "example.com"}, exitUsage, "-credential"},
		{[]string{"-list-shape", "round"}, exitUsage, "-list-shape"},
		{[]string{"-remote-synced", "no"}, exitUsage, `-remote-synced: must be one of [true false absent]`},
		{[]string{"-auth", "yes"}, exitUsage, `"yes" for flag -auth: must be one of [tls always never]`},
		{[]string{"-mechanisms", ""}, exitUsage, "-mechanisms: not a list such as PLAIN,LOGIN"},
		{[]string{"-mechanisms", "PLAIN LOGIN"}, exitUsage, "-mechanisms: not a list such as PLAIN,LOGIN"},
		{[]string{"-starttls", "perhaps"}, exitUsage, "-starttls"},
		{[]string{"-api-addr", "0.0.0.0:0"}, exitUsage, `-api-addr: "0.0.0.0:0" is not on loopback`},
		{[]string{"-smtp-addr", ":2525"}, exitUsage, `-smtp-addr: ":2525" is not on loopback`},
		{[]string{"-smtps-addr", "mail.example.com:465"}, exitUsage, `"mail.example.com:465" is not on loopback`},
		{[]string{"-smtps-addr", "465"}, exitUsage, `-smtps-addr: "465" is not host:port`},
		{[]string{"-rate-limit", "60"}, exitUsage, "-rate-limit"},
		{[]string{"-rate-limit", "0/1m"}, exitUsage, "-rate-limit"},
		{[]string{"-rate-limit", "60/soon"}, exitUsage, "-rate-limit"},
		{[]string{"-sync-delay", "soon"}, exitUsage, "-sync-delay"},
		{[]string{"-sync-delay", "-1s"}, exitUsage, "-sync-delay"},
		{[]string{"-verify-after", "-1s"}, exitUsage, "-verify-after"},
		{[]string{"-credential", "example.com/a=7"}, exitUsage, "-credential"},
		{[]string{"-credential", "example.com/a", "-credential", "example.com/a"}, exitUsage, "-credential"},
		{[]string{"-ca-file", filepath.Join(t.TempDir(), "nowhere", "ca.pem")}, exitFailed, "-ca-file"},
		{[]string{"-api-addr", strings.TrimPrefix(busy.URL(), "http://")}, exitFailed, "API"},
		{[]string{"-smtp-addr", busy.SMTPAddr()}, exitFailed, "mail server"},
		{[]string{"-smtps-addr", busy.SMTPAddr()}, exitFailed, "mail server"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), tc.args, &stdout, &stderr)
		if code != tc.code || !strings.Contains(stderr.String(), tc.says) || stdout.Len() > 0 {
			t.Errorf("%q: got %d, %q and %q; want %d and %q", tc.args, code, &stderr, &stdout, tc.code, tc.says)
		}
	}
}

func TestSignalsStopIt(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), asCommand+"=1")
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		announced(t, stdout)
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("after %v: %v", signal, err)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"http://127.0.0.1:8080": "http://127.0.0.1:8080",
		"two words":             "'two words'",
		"it's":                  `'it'\''s'`,
		"$HOME":                 "'$HOME'",
	} {
		if got := quote(value); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}
