package transport

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Reason says why an operation did not succeed; it is empty if the API's own message, or
// the cause, says that. It quotes nothing of an answer's body, which may hold a password.
// host is the API's. The page Troubleshooting explains each.
func (r *Result) Reason(host string) string {
	a := r.Answer
	switch {
	case r.Outcome == LookFailed:
		return ""
	case r.AskedToWait > 0:
		if r.AskedBefore {
			return fmt.Sprintf("the API asks to wait %s more; with the waits before, that is longer than the time "+
				"that is left", r.AskedToWait)
		}
		return fmt.Sprintf("the API asks to wait %s, which is longer than the time that is left", r.AskedToWait)
	case r.Outcome == WaitTooLong:
		return "the time that is left for this operation is too short to try again"
	case a == nil, r.Outcome == TimedOut, r.Outcome == Canceled:
		return r.noAnswer(host)
	case a.Status >= 400 && a.IsAPIError():
		return ""
	case a.Status/100 == 2:
		return "the answer's status says success, but " + cmp.Or(a.Oddity, "its body says that the request failed")
	case a.Status/100 == 3:
		return "the answer is a redirect, which the API never gives; it was not followed"
	default:
		return "the answer is not the API's own: " + cmp.Or(a.Oddity, "its body is not of the API's form")
	}
}

// noAnswer says what happened if no answer came, or none in time.
func (r *Result) noAnswer(host string) string {
	server := "the server at " + host
	switch {
	case isProxyError(r.Err):
		host = "the proxy " + r.Proxy
		server = host
	case r.Proxy != "":
		host += " through the proxy " + r.Proxy
	}
	if r.Outcome == TimedOut && r.Attempts > 0 && !r.Connected {
		return "could not connect to " + host + " within the time for this operation"
	}
	return map[Outcome]string{
		Unreachable:         "could not connect to " + host,
		ProxyFailed:         "could not connect to " + host,
		ProxyUnauthorized:   "could not connect to " + host,
		Untrusted:           server + " could not be trusted",
		Truncated:           "the answer broke off",
		UnrecognizedSuccess: "what came as an answer is not HTTP",
		ConnectionLost:      "the connection was lost before an answer came",
		StillRunning:        "no answer came within " + r.Took.Truncate(time.Second).String(),
		TimedOut:            "the time for this operation ran out",
		Canceled:            "it was interrupted",
	}[r.Outcome]
}

// The log has one record a request and one a wait, both at DEBUG: a thousand resources
// in the queue for the rate limit make thousands of them. What became of an operation
// is for the caller to say. What concerns all operations, that the rate limit was met,
// is said here at INFO.

func (r *run) logAttempt(ctx context.Context) {
	attrs := []slog.Attr{slog.Int64("duration_ms", r.Took.Milliseconds())}
	if r.Answer != nil {
		attrs = append(attrs, slog.Int("status", r.Answer.Status))
	}
	if reason := r.Reason(r.Request.URL.Host); r.Outcome != Success && reason != "" {
		attrs = append(attrs, slog.String("because", reason))
	}
	r.log(ctx, "request", attrs...)
}

// logQueue logs a wait for the rate limit. The first one is logged at INFO, too: it
// explains an apply that takes long.
func (r *run) logQueue(ctx context.Context, wait time.Duration) {
	r.client.limitNoted.Do(func() {
		const message = "the API's rate limit is reached; requests wait for it, as often as need be"
		r.client.logger.LogAttrs(ctx, slog.LevelInfo, message, waitAttr(wait))
	})
	r.log(ctx, "waiting for the rate limit", waitAttr(wait))
}

// log says what the operation is about by itself: a list is read with the context of
// whichever reader needs it first.
func (r *run) log(ctx context.Context, message string, attrs ...slog.Attr) {
	attrs = append(append([]slog.Attr{slog.Int("attempt", r.Attempts)}, r.About...), attrs...)
	r.client.logger.LogAttrs(ctx, slog.LevelDebug, message, attrs...)
}

func waitAttr(wait time.Duration) slog.Attr {
	return slog.String("wait", wait.Round(time.Millisecond).String())
}
