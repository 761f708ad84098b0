package redact_test

import (
	"encoding/json"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

func BenchmarkValue(b *testing.B) {
	report := map[string]any{"score": json.Number("8"), "feedback": "Add another word or two", "matches": []any{
		map[string]any{"token": testPassword[:6], "pattern": "bruteforce"}, map[string]any{"token": testPassword[3:], "guesses": json.Number("1e9")},
	}}
	b.ReportAllocs()
	for b.Loop() {
		redact.Value(report, testPassword)
	}
}
