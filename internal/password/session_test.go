package password

import (
	"context"
	"errors"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

func TestAVersionIsLargerThanThatOfWhateverItReplaces(t *testing.T) {
	t.Parallel()
	m := &Session{}
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

func TestMemoryIsOfOneCredentialHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	m := &Session{}
	one := kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff")
	spelled := kirim.CredentialRef("EXAMPLE.com.", "6F9619FF-8B86-4011-B42D-00C04FC964FF")
	other := kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964fe")
	for _, what := range []event{issued, revoked, refreshed} {
		if m.has(what, one) {
			t.Errorf("event %d: before it was", what)
		}
		m.note(what, one)
		if !m.has(what, spelled) || m.has(what, other) {
			t.Errorf("event %d: of the wrong credential", what)
		}
	}
}

func TestOneTurnAtATime(t *testing.T) {
	t.Parallel()
	m := &Session{}
	one := kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff")
	other := kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964fe")
	done, err := m.lockCredential(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	if otherDone, err := m.lockCredential(t.Context(), other); err != nil {
		t.Fatal(err)
	} else {
		otherDone()
	}
	gaveUp, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.lockCredential(gaveUp, one); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever gives up waits on: %v", err)
	}
	taken := make(chan error)
	go func() {
		again, err := m.lockCredential(t.Context(), one)
		if err == nil {
			again()
		}
		taken <- err
	}()
	done()
	if err := <-taken; err != nil {
		t.Error(err)
	}
}
