package transport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTheRateLimiterKeepsThePaceThatTheAPIAllows: as many requests as the limit allows,
// hardly later, and met once in a window at most, once it has shown itself.
func TestTheRateLimiterKeepsThePaceThatTheAPIAllows(t *testing.T) {
	t.Parallel()
	uneven := func(n int) time.Duration { return time.Duration(n*37%101) * 3 * time.Millisecond }
	for name, c := range map[string]struct {
		limiter  *limiter
		n        int
		parallel int
		most     float64 // of the time that the limit allows
	}{
		"60 a minute":                       {&limiter{requests: 60, window: time.Minute, latency: 200 * time.Millisecond, always: true}, 300, 10, 1.02},
		"60 a minute, uneven":               {&limiter{requests: 60, window: time.Minute, latency: 50 * time.Millisecond, always: true, jitter: uneven}, 300, 10, 1.02},
		"60 a minute, by the clock":         {&limiter{requests: 60, window: time.Minute, latency: 200 * time.Millisecond, always: true, aligned: true}, 300, 10, 1.03},
		"60 in 10 s":                        {&limiter{requests: 60, window: 10 * time.Second, latency: 20 * time.Millisecond, always: true}, 300, 10, 1.02},
		"60 in 10 s, uneven":                {&limiter{requests: 60, window: 10 * time.Second, latency: 20 * time.Millisecond, always: true, jitter: uneven}, 300, 10, 1.08},
		"40 in 2 s":                         {&limiter{requests: 40, window: 2 * time.Second, latency: 10 * time.Millisecond, always: true}, 120, 10, 1.05},
		"40 in 2 s, many at a time":         {&limiter{requests: 40, window: 2 * time.Second, latency: 10 * time.Millisecond, always: true, jitter: uneven}, 120, 100, 1.2},
		"5 a minute, more at a time":        {&limiter{requests: 5, window: time.Minute, latency: 200 * time.Millisecond, always: true}, 23, 30, 1.02},
		"1 a minute":                        {&limiter{requests: 1, window: time.Minute, latency: 200 * time.Millisecond, always: true}, 5, 10, 1.02},
		"40 in 2 s, told in a 429 alone":    {&limiter{requests: 40, window: 2 * time.Second, latency: 10 * time.Millisecond}, 120, 10, 1.3},
		"60 a minute, told in a 429 alone":  {&limiter{requests: 60, window: time.Minute, latency: 200 * time.Millisecond}, 300, 10, 1.03},
		"60 a minute, Retry-After alone":    {&limiter{requests: 60, window: time.Minute, latency: 200 * time.Millisecond, bare: true}, 300, 10, 1.05},
		"60 a minute, serving slowly":       {&limiter{requests: 60, window: time.Minute, latency: 5 * time.Second, always: true}, 240, 10, 1.1},
		"one at a time, 60 a minute":        {&limiter{requests: 60, window: time.Minute, latency: 200 * time.Millisecond, always: true}, 200, 1, 1.02},
		"one at a time, told in a 429 only": {&limiter{requests: 60, window: time.Minute, latency: 200 * time.Millisecond}, 200, 1, 1.02},
	} {
		for effect, call := range map[string]func(context.Context, *Client) error{"resets": reset, "reads": get} {
			t.Run(effect+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					server := c.limiter.fresh()
					client := newClient(t, server)
					began := time.Now()
					errs := sideBySide(t, c.n, c.parallel, func(ctx context.Context) error {
						ctx = WithTimeout(ctx, 2*time.Minute)
						return call(ctx, client)
					})
					if len(errs) > 0 {
						t.Fatalf("%d failed, such as: %v", len(errs), errs[0])
					}
					// The windows that have to pass, and then the requests of the last one.
					floor := time.Duration((c.n-1)/server.requests) * server.window
					rest := server.latency * time.Duration((c.n-1)%server.requests/c.parallel+1)
					if took := server.last.Sub(began); float64(took) > c.most*float64(floor+rest) {
						t.Errorf("it took %s, %.3f of %s", took, float64(took)/float64(floor), floor)
					}
					// Until the limit has shown itself, as many may meet it as are under way.
					if first := server.windows[0]; first > c.parallel || server.later() > 1 || server.served != c.n {
						t.Errorf("%d served, 429s in each window: %v", server.served, server.windows)
					}
				})
			})
		}
	}
}

