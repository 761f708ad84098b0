package kirim

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong, so that a caller need not read status codes or
// texts.
type Kind int

// The kinds of failure.
const (
	// KindUnexpected is an answer that is not one of the API's: an HTML page,
	// a redirect, a success in another form. It came from a proxy, an outage
	// page or a wrong base URL; or the API contradicts itself, which leaves
	// Error.Message.
	KindUnexpected Kind = iota
	// KindUnreachable means that no connection could be made: refused, no route,
	// no such host. Nothing was sent.
	KindUnreachable
	// KindCertificate means that the server's TLS certificate does not hold,
	// or that the server does not speak TLS 1.2 or later. Nothing was sent.
	KindCertificate
	// KindConnection means that the connection was lost after the request was
	// sent, before or within the answer.
	KindConnection
	// KindTimeout means that the operation's own time ran out.
	KindTimeout
	// KindCanceled means that the caller gave up (an interrupt).
	KindCanceled
	// KindRateLimited is a 429, or a wait asked for by the API that is longer
	// than the operation has left. Error.RetryAfter says how long.
	KindRateLimited
	// KindServer is a 5xx.
	KindServer
	// KindUnauthorized is a 401: user name or token wrong or missing.
	KindUnauthorized
	// KindForbidden is a 403: the credential belongs to another domain.
	KindForbidden
	// KindNotFound is the API's own 404 "… not found", of what was asked for or of
	// its domain: Error.Noun says which.
	KindNotFound
	// KindRejected is any other 4xx in the API's envelope, a 422 among them;
	// Error.Fields has its messages by field.
	KindRejected
	// KindArgument means that an argument cannot be sent. Nothing was.
	KindArgument
	// KindIncomplete is an answer in the API's form without what it is to
	// carry: a reset without a password, somebody else's credential.
	KindIncomplete
)

// String names a kind in a log.
func (k Kind) String() string {
	names := [...]string{
		"unexpected", "unreachable", "certificate", "connection", "timeout", "canceled", "rate_limited", "server",
		"unauthorized", "forbidden", "not_found", "rejected", "argument", "incomplete",
	}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// Error is the one error type of this package.
type Error struct {
	// Kind says what went wrong.
	Kind Kind
	// Noun is what was not found ([NounCredential], [NounDomain]); empty otherwise.
	Noun string
	// Op is what was tried, in words: "reset the password".
	Op string
	// Method and Path are those of the request; empty where none was made.
	Method, Path string
	// Status is the HTTP status of the last answer, 0 where there was none.
	Status int
	// Message is the API's own message, cleaned of secrets and control
	// characters; empty where the answer was not in the API's envelope.
	Message string
	// Fields has the API's messages by field, from a 422.
	Fields map[string][]string
	// RetryAfter is how long the API asked to wait; 0 where it did not.
	RetryAfter time.Duration
	// Attempts counts the requests that were made.
	Attempts int
	// MayHaveActed tells that the request, or an earlier attempt at it, may
	// have changed something at the server although no usable answer came. A
	// password reset that may have acted may have ended the stored password.
	MayHaveActed bool
	// MayStillRun tells that one of them may do so yet: it was never answered,
	// or only by somebody who had given up on it.
	MayStillRun bool
	// Reason is a short description of what happened where there is no
	// message of the API to quote. It holds nothing of an answer's body.
	Reason string
	// Err is the cause, where there is one.
	Err error
}

// Error describes the failure in one line. It holds no secret.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "could not %s", e.Op)
	switch {
	case e.Status != 0 && e.Message != "":
		fmt.Fprintf(&b, ": the API answered %d: %q", e.Status, e.Message)
	case e.Status != 0:
		fmt.Fprintf(&b, ": HTTP status %d", e.Status)
	}
	if e.Reason != "" {
		fmt.Fprintf(&b, ": %s", e.Reason)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsNotFound tells whether an error is the API's own "… not found" about a noun.
func IsNotFound(err error, noun string) bool {
	e := detailsOf(err)
	return e.Kind == KindNotFound && e.Noun == noun
}

// detailsOf is an error of this package, or an empty one.
func detailsOf(err error) Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return *e
	}
	return Error{}
}
