package mailcheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"time"
)

// problem is a failure that this package finds itself. It is neither a reply nor an
// error of the network.
type problem struct {
	kind Kind
	text string
}

func (p *problem) Error() string { return p.text }

var (
	errNotLoopback = &problem{KindUnprotected, "it is not on this machine (localhost or a loopback address), " +
		"and elsewhere a password is not sent without TLS"}
	errNoSTARTTLS  = &problem{KindUnprotected, "it does not offer STARTTLS, and a password is not sent without TLS"}
	errUnprotected = &problem{KindUnprotected, "the connection is not protected by TLS"}
	errInjected    = &problem{KindUnusable, "something was sent in the clear after it had agreed to TLS: " +
		"a faulty server, or an attack"}
	errNoAuth  = &problem{KindUnusable, "it does not offer AUTH, so that nobody can log in"}
	errNotSMTP = &problem{KindUnusable, "what answers there does not speak SMTP"}
	errTooMuch = &problem{KindUnusable, "it sent more than 64 KiB, and no end was in sight"} // maxReceived
	errBadTLS  = &problem{KindUnusable, "it agreed to TLS and went on without it"}
	errNotTLS  = &problem{KindUnusable, "what answers there does not begin with TLS; " +
		"most likely security is to be starttls, or the port is another"}
)

// codeRefused is the reply to a wrong user name or password (RFC 4954, section 6).
const codeRefused = 535

// failure makes the error of a failed attempt. ctx is the caller's context. limited
// has the attempt's own timeout too.
func (l *login) failure(ctx, limited context.Context, timeout time.Duration, s *session, err error) *Error {
	e := &Error{Kind: KindUnreachable, Addr: l.server.addr(), Attempts: l.attempts}
	var reply *textproto.Error
	var own *problem
	var garbled textproto.ProtocolError
	switch {
	// A reply counts even if the time was over just after it.
	case errors.As(err, &reply):
		e.Kind, e.Code, e.Message = KindUnusable, reply.Code, l.secrets.Line(reply.Msg)
		if reply.Code == codeRefused && s.mechanism != "" {
			e.Kind = KindRefused
		} else if reply.Code/100 == 4 {
			e.Kind = KindTemporary
		}
	case errors.As(err, &own):
		e.Kind, e.Err = own.kind, own
	case errors.As(err, &garbled) && !s.conn.ended: // a truncated line is garbled too
		e.Kind, e.Err = errNotSMTP.kind, errNotSMTP
	case errors.Is(ctx.Err(), context.Canceled):
		e.Kind, e.Err = KindCanceled, ctx.Err()
	case deadlinePassed(ctx):
		e.TimedOut, e.Err = true, s.whereItStopped("")
	case deadlinePassed(limited):
		e.Err = s.whereItStopped(" within " + timeout.Round(time.Second).String())
	case s.conn == nil:
		e.Err = err
	default: // go-mail puts text around an error, which may quote the server
		lost := io.EOF
		if op, ok := errors.AsType[*net.OpError](err); ok {
			lost = op
		}
		e.Err = fmt.Errorf("the connection was lost: %w", lost)
	}
	return e
}

// handshakeFailure makes the error of a failed TLS handshake. After the handshake the
// same errors mean that the connection was lost.
func (l *login) handshakeFailure(err error) error {
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &header) && l.server.Security == SecuritySTARTTLS:
		return errBadTLS
	case errors.As(err, &header):
		return errNotTLS
	case isConnectionLost(err):
		return err
	}
	// The text contains names from the server's certificate, so it is redacted.
	return &problem{KindCertificate, "TLS could not be agreed on: " + l.secrets.Line(err.Error())}
}

// isConnectionLost reports whether a handshake failed because the connection was
// lost. Most errors of crypto/tls itself have no type.
func isConnectionLost(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op != "remote error" && op.Op != "local error"
	}
	lost := []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, context.Canceled, context.DeadlineExceeded}
	return slices.ContainsFunc(lost, func(target error) bool { return errors.Is(err, target) })
}

// deadlinePassed reports whether the deadline of ctx has passed. ctx itself may not
// be done yet, because the network's timer can fire first.
func deadlinePassed(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= 0
}

// whereItStopped describes how far the session was when the time was over.
func (s *session) whereItStopped(within string) error {
	switch {
	case s.conn == nil:
		return errors.New("no connection came about" + within)
	case s.conn.received > 0:
		return errors.New("it stopped answering" + within)
	case s.server.Security == SecurityTLS:
		return errors.New("it took the connection and said nothing" + within)
	}
	return errors.New("it took the connection and said nothing" + within +
		"; a port where TLS begins at once (security tls) is like that too")
}