// TestALimitThatIsNeverToldIsKeptToo: neither how many nor for how long.
func TestALimitThatIsNeverToldIsKeptToo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		requests     int // a window
		window       time.Duration
		n            int
		timeout      time.Duration
		first, later int     // 429s in a window
		most         float64 // of the time that the limit allows
	}{
		// As many as are under way, and then one for each pause.
		"20 in 10 s":  {20, 10 * time.Second, 70, 30 * time.Second, 10 + 4, 6, 2},
		"60 a minute": {60, time.Minute, 250, 5 * time.Minute, 10 + 8, 8, 1.3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &limiter{requests: c.requests, window: c.window, latency: 50 * time.Millisecond, mute: true}
				client := newClient(t, server)
				began := time.Now()
				errs := sideBySide(t, c.n, 10, func(ctx context.Context) error {
					return reset(WithTimeout(ctx, c.timeout), client)
				})
				if len(errs) > 0 {
					t.Fatalf("%d failed, such as: %v", len(errs), errs[0])
				}
				if server.windows[0] > c.first || server.later() > c.later {
					t.Errorf("429s in each window: %v", server.windows)
				}
				floor := time.Duration((c.n-1)/server.requests) * server.window
				if took := time.Since(began); float64(took) > c.most*float64(floor) {
					t.Errorf("it took %s, %.2f of %s", took, float64(took)/float64(floor), floor)
				}
			})
		})
	}
}

// TestWhereThereIsNoLimitNothingWaits: requests take N × latency / parallelism,
// whether answers tell of a limit that is far away or say nothing.
func TestWhereThereIsNoLimitNothingWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		always bool
		most   time.Duration
	}{
		"told":     {true, 3 * time.Second},
		"not told": {false, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &limiter{requests: 100_000, window: time.Minute, latency: 100 * time.Millisecond, always: c.always}
				client := newClient(t, server)
				began := time.Now()
				if errs := sideBySide(t, 300, 10, func(ctx context.Context) error { return get(ctx, client) }); len(errs) > 0 {
					t.Fatal(errs[0])
				}
				if took := time.Since(began); took > c.most {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestOneThatHangsHoldsUpNobodyForLong: not where nothing is known of a limit,
// and not where it is the one that went ahead.
func TestOneThatHangsHoldsUpNobodyForLong(t *testing.T) {
	t.Parallel()
	gone := answers(429, limitedBody, "Retry-After", "5")
	for name, c := range map[string]struct {
		turns []turn
		most  time.Duration
	}{
		"the first of all":        {[]turn{hangs, answers(200, getBody)}, 0},
		"the one that goes ahead": {[]turn{gone, hangs, answers(200, getBody)}, 5*time.Second + probeTimeout},
		"one of the window's two": {[]turn{answers(200, getBody, "X-RateLimit-Remaining", "1"), hangs, answers(200, getBody)}, probeTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, c.turns...)
				client := newClient(t, w)
				if name == "one of the window's two" {
					if err := get(t.Context(), client); err != nil {
						t.Fatal(err)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 2)
				for range 2 {
					go func() { done <- get(ctx, client) }()
				}
				if err := <-done; err != nil {
					t.Error(err)
				}
				if took := time.Since(w.began); took > c.most {
					t.Errorf("it took %s", took)
				}
				cancel()
				if err := <-done; err == nil {
					t.Error("the one that hangs succeeded")
				}
			})
		})
	}
}

type otherKey struct{}

