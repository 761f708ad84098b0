package redact_test

import (
	"encoding/json"
	"fmt"
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

// BenchmarkKeysThatCollide has keys that all become one when the password
// is taken out: the time for each must not grow with their number.
func BenchmarkKeysThatCollide(b *testing.B) {
	for _, count := range []int{1_000, 10_000} {
		report := make(map[string]any, count)
		for i := range count {
			report[fmt.Sprintf("%s %d", testPassword, i)] = true
		}
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			for b.Loop() {
				if clean, _ := redact.Value(report, testPassword).(map[string]any); len(clean) != count {
					b.Fatalf("%d keys are left of %d", len(clean), count)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/key")
		})
	}
}
