package provider

import "testing"

func TestVersionsGrowForEachCredentialByItself(t *testing.T) {
	t.Parallel()
	v := newVersions()
	v.saw("example.com/a", 500)
	v.saw("example.com/a", 400)
	for _, test := range []struct {
		id                string
		before, now, want int64
	}{
		{"example.com/a", 0, 100, 501},   // its predecessor's
		{"example.com/a", 501, 100, 502}, // its own
		{"example.com/a", 502, 900, 900}, // the clock's
		{"example.com/b", 0, 100, 100},   // another credential
	} {
		if got := v.next(test.id, test.before, test.now); got != test.want {
			t.Errorf("%s after %d, at %d: got %d, want %d", test.id, test.before, test.now, got, test.want)
		}
	}
}
