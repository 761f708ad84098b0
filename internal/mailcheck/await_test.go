package mailcheck

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestPolicy compares the policy with the table of retries, row by row.
func TestPolicy(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		kind     Kind
		decision retryDecision
	}{
		"refused: the server may not know it yet":           {KindRefused, retryUntilDeadline},
		"4xx: it asks to be asked again":                    {KindTemporary, retryUntilDeadline},
		"out of reach: for a while; a wrong host stays one": {KindUnreachable, retryWhileUnreachable},
		"a certificate does not get better":                 {KindCertificate, giveUp},
		"a line does not get protected":                     {KindUnprotected, giveUp},
		"a server that cannot be used stays one":            {KindUnusable, giveUp},
		"an argument stays what it is":                      {KindArgument, giveUp},
		"whoever gave up wants no repeat":                   {KindCanceled, giveUp},
	}
	if len(rows) != kindCount {
		t.Fatalf("%d rows for %d kinds", len(rows), kindCount)
	}
	for why, row := range rows {
		if retryPolicy[row.kind] != row.decision {
			t.Errorf("%s: %d, want %d", why, retryPolicy[row.kind], row.decision)
		}
	}
}

// turn is the server of one attempt.
type turn = func(context.Context) (net.Conn, error)

// wire is a server with one turn an attempt. The last turn serves all later attempts.
type wire struct {
	turns []turn
	began time.Time
	came  []time.Duration // since began
}

func newWire(turns ...turn) *wire {
	return &wire{turns: turns, began: time.Now()}
}

func (w *wire) server() Server {
	return Server{Host: "localhost", Port: 587, Security: SecurityNone, dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		turn := w.turns[min(len(w.came), len(w.turns)-1)]
		w.came = append(w.came, time.Since(w.began))
		return turn(ctx)
	}}
}

// meets reaches a server with this act.
func meets(point string, does act) turn {
	return func(ctx context.Context) (net.Conn, error) {
		m := open(map[string]act{point: does})
		m.offers = mechanismPLAIN // so that a turn is an attempt
		return piped(m, SecurityNone).dial(ctx, "", "")
	}
}

var (
	taken    = meets("", nil)
	refused  = meets("outcome", says("535 5.7.8 not yet"))
	busy     = meets("outcome", says("454 4.7.0 Temporary failure"))
	full     = meets("greeting", cuts("421 4.3.2 too many\r\n"))
	drops    = meets("greeting", cuts(""))
	mute     = meets("greeting", hangs)
	unusable = meets("outcome", says("530 5.7.0 Must issue STARTTLS first"))
	nobody   = func(context.Context) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	swallowed = func(ctx context.Context) (net.Conn, error) {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
	}
)

func times(n int, t turn) []turn { return slices.Repeat([]turn{t}, n) }

func (w *wire) await(t *testing.T, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err := w.server().Await(ctx, testUser, testPassword)
	return err
}

func TestAwaitGoesOnUntilThePasswordIsTaken(t *testing.T) {
	t.Parallel()
	for name, turns := range map[string][]turn{
		"at once":               {taken},
		"after refusals":        {refused, refused, refused, refused, refused, refused, refused, refused, taken},
		"after 4xx":             {busy, full, busy, full, taken},
		"after a restart":       {refused, nobody, nobody, drops, swallowed, taken},
		"after all of it":       {nobody, refused, drops, busy, nobody, full, refused, taken},
		"after being swallowed": {refused, swallowed, refused, taken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(turns...)
				if err := w.await(t, 5*time.Minute); err != nil || len(w.came) != len(turns) {
					t.Errorf("%d attempts of %d: %v", len(w.came), len(turns), err)
				}
			})
		})
	}
}

func TestAwaitPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(refused)
		server := w.server()
		var log records
		server.Logger = log.logger()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		e := asError(t, second(server.Await(ctx, testUser, testPassword)))
		if e.Kind != KindRefused || e.Code != 535 || !e.TimedOut || e.Attempts != len(w.came) {
			t.Errorf("kind %d, timed out: %t, %d attempts of %d: %v", e.Kind, e.TimedOut, e.Attempts, len(w.came), e)
		}
		want := `could not log in to the mail server at localhost:587: it answered 535: "5.7.8 not yet"; the time for it is over`
		if e.Error() != want {
			t.Errorf("got %v", e)
		}
		longest := firstPause
		for i := range len(w.came) - 2 {
			if pause := w.came[i+1] - w.came[i]; pause > longest || pause < longest*3/4 {
				t.Errorf("pause %d: %s, want at most a quarter less than %s", i+1, pause, longest)
			}
			longest = min(longest*3/2, longestPause)
		}
		if last := w.came[len(w.came)-1]; last < 5*time.Minute-minAttemptTime || last >= 5*time.Minute {
			t.Errorf("the last attempt was after %s", last)
		}
		if longest != longestPause {
			t.Errorf("the pauses grew to %s", longest)
		}
		noSecrets(t, "the log", log.String())
		if n := strings.Count(log.String(), "\n"); n != 2*len(w.came) {
			t.Errorf("%d records of %d attempts, the pauses between them and the end", n, len(w.came))
		}
		end := fmt.Sprintf(`"msg":"login check ended","server":"localhost:587","attempts":%d,`, len(w.came))
		if n := strings.Count(log.String(), `"level":"INFO"`); n != 1 || !strings.Contains(log.String(), end) ||
			!strings.Contains(log.String(), `"outcome":"failed","kind":"refused","because":"it answered 535`) {
			t.Errorf("%d records at INFO, want one of the end: %s", n, log.String())
		}
	})
}

func TestAwaitUsesAShortTime(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{
		time.Millisecond, 100 * time.Millisecond, 700 * time.Millisecond, time.Second, 1200 * time.Millisecond, 2 * time.Second, 3 * time.Second,
	} {
		for name, c := range map[string]struct {
			turn turn
			kind Kind
		}{
			"refused": {refused, KindRefused}, "busy": {busy, KindTemporary}, "nobody": {nobody, KindUnreachable},
		} {
			t.Run(limit.String()+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWire(c.turn)
					e := asError(t, w.await(t, limit))
					if e.Kind != c.kind || !e.TimedOut || e.Attempts != len(w.came) || len(w.came) < 2 {
						t.Errorf("kind %d, timed out: %t, %d attempts of %d: %v", e.Kind, e.TimedOut, e.Attempts, len(w.came), e)
					}
					last := w.came[len(w.came)-1]
					if last > limit || last < limit/2-time.Nanosecond || len(w.came) > 6 {
						t.Errorf("the last of %d attempts was after %s of %s", len(w.came), last, limit)
					}
				})
			})
		}
	}
}

