package mailcheck

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// await waits for the password at a server without TLS, for a limited time.
func (m *mailServer) await(limit time.Duration) error {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), limit)
	defer cancel()
	return second(m.inMemory(SecurityNone).Await(ctx, testUser, testPassword))
}

func TestAwaitPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailServer(t, refused, "again")
		server := m.inMemory(SecurityNone)
		var log records
		server.Logger = log.logger()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		e := asError(t, second(server.Await(ctx, testUser, testPassword)))
		if e.Kind != KindRefused || e.Code != 535 || e.Attempts != len(m.came) {
			t.Errorf("kind %d, %d attempts of %d: %v", e.Kind, e.Attempts, len(m.came), e)
		}
		if want := fmt.Sprintf(`the server answered 535 "5.7.8 no"; tried %d times`, len(m.came)); e.Error() != want {
			t.Errorf("got %v", e)
		}
		longest := firstPause
		for i := range len(m.came) - 2 {
			if pause := m.came[i+1] - m.came[i]; pause > longest || pause < longest*3/4 {
				t.Errorf("pause %d: %s, want at most a quarter less than %s", i+1, pause, longest)
			}
			longest = min(longest*3/2, longestPause)
		}
		if last := m.came[len(m.came)-1]; last < 5*time.Minute-minAttemptTime || last >= 5*time.Minute {
			t.Errorf("the last attempt was after %s", last)
		}
		if longest != longestPause {
			t.Errorf("the pauses grew to %s", longest)
		}
		noSecrets(t, "the log", log.String())
		if n := strings.Count(log.String(), "\n"); n != 2*len(m.came) {
			t.Errorf("%d records of %d attempts, the pauses between them and the end", n, len(m.came))
		}
		end := fmt.Sprintf(`"attempts":%d,"duration_ms":29`, len(m.came))
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
			script string
			kind   Kind
		}{
			"refused": {refused, KindRefused}, "busy": {busy, KindTemporary}, "nobody": {"refuse", KindUnreachable},
		} {
			t.Run(limit.String()+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m := newMailServer(t, c.script, "again")
					e := asError(t, m.await(limit))
					if e.Kind != c.kind || e.Attempts != len(m.came) || len(m.came) < least || len(m.came) > 6 {
						t.Errorf("kind %d, %d attempts of %d: %v", e.Kind, e.Attempts, len(m.came), e)
					}
					if last := m.came[len(m.came)-1]; last != max(0, limit-minAttemptTime) {
						t.Errorf("the last of %d attempts was after %s of %s", len(m.came), last, limit)
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
		scripts []string
		kind    Kind
		says    string
	}{
		"refused before":          {s(refused, "silence"), KindRefused, "5.7.8 no"},
		"busy before":             {s(busy, "lose"), KindTemporary, "Temporary failure"},
		"out of reach before":     {s("refuse", mute), KindUnreachable, "connection refused"},
		"nothing before":          {s(mute), KindUnreachable, "said nothing"},
		"nothing before, no line": {s("lose"), KindUnreachable, "dial: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMailServer(t, c.scripts...)
				e := asError(t, m.await(10*time.Second))
				if e.Kind != c.kind || e.Attempts != len(c.scripts) || !strings.Contains(e.Error(), c.says) {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
				}
				if took := time.Since(m.began); took != 10*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func TestAwaitTellsAWrongHostSoon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script         string
		least, most    time.Duration
		attempts       int // at least
		saysTheOutcome string
	}{
		"nobody listens":    {"refuse", 15 * time.Second, 30 * time.Second, 6, "connection refused"},
		"it hangs up":       {"hang up", 15 * time.Second, 30 * time.Second, 6, "connection ended"},
		"it says nothing":   {mute, 30 * time.Second, 30 * time.Second, 1, "said nothing"},
		"packets disappear": {"lose", 25 * time.Second, 30 * time.Second, 3, "dial: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMailServer(t, c.script, "again")
				e := asError(t, m.await(5*time.Minute))
				if e.Kind != KindUnreachable || e.Attempts != len(m.came) || e.Attempts < c.attempts || !strings.Contains(e.Error(), c.saysTheOutcome) {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
				}
				if took := time.Since(m.began); took < c.least || took > c.most {
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
		m := newMailServer(t, "refuse", "refuse", "refuse", mute)
		if e := asError(t, m.await(5*time.Minute)); e.Kind != KindUnreachable || time.Since(m.began) != 30*time.Second {
			t.Errorf("after %s: %v", time.Since(m.began), e)
		}
		m = newMailServer(t, mute)
		if e := asError(t, m.await(5*time.Minute)); e.Kind != KindUnreachable || len(m.came) != 1 {
			t.Errorf("%d attempts: %v", len(m.came), e)
		}
		down := slices.Repeat(s("refuse"), 6)
		m = newMailServer(t, slices.Concat(down, s(refused), down, s(taken))...)
		if err := m.await(5 * time.Minute); err == nil || len(m.came) >= len(m.scripts) {
			// The pauses have grown by then, so that there are fewer attempts.
			t.Errorf("%d attempts: %v", len(m.came), err)
		}
		if spent := m.came[len(m.came)-1] - m.came[7]; spent < 10*time.Second {
			t.Errorf("the timeout was not new: %s", spent)
		}
	})
}

func TestAwaitGivesUpOnACertificateAtOnce(t *testing.T) {
	t.Parallel()
	for _, security := range protections {
		m := newMailServer(t, map[Security]string{SecuritySTARTTLS: startsTLS, SecurityTLS: "TLS"}[security])
		m.tls = newIssuer(t).config(nil)
		_, err := m.listen(security, "127.0.0.1").Await(t.Context(), testUser, testPassword)
		if e := asError(t, err); e.Kind != KindCertificate || e.Attempts != 1 {
			t.Errorf("%s: kind %d, %d attempts: %v", security, e.Kind, e.Attempts, e)
		}
	}
}

func TestAnInterruptEndsACallAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scripts []string
		after   time.Duration
	}{
		"in a pause":     {s(full), 100 * time.Millisecond},
		"in an attempt":  {s(mute), 100 * time.Millisecond},
		"in a later one": {s(full, "lose"), 5 * time.Second},
	} {
		for _, call := range []string{"Await", "Confirm", "Preflight"} {
			t.Run(call+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m := newMailServer(t, c.scripts...)
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(c.after, cancel)
					e := asError(t, second(calls[call](ctx, m.inMemory(SecurityNone))))
					if e.Kind != KindCanceled || e.Attempts != len(c.scripts) || !errors.Is(e, context.Canceled) {
						t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
					}
					if took := time.Since(m.began); took != c.after {
						t.Errorf("it took %s", took)
					}
				})
			})
		}
	}
}

