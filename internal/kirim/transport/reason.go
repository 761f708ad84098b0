package transport

import (
	"cmp"
	"fmt"
	"time"
)

// Reason says why an operation did not succeed; it is empty if the API's own message, or
// the cause, says that. It quotes nothing of an answer's body, which may hold a password.
// host is the API's. The page templates/guides/troubleshooting.md.tmpl explains each.
func (r *Result) Reason(host string) string {
	a := r.Answer
	switch {
	case r.Outcome == APIError, r.Outcome == LookFailed:
		return ""
	case r.Outcome == WaitTooLong:
		return r.Wait.Error()
	case a == nil, r.Outcome == TimedOut, r.Outcome == Canceled:
		return r.noAnswer(host)
	case a.Status >= 500 && r.AskedTooLong:
		return fmt.Sprintf("the server asks to wait %s, which is longer than the time that is left", a.RetryAfter)
	case a.Status >= 500 && a.IsAPIError():
		return ""
	case a.Status >= 500:
		return "the answer is not the API's own"
	case a.Status < 200:
		return "the answer's status is none that answers a request"
	case a.Status < 300 && a.Oddity == NotOdd:
		return "the answer's status says success, but its body says that the request failed"
	case a.Status < 300:
		return "the answer's status says success, but " + string(a.Oddity)
	case a.Status < 400:
		return "the answer is a redirect, which the API never gives; it was not followed"
	default:
		return "the answer is not the API's own: " + string(cmp.Or(a.Oddity, "its body is not of the API's form"))
	}
}

// noAnswer says what happened if no answer came, or none in time.
func (r *Result) noAnswer(host string) string {
	switch {
	case r.Outcome == TimedOut && r.Phase == AwaitingAnswer && !r.Connected:
		return "could not connect to " + host + " within the time for this operation"
	case r.Outcome == Canceled && r.Phase == AwaitingAnswer:
		return "it was interrupted"
	}
	return map[Outcome]string{
		Unreachable:         "could not connect to " + host,
		ProxyRefused:        "the proxy does not let requests through to " + host,
		Untrusted:           "the server at " + host + " could not be trusted",
		UnrecognizedSuccess: "what came as an answer is not HTTP",
		Truncated:           "the answer broke off",
		ConnectionLost:      "the connection was lost before an answer came",
		StillRunning:        "no answer came within " + r.Took.Truncate(time.Second).String(),
		TimedOut:            "the time for this operation ran out while " + string(r.Phase),
		Canceled:            "it was interrupted while " + string(r.Phase),
	}[r.Outcome]
}
