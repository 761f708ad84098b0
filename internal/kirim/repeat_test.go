package kirim

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAttemptsAtAFailingServerAreBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(context.Context, *Client) error
		turn turn
	}{
		"get, a gateway's 504":         {get, answers(504, page)},
		"get, 500":                     {get, answers(500, brokenBody)},
		"list, connection lost":        {list, loses},
		"reset, connection lost":       {reset, loses},
		"reset, 500":                   {reset, answers(500, brokenBody)},
		"reset, an answer cut":         {reset, cuts(200, "{")},
		"reset, 502":                   {reset, answers(502, page)},
		"get, no answer within its 30": {get, hangs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, repeated(maxAttempts, c.turn)...)
				e := asError(t, c.do(t.Context(), newClient(t, w)))
				w.expect(maxAttempts)
				if e.Attempts != maxAttempts {
					t.Errorf("Attempts %d", e.Attempts)
				}
			})
		})
	}
}

func TestARepeatThatSucceedsIsASuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, loses, answers(500, brokenBody), answers(429, limitedBody, "Retry-After", "7"), refusesConnection, answers(200, resetBody))
		got, err := newClient(t, w).ResetPassword(t.Context(), testDomain, testGUID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Password != testPassword || got.Attempts != 5 || !got.At.Equal(time.Now()) {
			t.Errorf("got %+v at %s", got, time.Now())
		}
	})
}

func TestEachAttemptAtAReadHas30Seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, hangs, after(29*time.Second, answers(200, getBody)))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := get(ctx, newClient(t, w)); err != nil {
			t.Fatal(err)
		}
		between(t, "the second attempt after", w.pause(0), 30*time.Second+shortly.least, 30*time.Second+shortly.most)
	})
}

func TestAReadThatStallsWithinItsAnswerIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalls := func(request *http.Request) (*http.Response, error) {
			response, err := answers(200, "")(request)
			response.Body = stalled{request.Context()}
			return response, err
		}
		w := newWire(t, stalls, answers(200, getBody))
		if err := get(t.Context(), newClient(t, w)); err != nil {
			t.Fatal(err)
		}
		between(t, "the second attempt after", w.pause(0), 30*time.Second+shortly.least, 30*time.Second+shortly.most)
	})
}

type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (stalled) Close() error { return nil }

func TestAResetHasAllOfTheOperationsTime(t *testing.T) {
	t.Parallel()
	for name, deadline := range map[string]time.Duration{"with a deadline": 2 * time.Hour, "without one": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, deadline)
					defer cancel()
				}
				w := newWire(t, after(time.Hour, answers(200, resetBody)))
				if err := reset(ctx, newClient(t, w)); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTheOwnTimeRunsOutWhileWaitingForTheAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(context.Context, *Client) error
		turn   turn
		acted  bool
		reason string
	}{
		"reset":                {reset, hangs, true, "the time for this operation ran out"},
		"get":                  {get, hangs, false, "the time for this operation ran out"},
		"reset, no connection": {reset, swallows, false, "could not connect to api.test within the time for this operation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, c.turn)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				e := asError(t, c.do(ctx, newClient(t, w)))
				w.expect(1)
				if took := time.Since(w.began); took != 20*time.Second {
					t.Errorf("it took %s", took)
				}
				if e.Kind != KindTimeout || e.MayHaveActed != c.acted || e.Reason != c.reason {
					t.Errorf("kind %s, MayHaveActed %t: %v", e.Kind, e.MayHaveActed, e)
				}
			})
		})
	}
}

func TestAnEarlierAttemptThatMayHaveActedIsNotForgotten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, last turn
		acted       bool
	}{
		"lost, then refused":        {loses, answers(404, `{"success":false,"message":"Credential not found"}`), true},
		"lost, then untrustworthy":  {loses, untrustworthy, true},
		"500, then a redirect":      {answers(500, brokenBody), answers(302, ""), true},
		"limited, then refused":     {answers(429, limitedBody), answers(403, forbiddenBody), false},
		"unreachable, then refused": {refusesConnection, answers(403, forbiddenBody), false},
		"unreachable, then a page":  {refusesConnection, answers(200, page), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if e := asError(t, reset(t.Context(), newClient(t, newWire(t, c.first, c.last)))); e.MayHaveActed != c.acted {
					t.Errorf("MayHaveActed %t: %v", e.MayHaveActed, e)
				}
			})
		})
	}
}

// TestAResetTellsWhatMayStillRun: an earlier attempt that lands later ends the
// password that was answered. Where the server is known to be done with it,
// there is none.
func TestAResetTellsWhatMayStillRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before []turn
		want   int
	}{
		"nothing before":                  {nil, 0},
		"a connection lost":               {[]turn{loses}, 1},
		"502":                             {[]turn{answers(502, page)}, 1},
		"500, 503 that are not the API's": {[]turn{answers(500, page), answers(503, "")}, 2},
		"500, 503 of the API's own":       {[]turn{answers(500, brokenBody), answers(503, brokenBody)}, 0},
		"an answer that was cut":          {[]turn{cuts(200, "{")}, 0},
		"429":                             {[]turn{answers(429, limitedBody, "Retry-After", "1")}, 0},
		"no connection":                   {[]turn{refusesConnection, stale}, 0},
		"three lost among others":         {[]turn{loses, answers(500, brokenBody), loses, refusesConnection, answers(502, page)}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, append(c.before, after(3*time.Second, answers(200, resetBody)))...)
				got, err := newClient(t, w).ResetPassword(t.Context(), testDomain, testGUID)
				if err != nil {
					t.Fatal(err)
				}
				if got.MayStillRun != c.want || got.Took != 3*time.Second {
					t.Errorf("MayStillRun %d, want %d; the answered attempt took %s", got.MayStillRun, c.want, got.Took)
				}
			})
		})
	}
}

