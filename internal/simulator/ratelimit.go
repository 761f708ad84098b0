package simulator

import (
	"net/http"
	"strconv"
	"time"
)

// rateWindow counts the requests of the current window. Guarded by Server.mu.
type rateWindow struct {
	start time.Time
	used  int
}

// take counts one request. It gives the headers that every answer carries, and false when the request is one too many.
func (w *rateWindow) take(limit RateLimit, now time.Time) (http.Header, bool) {
	if limit.Requests <= 0 {
		return nil, true
	}
	if age := now.Sub(w.start); age < 0 || age >= limit.Window {
		w.start, w.used = now, 0
	}
	ok := w.used < limit.Requests
	if ok {
		w.used++
	}
	header := http.Header{
		"X-Ratelimit-Limit":     {strconv.Itoa(limit.Requests)},
		"X-Ratelimit-Remaining": {strconv.Itoa(max(0, limit.Requests-w.used))},
	}
	if !ok {
		left := w.start.Add(limit.Window).Sub(now)
		// Rounded up: a client that comes back a moment early meets the limit again.
		header.Set("Retry-After", strconv.Itoa(max(1, int((left+time.Second-1)/time.Second))))
	}
	return header, ok
}

func tooMany() answer {
	return failure(http.StatusTooManyRequests, "Too many attempts. Please try again later.")
}
