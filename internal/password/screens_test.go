package password

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

var update = flag.Bool("update", false, "write testdata/screens.txt anew")

const (
	// restOfScreens is what is told where there is no real screen.
	restOfScreens = "testdata/screens.txt"
)

// TestTheRestOfTheScreens keeps the texts that no command brings about, or none
// in time, in the width of a screen.
func TestTheRestOfTheScreens(t *testing.T) {
	t.Parallel()
	broken := &kirim.Error{Kind: kirim.KindConnection, Op: "reset the password", Reason: "the connection was lost before an answer came", Attempts: 6, MayHaveActed: true}
	var all strings.Builder
	for _, add := range []func(*diag.Diagnostics){
		// Six attempts take half a minute, which is too long for a screen; what else
		// this error says is on others.
		func(d *diag.Diagnostics) {
			(&Session{}).addResetError(response{diags: d}, broken, testRef, privateState{})
		},
		// Terraform knows each of the provider's settings by the time it applies.
		func(d *diag.Diagnostics) {
			(&Session{}).addResetError(response{diags: d}, diagnostics.ErrUnconfigured, testRef, privateState{})
		},
		func(d *diag.Diagnostics) {
			m := diagnostics.Revoke
			m.Means("%s %s", effect(diagnostics.ErrUnconfigured), m.Meaning).Fail(d, diagnostics.ErrUnconfigured, testRef)
		},
		// An apply plans once more, with the configuration that it then carries out:
		// where existing_password is gone, the CLI finds the two plans to differ
		// (TestAPasswordForThePlanAlone in internal/acceptance).
		func(d *diag.Diagnostics) {
			diagnostics.Adopt.Fail(d, errNotGiven, testRef)
		},
		// A defect: all times are within what can be written down.
		func(d *diag.Diagnostics) {
			d.Append(privateState{RunsUntil: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}.write(t.Context(), nil)...)
		},
	} {
		var diags diag.Diagnostics
		add(&diags)
		for _, d := range diags {
			all.WriteString("│ " + d.Severity().String() + ": " + d.Summary() + "\n│\n")
			for i, paragraph := range strings.Split(d.Detail(), "\n\n") {
				if i > 0 {
					all.WriteString("│\n")
				}
				all.WriteString(wrapped(paragraph))
			}
			all.WriteString("╵\n")
		}
	}
	if *update {
		if err := os.WriteFile(restOfScreens, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(restOfScreens)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != all.String() {
		t.Errorf("it is told in other words (-update writes them down):\n%s", cmp.Diff(string(want), all.String()))
	}
}

// wrapped breaks lines as the CLI does at a terminal of 80 columns.
func wrapped(paragraph string) string {
	var lines strings.Builder
	line := "│"
	for word := range strings.FieldsSeq(paragraph) {
		if len([]rune(line))+1+len([]rune(word)) > 79 && line != "│" {
			lines.WriteString(line + "\n")
			line = "│"
		}
		line += " " + word
	}
	return lines.String() + line + "\n"
}
