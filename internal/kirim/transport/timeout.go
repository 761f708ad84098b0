package transport

import (
	"context"
	"math"
	"sync"
	"time"
)

// WithTimeout is context.WithTimeout for an operation that calls the API. The time that
// the operation is queued for the API's rate limit does not count, and neither does what
// [PauseTimeout] says. Within another such context both are paused. How long one wait may
// be is bounded all the same; see [WaitTooLongError].
func WithTimeout(parent context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return newPausableContext(parent, timeout)
}

// WithOwnTimeout is [WithTimeout] for work that several operations wait for: it does not
// end with ctx, and does not pause ctx's timeout.
func WithOwnTimeout(ctx context.Context, timeout time.Duration) (*PausableContext, context.CancelFunc) {
	return newPausableContext(context.WithValue(context.WithoutCancel(ctx), pausableKey{}, nil), timeout)
}

func newPausableContext(parent context.Context, timeout time.Duration) (*PausableContext, context.CancelFunc) {
	c := &PausableContext{parent: parent, deadline: time.Now().Add(timeout)}
	c.outer, _ = parent.Value(pausableKey{}).(*PausableContext) // nil if there is none
	c.ended, c.cancel = context.WithCancel(parent)
	c.mu.Lock() // the timer may fire at once
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(timeout, c.expire)
	return c, func() {
		c.timer.Stop()
		c.cancel()
	}
}

// PauseTimeout stops the clock of [WithTimeout] until resume is called, with how much of
// the time in between counts all the same. It does nothing to other contexts.
func PauseTimeout(ctx context.Context) (resume func(counts time.Duration)) {
	innermost, _ := ctx.Value(pausableKey{}).(*PausableContext)
	for c := innermost; c != nil; c = c.outer {
		c.pause()
	}
	return func(counts time.Duration) {
		for c := innermost; c != nil; c = c.outer {
			c.resume(counts)
		}
	}
}

// TimeLeft is what an operation has left, and the longest duration if it has no
// deadline.
func TimeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}

// waitLeft is how long the API may make an operation wait: as long as the outermost
// timeout has left. The timeouts within it are about the time that the API takes.
func waitLeft(ctx context.Context) time.Duration {
	left := TimeLeft(ctx)
	c, _ := ctx.Value(pausableKey{}).(*PausableContext)
	if c == nil || left < TimeLeft(c) { // there is a deadline that cannot be paused
		return left
	}
	for c.outer != nil {
		c = c.outer
	}
	return TimeLeft(c)
}

type pausableKey struct{}

// PausableContext is a context whose deadline moves on while its clock is paused. It
// passes on its parent's values alone: contexts made from it end when it does, and with
// its error, and not when its parent does.
type PausableContext struct {
	parent context.Context
	outer  *PausableContext // the one that this one is within
	ended  context.Context  // with the parent, or when the time is over
	cancel context.CancelFunc

	mu       sync.Mutex
	timedOut bool
	timer    *time.Timer
	deadline time.Time // without the pause under way
	pauses   int
	pausedAt time.Time
	paused   time.Duration // in all pauses that are over
}

var _ context.Context = (*PausableContext)(nil)

// Deadline is where the deadline would be if the clock ran from now on.
func (c *PausableContext) Deadline() (time.Time, bool) {
	c.mu.Lock()
	deadline := c.deadline.Add(c.pausing())
	c.mu.Unlock()
	if outer, ok := c.parent.Deadline(); ok && outer.Before(deadline) {
		deadline = outer
	}
	return deadline, true
}

// Done is closed when the timeout, or the parent, has ended.
func (c *PausableContext) Done() <-chan struct{} { return c.ended.Done() }

// Err is as up to date as its parent's.
func (c *PausableContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timedOut {
		return context.DeadlineExceeded
	}
	if c.parent.Err() != nil {
		<-c.ended.Done()
	}
	return c.ended.Err()
}

// Value is the parent's, or the context itself for what pauses it.
func (c *PausableContext) Value(key any) any {
	if key == (pausableKey{}) {
		return c
	}
	return c.parent.Value(key)
}

// PausedFor is how long the clock has been paused so far.
func (c *PausableContext) PausedFor() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paused + c.pausing()
}

// pausing is how long the pause under way has taken so far.
func (c *PausableContext) pausing() time.Duration {
	if c.pauses == 0 {
		return 0
	}
	return time.Since(c.pausedAt)
}

func (c *PausableContext) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pauses == 0 && time.Until(c.deadline) <= 0 && c.ended.Err() == nil { // else it was paused just then
		c.timedOut = true
		c.cancel()
	}
}

func (c *PausableContext) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pauses++; c.pauses == 1 {
		c.pausedAt = time.Now()
		c.timer.Stop()
	}
}

func (c *PausableContext) resume(counts time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	took := c.pausing()
	c.deadline = c.deadline.Add(-counts)
	if c.pauses--; c.pauses > 0 {
		return
	}
	c.paused += took
	c.deadline = c.deadline.Add(took)
	if c.ended.Err() == nil {
		c.timer.Reset(max(time.Until(c.deadline), 0))
	}
}
