package mailcheck

import (
	"fmt"
	"strings"
)

// Kind says what went wrong, so that a caller need not read reply codes or
// texts.
type Kind int

// The kinds of failure.
const (
	// KindUnusable means that one cannot log in at this server: it offers no
	// AUTH, or no mechanism that is spoken here; it begins with TLS where it
	// should not, or the other way round; it does not speak SMTP; or it said no
	// in another way than the kinds below know (any other 5xx).
	KindUnusable Kind = iota
	// KindArgument means that what was to be used cannot be: the host, the port,
	// the kind of security, the authorities, the user name or the password.
	// Nothing was sent.
	KindArgument
	// KindRefused is a 535 to the login: user name or password are wrong, or the
	// server does not know them yet.
	KindRefused
	// KindTemporary is a 4xx, to the login or before: the server could not say.
	KindTemporary
	// KindUnreachable means that the server could not be asked: no such host, no
	// route, connection refused or lost, or no answer in time.
	KindUnreachable
	// KindCertificate means that the server's certificate does not hold, or
	// that no TLS of version 1.2 or later could be agreed on. Nothing of the
	// login was sent.
	KindCertificate
	// KindUnprotected means that the password would have gone over an
	// unprotected line: the server offers no STARTTLS, or SecurityNone was asked
	// for and the server is not on this machine. Nothing of the login was sent.
	KindUnprotected
	// KindCanceled means that the caller gave up (an interrupt).
	KindCanceled

	kindCount int = iota
)

var kindNames = [kindCount]string{
	"unusable", "argument", "refused", "temporary", "unreachable", "certificate", "unprotected", "canceled",
}

// String names a kind in a log.
func (k Kind) String() string { return kindNames[k] }

// Error is the one error type of this package.
type Error struct {
	// Kind says what went wrong, the last time that it was tried.
	Kind Kind
	// Addr is the server's host:port; empty where there is no such host.
	Addr string
	// Code is the server's reply code, 0 where the failure was not a reply.
	Code int
	// Message is the text of that reply on one line, cleaned of the password.
	Message string
	// Attempts counts the logins that were tried.
	Attempts int
	// TimedOut tells that the context's deadline ended it, and not the failure:
	// Kind is what the server had come to by then. Where nothing had come of it
	// yet, that is KindUnreachable.
	TimedOut bool
	// Err is the cause where there was no reply, cleaned as Message is.
	Err error
}

// Error describes the failure in one line. It holds no secret.
func (e *Error) Error() string {
	where := "the mail server"
	if e.Addr != "" {
		where += " at " + e.Addr
	}
	return fmt.Sprintf("could not log in to %s: %s", where, e.reason())
}

func (e *Error) reason() string {
	var parts []string
	if e.Code != 0 {
		answer := fmt.Sprintf("it answered %d", e.Code)
		if e.Message != "" {
			answer += fmt.Sprintf(": %q", e.Message)
		}
		parts = append(parts, answer)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if e.TimedOut {
		parts = append(parts, "the time for it is over")
	}
	return strings.Join(parts, "; ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
