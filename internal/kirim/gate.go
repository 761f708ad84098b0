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
// configured. Requests go side by side, first come first served, until a 429 or an
// answer's X-RateLimit-Remaining shows the limit. From then on they are counted
// against it. If none is left, one request goes ahead to see and the others wait
// for its answer, so that each later window meets the limit once.
type gate struct {
	mu     sync.Mutex
	queue  []*ticket
	wake   *time.Timer
	window window
}

// longWait is from where on a wait is told.
const longWait = time.Second

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
		return reasonTooShort
	case t.total > t.wait+longWait:
		return fmt.Sprintf("the API %s%s more, which together with what it was waited for already is %s", reasonAsksToWait, t.wait, reasonTooLong)
	}
	return fmt.Sprintf("the API %s%s, which is %s", reasonAsksToWait, t.wait, reasonTooLong)
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
		g.window.over(time.Now(), t.pass, limits{remaining: -1})
		g.dispatch()
	}
}

// leave notes what came of a request.
func (g *gate) leave(p pass, told limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.window.over(time.Now(), p, told)
	g.dispatch()
}

// dispatch lets through who may go, and sees to it that the next one will be.
func (g *gate) dispatch() {
	now := time.Now()
	if g.wake != nil {
		g.wake.Stop()
	}
	if g.window.closed(now) {
		g.announce(now)
	}
	for len(g.queue) > 0 {
		wait := g.window.wait(now)
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
		t.pass = g.window.admit(now)
		t.admission <- nil
	}
}

// announce tells those who wait until when they have to, and turns away who
// cannot.
func (g *gate) announce(now time.Time) {
	w := &g.window
	wait := w.until.Sub(now)
	g.queue = slices.DeleteFunc(g.queue, func(t *ticket) bool {
		since := w.since
		if t.began.After(since) {
			since = t.began
		}
		total := now.Sub(since)
		if w.asked {
			total += wait // pauses of our own are no reason to give up
		}
		if total = max(total, t.refused); total >= t.left {
			t.admission <- &turnedAway{wait: wholeSeconds(wait), total: total, asked: w.asked}
			return true
		}
		if wholeSeconds(wait) >= longWait && !t.heard.Equal(w.until) {
			t.heard = w.until
			select {
			case <-t.news: // what was not read yet is out of date
			default:
			}
			t.news <- w.until
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
