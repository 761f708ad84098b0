package kirim

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// What is told of a call is one record a request and one a wait, both at DEBUG:
// with a thousand resources in the queue for the rate limit there are thousands
// of them. What came of a call is for the caller to tell, once; what concerns all
// of them, that the limit was met, is told here at INFO.

const rateLimitReached = "the API's rate limit is reached"

func (c *call) logAttempt(ctx context.Context) {
	attrs := []slog.Attr{slog.Int64("duration_ms", c.took.Milliseconds())}
	if c.answer != nil {
		attrs = append(attrs, slog.Int("status", c.answer.status))
	}
	if c.outcome != understood {
		attrs = append(attrs, slog.String("because", c.because()))
	}
	c.log(ctx, "request", attrs...)
}

// logQueue tells of a wait at the gate, 0 where nobody knows how long it will be.
// The first one that is for the limit is told at INFO, too: an apply that takes
// long is explained by that, and by the next thousand no better.
func (c *call) logQueue(ctx context.Context, wait time.Duration) {
	const message = "waiting for the rate limit"
	if wait == 0 {
		c.logWait(ctx, message, 0, "a request that went ahead to see was not answered yet")
		return
	}
	c.client.limitTold.Do(func() {
		c.client.log.LogAttrs(ctx, slog.LevelInfo, rateLimitReached+"; requests wait for it, as often as need be",
			slog.String("wait", rounded(wait)))
	})
	c.logWait(ctx, message, wait, rateLimitReached)
}

func (c *call) logWait(ctx context.Context, message string, wait time.Duration, because string) {
	c.log(ctx, message, slog.String("wait", rounded(wait)), slog.String("because", because))
}

// log says which credential it is about by itself: a list is read with the
// context of whoever needs it first, and is about none.
func (c *call) log(ctx context.Context, message string, attrs ...slog.Attr) {
	about := []slog.Attr{
		slog.String("domain", c.ref.Domain), slog.String("method", c.method), slog.String("path", c.path), slog.Int("attempt", c.attempts),
	}
	if c.ref.GUID != "" {
		about = append(about, slog.String(c.ref.Noun+"_guid", c.ref.GUID))
	}
	c.client.log.LogAttrs(ctx, slog.LevelDebug, message, append(about, attrs...)...)
}

func rounded(wait time.Duration) string { return wait.Round(time.Millisecond).String() }

// because names the last outcome for the log.
func (c *call) because() string {
	if c.answer != nil {
		if c.outcome == limited {
			return rateLimitReached
		}
		return fmt.Sprintf("HTTP status %d", c.answer.status)
	}
	_, reason := c.connectionFailure()
	return reason
}
