package kirim

import (
	"encoding/json"
	"testing"
)

func BenchmarkDecodeList(b *testing.B) {
	page := json.RawMessage(items(0, MaxPageSize))
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		list, _, ok := decodeList(page)
		if !ok || len(list) != MaxPageSize {
			b.Fatal("the page is not understood")
		}
		for _, item := range list {
			if _, ok := decodeCredential(item); !ok {
				b.Fatal("a credential is not understood")
			}
		}
	}
}

func BenchmarkRedactPassword(b *testing.B) {
	report := map[string]any{"score": json.Number("8"), "feedback": "Add another word or two", "matches": []any{
		map[string]any{"token": testPassword[:6], "pattern": "bruteforce"}, map[string]any{"token": testPassword[3:], "guesses": json.Number("1e9")},
	}}
	b.ReportAllocs()
	for b.Loop() {
		RedactPassword(report, testPassword)
	}
}
