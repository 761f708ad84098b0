package kirim

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// cancelAfter gives a context that ends after d.
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(d, cancel)
	return ctx
}

func TestAResetUnderWayIsNotTakenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, after(10*time.Second, answers(200, resetBody)))
		got, err := newClient(t, w).ResetPassword(cancelAfter(t, 3*time.Second), testDomain, testGUID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Password != testPassword || time.Since(w.began) != 10*time.Second {
			t.Errorf("got %+v after %s", got, time.Since(w.began))
		}
	})
}

func TestAResetUnderWayStillEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, hangs)
		ctx, cancel := context.WithTimeout(cancelAfter(t, 3*time.Second), 20*time.Second)
		defer cancel()
		e := asError(t, reset(ctx, newClient(t, w)))
		if e.Kind != KindTimeout || !e.MayHaveActed || time.Since(w.began) != 20*time.Second {
			t.Errorf("kind %s, MayHaveActed %t after %s: %v", e.Kind, e.MayHaveActed, time.Since(w.began), e)
		}
	})
}

func TestNothingIsStartedOnceTheContextHasEnded(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(context.Context, *Client) error{"reset": reset, "get": get, "list": list} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			canceled, cancel := context.WithCancel(t.Context())
			cancel()
			over, cancelOver := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
			defer cancelOver()
			for ctx, kind := range map[context.Context]Kind{canceled: KindCanceled, over: KindTimeout} {
				w := newWire(t)
				e := asError(t, do(ctx, newClient(t, w)))
				w.expect(0)
				if e.Kind != kind || e.MayHaveActed || e.Attempts != 0 {
					t.Errorf("kind %s, want %s; MayHaveActed %t, %d attempts: %v", e.Kind, kind, e.MayHaveActed, e.Attempts, e)
				}
			}
		})
	}
}

func TestAnInterruptEndsAPauseAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do    func(context.Context, *Client) error
		turn  turn
		acted bool
	}{
		"of a reset that was lost":      {reset, loses, true},
		"of a reset that failed":        {reset, answers(500, brokenBody, "Retry-After", "60"), true},
		"of a reset that was limited":   {reset, answers(429, limitedBody, "Retry-After", "60"), false},
		"of a reset that was not sent":  {reset, refusesConnection, false},
		"of a read that was lost":       {get, loses, false},
		"of a read that was limited":    {get, answers(429, limitedBody, "Retry-After", "60"), false},
		"of a read that found no route": {list, refusesConnection, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, c.turn)
				e := asError(t, c.do(cancelAfter(t, 400*time.Millisecond), newClient(t, w)))
				w.expect(1)
				if took := time.Since(w.began); took != 400*time.Millisecond {
					t.Errorf("it took %s", took)
				}
				if e.Kind != KindCanceled || e.MayHaveActed != c.acted || e.Attempts != 1 {
					t.Errorf("kind %s, MayHaveActed %t, %d attempts: %v", e.Kind, e.MayHaveActed, e.Attempts, e)
				}
			})
		})
	}
}

func TestAnInterruptedWaitQuotesTheAPI(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, answers(429, limitedBody, "Retry-After", "60"))
		e := asError(t, reset(cancelAfter(t, time.Second), newClient(t, w)))
		want := `could not reset the password: the API answered 429: "Too many attempts. Please try again later.": it was interrupted`
		if e.Error() != want || e.Status != 429 {
			t.Errorf("got %v, status %d", e, e.Status)
		}
	})
}

// TestAnInterruptedResetThatFailsIsNotRepeated: it comes back, but nothing
// follows, and no pause is begun.
func TestAnInterruptedResetThatFailsIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turn  turn
		kind  Kind
		acted bool
	}{
		"lost":    {loses, KindCanceled, true},
		"500":     {answers(500, brokenBody), KindCanceled, true},
		"429":     {answers(429, limitedBody), KindCanceled, false},
		"refused": {answers(403, forbiddenBody), KindForbidden, false},
		"504":     {answers(504, page), KindServer, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var logged records
				w := newWire(t, after(10*time.Second, c.turn))
				config := testConfig(w)
				config.Logger = logged.logger()
				e := asError(t, reset(cancelAfter(t, 3*time.Second), mustNew(t, config)))
				w.expect(1)
				if took := time.Since(w.began); took != 10*time.Second {
					t.Errorf("it took %s", took)
				}
				if e.Kind != c.kind || e.MayHaveActed != c.acted {
					t.Errorf("kind %s, MayHaveActed %t: %v", e.Kind, e.MayHaveActed, e)
				}
				if strings.Contains(logged.String(), "waiting") {
					t.Errorf("a pause was begun: %s", logged.String())
				}
			})
		})
	}
}

func TestAnInterruptedReadEndsAtOnce(t *testing.T) {
	t.Parallel()
	for name, turn := range map[string]turn{"waiting for the answer": hangs, "connecting": swallows} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, turn)
				e := asError(t, get(cancelAfter(t, 3*time.Second), newClient(t, w)))
				w.expect(1)
				if e.Kind != KindCanceled || e.MayHaveActed || time.Since(w.began) != 3*time.Second {
					t.Errorf("kind %s after %s: %v", e.Kind, time.Since(w.began), e)
				}
			})
		})
	}
}

// TestAPauseCutByTheDeadlineIsATimeout: a context that ends before the
// deadline that it announces.
func TestAPauseCutByTheDeadlineIsATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, loses)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e := asError(t, reset(silent{ctx}, newClient(t, w)))
		if e.Kind != KindTimeout || !e.MayHaveActed || !strings.Contains(e.Error(), "the time for this operation ran out") {
			t.Errorf("kind %s: %v", e.Kind, e)
		}
	})
}

// silent is a context that keeps its deadline to itself.
type silent struct{ context.Context }

func (silent) Deadline() (time.Time, bool) { return time.Time{}, false }

func TestAnErrorIsNotMistakenForAnInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		theirs := fails(errors.Join(context.Canceled, errors.New("the server cancelled the stream")))
		w := newWire(t, repeated(maxAttempts, theirs)...)
		if e := asError(t, get(t.Context(), newClient(t, &traced{w}))); e.Kind != KindConnection {
			t.Errorf("kind %s: %v", e.Kind, e)
		}
	})
}
