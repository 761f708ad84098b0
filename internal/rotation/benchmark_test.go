package rotation_test

import (
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

func BenchmarkDecide(b *testing.B) {
	in := rotation.Input{Before: known("owner", "ann", "version", "1"), After: known("owner", "ann", "version", "2")}
	b.ReportAllocs()
	for b.Loop() {
		if rotation.Decide(in).Action != rotation.Rotate {
			b.Fatal("no rotation")
		}
	}
}
