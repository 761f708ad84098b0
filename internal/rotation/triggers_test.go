package rotation_test

import (
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// TestNamesOfTriggersInTheReason: any name may be a trigger's, and the reason
// goes onto screens.
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
		if got.Verdict != rotation.Rotate || got.Reason != "rotation_triggers: "+want {
			t.Errorf("%q: %q, want %q", key, got.Reason, want)
		}
	}
}
