package transport

import (
	"context"
	"slices"
	"sync"
	"time"
)

// rateLimiter keeps all requests of a client within the API's rate limit. Each request
// passes it before the wire, and reports what its answer said of the limit:
// X-RateLimit-Remaining, X-RateLimit-Limit, Retry-After. Nothing is configured. Requests
// run side by side, first come first served, until a 429 or an X-RateLimit-Remaining
// shows the limit. From then on they are counted against it. If none is left, one
// request goes ahead as a probe and the others wait for its answer, so that each later
// window meets the limit once.
type rateLimiter struct {
	mu     sync.Mutex
	queue  []*waiter
	timer  *time.Timer
	window window
}

// longWait is the shortest wait that is logged.
const longWait = time.Second

// waiter is a request in the queue.
type waiter struct {
	began   time.Time     // of its operation
	refused time.Duration // how long its 429s asked it to wait so far, probes left out
	urgent  bool          // it goes before others
	left    time.Duration // of its operation's time

	admission chan error     // gets nil or a WaitTooLongError
	closings  chan time.Time // gets the time until when nothing is admitted
	closing   time.Time      // the last one sent
	permit    permit         // once it is admitted
}

// WaitTooLongError is for a request that has less time than it has to wait.
type WaitTooLongError struct {
	Wait  time.Duration // from now on
	Asked bool          // the API asked for it
	// More: the request has waited before, and has less time than all of that takes.
	More bool
}

func (WaitTooLongError) Error() string { return "the rate limit does not allow it in time" }

// acquire waits until a request may be sent; release has to follow. The error is ctx's
// own, or a WaitTooLongError. onLongWait is called by this goroutine, with the length of
// the wait, 0 if that is not known.
func (l *rateLimiter) acquire(ctx context.Context, w *waiter, onLongWait func(time.Duration)) (permit, error) {
	w.left, w.admission, w.closings = waitLeft(ctx), make(chan error, 1), make(chan time.Time, 1)
	l.mu.Lock()
	place := len(l.queue)
	if usual := slices.IndexFunc(l.queue, func(other *waiter) bool { return !other.urgent }); w.urgent && usual >= 0 {
		place = usual
	}
	l.queue = slices.Insert(l.queue, place, w)
	l.dispatch()
	l.mu.Unlock()
	select {
	case err := <-w.admission:
		return w.permit, err
	default:
	}
	defer PauseTimeout(ctx)(0)
	long := time.NewTimer(longWait)
	defer long.Stop()
	for {
		select {
		case err := <-w.admission:
			if err == nil && ctx.Err() != nil { // both came at once
				l.release(w.permit, limitInfo{remaining: -1})
				return permit{}, ctx.Err()
			}
			return w.permit, err
		case until := <-w.closings:
			long.Stop()
			onLongWait(time.Until(until))
		case <-long.C:
			onLongWait(0)
		case <-ctx.Done():
			l.leave(w)
			return permit{}, ctx.Err()
		}
	}
}

// leave takes a waiter out of the queue.
func (l *rateLimiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	} else if <-w.admission == nil { // it was admitted just then
		l.window.completed(time.Now(), w.permit, limitInfo{remaining: -1})
	}
	l.dispatch()
}

// release notes what became of a request.
func (l *rateLimiter) release(p permit, info limitInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window.completed(time.Now(), p, info)
	l.dispatch()
}

// dispatch admits the requests that may go, and sets a timer for the next one.
func (l *rateLimiter) dispatch() {
	now := time.Now()
	if l.timer != nil {
		l.timer.Stop()
	}
	if l.window.isClosed(now) {
		l.announceClosing(now)
	}
	for len(l.queue) > 0 {
		if wait := l.window.wait(now); wait > 0 {
			l.timer = time.AfterFunc(wait, func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.dispatch()
			})
			return
		}
		w := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		w.permit = l.window.admit(now)
		w.admission <- nil
	}
}

// announceClosing tells the waiters until when nothing is admitted, and turns away
// those that have not as much time.
func (l *rateLimiter) announceClosing(now time.Time) {
	until, asked := l.window.closedUntil, l.window.askedToWait
	wait := until.Sub(now)
	l.queue = slices.DeleteFunc(l.queue, func(w *waiter) bool {
		since := l.window.closedSince
		if w.began.After(since) {
			since = w.began
		}
		total := now.Sub(since)
		if asked {
			total += wait // a pause of our own is no reason to give up
		}
		if total = max(total, w.refused); total >= w.left {
			wait := wholeSeconds(wait)
			w.admission <- WaitTooLongError{Wait: wait, Asked: asked, More: total > wait+longWait}
			return true
		}
		if wholeSeconds(wait) >= longWait && !w.closing.Equal(until) {
			w.closing = until
			select {
			case <-w.closings: // the one before was not read yet
			default:
			}
			w.closings <- until
		}
		return false
	})
}

// wholeSeconds rounds up, as the API does.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

type urgentKey struct{}

// Urgent lets the operations with the context go before others that wait for the rate
// limit: whatever holds a password that is not stored yet must not wait for long.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

// window is what is known of the API's rate limit and of the requests that are under
// way. It has no lock and no clock of its own.
type window struct {
	admitted     int               // requests so far
	inFlight     map[int]time.Time // those that are not completed, and when they were admitted
	lastAdmitted time.Time

	// If known, remaining is the smallest number that was stated in this window, at the
	// time statedAt, when lastCounted requests were admitted. If a later request states
	// more, it has met a new window. openedAt is when this one was first seen.
	known       bool
	remaining   int
	lastCounted int
	statedAt    time.Time
	openedAt    time.Time
	probeAt     time.Time // when to probe, once none remains

	// If answers do not state how many remain, requests are counted once a 429 has shown
	// the limit: limit, 0 if it is not known. limitStated: an answer said so.
	counting    bool
	limit       int
	limitStated bool
	served      int // answers since the window opened

	// closed: a request was answered 429, when lastRefused requests were admitted. It
	// stays so until a request that was admitted later gets through after closedUntil:
	// openedBy. closedSince is when the first 429 came, probe the request under way.
	closed      bool
	probe       int
	lastRefused int
	openedBy    int
	closedSince time.Time
	closedUntil time.Time
	askedToWait bool // closedUntil is what the API asked for
	refusals    int
}

