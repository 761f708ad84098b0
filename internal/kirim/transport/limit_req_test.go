package transport

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limitReq is a transport in memory that limits as nginx's limit_req does: one request
// each interval, and burst more, which it puts off (or with nodelay lets through at once).
// It refuses all others by a page that tells of no limit; what it refuses does not count.
type limitReq struct {
	interval time.Duration
	burst    int
	noDelay  bool
	latency  time.Duration // until an answer comes

	mu      sync.Mutex
	excess  time.Duration // what has been let through too early
	last    time.Time     // when something was let through
	served  int
	refused int
}

func (l *limitReq) RoundTrip(request *http.Request) (*http.Response, error) {
	connected(request)
	if err := elapse(request.Context(), l.latency/2); err != nil {
		return nil, err
	}
	next, delay := l.account(request.Method)
	if err := elapse(request.Context(), delay+l.latency-l.latency/2); err != nil {
		return nil, err
	}
	return next(request)
}

func (l *limitReq) account(method string) (turn, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	excess := time.Duration(0)
	if !l.last.IsZero() {
		excess = max(0, l.excess-now.Sub(l.last)+l.interval)
	}
	if excess > time.Duration(l.burst)*l.interval {
		l.refused++
		return answers(429, page), 0
	}
	l.excess, l.last = excess, now
	l.served++
	if l.noDelay {
		excess = 0
	}
	if method == http.MethodPut {
		return answers(200, resetBody), excess
	}
	return answers(200, getBody), excess
}

// TestALimitOfOneRequestEachIntervalIsKept: it is never told, neither how many nor for how
// long, and is met at little more than the pace that it allows.
func TestALimitOfOneRequestEachIntervalIsKept(t *testing.T) {
	t.Parallel()
	const n, parallel = 40, 10
	for name, c := range map[string]struct {
		interval time.Duration
		latency  time.Duration
		most     float64 // of the time that the limit allows
	}{
		"one in two seconds": {2 * time.Second, 5 * time.Millisecond, 1.3},
		"1 a second":         {time.Second, 5 * time.Millisecond, 1.3},
		"1 a second, slow":   {time.Second, 300 * time.Millisecond, 1.3},
		"5 a second":         {200 * time.Millisecond, 5 * time.Millisecond, 1.3},
		"5 a second, slower": {200 * time.Millisecond, 50 * time.Millisecond, 1.3},
		"5 a second, slow":   {200 * time.Millisecond, 300 * time.Millisecond, 1.4},
		"20 a second":        {50 * time.Millisecond, 5 * time.Millisecond, 1.3},
	} {
		for burst, noDelay := range map[int]bool{0: false, 5: false, 10: true} {
			t.Run(fmt.Sprintf("%s, burst %d", name, burst), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					server := &limitReq{interval: c.interval, latency: c.latency, burst: burst, noDelay: noDelay}
					client := newClient(t, server)
					began := time.Now()
					errs := sideBySide(t, n, parallel, func(ctx context.Context) error {
						return reset(WithTimeout(ctx, 5*time.Minute), client)
					})
					if len(errs) > 0 {
						t.Fatalf("%d failed, such as: %v", len(errs), errs[0])
					}
					spaced := n - 1
					if noDelay {
						spaced -= burst
					}
					floor := time.Duration(spaced)*c.interval + c.latency
					if took := time.Since(began); float64(took) > c.most*float64(floor) {
						t.Errorf("it took %s, %.2f of %s", took, float64(took)/float64(floor), floor)
					}
					// Those that are under way when the limit shows itself, and then less than one each.
					if server.served != n || server.refused > parallel+n {
						t.Errorf("%d served, %d refused", server.served, server.refused)
					}
				})
			})
		}
	}
}
