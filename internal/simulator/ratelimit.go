package simulator

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Window counts the requests in one window of the rate limit.
type Window struct {
	Start           time.Time
	Served, Refused int
}

// rateWindows is the windows so far. The last window is the current one. Guarded by Server.mu.
type rateWindows []Window

// take counts one request. It returns the headers for the answer, and whether the request is within the limit.
func (all *rateWindows) take(limit RateLimit, now time.Time) (http.Header, bool) {
	if limit.Requests <= 0 {
		return nil, true
	}
	if n := len(*all); n == 0 || now.Before((*all)[n-1].Start) || now.Sub((*all)[n-1].Start) >= limit.Window {
		*all = append(*all, Window{Start: now})
	}
	w := &(*all)[len(*all)-1]
	ok := w.Served < limit.Requests
	if ok {
		w.Served++
	} else {
		w.Refused++
	}
	if ok && limit.ToldLate {
		return nil, true
	}
	header := http.Header{
		"X-Ratelimit-Limit":     {strconv.Itoa(limit.Requests)},
		"X-Ratelimit-Remaining": {strconv.Itoa(max(0, limit.Requests-w.Served))},
	}
	if !ok {
		left := w.Start.Add(limit.Window).Sub(now)
		// Rounded up: a client that comes back too early meets the limit again.
		header.Set("Retry-After", strconv.Itoa(max(1, int((left+time.Second-1)/time.Second))))
	}
	return header, ok
}

func tooMany() answer {
	return failure(http.StatusTooManyRequests, "Too many attempts. Please try again later.")
}

// Windows is the windows of the rate limit that have had a request, oldest first.
func (s *Server) Windows() []Window {
	s.lock()
	defer s.mu.Unlock()
	return slices.Clone(s.windows)
}
