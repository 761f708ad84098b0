package mailcheck

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// retryDecision is what Await does after a failure.
type retryDecision int

const (
	giveUp retryDecision = iota
	retryUntilDeadline
	retryWhileUnreachable // until unreachableTimeout
)

// retryPolicy alone decides which failures Await retries. It gives up on all kinds
// that are not listed: neither time nor another password helps.
var retryPolicy = [kindCount]retryDecision{
	// A new password takes a while to reach the mail server.
	KindRefused: retryUntilDeadline,
	// The server asks for a retry.
	KindTemporary: retryUntilDeadline,
	// The server may be restarting. If the host is wrong, the user should know soon.
	KindUnreachable: retryWhileUnreachable,
}

const (
	// Pauses grow by half, from firstPause to longestPause. Each is shorter by a
	// random part, up to a quarter, so that many resources do not retry at once.
	firstPause, longestPause = 500 * time.Millisecond, 15 * time.Second
	// unreachableTimeout limits how long Await retries while the server cannot be
	// reached. It counts from the first such attempt.
	unreachableTimeout = 30 * time.Second
	// minAttemptTime is the time to leave for an attempt. A connection, TLS and a
	// login take less.
	minAttemptTime = time.Second
)

// Await logs in again and again, with growing pauses, until the server accepts the
// password or ctx is done. It returns the mechanism that the server accepted, or
// an *[Error]. If the deadline of ctx ended it, TimedOut is set. A failure that a
// retry cannot cure is returned at once.
func (s Server) Await(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(username, password, func(l *login) *Error {
		began := time.Now()
		failure := l.await(ctx)
		attrs := []slog.Attr{
			slog.String("server", s.addr()), slog.Int("attempts", l.attempts),
			slog.Int64("duration_ms", time.Since(began).Milliseconds()), slog.String("outcome", "taken"),
		}
		if failure != nil {
			attrs[3] = slog.String("outcome", "failed")
			attrs = append(attrs, slog.String("kind", failure.Kind.String()), slog.String("because", failure.reason()))
		}
		l.log.LogAttrs(ctx, slog.LevelInfo, "login check ended", attrs...)
		return failure
	})
}

func (l *login) await(ctx context.Context) *Error {
	var before *Error              // the failure of the attempt before
	var unreachableSince time.Time // zero: the last attempt reached the server
	pause, last := firstPause, false
	for {
		began, timeout := time.Now(), attemptTimeout
		if !unreachableSince.IsZero() {
			timeout = unreachableTimeout - began.Sub(unreachableSince)
		}
		failure := l.attempt(ctx, timeout)
		if failure == nil {
			return nil
		}
		if failure.TimedOut && before != nil {
			// The attempt before had the time to find the reason.
			before.Attempts, before.TimedOut = failure.Attempts, true
			return before
		}
		wait := pause - rand.N(pause/4) //nolint:gosec // G404: a pause is no secret.
		pause = min(pause*3/2, longestPause)
		switch retryPolicy[failure.Kind] {
		case giveUp:
			return failure
		case retryWhileUnreachable:
			if unreachableSince.IsZero() {
				unreachableSince = began
			}
			if unreachableTimeout-time.Since(unreachableSince) < wait+minAttemptTime {
				return failure
			}
		case retryUntilDeadline:
			unreachableSince = time.Time{}
		}
		if last || failure.TimedOut {
			failure.TimedOut = true
			return failure
		}
		if deadline, ok := ctx.Deadline(); ok {
			// If the pause is too long for the time left, it is shortened for one last
			// attempt.
			left := time.Until(deadline)
			if most := max(left-minAttemptTime, left/2); wait >= most {
				wait, last = most, true
			}
		}
		l.log.LogAttrs(ctx, slog.LevelDebug, "waiting to log in at the mail server again",
			slog.String("server", l.server.addr()), slog.Int("attempt", l.attempts),
			slog.String("wait", wait.Round(time.Millisecond).String()), slog.String("because", failure.reason()))
		sleep(ctx, wait)
		before = failure
	}
}

// sleep waits for a time, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
