package kirim

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// gate keeps all requests of a client within the API's rate limit. Each passes
// it before the wire and tells, when it is over, what its answer said of the
// limit: X-RateLimit-Remaining, X-RateLimit-Limit, Retry-After. Nothing is
// configured. While requests are known to be left in the window, they go side by
// side, first come first served. Where none is left, or nothing is known, one
// goes ahead to see and the others wait for what it is told: so that a limit is
// met once in a window, however many resources run side by side.
type gate struct {
	mu    sync.Mutex
	queue []*ticket
	wake  *time.Timer

	admitted int       // requests let through so far
	under    int       // those of them that are not over
	last     time.Time // when the last one was let through

	// known tells that remaining is: the smallest number that was told in this
	// window. toldAt is admitted at that moment; what was let through later and
	// is told more has met a new window. opened is when it was first told.
	known     bool
	remaining int
	toldAt    int
	opened    time.Time
	probeAt   time.Time // when to see, once none remains
	limit     int       // requests a window, 0 where it was not told
	silent    int       // answers that told nothing
	met       bool      // there is a limit: a 429 was seen

	// shut: a request was answered 429, shutAt is admitted at that moment. It
	// stays so, until after until, until somebody who was let through later got
	// through; since tells since when nobody did.
	shut     bool
	shutAt   int
	since    time.Time
	until    time.Time
	asked    bool // until is what the API asked for
	refusals int
}

const (
	// Where an API says nothing of a limit in its answers, requests go one by one
	// until freelyAfter answers, since the first 429 could else be ten at once. A
	// request that takes longer than learningPatience holds nobody up.
	learningPatience = time.Second
	freelyAfter      = 100
	// probePatience is how long the others wait for one that went ahead.
	probePatience = 10 * time.Second
	// A wait is told from here on.
	longWait = time.Second
)

// ticket is a request that waits.
type ticket struct {
	began time.Time     // when its operation did
	left  time.Duration // what its operation has left
	// admission gets nil or a *turnedAway; news gets until when the gate is shut.
	admission chan error
	news      chan time.Time
	heard     time.Time
	number    int // of the request, once it was let through
}

// turnedAway is for a request that cannot wait for as long as it would have to.
type turnedAway struct {
	wait  time.Duration // from now on
	total time.Duration // and for how long nobody will have got through by then
	asked bool          // the API has asked for it
}

func (t *turnedAway) Error() string { return t.reason() }

func (t *turnedAway) reason() string {
	switch {
	case !t.asked:
		return "the time that is left for this operation is too short to try again"
	case t.total > t.wait+longWait:
		return fmt.Sprintf("the API's rate limit has let no request through for so long that, with the %s that it asks to wait, none of the "+
			"time for this operation is left", t.wait)
	}
	return fmt.Sprintf("the API asks to wait %s, which is longer than the time that is left", t.wait)
}

// enter waits until a request may be sent. The number that it gives is for
// leave, which has to be called then. The error is ctx's, or a *turnedAway.
// began is when the operation did; waiting is called, by this goroutine, when the
// wait is a long one.
func (g *gate) enter(ctx context.Context, began time.Time, waiting func(time.Duration)) (number int, err error) {
	t := &ticket{began: began, left: timeLeft(ctx), admission: make(chan error, 1), news: make(chan time.Time, 1)}
	g.mu.Lock()
	g.queue = append(g.queue, t)
	g.dispatch()
	g.mu.Unlock()
	select {
	case err := <-t.admission:
		return t.number, err
	default:
	}
	resume := PauseTimeout(ctx)
	defer resume(0)
	for {
		select {
		case err := <-t.admission:
			return t.number, err
		case until := <-t.news:
			waiting(time.Until(until))
		case <-ctx.Done():
			g.giveUp(t)
			return 0, ctx.Err()
		}
	}
}

// giveUp takes a request out of the queue.
func (g *gate) giveUp(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue, t); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
		return
	}
	if <-t.admission == nil {
		g.under--
		g.dispatch()
	}
}