// probeTimeout is how long the others wait for a probe.
const probeTimeout = 10 * time.Second

// permit is what an admitted request has.
type permit struct {
	number int
	probe  bool // none was left in the window, so that a 429 is expected
}

// admit notes a request that goes.
func (w *window) admit(now time.Time) permit {
	w.admitted++
	if w.inFlight == nil {
		w.inFlight = map[int]time.Time{}
	}
	w.inFlight[w.admitted], w.lastAdmitted = now, now
	if w.closed {
		w.probe = w.admitted
	}
	return permit{number: w.admitted, probe: !w.closed && w.known && w.remaining == 0}
}

// isClosed reports whether the API has said that nothing may go.
func (w *window) isClosed(now time.Time) bool { return w.closed && now.Before(w.closedUntil) }

// completed notes what became of a request.
func (w *window) completed(now time.Time, p permit, info limitInfo) {
	delete(w.inFlight, p.number)
	if p.number == w.probe {
		w.probe = 0
	}
	if info.limit > 0 {
		w.limit, w.limitStated = info.limit, true
	}
	if info.answered && !info.limited {
		w.served++
	}
	switch {
	case info.limited:
		w.close(now, p.number, info.wait)
	case info.answered && w.closed && p.number > w.lastRefused:
		w.open(now, p.number, info.remaining)
	case info.answered && w.closed: // it was sent before
		if !w.limitStated {
			w.limit = w.served // it got into the window that the 429 has ended
		}
	case info.remaining >= 0:
		w.stated(now, p.number, info.remaining)
	case p.probe && p.number > w.lastCounted && info.answered:
		// All of the window were used, and it got through: it began another window. Or a
		// window has more than a 429 has shown.
		if w.limitStated {
			w.served = 1
		} else {
			w.limit = w.served
		}
		w.begin(now, w.limit-1)
	case w.known && info.sent:
		w.remaining = max(0, w.remaining-1) // it may have been counted
	}
}

// close notes a 429.
func (w *window) close(now time.Time, number int, wait time.Duration) {
	if !w.closed && number <= w.openedBy {
		return // it was sent into an earlier window
	}
	if !w.closed {
		w.closedSince, w.closedUntil, w.refusals = now, time.Time{}, 0
	}
	if !w.closed || number > w.lastRefused { // an earlier one says nothing of the probes since
		w.lastRefused, w.probe = w.admitted, 0
		w.refusals++
	}
	w.closed = true
	if !w.limitStated {
		w.limit = w.served
	}
	asked := wait > 0
	if !asked {
		wait = retryWhenAllowed.pause(w.refusals, 0)
	}
	if until := now.Add(wait); until.After(w.closedUntil) {
		w.closedUntil, w.askedToWait = until, asked
	}
}

// open notes the first request that got through after a 429.
func (w *window) open(now time.Time, number, remaining int) {
	w.closed, w.openedBy, w.served = false, number, 1
	w.counting = remaining < 0
	if w.counting && w.limit > 0 {
		remaining = w.limit - 1
	}
	w.known = remaining >= 0
	w.begin(now, remaining)
}

// begin notes a new window.
func (w *window) begin(now time.Time, remaining int) {
	w.remaining, w.lastCounted, w.statedAt, w.openedAt, w.probeAt = remaining, w.admitted, now, now, time.Time{}
}

// stated notes how many requests remain, as an answer says.
func (w *window) stated(now time.Time, number, remaining int) {
	switch {
	case !w.known || w.counting || (number > w.lastCounted && remaining >= w.remaining):
		w.known, w.counting = true, false
		w.begin(now, remaining)
	case remaining < w.remaining:
		w.remaining, w.lastCounted, w.statedAt = remaining, w.admitted, now
	default: // answers come in any order
	}
}

// wait is how long the first request in the queue has to wait, if no answer comes until
// then.
func (w *window) wait(now time.Time) time.Duration {
	switch {
	case w.isClosed(now):
		return w.closedUntil.Sub(now)
	case w.closed && w.probe == 0, !w.closed && !w.known:
		return 0 // a limit that has not shown itself slows down nothing
	case w.closed:
		return w.lastAdmitted.Add(probeTimeout).Sub(now)
	}
	switch n := w.uncounted(); {
	case w.remaining > n:
		return 0
	case n > 0:
		return w.lastAdmitted.Add(probeTimeout).Sub(now)
	}
	// None remains. The answer says in whole seconds how long to wait, rounded up. A probe
	// at a whole number of seconds after the window began loses nothing by that.
	if w.probeAt.IsZero() {
		whole := now.Sub(w.openedAt).Truncate(time.Second)
		w.probeAt = w.openedAt.Add(whole)
		if whole == 0 || w.probeAt.Before(now) {
			w.probeAt = w.probeAt.Add(time.Second)
		}
	}
	return w.probeAt.Sub(now)
}

// uncounted is how many requests under way may be missing from what remains. A request
// that was sent long before that was stated has been counted: it hangs, and must not
// hold up the others.
func (w *window) uncounted() (n int) {
	for _, since := range w.inFlight {
		if since.Add(probeTimeout).After(w.statedAt) {
			n++
		}
	}
	return n
}
