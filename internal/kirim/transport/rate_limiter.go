package transport

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	window window
	news   chan struct{} // closed when either changes
}

// waiter is a request in the queue.
type waiter struct {
	began      time.Time     // of its operation
	limitedFor time.Duration // how long its 429s asked it to wait so far, probes left out
	urgent     bool          // it goes before others
	left       time.Duration // of its operation's time
}

// WaitTooLongError is for a request that has less time than it has to wait.
type WaitTooLongError struct {
	Wait  time.Duration // from now on
	Asked bool          // the API asked for it
	// More: the request has waited before, and has less time than all of that takes.
	More bool
}

func (e WaitTooLongError) Error() string {
	switch {
	case !e.Asked:
		return "the time that is left for this operation is too short to try again"
	case e.More:
		return fmt.Sprintf("the API asks to wait %s more, which together with what it was waited for already is "+
			"longer than the time that is left", e.Wait)
	}
	return fmt.Sprintf("the API asks to wait %s, which is longer than the time that is left", e.Wait)
}

// acquire waits until a request may be sent; release has to follow. The error is ctx's
// own, or a WaitTooLongError. onClosed is called with the length of a wait for the API.
func (l *rateLimiter) acquire(ctx context.Context, w *waiter, onClosed func(time.Duration)) (permit, error) {
	w.left = waitLeft(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	place := len(l.queue)
	if usual := slices.IndexFunc(l.queue, func(other *waiter) bool { return !other.urgent }); w.urgent && usual >= 0 {
		place = usual
	}
	l.queue = slices.Insert(l.queue, place, w)
	defer func() {
		l.queue = slices.DeleteFunc(l.queue, func(other *waiter) bool { return other == w })
		l.notify()
	}()
	waits, resume := false, func(time.Duration) {}
	defer func() { resume(0) }()
	for logged := (time.Time{}); ; {
		now, until := time.Now(), l.window.closedUntil
		closed, wait := l.window.isClosed(now), l.window.wait(now)
		if err := ctx.Err(); err != nil {
			return permit{}, err
		}
		if err := l.tooLong(w, now); closed && err != nil {
			return permit{}, err
		}
		if l.queue[0] == w && wait <= 0 {
			return l.window.admit(now), nil
		}
		if !waits {
			waits, resume = true, PauseTimeout(ctx)
		}
		news := l.news
		l.mu.Unlock()
		if closed && !logged.Equal(until) {
			onClosed(wait)
			logged = until
		}
		var over <-chan time.Time
		if wait > 0 { // else others go first
			over = time.After(wait)
		}
		select {
		case <-news:
		case <-over:
		case <-ctx.Done():
		}
		l.mu.Lock()
	}
}

// notify wakes all that wait.
func (l *rateLimiter) notify() {
	close(l.news)
	l.news = make(chan struct{})
}

// release notes what became of a request.
func (l *rateLimiter) release(p permit, info limitInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window.completed(time.Now(), p, info)
	l.notify()
}

// tooLong is an error if a waiter has less time than the API makes it wait.
func (l *rateLimiter) tooLong(w *waiter, now time.Time) error {
	since := l.window.closedSince
	if w.began.After(since) {
		since = w.began
	}
	wait, total := l.window.closedUntil.Sub(now), now.Sub(since)
	if l.window.askedToWait {
		total += wait // a pause of our own is no reason to give up
	}
	if total = max(total, w.limitedFor); total < w.left {
		return nil
	}
	wait = wholeSeconds(wait)
	return WaitTooLongError{Wait: wait, Asked: l.window.askedToWait, More: total > wait+time.Second}
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
		wait = whenAllowed.pause(w.refusals, 0)
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

// limitInfo is what became of a request as far as the rate limit goes: whether it may
// have been counted, and what its answer said.
type limitInfo struct {
	sent      bool          // the request may have been sent
	answered  bool          // the API answered
	limited   bool          // with a 429
	remaining int           // requests left in this window, -1 if unknown
	limit     int           // requests a window, 0 if unknown
	wait      time.Duration // how long to wait, 0 if unknown
}

// limitOf returns what an answer says, or as much of it as came. If it says nothing of
// the limit and is no answer to the request, a gateway may have sent it.
func limitOf(response *http.Response, whole *Answer) limitInfo {
	l := readLimit(response, time.Time{}, 0)
	if whole != nil {
		l = whole.limit
	}
	l.answered = l.remaining >= 0 || l.limited || whole != nil && response.StatusCode < http.StatusInternalServerError
	return l
}

// earliestUnix is where a number is no more one of seconds to wait, and is a time:
// X-RateLimit-Reset comes as either.
const earliestUnix = 1_000_000_000

// readLimit reads the headers X-RateLimit-Limit and X-RateLimit-Remaining. For a 429
// without Retry-After it reads X-RateLimit-Reset, which some servers send instead. A
// header that cannot be read counts as absent. sent is when the answer was sent, by the
// server's clock.
func readLimit(response *http.Response, sent time.Time, retryAfter time.Duration) limitInfo {
	l := limitInfo{
		sent: true, answered: true, limited: response.StatusCode == http.StatusTooManyRequests,
		remaining: countIn(response.Header, "X-RateLimit-Remaining"),
		limit:     max(0, countIn(response.Header, "X-RateLimit-Limit")),
	}
	if !l.limited {
		return l
	}
	l.wait = retryAfter
	if n := countIn(response.Header, "X-RateLimit-Reset"); n >= earliestUnix && l.wait == 0 {
		l.wait = min(max(time.Unix(int64(n), 0).Sub(sent), 0), maxRetryAfter)
	} else if n >= 0 && l.wait == 0 {
		l.wait = min(time.Duration(n)*time.Second, maxRetryAfter)
	}
	return l
}

// countIn reads a number, -1 if there is none.
func countIn(header http.Header, name string) int {
	n, err := strconv.ParseInt(strings.TrimSpace(header.Get(name)), 10, 32)
	if err != nil {
		return -1
	}
	return int(max(n, -1))
}

// maxRetryAfter bounds what is believed of a Retry-After.
const maxRetryAfter = 365 * 24 * time.Hour

// parseRetryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110, section
// 10.2.3). 0 stands for none, for one in the past and for one that cannot be read.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header != "" && strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.ParseInt(header, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
