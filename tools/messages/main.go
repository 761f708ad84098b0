// Command messages fills the tables of the page Troubleshooting: it copies standard
// input to standard output, and puts the table of a group of messages in the place
// of each line "<!-- messages: TITLE -->".
//
// It belongs to the provider's own module, unlike the tools beside it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "messages:", err)
		os.Exit(1)
	}
}

func run(page io.Reader, out io.Writer) error {
	left := slices.Clone(diagnostics.Groups)
	lines := bufio.NewScanner(page)
	for lines.Scan() {
		line := lines.Text()
		if title, ok := strings.CutPrefix(line, "<!-- messages: "); ok {
			title = strings.TrimSuffix(title, " -->")
			i := slices.IndexFunc(left, func(g diagnostics.Group) bool { return g.Title == title })
			if i < 0 {
				return fmt.Errorf("there is no group %q, or it is there already", title)
			}
			line = table(left[i])
			left = slices.Delete(left, i, i+1)
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("the page has no table for %q", left[0].Title)
	}
	return lines.Err()
}

// shorter leaves out of a row what the page says once for all rows.
var shorter = strings.NewReplacer(
	diagnostics.TryLogin, "[Try a login](#the-password-does-not-work-any-more).",
	diagnostics.Renew, "[make another one](#the-password-does-not-work-any-more)",
	diagnostics.NothingAsked+" ", "", diagnostics.NotUpdated+" ", "", diagnostics.PutRight, "",
)

// table is a group's messages in Markdown. What a first line names differs.
func table(group diagnostics.Group) string {
	var rows strings.Builder
	rows.WriteString("| message | explanation |\n|---|---|")
	for _, m := range group.Messages {
		text := strings.TrimSpace(shorter.Replace(m.Meaning + " " + m.Advice))
		fmt.Fprintf(&rows, "\n| %s | %s |", strings.ReplaceAll(m.Summary, "%s", "…"), text)
	}
	return rows.String()
}
