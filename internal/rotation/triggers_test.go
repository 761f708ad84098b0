package rotation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// TestNamesOfTriggersInTheReason has triggers of any name, in a reason for a screen.
func TestNamesOfTriggersInTheReason(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"owner":                  "owner",
		"two words":              "two words",
		"größe":                  "größe",
		"":                       `""`,
		" ":                      `" "`,
		"a, b":                   `"a, b"`,
		`a "b"`:                  `"a \"b\""`,
		"a\nb":                   `"a\nb"`,
		"a\x1b[31mb":             `"a\x1b[31mb"`,
		"a\x00":                  `"a\x00"`,
		"a\u202eb":               `"a\u202eb"`,
		"a\u200bb":               `"a\u200bb"`,
		strings.Repeat("ü", 200): strings.Repeat("ü", 200),
		strings.Repeat("ü", 201): strings.Repeat("ü", 200) + "…",
	} {
		got := rotation.Decide(rotation.Input{
			Before: rotation.Triggers{Values: map[string]rotation.Value{key: {}}},
			After:  rotation.Triggers{Values: map[string]rotation.Value{key: {Text: "changed"}}},
		})
		if got.Action != rotation.Rotate || got.Reason != "rotation_triggers: "+want {
			t.Errorf("%q: %q, want %q", key, got.Reason, want)
		}
	}
}

// TestTheReasonNamesTenTriggersAtMost, and how many more there are.
func TestTheReasonNamesTenTriggersAtMost(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		1: "k01", 2: "k01, k02",
		10: "k01, k02, k03, k04, k05, k06, k07, k08, k09, k10",
		11: "k01, k02, k03, k04, k05, k06, k07, k08, k09, k10 and 1 more",
		22: "k01, k02, k03, k04, k05, k06, k07, k08, k09, k10 and 12 more",
	} {
		before, after := known(), known()
		for i := range n {
			key := fmt.Sprintf("k%02d", i+1)
			with(before, key, rotation.Value{Text: "1"})
			with(after, key, rotation.Value{Text: "2"})
		}
		if got := rotation.Decide(rotation.Input{Before: before, After: after}).Reason; got != "rotation_triggers: "+want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
