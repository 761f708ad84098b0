package transport

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

type timeoutKey struct{}

// WithTimeout gives an operation that calls the API so much time, in place of what ctx
// has of it. Only attempts at requests, and the pauses before their repeats, use it up.
// Other waits, such as the queue for the API's rate limit, do not: so the context has no
// deadline of its own, and does not end when the time is used up. A deadline of
// context.WithTimeout holds all the same, for waits too.
func WithTimeout(ctx context.Context, timeout time.Duration) context.Context {
	left := new(atomic.Int64)
	left.Store(int64(timeout))
	return context.WithValue(ctx, timeoutKey{}, left)
}

// TimeLeft is what an operation has left, and the longest duration if it has no
// deadline and no timeout.
func TimeLeft(ctx context.Context) time.Duration {
	left := time.Duration(math.MaxInt64)
	if timeout, ok := ctx.Value(timeoutKey{}).(*atomic.Int64); ok {
		left = time.Duration(timeout.Load())
	}
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(deadline))
	}
	return left
}

// spend takes a part of an operation's timeout.
func spend(ctx context.Context, took time.Duration) {
	if timeout, ok := ctx.Value(timeoutKey{}).(*atomic.Int64); ok {
		timeout.Add(-int64(took))
	}
}

// Pause waits, and uses up an operation's time as the pause before a repeat does. It
// returns false if the operation has no time for that and for a request after it, or if
// ctx ends.
func Pause(ctx context.Context, pause time.Duration) bool {
	if TimeLeft(ctx) <= pause+minAttemptTime {
		return false
	}
	spend(ctx, pause)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
