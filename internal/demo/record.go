package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// README.md shows what the demo shows, between these two lines. It is recorded
// and not typed: so it cannot say what is not so, and the demo's test finds out
// when it is so no longer.
const (
	recordBegins = "<!-- demo: written by make demo RECORD=README.md -->\n"
	recordEnds   = "<!-- end of demo -->\n"
)

// errNotRecordable is for OpenTofu, whose words are others here and there.
var errNotRecordable = errors.New("the demo is recorded with Terraform: set TF_CLI")

// passing is what differs from run to run.
var passing = []*regexp.Regexp{
	regexp.MustCompile(`127\.0\.0\.1:(\d+)`),
	regexp.MustCompile(`Terraform (v[\d.]+\S*)`),
	regexp.MustCompile(`complete after (\d+\w+)`),
	regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"`),
	regexp.MustCompile(`(?:password_version *=|~) (\d{10}) `),
	regexp.MustCompile(`~ id +=? "([-0-9a-f]{36})"`), // terraform_data's
}

// block is what README.md shows of a session.
func block(session, cliVersion string) (string, error) {
	version, ok := shortVersion(cliVersion)
	if !ok {
		return "", errNotRecordable
	}
	for _, differs := range passing {
		session = differs.ReplaceAllStringFunc(session, func(match string) string {
			return strings.Replace(match, differs.FindStringSubmatch(match)[1], "…", 1)
		})
	}
	introduction := "What `make demo` shows, here with " + version + "; … stands for what differs from run to run:"
	return introduction + "\n\n```\n" + strings.TrimSpace(session) + "\n```\n", nil
}

// shortVersion is a Terraform's name up to the minor version, within which it
// goes on saying the same.
func shortVersion(cliVersion string) (string, bool) {
	match := regexp.MustCompile(`^Terraform v(\d+\.\d+)\.`).FindStringSubmatch(cliVersion)
	if match == nil {
		return "", false
	}
	return "Terraform " + match[1], true
}

// recorded gives what a file has between the two lines, and what is around it.
func recorded(text string) (before, block, after string, err error) {
	before, rest, begins := strings.Cut(text, recordBegins)
	block, after, ends := strings.Cut(rest, recordEnds)
	if !begins || !ends {
		return "", "", "", fmt.Errorf("it does not have both of these lines:\n%s%s", recordBegins, recordEnds)
	}
	return before + recordBegins, block, recordEnds + after, nil
}

// record puts a session into a file.
func record(file, session, cliVersion string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, _, after, err := recorded(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	now, err := block(session, cliVersion)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(before+now+after), 0o644)
}