// leave notes what came of a request.
func (g *gate) leave(number int, told limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.under--
	if told.limit > 0 {
		g.limit = told.limit
	}
	switch {
	case told.limited:
		g.close(now, number, told.wait)
	case told.came && g.shut && number > g.shutAt:
		g.open(now, told)
	case told.came && g.shut: // it was sent before
	case told.remaining >= 0:
		g.learn(now, number, told.remaining)
	case g.known && told.came && g.remaining == 0 && g.limit > 0:
		g.window(now, g.limit-1)
	case g.known && told.sent:
		// It does not say; what was sent may have been counted.
		g.remaining = max(0, g.remaining-1)
	case told.came:
		g.silent++
	}
	g.dispatch()
}

// close notes a 429.
func (g *gate) close(now time.Time, number int, wait time.Duration) {
	if !g.shut {
		g.since, g.until, g.refusals = now, time.Time{}, 0
	}
	if !g.shut || number > g.shutAt { // one that was sent before tells nothing of who went ahead since
		g.shutAt = g.admitted
	}
	g.shut, g.met = true, true
	g.refusals++
	asked := wait > 0
	if !asked {
		wait = whenAllowed.pause(g.refusals, 0)
	}
	if until := now.Add(wait); until.After(g.until) {
		g.until, g.asked = until, asked
	}
}

// open notes that somebody got through after a 429.
func (g *gate) open(now time.Time, told limits) {
	g.shut = false
	remaining := told.remaining
	if remaining < 0 && g.limit > 0 {
		remaining = g.limit - 1 // from here on it is counted
	}
	g.known = remaining >= 0
	g.window(now, remaining)
}

// window begins a new one.
func (g *gate) window(now time.Time, remaining int) {
	g.remaining, g.toldAt, g.opened, g.probeAt = remaining, g.admitted, now, time.Time{}
}

// learn notes how many requests are left.
func (g *gate) learn(now time.Time, number, remaining int) {
	switch {
	case !g.known || (number > g.toldAt && remaining >= g.remaining):
		g.known = true
		g.window(now, remaining)
	case remaining < g.remaining:
		g.remaining, g.toldAt = remaining, g.admitted
	default: // answers come in any order
	}
}

// dispatch lets through who may go, and sees to it that the next one will be.
func (g *gate) dispatch() {
	now := time.Now()
	if g.wake != nil {
		g.wake.Stop()
	}
	for len(g.queue) > 0 {
		wait := g.wait(now)
		if wait <= 0 {
			t := g.queue[0]
			g.queue = g.queue[1:]
			g.admitted++
			g.under++
			g.last, t.number = now, g.admitted
			t.admission <- nil
			continue
		}
		if g.shut && now.Before(g.until) {
			g.announce(now)
		}
		g.wake = time.AfterFunc(wait, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.dispatch()
		})
		return
	}
}

// wait is how long the first in the queue has to, if nothing is heard until
// then.
func (g *gate) wait(now time.Time) time.Duration {
	switch {
	case g.shut && now.Before(g.until):
		return g.until.Sub(now)
	case !g.shut && g.known && g.remaining > g.under:
		return 0
	case !g.shut && !g.known && !g.met && g.silent >= freelyAfter:
		return 0
	case g.under > 0 && (g.shut || g.known):
		return g.last.Add(probePatience).Sub(now)
	case g.under > 0:
		return g.last.Add(learningPatience).Sub(now)
	case g.shut || !g.known:
		return 0
	}
	// None remains. The answer says in whole seconds how long to wait, rounded up:
	// asked for at a whole number of seconds after the window began, the rounding
	// costs nothing.
	if g.probeAt.IsZero() {
		age := now.Sub(g.opened)
		g.probeAt = g.opened.Add(age.Truncate(time.Second))
		if g.probeAt.Before(now) {
			g.probeAt = g.probeAt.Add(time.Second)
		}
	}
	return g.probeAt.Sub(now)
}

// announce tells those who wait until when they have to, and turns away who
// cannot.
func (g *gate) announce(now time.Time) {
	wait := g.until.Sub(now)
	g.queue = slices.DeleteFunc(g.queue, func(t *ticket) bool {
		since := g.since
		if t.began.After(since) {
			since = t.began
		}
		if total := g.until.Sub(since); total >= t.left {
			t.admission <- &turnedAway{wait: wholeSeconds(wait), total: total, asked: g.asked}
			return true
		}
		if wait >= longWait && !t.heard.Equal(g.until) {
			t.heard = g.until
			select {
			case <-t.news: // what was not read yet is out of date
			default:
			}
			t.news <- g.until
		}
		return false
	})
}

// wholeSeconds rounds up, as the API does.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}
