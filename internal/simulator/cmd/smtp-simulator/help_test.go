package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func helpText(t *testing.T) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, &stdout, &stderr); code != exitOK || stdout.Len() > 0 {
		t.Fatalf("-h: got %d and %q on standard output", code, &stdout)
	}
	return stderr.String()
}

func TestHelp(t *testing.T) {
	t.Parallel()
	text := helpText(t)
	for _, part := range []string{
		"Without flags, the account is empty", "-domain alone makes an empty domain",
		"Standard output is a file of environment variables",
		"-list-shape SHAPE\n", "-sync-delay DURATION\n", "-api-addr ADDR\n", "-remote-synced VALUE\n",
		"-verify-after DURATION\n", "-auth WHERE\n", "-mechanisms MECHANISMS\n", "-starttls VALUE\n",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	for _, r := range simulator.ControlRequests() {
		path, body := regexp.QuoteMeta(r.Path), regexp.QuoteMeta(string(r.Body))
		line := regexp.MustCompile(`(?m)^  ` + r.Method + ` +` + path + ` .*` + body + `$`)
		if !line.MatchString(text) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}

// A placeholder that is a value of its flag reads like the default.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`(?m)^  -([a-z-]+)(.*)$`)
	found := placeholder.FindAllStringSubmatch(helpText(t), -1)
	if len(found) < 10 {
		t.Errorf("only %d flags were found: %q", len(found), found)
	}
	for _, m := range found {
		if name := strings.TrimSpace(m[2]); name == "" || name != strings.ToUpper(name) {
			t.Errorf("-%s: its placeholder is %q", m[1], name)
		}
	}
}

// example is the help's example to paste.
func example(t *testing.T) string {
	t.Helper()
	_, rest, _ := strings.Cut(helpText(t), "Example")
	rest, _, ok := strings.Cut(rest, "kill $!")
	var script []string
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "  ") {
			script = append(script, strings.TrimSpace(line))
		}
	}
	if !ok || len(script) == 0 {
		t.Fatalf("there is no example:\n%s", helpText(t))
	}
	return strings.Join(script, "\n") + "\n"
}

// The shell is the real one. This test stands in for the built command, and a script for the CLI.
func TestExampleWorksWhenPasted(t *testing.T) {
	t.Parallel()
	bin, root := t.TempDir(), t.TempDir()
	for name, script := range map[string]string{
		"go":        `mkdir .build && ln -s "$SIMULATOR" "$3"`,
		"terraform": `echo "$1 in ${PWD##*/}: $KIRIMEMAIL_BASE_URL $KIRIMEMAIL_USERNAME $KIRIMEMAIL_TOKEN"`,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "examples", "guides", "feed-the-password", "file"), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", example(t)+"kill $!\nwait $!\n")
	cmd.Dir = root
	cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "SIMULATOR=" + self, asCommand + "=1"}
	out, err := cmd.CombinedOutput()
	want := regexp.MustCompile(`(?m)^apply in file: http://127\.0\.0\.1:\d+ demo \w+$`)
	if err != nil || !want.Match(out) {
		t.Errorf("got %v, want %s in\n%s", err, want, out)
	}
}

// The example's paths and credential exist outside this folder.
func TestExampleNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "..")
	text := example(t)
	part := func(pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no %s in\n%s", pattern, text)
		}
		return m[1]
	}
	if _, err := os.Stat(filepath.Join(root, part(`go build -o \S+ (\S+)`), "main.go")); err != nil {
		t.Error(err)
	}
	config, err := os.ReadFile(filepath.Join(root, part(`cd (\S+)`), "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := parseCredential(part(`-credential (\S+)`))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{w.domain, w.guid, "kirimemail/smtp"} {
		if !strings.Contains(string(config), `"`+value+`"`) {
			t.Errorf("%q is not in\n%s", value, config)
		}
	}
}