// TestTimeInTheQueueDoesNotCount: an operation of 10 seconds waits for minutes
// and has its 10 seconds all the same, and no more.
func TestTimeInTheQueueDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asks := answers(429, limitedBody, "Retry-After", "8")
		turns := []turn{answers(200, getBody, "X-RateLimit-Remaining", "0")}
		for range 10 { // somebody else uses up the windows
			turns = append(turns, asks, answers(200, getBody, "X-RateLimit-Remaining", "0"))
		}
		answersAfter := func(d time.Duration) turn { return after(d, answers(200, resetBody)) }
		turns = append(turns, asks, answersAfter(9*time.Second))
		w := newWire(t, append(turns, asks, answersAfter(11*time.Second))...)
		client := newClient(t, w)
		done := make(chan error, 11)
		for range 11 {
			go func() { done <- get(t.Context(), client) }()
		}
		for range 11 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		limited := func() context.Context {
			return WithTimeout(context.WithValue(t.Context(), otherKey{}, nil), 10*time.Second)
		}
		if err := reset(limited(), client); err != nil {
			t.Errorf("8 s in the queue and 9 s for the answer: %v", err)
		}
		if e := asResult(t, reset(limited(), client)); e.Outcome != TimedOut || !e.MayHaveActed {
			t.Errorf("8 s in the queue and 11 s for the answer: %v", e)
		}
	})
}

// TestAWaitThatIsTooLongIsToldToAllWhoWait, at once, whoever it was that was
// told to wait.
func TestAWaitThatIsTooLongIsToldToAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, repeated(10, after(100*time.Millisecond, answers(429, limitedBody, "Retry-After", "3600")))...)
		client := newClient(t, w)
		errs := sideBySide(t, 30, 10, func(ctx context.Context) error {
			ctx = WithTimeout(ctx, 5*time.Minute)
			return reset(ctx, client)
		})
		if took := time.Since(w.began); took != 100*time.Millisecond || len(errs) != 30 {
			t.Errorf("%d errors after %s", len(errs), took)
		}
		for _, err := range errs {
			e := asResult(t, err)
			if e.Outcome != WaitTooLong || e.AskedToWait != time.Hour || e.MayHaveActed || e.Attempts > 1 {
				t.Errorf("got %+v", e)
			}
		}
	})
}

// TestALimitThatLetsNobodyThroughIsGivenUp: each of its waits is short.
func TestALimitThatLetsNobodyThroughIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{"Retry-After": {"Retry-After", "20"}, "no time": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, repeated(50, answers(429, limitedBody, headers...))...)
				client := newClient(t, w)
				errs := sideBySide(t, 10, 10, func(ctx context.Context) error {
					ctx = WithTimeout(ctx, 5*time.Minute)
					return reset(ctx, client)
				})
				if took := time.Since(w.began); took < 4*time.Minute || took > 5*time.Minute+longestPause {
					t.Errorf("given up after %s", took)
				}
				for _, err := range errs {
					if e := asResult(t, err); e.Outcome != WaitTooLong || len(errs) != 10 {
						t.Errorf("%d errors, such as %v", len(errs), e)
					}
				}
			})
		})
	}
}

func TestAnInterruptEndsTheQueueAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, answers(429, limitedBody, "Retry-After", "60"))
		client := newClient(t, w)
		ctx := cancelAfter(t, 10*time.Second)
		errs := sideBySide(t, 10, 10, func(context.Context) error {
			return reset(WithTimeout(ctx, 5*time.Minute), client)
		})
		if took := time.Since(w.began); took != 10*time.Second || len(errs) != 10 {
			t.Errorf("%d errors after %s", len(errs), took)
		}
		for _, err := range errs {
			e := asResult(t, err)
			if e.Outcome != Canceled || e.MayHaveActed {
				t.Errorf("got %v", e)
			}
		}
	})
}

// TestTheRateLimiterForgetsNobody: whatever answers say, and whoever gives up, each
// call comes to an end, and nothing is left behind.
func TestTheRateLimiterForgetsNobody(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				random := rand.New(rand.NewPCG(seed, 6))
				pick := func(n int) int {
					mu.Lock()
					defer mu.Unlock()
					return random.IntN(n)
				}
				number := func() string { return []string{"", "0", "1", "3", "60", "-1", "999999999999", "many"}[pick(8)] }
				client := newClient(t, roundTripper(func(request *http.Request) (*http.Response, error) {
					told := []string{"X-RateLimit-Remaining", number(), "X-RateLimit-Limit", number()}
					next := []turn{
						answers(200, getBody, told...), answers(200, getBody), answers(200, getBody, told...), loses, hangs, refusesConnection,
						answers(500, brokenBody, told...), answers(403, forbiddenBody),
						answers(429, limitedBody, append(told, "Retry-After", []string{"", "1", "7", "700"}[pick(4)])...),
						answers(429, limitedBody, append(told, "X-RateLimit-Reset", number())...),
					}[pick(10)]
					return after(time.Duration(pick(3000))*time.Millisecond, next)(request)
				}))
				sideBySide(t, 200, 1+pick(30), func(ctx context.Context) error {
					ctx, cancel := context.WithCancel(WithTimeout(ctx, time.Duration(1+pick(60))*time.Second))
					defer cancel()
					if pick(4) == 0 {
						time.AfterFunc(time.Duration(pick(20_000))*time.Millisecond, cancel)
					}
					return get(ctx, client)
				})
				g := &client.limiter
				if len(g.window.inFlight) != 0 || len(g.queue) != 0 {
					t.Errorf("%d are under way, %d in the queue", len(g.window.inFlight), len(g.queue))
				}
			})
		})
	}
}

// TestAGatewayOpensNoWindow: what is no answer of the API says nothing of its
// limit, and what was read of an answer that broke off counts.
func TestAGatewayOpensNoWindow(t *testing.T) {
	t.Parallel()
	for name, stray := range map[string]turn{"502": answers(502, page), "504": answers(504, page), "a cut answer": cuts(200, "{"), "lost": loses} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &limiter{requests: 20, window: 10 * time.Second, latency: 20 * time.Millisecond, always: true}
				var mu sync.Mutex
				came := 0
				client := newClient(t, roundTripper(func(request *http.Request) (*http.Response, error) {
					mu.Lock()
					came++
					strays := came%7 == 0
					mu.Unlock()
					if strays {
						return after(20*time.Millisecond, stray)(request)
					}
					return server.RoundTrip(request)
				}))
				for _, err := range sideBySide(t, 100, 10, func(ctx context.Context) error { return get(ctx, client) }) {
					t.Fatal(err)
				}
				if server.most() > 1 {
					t.Errorf("429s in each window: %v", server.windows)
				}
			})
		})
	}
}

// TestOneThatIsAlwaysRefusedIsGivenUp, although others get through: it must not
// hold them up for ever.
func TestOneThatIsAlwaysRefusedIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, roundTripper(func(request *http.Request) (*http.Response, error) {
			if request.Method == http.MethodPut {
				return answers(429, limitedBody, "Retry-After", "20")(request)
			}
			return after(200*time.Millisecond, answers(200, getBody, "X-RateLimit-Remaining", "50"))(request)
		}))
		began := time.Now()
		refused := make(chan error)
		go func() {
			refused <- reset(WithTimeout(t.Context(), 5*time.Minute), client)
		}()
		if errs := sideBySide(t, 300, 10, func(ctx context.Context) error { return get(ctx, client) }); len(errs) > 0 {
			t.Error(errs[0])
		}
		e := asResult(t, <-refused)
		if e.Outcome != WaitTooLong || e.MayHaveActed || e.AskedToWait == 0 {
			t.Errorf("got %v", e)
		}
		if took := time.Since(began); took > 7*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// TestOldNewsClosesNoWindow: a 429 that was long on its way is about a window that is
