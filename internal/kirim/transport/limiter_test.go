package transport

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limiter is a transport in memory that lets so many requests through in a
// window, and answers 429 to the others.
type limiter struct {
	requests int           // a window
	window   time.Duration // it opens with the first request in it
	aligned  bool          // it opens by the clock instead
	latency  time.Duration // until an answer comes
	jitter   func(n int) time.Duration
	// always tells of the limit in each answer, bare not even in a 429, but for
	// its Retry-After; mute leaves out that as well.
	always, bare, mute bool

	mu      sync.Mutex
	start   time.Time
	used    int
	came    int
	windows []int // 429s in each window
	served  int
	last    time.Time // when the last one was served
}

// fresh is one like it that was not asked for anything yet.
func (l *limiter) fresh() *limiter {
	return &limiter{
		requests: l.requests, window: l.window, aligned: l.aligned, latency: l.latency, jitter: l.jitter,
		always: l.always, bare: l.bare, mute: l.mute,
	}
}

func (l *limiter) RoundTrip(request *http.Request) (*http.Response, error) {
	connected(request)
	l.mu.Lock()
	l.came++
	wait := l.latency
	if l.jitter != nil {
		wait += l.jitter(l.came)
	}
	l.mu.Unlock()
	// Half on the way there, half on the way back.
	if err := elapse(request.Context(), wait/2); err != nil {
		return nil, err
	}
	status, headers := l.compare()
	if err := elapse(request.Context(), wait-wait/2); err != nil {
		return nil, err
	}
	body := getBody
	switch {
	case status != 200:
		body = limitedBody
	case request.Method == http.MethodPut:
		body = resetBody
	}
	return answers(status, body, headers...)(request)
}

func (l *limiter) compare() (status int, headers []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.start.IsZero() || now.Sub(l.start) >= l.window {
		l.start, l.used = now, 0
		if l.aligned {
			l.start = now.Truncate(l.window)
		}
		l.windows = append(l.windows, 0)
	}
	limit, left := strconv.Itoa(l.requests), l.start.Add(l.window).Sub(now)
	if l.used >= l.requests {
		l.windows[len(l.windows)-1]++
		if !l.mute {
			headers = append(headers, "Retry-After", strconv.Itoa(int(math.Ceil(left.Seconds()))))
		}
		if !l.bare && !l.mute {
			headers = append(headers, "X-RateLimit-Limit", limit, "X-RateLimit-Remaining", "0")
		}
		return 429, headers
	}
	l.used++
	l.served++
	l.last = now
	if l.always {
		headers = []string{"X-RateLimit-Limit", limit, "X-RateLimit-Remaining", strconv.Itoa(l.requests - l.used)}
	}
	return 200, headers
}

// most is the largest number of 429s in a window.
func (l *limiter) most() (most int) {
	for _, n := range l.windows {
		most = max(most, n)
	}
	return most
}

// later is the largest number of 429s in a window that is not the first.
func (l *limiter) later() (most int) {
	for _, n := range l.windows[1:] {
		most = max(most, n)
	}
	return most
}
