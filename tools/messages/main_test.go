package main

import (
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
)

func TestEveryMessageHasARow(t *testing.T) {
	t.Parallel()
	var page, out strings.Builder
	for _, group := range diagnostics.Groups {
		page.WriteString("## " + group.Title + "\n\n<!-- messages: " + group.Title + " -->\n")
	}
	if err := run(strings.NewReader(page.String()), &out); err != nil {
		t.Fatal(err)
	}
	for _, group := range diagnostics.Groups {
		for _, m := range group.Messages {
			if !strings.Contains(out.String(), "\n| "+strings.ReplaceAll(m.Summary, "%s", "…")+" | ") {
				t.Errorf("no row for %q", m.Summary)
			}
		}
	}
}

func TestAPageThatDoesNotFitTheMessagesIsRefused(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"none":          "# Troubleshooting\n",
		"another group": "<!-- messages: Something else -->\n",
	} {
		if err := run(strings.NewReader(page), &strings.Builder{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
