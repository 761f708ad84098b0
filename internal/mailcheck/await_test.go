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
	taken   = meets("", nil)
	refused = meets("outcome", says("535 5.7.8 not yet"))
	busy    = meets("outcome", says("454 4.7.0 Temporary failure"))
	full    = meets("greeting", cuts("421 4.3.2 too many\r\n"))
	drops   = meets("greeting", cuts(""))
	mute    = meets("greeting", hangs)
	useless = meets("outcome", says("530 5.7.0 Must issue STARTTLS first"))
	nobody  = func(context.Context) (net.Conn, error) {
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
		if e.Kind != KindRefused || e.Code != 535 || e.Attempts != len(w.came) {
			t.Errorf("kind %d, %d attempts of %d: %v", e.Kind, e.Attempts, len(w.came), e)
		}
		if want := fmt.Sprintf(`the server answered 535 "5.7.8 not yet"; tried %d times`, len(w.came)); e.Error() != want {
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
		end := fmt.Sprintf(`"attempts":%d,"duration_ms":29`, len(w.came))
		if n := strings.Count(log.String(), `"level":"INFO"`); n != 1 || !strings.Contains(log.String(), end) ||
			!strings.Contains(log.String(), `"because":"the server answered 535`) {
			t.Errorf("%d records at INFO, want one of the end: %s", n, log.String())
		}
	})
}

func TestAwaitUsesAShortTime(t *testing.T) {
	t.Parallel()
	for limit, least := range map[time.Duration]int{
		time.Millisecond: 1, 700 * time.Millisecond: 1, 1200 * time.Millisecond: 2, 2 * time.Second: 3, 3 * time.Second: 4,
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
					if e.Kind != c.kind || e.Attempts != len(w.came) || len(w.came) < least || len(w.came) > 6 {
						t.Errorf("kind %d, %d attempts of %d: %v", e.Kind, e.Attempts, len(w.came), e)
					}
					if last := w.came[len(w.came)-1]; last != max(0, limit-minAttemptTime) {
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
		"nothing before, no line": {[]turn{swallowed}, KindUnreachable, "dial: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turns...)
				e := asError(t, w.await(t, 10*time.Second))
				if e.Kind != c.kind || e.Attempts != len(c.turns) || !strings.Contains(e.Error(), c.says) {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
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
		"it hangs up":       {drops, 15 * time.Second, 30 * time.Second, 6, "connection ended"},
		"it says nothing":   {mute, 30 * time.Second, 30 * time.Second, 1, "said nothing"},
		"packets disappear": {swallowed, 25 * time.Second, 30 * time.Second, 3, "dial: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turn)
				e := asError(t, w.await(t, 5*time.Minute))
				if e.Kind != KindUnreachable || e.Attempts != len(w.came) || e.Attempts < c.attempts || !strings.Contains(e.Error(), c.saysTheOutcome) {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
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
		for says, turns := range map[string][]turn{
			"530": {refused, useless},
			"not on this machine": {refused, func(context.Context) (net.Conn, error) {
				here, there := net.Pipe()
				t.Cleanup(func() { _ = there.Close() })
				return here, nil
			}},
		} {
			w := newWire(turns...)
			e := asError(t, w.await(t, 5*time.Minute))
			if e.Kind != KindUnusable || !strings.Contains(e.Error(), says) || e.Attempts != 2 || time.Since(w.began) > firstPause {
				t.Errorf("kind %d, %d attempts in %s: %v", e.Kind, e.Attempts, time.Since(w.began), e)
			}
		}
	})
}

func TestAwaitGivesUpOnACertificateAtOnce(t *testing.T) {
	t.Parallel()
	for _, security := range protections {
		m := &pretend{tls: newIssuer(t).config(nil), implicit: security == SecurityTLS, offers: "PLAIN"}
		_, err := listen(t, m, security, "127.0.0.1").Await(t.Context(), testUser, testPassword)
		if e := asError(t, err); e.Kind != KindCertificate || e.Attempts != 1 {
			t.Errorf("%s: kind %d, %d attempts: %v", security, e.Kind, e.Attempts, e)
		}
	}
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
				if e.Kind != KindCanceled || e.Attempts != c.attempts || !errors.Is(e, context.Canceled) {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
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

// TestAwaitOutlastsARestart: however long the pause before, a server that has answered
// may be away for almost half a minute.
func TestAwaitOutlastsARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newWire(nil).server()
		var down time.Time
		logins := 0
		server.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			if logins++; logins <= 12 { // the pauses have grown to the longest
				return refused(ctx)
			}
			if down.IsZero() {
				down = time.Now()
			}
			if time.Since(down) < 24*time.Second {
				return nobody(ctx)
			}
			return taken(ctx)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if _, err := server.Await(ctx, testUser, testPassword); err != nil {
			t.Errorf("%s after it went down: %v", time.Since(down), err)
		}
	})
}
