package mailcheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

// Kind is the kind of a failure. With it, callers need no reply codes or texts.
type Kind int

// The kinds of failure.
const (
	// KindUnusable means that this server cannot be used for a login. It offers no
	// AUTH, or no mechanism that this package knows. Or it offers no TLS where a
	// password needs it, or only versions before TLS 1.2. Or it does not speak SMTP.
	// Any other 5xx is of this kind too.
	KindUnusable Kind = iota
	// KindArgument means that the user name or the password cannot be sent. Nothing
	// was sent.
	KindArgument
	// KindRefused is a 535 to the login. The user name or the password is wrong, or
	// the server does not know them yet.
	KindRefused
	// KindTemporary is a 4xx, to the login or before it.
	KindTemporary
	// KindUnreachable means no such host, no route, a connection that was refused or
	// lost, or no answer in time.
	KindUnreachable
	// KindCertificate means that the server's certificate is not valid. The login was
	// not sent.
	KindCertificate
	// KindCanceled means that the caller canceled the context (an interrupt).
	KindCanceled
)

// Error is the one error type of this package.
type Error struct {
	// Kind is the kind of the last failure. If the server has replied, and could not be
	// reached after that, it is the kind of its last reply.
	Kind Kind
	// Code is the code of that reply, or 0 if the failure was not a reply.
	Code int
	// Attempts counts the attempts. One that is refused by PLAIN and then tried by
	// LOGIN is one attempt.
	Attempts int
	// Err is the reason, a phrase of one line.
	Err error
}

// Error describes the failure in one line, without secrets.
func (e *Error) Error() string {
	if e.Attempts > 1 {
		return fmt.Sprintf("%v; tried %d times", e.Err, e.Attempts)
	}
	return e.Err.Error()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

func unusable(reason string) *Error { return &Error{Kind: KindUnusable, Err: errors.New(reason)} }

var (
	errNotLoopback = unusable("the server is not on this machine (localhost or a loopback address), " +
		"and elsewhere a password is not sent without TLS")
	errNoSTARTTLS = unusable("the server does not offer STARTTLS, and a password is not sent without TLS")
	errInTheClear = unusable("the server sent something in the clear where TLS has to begin")
	errNotSMTP    = unusable("what answers there does not speak SMTP")
	errOldTLS     = unusable("the server does not speak TLS 1.2 or later")
	errNoCipher   = unusable("the server does not speak TLS 1.2 or later, or knows no cipher of this client")
	errTooMuch    = unusable("the server sent more than 64 KiB, and no end was in sight") // maxReceived
)

// codeRefused is the reply to a wrong user name or password (RFC 4954, section 6).
const codeRefused = 535

// unexpected makes the error of a reply whose code is not the wanted one.
func (s *session) unexpected(r reply) *Error {
	e := &Error{Kind: KindUnusable, Code: r.code}
	switch {
	case r.code == codeRefused && s.mechanism != "":
		e.Kind = KindRefused
	case r.code/100 == 4:
		e.Kind = KindTemporary
	}
	answer := fmt.Sprintf("the server answered %d", r.code)
	if text := s.secrets.Line(strings.Join(r.lines, "\n")); text != "" {
		answer += fmt.Sprintf(" %q", text)
	}
	if s.asked != "" {
		answer += " to " + s.asked
	}
	e.Err = errors.New(answer)
	return e
}

// failure makes the error of a failed attempt. ctx is the attempt's context.
func (s *session) failure(ctx context.Context, err error) *Error {
	e := &Error{Kind: KindUnreachable, Attempts: s.attempts, Err: err}
	var own *Error
	var inTheClear tls.RecordHeaderError
	switch {
	// A reply counts even if the time was over just after it.
	case errors.As(err, &own):
		e.Kind, e.Code, e.Err = own.Kind, own.Code, own.Err
	case errors.As(err, &inTheClear):
		e.Kind, e.Err = KindUnusable, errInTheClear.Err
	case errors.Is(ctx.Err(), context.Canceled):
		e.Kind, e.Err = KindCanceled, fmt.Errorf("it was interrupted: %w", ctx.Err())
	case s.conn == nil: // the text is complete, as in "dial tcp: …"
	case ctx.Err() != nil && s.conn.received == 0:
		e.Err = errors.New("the server took the connection and said nothing")
		if s.server.Security != SecurityTLS {
			e.Err = fmt.Errorf("%w; perhaps it waits for TLS", e.Err)
		}
	case ctx.Err() != nil:
		e.Err = errors.New("the server stopped answering")
	default: // the text may contain names from the server's certificate
		what := "the connection ended: "
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			e.Kind, what = KindCertificate, "the server's certificate does not hold, so no password was sent: "
		}
		e.Err = errors.New(what + s.secrets.Line(err.Error()))
	}
	return e
}
