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

	admitted int               // requests let through so far
	under    map[int]time.Time // those of them that are not over, since when
	last     time.Time         // when the last one was let through

	// known tells that remaining is: the smallest number that was told in this
	// window. toldAt is admitted at that moment, heard is that moment; what was let
	// through later and is told more has met a new window. opened is when it was
	// first told.
	known     bool
	remaining int
	toldAt    int
	heard     time.Time
	opened    time.Time
	probeAt   time.Time // when to see, once none remains

	// Where answers do not say how many are left: silent counts such answers, and
	// once a 429 has told or shown how many there are, limit, they are counted
	// (counts), from one 429 to the next.
	silent int
	counts bool
	limit  int // requests a window, 0 where that is not known
	told   bool
	served int // answers since the window opened

	// shut: a request was answered 429, shutAt is admitted at that moment. It
	// stays so, until after until, until somebody who was let through later got
	// through, openedBy; since tells since when nobody did, and ahead is the one
	// that has gone to see.
	shut     bool
	ahead    int
	shutAt   int
	openedBy int
	since    time.Time
	until    time.Time
	asked    bool // until is what the API asked for
	refusals int
}

const (
	// Where an API says nothing of a limit in its answers, requests go one by one,
	// since the first 429 could else be ten at once; with each rampEvery answers
	// one more at a time. A request that takes longer than learningPatience holds
	// nobody up.
	learningPatience = time.Second
	rampEvery        = 200
	// probePatience is how long the others wait for one that went ahead.
	probePatience = 10 * time.Second
	// A wait is told from here on.
	longWait = time.Second
)

// ticket is a request that waits.
type ticket struct {
	applicant
	left time.Duration // what its operation has left
	// admission gets nil or a *turnedAway; news gets until when the gate is shut.
	admission chan error
	news      chan time.Time
	heard     time.Time
	pass      pass // once it was let through
}

// pass is what a request has that was let through.
type pass struct {
	number int
	// probe: none was left in the window, so that a 429 is no wonder.
	probe bool
}

// applicant is what the gate is to know of a request.
type applicant struct {
	began   time.Time     // when its call did
	refused time.Duration // what it was asked to wait so far, against expectation
	urgent  bool          // it goes before others that wait
}

// turnedAway is for a request that cannot wait for as long as it would have to.
type turnedAway struct {
	wait  time.Duration // from now on
	total time.Duration // and for how long it will not have got through by then
	asked bool          // the API has asked for it
}

func (t *turnedAway) Error() string {
	switch {
	case !t.asked:
		return "the time that is left for this operation is too short to try again"
	case t.total > t.wait+longWait:
		return fmt.Sprintf("the API asks to wait %s more, which together with what it was waited for already is longer than the time that is left", t.wait)
	}
	return fmt.Sprintf("the API asks to wait %s, which is longer than the time that is left", t.wait)
}

// enter waits until a request may be sent. leave has to be called then. The error is ctx's, or a *turnedAway.
// waiting is called, by this goroutine, when the wait is a long one, with how
// long it is, 0 where that is not known.
func (g *gate) enter(ctx context.Context, a applicant, waiting func(time.Duration)) (pass, error) {
	t := &ticket{applicant: a, left: waitLeft(ctx), admission: make(chan error, 1), news: make(chan time.Time, 1)}
	g.mu.Lock()
	place := len(g.queue)
	if a.urgent {
		place = slices.IndexFunc(g.queue, func(other *ticket) bool { return !other.urgent })
		if place < 0 {
			place = len(g.queue)
		}
	}
	g.queue = slices.Insert(g.queue, place, t)
	g.dispatch()
	g.mu.Unlock()
	select {
	case err := <-t.admission:
		return t.pass, err
	default:
	}
	resume := PauseTimeout(ctx)
	defer resume(0)
	long := time.NewTimer(longWait)
	defer long.Stop()
	for {
		select {
		case err := <-t.admission:
			if err == nil && ctx.Err() != nil { // both came at once
				g.leave(t.pass, limits{remaining: -1})
				return pass{}, ctx.Err()
			}
			return t.pass, err
		case until := <-t.news:
			long.Stop()
			waiting(time.Until(until))
		case <-long.C:
			waiting(0)
		case <-ctx.Done():
			g.giveUp(t)
			return pass{}, ctx.Err()
		}
	}
}

// giveUp takes a request out of the queue.
func (g *gate) giveUp(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue, t); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
		g.dispatch()
		return
	}
	if <-t.admission == nil {
		g.over(t.pass, limits{remaining: -1})
	}
}

// leave notes what came of a request.
func (g *gate) leave(p pass, told limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over(p, told)
}