// over, and whoever is still under way keeps nobody from going ahead.
func TestOldNewsClosesNoWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		room := answers(200, getBody, "X-RateLimit-Remaining", "50")
		old, news := after(5*time.Second, answers(429, limitedBody, "Retry-After", "60")), answers(429, limitedBody, "Retry-After", "2")
		w := newWire(t, append([]turn{room, old, news}, repeated(3, room)...)...)
		client := newClient(t, w)
		if err := get(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				if err := get(t.Context(), client); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		<-time.After(6 * time.Second)
		if err := get(t.Context(), client); err != nil {
			t.Error(err)
		}
		if took := time.Since(w.began); took != 6*time.Second {
			t.Errorf("the last one waited until %s", took)
		}
		wait.Wait()
	})
}

// TestOneThatHangsCostsNoWindow: it was counted long ago.
func TestOneThatHangsCostsNoWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &limiter{requests: 10, window: 2 * time.Second, latency: 20 * time.Millisecond, always: true}
		server.jitter = func(n int) time.Duration {
			if n == 5 {
				return time.Minute
			}
			return 0
		}
		client := newClient(t, server)
		began := time.Now()
		for _, err := range sideBySide(t, 100, 10, func(ctx context.Context) error { return get(ctx, client) }) {
			t.Fatal(err)
		}
		most := 0
		for _, n := range server.windows {
			most = max(most, n)
		}
		if took := server.last.Sub(began); took > 45*time.Second || most > 1 {
			t.Errorf("it took %s; 429s in each window: %v", took, server.windows)
		}
	})
}

// TestLateAnswersRaiseALimitThatWasNotTold: they got into the window that a 429
// has ended, and so will as many in the next.
func TestLateAnswersRaiseALimitThatWasNotTold(t *testing.T) {
	t.Parallel()
	w := window{remaining: unknown, inFlight: map[int]time.Time{}}
	now := time.Now()
	passes := make([]int, 10)
	for i := range passes {
		passes[i] = w.admit(now)
	}
	through, refused := limitInfo{answered: true, remaining: unknown}, limitInfo{answered: true, remaining: unknown, limited: true, wait: time.Second}
	for i, told := range []limitInfo{through, through, refused, through, refused, through, through, refused, through, through} {
		w.completed(now, passes[i], told)
	}
	now = now.Add(time.Second)
	w.completed(now, w.admit(now), through)
	for range 6 {
		if wait := w.wait(now); wait > 0 {
			t.Fatalf("waits for %s: %d of 7 remain", wait, w.remaining)
		}
		w.completed(now, w.admit(now), through)
	}
	if w.wait(now) == 0 {
		t.Error("lets an eighth through without a look whether the window is over")
	}
	// What goes ahead to see and gets through has begun another window, or there is
	// one more in each.
	now = now.Add(time.Second)
	w.completed(now, w.admit(now), through)
	if w.remaining != 7 || w.wait(now) > 0 {
		t.Errorf("%d of 8 remain in the next window", w.remaining)
	}
}

// TestALimitThatWasShownTooLowGrows: another client had used up most of a window.
func TestALimitThatWasShownTooLowGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &limiter{requests: 600, window: time.Minute, latency: 300 * time.Millisecond, bare: true}
		server.start, server.used, server.windows = time.Now(), 599, []int{0}
		client := newClient(t, server)
		began := time.Now()
		for _, err := range sideBySide(t, 120, 10, func(ctx context.Context) error { return reset(ctx, client) }) {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 80*time.Second || server.later() > 1 {
			t.Errorf("it took %s; 429s in each window: %v", took, server.windows)
		}
	})
}