// TestNoTimeForASecondRefusal: a probe proves nothing then, and Confirm reports the
// first.
func TestNoTimeForASecondRefusal(t *testing.T) {
	t.Parallel()
	for call, kind := range map[string]Kind{"Probe": KindUnreachable, "Confirm": KindRefused} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMailServer(t, refused)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				e := asError(t, second(calls[call](ctx, m.inMemory(SecurityNone))))
				if e.Kind != kind || e.Attempts != 1 {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
				}
			})
		})
	}
}

func TestTheLogOfAPreflight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newMailServer(t, full, offersPLAIN).inMemory(SecurityNone)
		var log records
		server.Logger = log.logger()
		if err := server.Preflight(t.Context()); err != nil {
			t.Error(err)
		}
		for text, want := range map[string]int{
			`"level":"INFO","msg":"preflight check ended"`:         1,
			`"level":"DEBUG","msg":"preflight at the mail server"`: 2,
			`"because":"the server answered 421`:                   1,
			`"outcome":"usable"`:                                   2,
		} {
			if n := strings.Count(log.String(), text); n != want {
				t.Errorf("%d times %s: %s", n, text, log.String())
			}
		}
	})
}

// TestAwaitWithoutADeadline checks that there is no limit of its own.
func TestAwaitWithoutADeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailServer(t, append(slices.Repeat(s(refused), 100), taken)...)
		_, err := m.inMemory(SecurityNone).Await(t.Context(), testUser, testPassword)
		if err != nil || len(m.came) != 101 {
			t.Errorf("%d attempts: %v", len(m.came), err)
		}
	})
}

// TestAwaitOutlastsARestart: however long the pause before, a server that has answered
// may be away for almost half a minute.
func TestAwaitOutlastsARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailServer(t)
		server := m.inMemory(SecurityNone)
		var down time.Time
		logins := 0
		server.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			if logins++; logins <= 12 { // the pauses have grown to the longest
				return m.connect(ctx, refused)
			}
			if down.IsZero() {
				down = time.Now()
			}
			if time.Since(down) < 24*time.Second {
				return m.connect(ctx, "refuse")
			}
			return m.connect(ctx, taken)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if _, err := server.Await(ctx, testUser, testPassword); err != nil {
			t.Errorf("%s after it went down: %v", time.Since(down), err)
		}
	})
}
