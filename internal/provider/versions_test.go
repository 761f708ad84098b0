package provider

import "testing"

func TestAVersionIsLargerThanThatOfWhateverItReplaces(t *testing.T) {
	t.Parallel()
	v := &versions{}
	if got := v.next(0, 100); got != 100 {
		t.Errorf("the first: got %d, want 100", got)
	}
	v.forget(500)
	v.forget(400)
	for name, test := range map[string]struct{ before, now, want int64 }{
		"a creation, its predecessor ahead of the clock": {0, 100, 501},
		"a creation, by the clock":                       {0, 900, 900},
		"a rotation, its own":                            {450, 100, 451},
		"a rotation, by the clock":                       {450, 900, 900},
	} {
		if got := v.next(test.before, test.now); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}
