package mailcheck

import (
	"fmt"
	"strings"
)

// Kind is the kind of a failure. With it, callers need no reply codes or texts.
type Kind int

// The kinds of failure.
const (
	// KindUnusable means that this server cannot be used for a login. It offers no
	// AUTH, or no mechanism that this package knows. Or it starts with TLS
	// unexpectedly, or without TLS. Or it does not speak SMTP. Any other 5xx is of
	// this kind too.
	KindUnusable Kind = iota
	// KindArgument means that an argument is invalid: the host, the port, the kind
	// of security, the authorities, the user name or the password. Nothing was
	// sent.
	KindArgument
	// KindRefused is a 535 to the login. The user name or the password is wrong, or
	// the server does not know them yet.
	KindRefused
	// KindTemporary is a 4xx, to the login or before it.
	KindTemporary
	// KindUnreachable means no such host, no route, a connection that was refused or
	// lost, or no answer in time.
	KindUnreachable
	// KindCertificate means that the server's certificate is not valid, or that the
	// server does not support TLS 1.2 or later. The login was not sent.
	KindCertificate
	// KindUnprotected means that the password would have been sent without TLS. The
	// server offers no STARTTLS, or Security is SecurityNone and the server is not
	// on this machine. The login was not sent.
	KindUnprotected
	// KindCanceled means that the caller canceled the context (an interrupt).
	KindCanceled

	kindCount int = iota
)

var kindNames = [kindCount]string{
	"unusable", "argument", "refused", "temporary", "unreachable", "certificate", "unprotected", "canceled",
}

// String returns the name of a kind, for logs.
func (k Kind) String() string { return kindNames[k] }

// Error is the one error type of this package.
type Error struct {
	// Kind is the kind of the last failure.
	Kind Kind
	// Addr is the server's host:port. It is empty if the host is invalid.
	Addr string
	// Code is the server's reply code, or 0 if the failure was not a reply.
	Code int
	// Message is the text of the reply on one line, without the password.
	Message string
	// Attempts counts the logins.
	Attempts int
	// TimedOut means that the context's deadline ended the call. Kind is then the
	// kind of the last failure before the deadline, or KindUnreachable.
	TimedOut bool
	// Err is the cause if there was no reply. It contains no password either.
	Err error
}

// Error describes the failure in one line, without secrets.
func (e *Error) Error() string {
	where := "the mail server"
	if e.Addr != "" {
		where += " at " + e.Addr
	}
	return fmt.Sprintf("could not log in to %s: %s", where, e.reason())
}

func (e *Error) reason() string {
	var parts []string
	switch {
	case e.Code != 0 && e.Message != "":
		parts = append(parts, fmt.Sprintf("it answered %d: %q", e.Code, e.Message))
	case e.Code != 0:
		parts = append(parts, fmt.Sprintf("it answered %d", e.Code))
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if e.TimedOut {
		parts = append(parts, "the time for it is over")
	}
	return strings.Join(parts, "; ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
