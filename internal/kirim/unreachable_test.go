package kirim

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// traced lets every attempt have a connection.
type traced struct{ next http.RoundTripper }

func (tr *traced) RoundTrip(request *http.Request) (*http.Response, error) {
	connected(request)
	return tr.next.RoundTrip(request)
}

// unreachableFor refuses connections for a while, and then answers.
type unreachableFor struct {
	began    time.Time
	d        time.Duration
	requests int
	then     turn
}

func (u *unreachableFor) RoundTrip(request *http.Request) (*http.Response, error) {
	u.requests++
	if time.Since(u.began) < u.d {
		return refusesConnection(request)
	}
	return u.then(request)
}

func TestAnUnreachableServerIsTriedFor30SecondsAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &unreachableFor{began: time.Now(), d: time.Hour}
		e := asError(t, reset(t.Context(), newClient(t, u)))
		between(t, "it took", time.Since(u.began), 15*time.Second, 30*time.Second)
		if e.Kind != KindUnreachable || e.MayHaveActed || e.Attempts != u.requests || u.requests < 4 {
			t.Errorf("kind %s, MayHaveActed %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.Attempts, e)
		}
		if want := "could not reset the password: could not connect to api.test: dial tcp: connection refused"; e.Error() != want {
			t.Errorf("got %v", e)
		}
	})
}

func TestTheOutageTimeoutIsCountedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &unreachableFor{began: time.Now(), d: time.Hour}
		client := newClient(t, u)
		first := asError(t, reset(t.Context(), client))
		<-time.After(30*time.Second - time.Since(u.began))
		second := asError(t, get(t.Context(), client))
		if second.Kind != KindUnreachable || second.Attempts != 1 || time.Since(u.began) != 30*time.Second {
			t.Errorf("after %d attempts, %d more till %s", first.Attempts, second.Attempts, time.Since(u.began))
		}
	})
}

func TestAnAnswerEndsAnOutage(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]turn{
		"an answer":              answers(403, forbiddenBody),
		"a page":                 answers(404, page),
		"an answer that was cut": cuts(403, "{"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &unreachableFor{began: time.Now(), d: 5 * time.Second, then: then}
				client := newClient(t, u)
				if e := asError(t, get(t.Context(), client)); e.Kind == KindUnreachable {
					t.Fatal(e)
				}
				<-time.After(time.Minute)
				u.began, u.d = time.Now(), time.Hour
				if e := asError(t, get(t.Context(), client)); e.Kind != KindUnreachable || e.Attempts < 4 {
					t.Errorf("given up after %d attempts: %v", e.Attempts, e)
				}
			})
		})
	}
}

func TestTheOutageTimeoutEndsAlsoIfTheClockStandsStill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &unreachableFor{began: time.Now(), d: time.Hour}
		config := testConfig(u)
		still := time.Now()
		config.Now = func() time.Time { return still }
		_ = asError(t, get(t.Context(), mustNew(t, config)))
		between(t, "it took", time.Since(u.began), 15*time.Second, 30*time.Second)
	})
}

func TestAServerThatComesBackInTimeIsReached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &unreachableFor{began: time.Now(), d: 3 * time.Second, then: answers(200, resetBody)}
		if err := reset(t.Context(), newClient(t, u)); err != nil {
			t.Error(err)
		}
	})
}