func TestAnErrorTellsWhetherAResetMayStillRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turns []turn
		want  bool
	}{
		"504":                                {[]turn{answers(504, page)}, true},
		"no answer":                          {[]turn{hangs}, true},
		"lost, then refused":                 {[]turn{loses, answers(403, forbiddenBody)}, true},
		"no connection":                      {[]turn{swallows}, false},
		"a page":                             {[]turn{answers(200, page)}, false},
		"an answer without a password":       {[]turn{answers(200, getBody)}, false},
		"refused":                            {[]turn{answers(403, forbiddenBody)}, false},
		"500 of the API's own, then refused": {[]turn{answers(500, brokenBody), answers(403, forbiddenBody)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				if e := asError(t, reset(ctx, newClient(t, newWire(t, c.turns...)))); e.MayStillRun != c.want {
					t.Errorf("MayStillRun %t: %v", e.MayStillRun, e)
				}
			})
		})
	}
}

// TestAnAnswerProvesThatTheRequestWasSent also for a transport that does not
// report its connections.
func TestAnAnswerProvesThatTheRequestWasSent(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]turn{
		"504": answers(504, page), "a page": answers(200, page), "a success without a password": answers(200, getBody),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			untraced := roundTripper(func(request *http.Request) (*http.Response, error) {
				return answer(request.WithContext(context.Background()))
			})
			if e := asError(t, reset(t.Context(), newClient(t, untraced))); !e.MayHaveActed {
				t.Errorf("MayHaveActed is false: %v", e)
			}
		})
	}
}

func TestA429IsWaitedForAsTheAPIAsks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		retryAfter func(now time.Time) string
		want       span
	}{
		"by seconds":             {func(time.Time) string { return "40" }, span{40 * time.Second, 40 * time.Second}},
		"by date":                {func(now time.Time) string { return now.Add(40 * time.Second).UTC().Format(http.TimeFormat) }, span{40 * time.Second, 40 * time.Second}},
		"by a date that is past": {func(now time.Time) string { return now.Add(-time.Hour).UTC().Format(http.TimeFormat) }, briefly},
		"by nothing":             {func(time.Time) string { return "" }, briefly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, answers(429, limitedBody, "Retry-After", c.retryAfter(time.Now())), answers(200, resetBody))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := reset(ctx, newClient(t, w)); err != nil {
					t.Fatal(err)
				}
				between(t, "pause", w.pause(0), c.want.least, c.want.most)
			})
		})
	}
}

func TestA429IsRepeatedHoweverOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, slices.Concat(repeated(20, answers(429, limitedBody, "Retry-After", "2")), []turn{loses, answers(200, resetBody)})...)
		if err := reset(t.Context(), newClient(t, w)); err != nil {
			t.Fatalf("the limit counted against the attempts: %v", err)
		}
		for i := range 20 {
			between(t, "pause", w.pause(i), 2*time.Second, 2*time.Second)
		}
	})
}

func TestAWaitLongerThanTheTimeLeftIsGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	const reason = "the API asks to wait 1h0m0s, which is longer than the time that is left"
	for name, c := range map[string]struct {
		turn   turn
		kind   Kind
		reason string
		acted  bool
	}{
		"429":                       {answers(429, limitedBody, "Retry-After", "3600"), KindRateLimited, reason, false},
		"503":                       {answers(503, brokenBody, "Retry-After", "3600"), KindServer, reason, true},
		"502, not asked for":        {answers(502, page, "Retry-After", "1"), KindServer, "the answer is not the API's own: its body is a page (HTML or XML), not JSON", true},
		"502 that asks for nothing": {answers(502, page), KindServer, "the answer is not the API's own: its body is a page (HTML or XML), not JSON", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, c.turn)
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				e := asError(t, reset(ctx, newClient(t, w)))
				if took := time.Since(w.began); took != 0 {
					t.Errorf("it took %s", took)
				}
				if e.Kind != c.kind || e.Reason != c.reason || e.MayHaveActed != c.acted {
					t.Errorf("kind %s, MayHaveActed %t: %v", e.Kind, e.MayHaveActed, e)
				}
				if strings.Contains(e.Error(), "asks to wait") != strings.Contains(c.reason, "asks to wait") {
					t.Errorf("got %v", e)
				}
			})
		})
	}
}

// TestNoAttemptIsMadeAtTheLastMoment: the answer to a reset that is sent then comes too
// late, and with it the password.
func TestNoAttemptIsMadeAtTheLastMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, answers(503, brokenBody, "Retry-After", "2"))
		ctx, cancel := context.WithTimeout(t.Context(), 2400*time.Millisecond)
		defer cancel()
		if e := asError(t, reset(ctx, newClient(t, w))); e.Kind != KindServer || e.Attempts != 1 {
			t.Errorf("after %d attempts: %v", e.Attempts, e)
		}
	})
}

// TestPausesThatTheAPIDidNotAskForAreNotBlamedOnIt: after some attempts the
// own pauses are longer than what is left.
func TestPausesThatTheAPIDidNotAskForAreNotBlamedOnIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, repeated(2, answers(429, limitedBody))...)
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		e := asError(t, get(ctx, newClient(t, w)))
		if e.Kind != KindRateLimited || !strings.Contains(e.Reason, "too short to try again") || strings.Contains(e.Reason, "the API asks") || e.Message != "Too many attempts. Please try again later." {
			t.Errorf("got %v", e)
		}
	})
}