// TestHeadersThatComeOnceLimitNothing: none of the answers that follow tells of a
// limit any more.
func TestHeadersThatComeOnceLimitNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, append([]turn{answers(200, getBody, "X-RateLimit-Remaining", "5")},
			repeated(60, after(300*time.Millisecond, answers(200, getBody)))...)...)
		client := newClient(t, w)
		for _, err := range sideBySide(t, 61, 10, func(ctx context.Context) error { return get(ctx, client) }) {
			t.Fatal(err)
		}
		if took := time.Since(w.began); took > 8*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// TestOneThatWentAheadAndHangsBeginsNoWindow: another one has done so since.
func TestOneThatWentAheadAndHangsBeginsNoWindow(t *testing.T) {
	t.Parallel()
	w := window{remaining: unknown, inFlight: map[int]time.Time{}}
	now := time.Now()
	through, refused := limitInfo{answered: true, remaining: unknown}, limitInfo{answered: true, remaining: unknown, limited: true, limit: 3, wait: time.Second}
	w.completed(now, w.admit(now), refused)
	now = now.Add(time.Second)
	for range 3 {
		w.completed(now, w.admit(now), through)
	}
	hangs := w.admit(now)
	now = now.Add(probeTimeout)
	w.completed(now, w.admit(now), through)
	w.completed(now, w.admit(now), through)
	if w.remaining != 1 {
		t.Fatalf("%d of 3 remain", w.remaining)
	}
	if w.completed(now, hangs, through); w.remaining > 1 {
		t.Errorf("the one that hung has begun a window: %d of 3 remain", w.remaining)
	}
}

// TestWhatIsUrgentGoesFirst, before those that came earlier.
func TestWhatIsUrgentGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		full := answers(200, getBody, "X-RateLimit-Remaining", "0")
		var turns []turn
		for range 10 {
			turns = append(turns, full)
		}
		w := newWire(t, turns...)
		client := newClient(t, w)
		var wait sync.WaitGroup
		var mu sync.Mutex
		var order []string
		call := func(ctx context.Context, name string) {
			wait.Go(func() {
				if err := get(ctx, client); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
			})
			synctest.Wait()
		}
		for range 7 {
			call(t.Context(), "usual")
		}
		for range 3 {
			call(Urgent(t.Context()), "urgent")
		}
		wait.Wait()
		if got := strings.Join(order[:5], " "); got != "usual usual urgent urgent urgent" && got != "usual urgent urgent urgent usual" {
			t.Errorf("they came in the order %s", order)
		}
	})
}

// TestATokenBucketIsAskedWhenItHasRoom: one that fills by one a second is not met
// for each of them.
func TestATokenBucketIsAskedWhenItHasRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, taken, refused := time.Now(), 0, 0
		var mu sync.Mutex
		client := newClient(t, roundTripper(func(request *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			left := 20 + int(time.Since(began).Seconds()) - taken
			if left <= 0 {
				refused++
				return answers(429, limitedBody, "Retry-After", "1")(request)
			}
			taken++
			return answers(200, getBody, "X-RateLimit-Remaining", fmt.Sprint(left-1))(request)
		}))
		if errs := sideBySide(t, 100, 10, func(ctx context.Context) error { return get(ctx, client) }); len(errs) > 0 {
			t.Fatal(errs[0])
		}
		if took := time.Since(began); took > 85*time.Second || refused > 5 {
			t.Errorf("%d were refused in %s", refused, took)
		}
	})
}

// TestWhatIsNotSentIsNotCounted: while the network is down, nothing of a known limit is
// used up, so that requests go on side by side and fail soon.
func TestWhatIsNotSentIsNotCounted(t *testing.T) {
	t.Parallel()
	w := window{remaining: unknown, inFlight: map[int]time.Time{}}
	now := time.Now()
	w.completed(now, w.admit(now), limitInfo{answered: true, remaining: 5})
	for range 10 {
		w.completed(now, w.admit(now), limitInfo{unsent: true, remaining: unknown})
	}
	if w.remaining != 5 || w.wait(now) > 0 {
		t.Errorf("%d of 5 remain", w.remaining)
	}
}
