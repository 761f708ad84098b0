package mailcheck

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// retryDecision is what follows from a failure.
type retryDecision int

const (
	giveUp retryDecision = iota
	retryUntilDeadline
	retryWhileUnreachable // until unreachableTimeout
)

// retryPolicy is what Await repeats, and the only place that says so. In all
// other cases no password and no time helps.
var retryPolicy = [kindCount]retryDecision{
	// A new password takes a while to come to the mail server.
	KindRefused: retryUntilDeadline,
	// It asks to be asked again.
	KindTemporary: retryUntilDeadline,
	// It may be starting anew; or it is the wrong host, which is to be told soon.
	KindUnreachable: retryWhileUnreachable,
}

const (
	// Pauses grow by half from firstPause up to longestPause; up to a quarter of
	// each is left to chance, so that many resources do not come back as one.
	firstPause, longestPause = 500 * time.Millisecond, 15 * time.Second
	// unreachableTimeout is how long a server is tried that cannot be reached,
	// counted from when it first could not.
	unreachableTimeout = 30 * time.Second
	// minAttemptTime is what an attempt should have: a connection, TLS and a login
	// take less than that.
	minAttemptTime = time.Second
)

// Await logs in again and again, with growing pauses, until the server takes
// the password or ctx is done. It gives the mechanism by which the password was
// taken, and otherwise an *[Error]; one whose TimedOut is set where ctx's deadline
// came first. What makes no sense to repeat it gives back at once.
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
	var before *Error              // what the attempt before has come to
	var unreachableSince time.Time // zero: it could be reached
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
			// An attempt that was cut short tells less than the one before.
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
			// A pause that is too long for what is left is shortened, for a last
			// attempt at the end.
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

// sleep ends early when ctx does.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