// TestAnAttemptThatIsCutShortTellsLess checks that the failure before it is reported.
func TestAnAttemptThatIsCutShortTellsLess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turns []turn
		kind  Kind
		says  string
	}{
		"refused before":          {[]turn{refused, mute}, KindRefused, "not yet"},
		"busy before":             {[]turn{busy, swallowed}, KindTemporary, "Temporary failure"},
		"out of reach before":     {[]turn{nobody, mute}, KindUnreachable, "connection refused"},
		"nothing before":          {[]turn{mute}, KindUnreachable, "said nothing"},
		"nothing before, no line": {[]turn{swallowed}, KindUnreachable, "no connection came about"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turns...)
				e := asError(t, w.await(t, 10*time.Second))
				if e.Kind != c.kind || !e.TimedOut || e.Attempts != len(c.turns) || !strings.Contains(e.Error(), c.says) {
					t.Errorf("kind %d, timed out: %t, %d attempts: %v", e.Kind, e.TimedOut, e.Attempts, e)
				}
				if took := time.Since(w.began); took != 10*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func TestAwaitTellsAWrongHostSoon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turn           turn
		least, most    time.Duration
		attempts       int // at least
		saysTheOutcome string
	}{
		"nobody listens":    {nobody, 15 * time.Second, 30 * time.Second, 6, "connection refused"},
		"it hangs up":       {drops, 15 * time.Second, 30 * time.Second, 6, "connection was lost"},
		"it says nothing":   {mute, 30 * time.Second, 30 * time.Second, 1, "said nothing within 30s"},
		"packets disappear": {swallowed, 25 * time.Second, 30 * time.Second, 3, "no connection came about within 9s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turn)
				e := asError(t, w.await(t, 5*time.Minute))
				if e.Kind != KindUnreachable || e.TimedOut || e.Attempts != len(w.came) || e.Attempts < c.attempts || !strings.Contains(e.Error(), c.saysTheOutcome) {
					t.Errorf("kind %d, timed out: %t, %d attempts: %v", e.Kind, e.TimedOut, e.Attempts, e)
				}
				if took := time.Since(w.began); took < c.least || took > c.most {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestTheUnreachableTimeoutIsOneForAllAttempts until something answers.
func TestTheUnreachableTimeoutIsOneForAllAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(append(times(3, nobody), mute)...)
		if e := asError(t, w.await(t, 5*time.Minute)); e.Kind != KindUnreachable || time.Since(w.began) != 30*time.Second {
			t.Errorf("after %s: %v", time.Since(w.began), e)
		}
		w = newWire(mute, refused)
		if e := asError(t, w.await(t, 5*time.Minute)); e.Kind != KindUnreachable || len(w.came) != 1 {
			t.Errorf("%d attempts: %v", len(w.came), e)
		}
		w = newWire(slices.Concat(times(6, nobody), []turn{refused}, times(6, nobody), []turn{taken})...)
		if err := w.await(t, 5*time.Minute); err == nil || len(w.came) >= len(w.turns) {
			// The pauses have grown by then, so that there are fewer attempts.
			t.Errorf("%d attempts: %v", len(w.came), err)
		}
		if spent := w.came[len(w.came)-1] - w.came[7]; spent < 10*time.Second {
			t.Errorf("the timeout was not new: %s", spent)
		}
	})
}

func TestAwaitGivesUpAtOnceWhereNothingHelps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for kind, turns := range map[Kind][]turn{
			KindUnusable: {refused, unusable},
			KindUnprotected: {refused, func(context.Context) (net.Conn, error) {
				here, there := net.Pipe()
				t.Cleanup(func() { _ = there.Close() })
				return here, nil
			}},
		} {
			w := newWire(turns...)
			if e := asError(t, w.await(t, 5*time.Minute)); e.Kind != kind || e.TimedOut || e.Attempts != 2 || time.Since(w.began) > firstPause {
				t.Errorf("kind %d, %d attempts in %s: %v", e.Kind, e.Attempts, time.Since(w.began), e)
			}
		}
	})
}

func TestAnInterruptEndsAwaitAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turns    []turn
		after    time.Duration
		attempts int
	}{
		"in a pause":     {[]turn{refused}, 100 * time.Millisecond, 1},
		"in an attempt":  {[]turn{mute}, 100 * time.Millisecond, 1},
		"in a later one": {[]turn{refused, swallowed}, 5 * time.Second, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turns...)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(c.after, cancel)
				e := asError(t, second(w.server().Await(ctx, testUser, testPassword)))
				if e.Kind != KindCanceled || e.TimedOut || e.Attempts != c.attempts || !errors.Is(e, context.Canceled) {
					t.Errorf("kind %d, timed out: %t, %d attempts: %v", e.Kind, e.TimedOut, e.Attempts, e)
				}
				if took := time.Since(w.began); took != c.after {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestAwaitWithoutADeadline checks that there is no limit of its own.
func TestAwaitWithoutADeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(append(times(100, refused), taken)...)
		if _, err := w.server().Await(t.Context(), testUser, testPassword); err != nil || len(w.came) != 101 {
			t.Errorf("%d attempts: %v", len(w.came), err)
		}
	})
}

func TestEachKindHasAName(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(KindUnusable, KindRefused, KindUnreachable, KindCanceled); got !=
		"unusable refused unreachable canceled" {
		t.Errorf("got %s", got)
	}
}
