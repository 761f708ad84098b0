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
	c := &PausableContext{parent: parent, done: make(chan struct{}), deadline: time.Now().Add(timeout)}
	c.outer, _ = parent.Value(pausableKey{}).(*PausableContext) // nil if there is none
	// Under the lock, because either may be called at once.
	c.mu.Lock()
	c.timer = time.AfterFunc(timeout, c.expire)
	c.mu.Unlock()
	stop := context.AfterFunc(parent, func() { c.end(parent.Err()) })
	return c, func() {
		stop()
		c.end(context.Canceled)
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

// PausableContext is a context whose deadline moves on while its clock is paused. It has
// a channel of its own and passes on its parent's values alone: contexts made from it
// end when it does, and not when its parent does.
type PausableContext struct {
	parent context.Context
	outer  *PausableContext // the one that this one is within
	done   chan struct{}

	mu       sync.Mutex
	err      error
	timer    *time.Timer
	deadline time.Time
	pauses   int
	left     time.Duration // while it is paused
	pausedAt time.Time
	paused   time.Duration // in all pauses that are over
}

var _ context.Context = (*PausableContext)(nil)

// Deadline is where the deadline would be if the clock ran from now on.
func (c *PausableContext) Deadline() (time.Time, bool) {
	c.mu.Lock()
	deadline := c.deadline
	if c.pauses > 0 {
		deadline = time.Now().Add(c.left)
	}
	c.mu.Unlock()
	if outer, ok := c.parent.Deadline(); ok && outer.Before(deadline) {
		deadline = outer
	}
	return deadline, true
}

// Done is closed when the timeout, or the parent, has ended.
func (c *PausableContext) Done() <-chan struct{} { return c.done }

// Err is as up to date as its parent's.
func (c *PausableContext) Err() error {
	if err := c.parent.Err(); err != nil {
		c.end(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
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
	if c.pauses > 0 {
		return c.paused + time.Since(c.pausedAt)
	}
	return c.paused
}

func (c *PausableContext) expire() {
	c.mu.Lock()
	early := c.pauses > 0 || time.Until(c.deadline) > 0 // it was paused just then
	c.mu.Unlock()
	if !early {
		c.end(context.DeadlineExceeded)
	}
}

func (c *PausableContext) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	c.timer.Stop()
	close(c.done)
}

func (c *PausableContext) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pauses++; c.pauses > 1 {
		return
	}
	c.pausedAt = time.Now()
	c.left = c.deadline.Sub(c.pausedAt)
	c.timer.Stop()
}

func (c *PausableContext) resume(counts time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left -= counts
	if c.pauses--; c.pauses > 0 {
		return
	}
	c.paused += time.Since(c.pausedAt)
	if c.err != nil {
		return
	}
	c.deadline = time.Now().Add(c.left)
	c.timer.Reset(max(c.left, 0))
}
