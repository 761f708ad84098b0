package kirim

import (
	"encoding/json"
	"testing"
	"time"
)

func BenchmarkDecodeList(b *testing.B) {
	page := json.RawMessage(items(0, maxPageSize))
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		list, _, ok := decodeList(page)
		if !ok || len(list) != maxPageSize {
			b.Fatal("the page is not understood")
		}
		for _, item := range list {
			if _, ok := decodeCredential(item, time.Time{}); !ok {
				b.Fatal("a credential is not understood")
			}
		}
	}
}