func (g *gate) over(p pass, told limits) {
	number := p.number
	now := time.Now()
	delete(g.under, number)
	if number == g.ahead {
		g.ahead = 0
	}
	if told.limit > 0 {
		g.limit, g.told = told.limit, true
	}
	if told.came && !told.limited {
		g.served++
	}
	switch {
	case told.limited:
		g.close(now, number, told.wait)
	case told.came && g.shut && number > g.shutAt:
		g.open(now, number, told.remaining)
	case told.came && g.shut: // it was sent before
	case told.remaining >= 0:
		g.learn(now, number, told.remaining)
	case g.known && g.counts && g.remaining == 0 && told.came:
		// It got through all the same, so that there is a new window, which nobody
		// knows the beginning of: one by one until that is found out.
		g.known, g.silent = false, 0
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
	if !g.shut && number <= g.openedBy {
		return // it was sent into a window that is over
	}
	if !g.shut {
		g.since, g.until, g.refusals = now, time.Time{}, 0
	}
	if !g.shut || number > g.shutAt { // one that was sent before tells nothing of who went ahead since
		g.shutAt = g.admitted
		g.refusals++
	}
	g.shut, g.silent, g.ahead = true, 0, 0
	if !g.told {
		g.limit = g.served
	}
	asked := wait > 0
	if !asked {
		wait = whenAllowed.pause(g.refusals, 0)
	}
	if until := now.Add(wait); until.After(g.until) {
		g.until, g.asked = until, asked
	}
}

// open notes that somebody got through after a 429.
func (g *gate) open(now time.Time, number, remaining int) {
	g.shut, g.openedBy, g.served = false, number, 1
	g.counts = remaining < 0
	if g.counts && g.limit > 0 {
		remaining = g.limit - 1
	}
	g.known = remaining >= 0
	g.window(now, remaining)
}

// window begins a new one.
func (g *gate) window(now time.Time, remaining int) {
	g.remaining, g.toldAt, g.heard, g.opened, g.probeAt = remaining, g.admitted, now, now, time.Time{}
}

// learn notes how many requests are left.
func (g *gate) learn(now time.Time, number, remaining int) {
	switch {
	case !g.known || g.counts || (number > g.toldAt && remaining >= g.remaining):
		g.known, g.counts, g.silent = true, false, 0
		g.window(now, remaining)
	case remaining < g.remaining:
		g.remaining, g.toldAt, g.heard = remaining, g.admitted, now
	default: // answers come in any order
	}
}

// dispatch lets through who may go, and sees to it that the next one will be.
func (g *gate) dispatch() {
	now := time.Now()
	if g.wake != nil {
		g.wake.Stop()
	}
	if g.shut && now.Before(g.until) {
		g.announce(now)
	}
	for len(g.queue) > 0 {
		wait := g.wait(now)
		if wait > 0 {
			g.wake = time.AfterFunc(wait, func() {
				g.mu.Lock()
				defer g.mu.Unlock()
				g.dispatch()
			})
			return
		}
		t := g.queue[0]
		g.queue = slices.Delete(g.queue, 0, 1)
		g.admitted++
		if g.under == nil {
			g.under = map[int]time.Time{}
		}
		g.under[g.admitted] = now
		g.last = now
		if g.shut {
			g.ahead = g.admitted
		}
		t.pass = pass{number: g.admitted, probe: !g.shut && g.known && g.remaining == 0}
		t.admission <- nil
	}
}

// wait is how long the first in the queue has to, if nothing is heard until
// then.
func (g *gate) wait(now time.Time) time.Duration {
	switch {
	case g.shut && now.Before(g.until):
		return g.until.Sub(now)
	case g.shut && g.ahead == 0:
		return 0
	case g.shut:
		return g.last.Add(probePatience).Sub(now)
	case !g.known:
		return g.learning(now)
	}
	switch n := g.uncounted(); {
	case g.remaining > n:
		return 0
	case n > 0:
		return g.last.Add(probePatience).Sub(now)
	}
	// None remains. The answer says in whole seconds how long to wait, rounded up:
	// asked for at a whole number of seconds after the window began, the rounding
	// costs nothing.
	if g.probeAt.IsZero() {
		whole := now.Sub(g.opened).Truncate(time.Second)
		g.probeAt = g.opened.Add(whole)
		if whole == 0 || g.probeAt.Before(now) {
			g.probeAt = g.probeAt.Add(time.Second)
		}
	}
	return g.probeAt.Sub(now)
}

// learning is how long to wait where nothing is known: until one of those that
// were sent just now is answered, or has taken too long.
func (g *gate) learning(now time.Time) (wait time.Duration) {
	fresh := 0
	for _, since := range g.under {
		if left := since.Add(learningPatience).Sub(now); left > 0 {
			if fresh++; wait == 0 || left < wait {
				wait = left
			}
		}
	}
	if fresh <= g.silent/rampEvery {
		return 0
	}
	return wait
}

// uncounted is how many requests under way may be missing from what remains. One
// that was sent long before that was told has been counted: it hangs, and must
// not hold up the others.
func (g *gate) uncounted() (n int) {
	for _, since := range g.under {
		if since.Add(probePatience).After(g.heard) {
			n++
		}
	}
	return n
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
		total := now.Sub(since)
		if g.asked {
			total += wait // pauses of our own are no reason to give up
		}
		if total = max(total, t.refused); total >= t.left {
			t.admission <- &turnedAway{wait: wholeSeconds(wait), total: total, asked: g.asked}
			return true
		}
		if wholeSeconds(wait) >= longWait && !t.heard.Equal(g.until) {
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

type urgentKey struct{}

// Urgent has the calls with the context go before others that wait for the rate
// limit: whoever holds a password that is not stored yet must not wait for long.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }
