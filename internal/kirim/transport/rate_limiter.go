package transport

import (
	"cmp"
	"context"
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
// window meets the limit once. If 429s state nothing, requests are spaced out instead; see
// pace.
type rateLimiter struct {
	mu     sync.Mutex
	queue  []*run
	window window
	news   chan struct{} // closed when either changes
}

// waitTooLongError is for a request that has less time than the API makes it wait. asked
// is how long the API asks to wait now, 0 if the pause is our own. before: the request has
// waited already, and has less time than all of that takes.
type waitTooLongError struct {
	asked  time.Duration
	before bool
}

func (waitTooLongError) Error() string { return "the rate limit does not allow it in time" }

// acquire waits until a request may be sent, and returns its number; release has to
// follow. probe: none was left in the window, so that a 429 is expected. The error is
// ctx's own, or a waitTooLongError.
func (l *rateLimiter) acquire(ctx context.Context, r *run) (number int, probe bool, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	place := len(l.queue)
	r.urgent, _ = ctx.Value(urgentKey{}).(bool)
	if usual := slices.IndexFunc(l.queue, func(other *run) bool { return !other.urgent }); r.urgent && usual >= 0 {
		place = usual
	}
	l.queue = slices.Insert(l.queue, place, r)
	defer func() {
		l.queue = slices.DeleteFunc(l.queue, func(other *run) bool { return other == r })
		l.notify()
	}()
	left := TimeLeft(ctx)
	for logged := (time.Time{}); ; {
		now, until := time.Now(), l.window.until
		closed, wait := l.window.refusals > 0 && now.Before(until), l.window.wait(now)
		total := max(min(until.Sub(l.window.closedSince), until.Sub(r.began)), r.limitedFor)
		switch {
		case ctx.Err() != nil:
			return 0, false, ctx.Err()
		case left <= 0:
			return 0, false, context.DeadlineExceeded
		case closed && total >= left && l.window.asked:
			asked := (wait + time.Second - 1).Truncate(time.Second) // rounded up, as the API does
			return 0, false, waitTooLongError{asked, total > asked}
		case closed && total >= left:
			return 0, false, waitTooLongError{}
		case l.queue[0] == r && wait <= 0:
			return l.window.admit(now), l.window.remaining == 0, nil
		}
		news := l.news
		l.mu.Unlock()
		if closed && !logged.Equal(until) {
			r.logQueue(ctx, wait)
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
func (l *rateLimiter) release(number int, info limitInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window.completed(time.Now(), number, info)
	l.notify()
}

type urgentKey struct{}

// Urgent lets the operations with the context go before others that wait for the rate
// limit: whatever holds a password that is not stored yet must not wait for long.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

// unknown stands for how many requests remain if no answer has said so.
const unknown = -1

// window is what is known of the API's rate limit and of the requests that are under
// way. It has no lock and no clock of its own.
type window struct {
	admitted     int               // requests so far
	inFlight     map[int]time.Time // those that are not completed, and when they were admitted
	lastAdmitted time.Time

	// remaining is how many more requests the window takes, those in flight included. It
	// is the smallest number that was stated in this window, when lastCounted requests
	// were admitted. If a later request states more, it has met a new window. If answers
	// state nothing, requests are counted once a 429 has shown the limit.
	remaining   int
	lastCounted int
	openedAt    time.Time // when this window was first seen
	until       time.Time // when a probe may go, once none remains

	pace   pace // of requests while remaining is unknown
	limit  int  // requests a window, as an answer has stated it, 0 for unknown
	served int  // answers since the window opened: what a 429 shows of a limit that is not stated

	// refusals are the 429s in a row. While there are any, the window is closed, until a
	// request that was admitted after the last one gets through. The last one came when
	// lastRefused requests were admitted, the first one at closedSince. asked: until is
	// what the API asked for.
	refusals    int
	lastRefused int
	closedSince time.Time
	asked       bool
}

// probeTimeout is how long the others wait for a probe, and for any other request whose
// answer may say that more remain: one that hangs must not hold them up.
const probeTimeout = 10 * time.Second

// admit notes a request that goes, and returns its number.
func (w *window) admit(now time.Time) int {
	w.admitted++
	w.inFlight[w.admitted], w.lastAdmitted = now, now
	if w.openedAt.IsZero() {
		w.openedAt = now
	}
	return w.admitted
}

// wait is how long the first request in the queue has to wait, if no answer comes until
// then.
func (w *window) wait(now time.Time) time.Duration {
	uncounted := 0 // requests that may be missing from what remains
	for number, since := range w.inFlight {
		if number > w.lastRefused && now.Sub(since) < probeTimeout {
			uncounted++
		}
	}
	switch {
	case w.remaining == unknown: // a limit that has not shown itself slows down nothing
		return w.lastAdmitted.Add(w.pace.spacing(w.refusals > 0)).Sub(now)
	case w.remaining > uncounted:
		return 0
	case uncounted > 0:
		return w.lastAdmitted.Add(probeTimeout).Sub(now)
	default:
		return w.until.Sub(now)
	}
}

// completed notes what became of a request.
func (w *window) completed(now time.Time, number int, info limitInfo) {
	admitted := w.inFlight[number]
	delete(w.inFlight, number)
	if info.unsent {
		return
	}
	if info.limit > 0 {
		w.limit = info.limit
	}
	switch stated := info.remaining != unknown; {
	case info.limited:
		w.close(now, admitted, number, info.wait)
	case w.refusals > 0 && info.answered && number > w.lastRefused:
		switch {
		case stated:
		case w.asked, w.limit > 0: // it is counted against the limit that the 429 has shown
			info.remaining = cmp.Or(w.limit, w.served) - 1
		case w.remaining != unknown: // the window was closed
			w.pace.begin(admitted, now.Sub(w.openedAt)/time.Duration(max(w.served, 1)))
		}
		w.open(now, info.remaining)
	case w.refusals > 0: // it was sent before the 429, or a gateway answered it
	case stated && (w.remaining == unknown || number > w.lastCounted && info.remaining >= w.remaining):
		w.open(now, info.remaining)
	case stated && info.remaining < w.remaining: // else it came late
		w.remaining, w.lastCounted = info.remaining, w.admitted
	case !stated && w.remaining > 0:
		w.remaining-- // it may have been counted
	case !stated && w.remaining == 0 && info.answered && number > w.lastCounted:
		// All of the window were used, and it got through: it began another window. Or, if
		// no answer states the limit, a window has more than has shown itself.
		served := w.served
		w.open(now, cmp.Or(w.limit, served+1)-1)
		if w.limit == 0 {
			w.served = served
		}
	}
	if info.answered && !info.limited {
		w.served++
		w.pace.gotThrough(admitted)
	}
	if w.remaining == 0 && w.until.IsZero() {
		// A 429 says in whole seconds how long to wait, rounded up. A probe at a whole number
		// of seconds after the window began loses nothing by that.
		w.until = w.openedAt.Add(now.Sub(w.openedAt).Truncate(time.Second) + time.Second)
	}
}

// open notes the first request that got through in a new window.
func (w *window) open(now time.Time, remaining int) {
	w.refusals, w.served, w.remaining, w.lastCounted = 0, 0, remaining, w.admitted
	w.openedAt, w.until = now, time.Time{}
	if remaining != unknown {
		w.pace.slow = 0
	}
}

// close notes a 429.
func (w *window) close(now, admitted time.Time, number int, wait time.Duration) {
	isNew := number > w.lastRefused // an earlier one says nothing of the probes since
	switch {
	case !isNew && w.refusals == 0:
		return // it was sent into an earlier window
	case w.refusals == 0:
		w.closedSince, w.until = now, time.Time{}
	}
	if isNew {
		w.lastRefused = w.admitted
		w.refusals++
		w.pace.refused(admitted)
	}
	asked := wait > 0
	if !asked && w.refusals == 1 && w.pace.slow > 0 { // it came a little too early
		if number == w.admitted { // the next one is spaced from the last one that got through
			w.lastAdmitted = w.pace.last
		}
		return
	}
	w.remaining = 0
	if !asked {
		wait = w.pace.pause(w.refusals)
	}
	if until := now.Add(wait); until.After(w.until) {
		w.until, w.asked = until, asked
	}
}

// limitInfo is what became of a request as far as the rate limit goes.
type limitInfo struct {
	unsent    bool          // there was no connection, so that it cannot have been counted
	answered  bool          // the API answered
	limited   bool          // with a 429
	remaining int           // requests left in this window, or unknown
	limit     int           // requests a window, 0 if unknown
	wait      time.Duration // how long to wait, 0 if unknown
}

// limitOf returns what an answer says, or as much of it as came: whole is nil if it broke
// off. A header that cannot be read counts as absent. If the answer says nothing of the
// limit and is no answer to the request, a gateway may have sent it.
func limitOf(response *http.Response, whole *Answer) limitInfo {
	l := limitInfo{
		limited:   response.StatusCode == http.StatusTooManyRequests,
		remaining: countIn(response.Header, "X-RateLimit-Remaining"),
		limit:     max(0, countIn(response.Header, "X-RateLimit-Limit")),
	}
	if l.limited && whole != nil {
		l.wait = whole.RetryAfter
	}
	isReply := whole != nil && response.StatusCode < http.StatusInternalServerError
	l.answered = l.limited || l.remaining != unknown || isReply
	return l
}

// countIn reads a number, or unknown.
func countIn(header http.Header, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(header.Get(name)))
	if err != nil || n < 0 {
		return unknown
	}
	return n
}

// maxRetryAfter bounds what is believed of a Retry-After.
const maxRetryAfter = 365 * 24 * time.Hour

// parseRetryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110, section
// 10.2.3). 0 stands for none, for one in the past and for one that cannot be read.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, _ := http.ParseTime(header) // zero, and so in the past, if it is none
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
