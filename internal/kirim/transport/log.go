package transport

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// The log has one record a request and one a wait, both at DEBUG: a thousand resources
// in the queue for the rate limit make thousands of them. What became of an operation
// is for the caller to say. What concerns all operations, that the rate limit was met,
// is said here at INFO.

const rateLimitReached = "the API's rate limit is reached"

func (r *run) logAttempt(ctx context.Context) {
	attrs := []slog.Attr{slog.Int64("duration_ms", r.Took.Milliseconds())}
	if r.Answer != nil {
		attrs = append(attrs, slog.Int("status", r.Answer.Status))
	}
	if r.Outcome != Success {
		attrs = append(attrs, slog.String("because", r.because()))
	}
	r.log(ctx, "request", attrs...)
}

// logQueue logs a wait for the rate limit. The first one is logged at INFO, too: it
// explains an apply that takes long.
func (r *run) logQueue(ctx context.Context, wait time.Duration) {
	r.client.limitNoted.Do(func() {
		r.client.logger.LogAttrs(ctx, slog.LevelInfo, rateLimitReached+"; requests wait for it, as often as need be",
			slog.String("wait", rounded(wait)))
	})
	r.logWait(ctx, "waiting for the rate limit", wait, rateLimitReached)
}

func (r *run) logWait(ctx context.Context, message string, wait time.Duration, because string) {
	r.log(ctx, message, slog.String("wait", rounded(wait)), slog.String("because", because))
}

// log says what the operation is about by itself: a list is read with the context of
// whichever reader needs it first.
func (r *run) log(ctx context.Context, message string, attrs ...slog.Attr) {
	attrs = append(append([]slog.Attr{slog.Int("attempt", r.Attempts)}, r.About...), attrs...)
	r.client.logger.LogAttrs(ctx, slog.LevelDebug, message, attrs...)
}

func rounded(wait time.Duration) string { return wait.Round(time.Millisecond).String() }

// because names the last outcome for the log.
func (r *run) because() string {
	switch {
	case r.Answer == nil:
		return r.Reason(r.Request.URL.Host)
	case r.Outcome == RateLimited:
		return rateLimitReached
	default:
		return fmt.Sprintf("HTTP status %d", r.Answer.Status)
	}
}
