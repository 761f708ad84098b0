package mailcheck

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// verdict is what follows from a failure.
type verdict int

const (
	final         verdict = iota
	untilDeadline         // again and again, for as long as the context lasts
	whileSilent           // again, for as long as silencePatience says
)

// policy is what Await repeats, and the only place that says so.
var policy = [kindCount]verdict{
	// No password and no patience helps.
	KindUnusable:    final,
	KindArgument:    final,
	KindCertificate: final,
	KindUnprotected: final,
	// A new password takes a while to come to the mail server.
	KindRefused: untilDeadline,
	// It asks to be asked again.
	KindTemporary: untilDeadline,
	// It may be starting anew; or it is the wrong host, which is to be told soon.
	KindUnreachable: whileSilent,
	KindCanceled:    final,
}

const (
	// Pauses grow by half from firstPause up to longestPause; up to a quarter of
	// each is left to chance, so that many resources do not come back as one.
	firstPause, longestPause = 500 * time.Millisecond, 15 * time.Second
	// silencePatience is how long a server is tried that cannot be reached,
	// counted from when it first could not.
	silencePatience = 30 * time.Second
	// fairTime is what an attempt should have: a connection, TLS and a login
	// take less than that.
	fairTime = time.Second
)

// Await logs in again and again, with growing pauses, until the server takes
// the password or ctx is done. It gives the mechanism by which the password was
// taken, and otherwise an *[Error]; one whose TimedOut is set where ctx's deadline
// came first. What makes no sense to repeat it gives back at once.
func (s Server) Await(ctx context.Context, username, password string) (mechanism string, err error) {
	l, err := s.prepare(username, password)
	if err != nil {
		return "", err
	}
	began := time.Now()
	attempts, failure := l.await(ctx)
	l.logEnd(ctx, attempts, time.Since(began), failure)
	return l.mechanism, orNil(failure)
}

// logEnd tells what all attempts have come to.
func (l *login) logEnd(ctx context.Context, attempts int, took time.Duration, failure *Error) {
	attrs := []slog.Attr{
		slog.String("server", l.server.addr()), slog.Int("attempts", attempts), slog.Int64("duration_ms", took.Milliseconds()),
	}
	if failure == nil {
		attrs = append(attrs, slog.String("outcome", "taken"))
	} else {
		attrs = append(attrs, slog.String("outcome", "failed"),
			slog.String("kind", failure.Kind.String()), slog.String("because", failure.reason()))
	}
	l.log.LogAttrs(ctx, slog.LevelInfo, "login check ended", attrs...)
}

// await gives how many logins were tried, too.
func (l *login) await(ctx context.Context) (attempts int, failure *Error) {
	var before *Error       // what the attempt before has come to
	var silentFor time.Time // since when the server could not be reached; zero: it could
	pause, last := firstPause, false
	for n := 1; ; n++ {
		began, patience := time.Now(), attemptPatience
		if !silentFor.IsZero() {
			patience = silencePatience - began.Sub(silentFor)
		}
		failure := l.attempt(ctx, n, patience)
		if failure == nil {
			return n, nil
		}
		if failure.TimedOut && before != nil {
			// An attempt that was cut short tells less than the one before.
			before.Attempts, before.TimedOut = failure.Attempts, true
			return before.Attempts, before
		}
		wait := pause - rand.N(pause/4) //nolint:gosec // G404: a pause is no secret.
		pause = min(pause*3/2, longestPause)
		switch policy[failure.Kind] {
		case final:
			return failure.Attempts, failure
		case whileSilent:
			if silentFor.IsZero() {
				silentFor = began
			}
			if silencePatience-time.Since(silentFor) < wait+fairTime {
				return failure.Attempts, failure
			}
		case untilDeadline:
			silentFor = time.Time{}
		}
		if last || failure.TimedOut {
			failure.TimedOut = true
			return failure.Attempts, failure
		}
		if deadline, ok := ctx.Deadline(); ok {
			// A pause that is too long for what is left is shortened, for a last
			// attempt at the end.
			left := time.Until(deadline)
			if most := max(left-fairTime, left/2); wait >= most {
				wait, last = most, true
			}
		}
		l.log.LogAttrs(ctx, slog.LevelDebug, "waiting to log in at the mail server again",
			slog.String("server", l.server.addr()), slog.Int("attempt", n),
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
