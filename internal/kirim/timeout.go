package kirim

import (
	"context"
	"math"
	"sync"
	"time"
)

// WithTimeout is context.WithTimeout for an operation that calls the API: what
// the operation spends queued for the API's rate limit does not count, and
// neither does what [PauseTimeout] says. Within another such context both are
// spared. How long one wait may be is bounded all the same; see
// [KindRateLimited].
func WithTimeout(parent context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return newAllowance(parent, timeout)
}

func newAllowance(parent context.Context, timeout time.Duration) (*allowance, context.CancelFunc) {
	a := &allowance{parent: parent, done: make(chan struct{}), deadline: time.Now().Add(timeout)}
	a.outer, _ = parent.Value(allowanceKey{}).(*allowance) // nil where there is none
	// Under the lock, because either may be called at once.
	a.mu.Lock()
	a.timer = time.AfterFunc(timeout, a.expire)
	a.mu.Unlock()
	stop := context.AfterFunc(parent, func() { a.end(parent.Err()) })
	return a, func() {
		stop()
		a.end(context.Canceled)
	}
}

// PauseTimeout stops the clock of [WithTimeout] until resume is called, with how
// much of the time in between counts all the same. It does nothing to other
// contexts.
func PauseTimeout(ctx context.Context) (resume func(counts time.Duration)) {
	innermost, _ := ctx.Value(allowanceKey{}).(*allowance)
	for a := innermost; a != nil; a = a.outer {
		a.pause()
	}
	return func(counts time.Duration) {
		for a := innermost; a != nil; a = a.outer {
			a.resume(counts)
		}
	}
}

// timeLeft is what an operation still has, more than anybody waits where there
// is no deadline.
func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}

// waitLeft is for how long an operation may be made to wait by the API: for as
// long as the outermost timeout has left. Those within it are about the time that
// the API takes.
func waitLeft(ctx context.Context) time.Duration {
	left := timeLeft(ctx)
	a, _ := ctx.Value(allowanceKey{}).(*allowance)
	if a == nil || left < timeLeft(a) { // there is a deadline that cannot be paused
		return left
	}
	for a.outer != nil {
		a = a.outer
	}
	return timeLeft(a)
}

type allowanceKey struct{}

// allowance is a context whose deadline moves on while its clock is stopped. It
// has a channel of its own and hands on its parent's values alone, so that
// contexts made from it take its end for their own, and not its parent's.
type allowance struct {
	parent context.Context
	outer  *allowance // the one within which this one is
	done   chan struct{}

	mu       sync.Mutex
	err      error
	timer    *time.Timer
	deadline time.Time
	pauses   int
	left     time.Duration // while it is paused
	pausedAt time.Time
	stood    time.Duration // in all pauses that are over
}

var _ context.Context = (*allowance)(nil)

// Deadline is where the deadline would be if the clock ran from now on.
func (a *allowance) Deadline() (time.Time, bool) {
	a.mu.Lock()
	deadline := a.deadline
	if a.pauses > 0 {
		deadline = time.Now().Add(a.left)
	}
	a.mu.Unlock()
	if outer, ok := a.parent.Deadline(); ok && outer.Before(deadline) {
		deadline = outer
	}
	return deadline, true
}

func (a *allowance) Done() <-chan struct{} { return a.done }

// Err is as much up to date as its parent's.
func (a *allowance) Err() error {
	if err := a.parent.Err(); err != nil {
		a.end(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

func (a *allowance) Value(key any) any {
	if key == (allowanceKey{}) {
		return a
	}
	return a.parent.Value(key)
}

func (a *allowance) expire() {
	a.mu.Lock()
	early := a.pauses > 0 || time.Until(a.deadline) > 0 // it was paused just then
	a.mu.Unlock()
	if !early {
		a.end(context.DeadlineExceeded)
	}
}

func (a *allowance) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return
	}
	a.err = err
	a.timer.Stop()
	close(a.done)
}

func (a *allowance) pause() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pauses++; a.pauses > 1 {
		return
	}
	a.pausedAt = time.Now()
	a.left = a.deadline.Sub(a.pausedAt)
	a.timer.Stop()
}

func (a *allowance) resume(counts time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left -= counts
	if a.pauses--; a.pauses > 0 {
		return
	}
	a.stood += time.Since(a.pausedAt)
	if a.err != nil {
		return
	}
	a.deadline = time.Now().Add(a.left)
	a.timer.Reset(max(a.left, 0))
}

// standstill is how long the clock has stood still so far.
func (a *allowance) standstill() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pauses > 0 {
		return a.stood + time.Since(a.pausedAt)
	}
	return a.stood
}
