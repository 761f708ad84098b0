package provider

import "testing"

func TestAVersionIsLargerThanThatOfWhateverItReplaces(t *testing.T) {
	t.Parallel()
	m := newMemory()
	if got := m.nextVersion(0, 100); got != 100 {
		t.Errorf("the first: got %d, want 100", got)
	}
	m.forget(500)
	m.forget(400)
	for name, test := range map[string]struct{ before, now, want int64 }{
		"a creation, its predecessor ahead of the clock": {0, 100, 501},
		"a creation, by the clock":                       {0, 900, 900},
		"a rotation, its own":                            {450, 100, 451},
		"a rotation, by the clock":                       {450, 900, 900},
	} {
		if got := m.nextVersion(test.before, test.now); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}

func TestAPasswordIsSupersededByAnotherOfThisProcess(t *testing.T) {
	t.Parallel()
	m := newMemory()
	one := target{"example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff"}
	spelled := target{"EXAMPLE.com.", "6F9619FF-8B86-4011-B42D-00C04FC964FF"}
	other := target{"example.com", "6f9619ff-8b86-4011-b42d-00c04fc964fe"}
	if m.superseded(one, "first") {
		t.Error("before anything was reset")
	}
	m.noteReset(one, "second")
	if !m.superseded(spelled, "first") || m.superseded(one, "second") || m.superseded(other, "first") {
		t.Error("wrong about what was reset")
	}
}
