package kirim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxFields bounds how many fields of a 422 are quoted, and how many messages
// of each: more than any real one has, less than a screen.
const maxFields = 10

// fail makes the operation's error from where the attempts have come to.
func (c *call) fail(kind Kind, reason string) *Error {
	e := &Error{
		Kind: kind, Op: c.op, Method: c.method, Path: c.path, Reason: reason,
		Attempts: c.attempts, MayHaveActed: c.mayHaveActed, MayStillRun: c.mayStillRun > 0,
	}
	if c.answer != nil {
		e.Status = c.answer.status
		e.RetryAfter = c.answer.retryAfter
		if c.answer.refuses() {
			e.Message = c.quote(c.answer.envelope)
			e.Fields = c.quoteFields(c.answer.envelope)
		}
	}
	return e
}

// failure is the error for the last attempt's outcome.
func (c *call) failure() *Error {
	e := c.fail(KindUnexpected, "")
	if c.answer == nil {
		e.Kind, e.Reason = c.connectionFailure()
		e.Err = presentable(c.err)
		return e
	}
	switch {
	case c.outcome == limited:
		e.Kind = KindRateLimited
		if c.tooLong {
			e.Reason = fmt.Sprintf("the API %s%s, which is %s", reasonAsksToWait, e.RetryAfter, reasonTooLong)
		} else {
			e.Reason = reasonTooShort
		}
	case c.answer.status >= 500:
		e.Kind = KindServer
		if c.tooLong {
			e.Reason = fmt.Sprintf("the server %s%s, which is %s", reasonAsksToWait, e.RetryAfter, reasonTooLong)
		} else if !c.answer.refuses() {
			e.Reason = reasonForeign
		}
	case c.outcome == refused:
		e.Kind, e.Noun = c.refusalKind(c.answer.status, e.Message)
	default:
		e.Reason = c.answer.strangeness()
	}
	return e
}

// refusalKind names a 4xx of the API's own, and what was not found.
func (c *call) refusalKind(status int, message string) (kind Kind, noun string) {
	message = strings.ToLower(strings.TrimRight(message, ". "))
	missing, isMissing := strings.CutSuffix(message, " not found")
	switch {
	case status == http.StatusUnauthorized:
		return KindUnauthorized, ""
	case status == http.StatusForbidden && strings.Contains(message, "does not belong"):
		return KindForbidden, ""
	case status == http.StatusNotFound && isMissing && (missing == c.ref.Noun || missing == NounDomain):
		return KindNotFound, missing
	default:
		return KindRejected, ""
	}
}

// connectionFailure says what happened where no answer came.
func (c *call) connectionFailure() (Kind, string) {
	switch c.outcome {
	case unsent:
		return KindUnreachable, reasonNoConnection + c.client.base.Host
	case blocked:
		return KindUnreachable, reasonBlocked + c.client.base.Host
	case untrusted:
		return KindCertificate, "the server at " + c.client.base.Host + " " + reasonUntrusted
	case cut:
		return KindConnection, reasonCut
	case doubtful:
		return KindUnexpected, reasonNoHTTP
	case outOfTime:
		if !c.connected {
			return KindTimeout, reasonNoConnection + c.client.base.Host + " within the time for this operation"
		}
		return KindTimeout, reasonOutOfTime + doingAnswer
	case unfinished:
		return KindTimeout, reasonSilence + c.effort.patience.String()
	case interrupted:
		return KindCanceled, reasonInterrupted
	default:
		return KindConnection, reasonLost
	}
}

// quote gives the API's message, fit for a screen.
func (c *call) quote(e envelope) string {
	return c.client.secrets.Line(e.message(), c.passwordsIn(e)...)
}

func (c *call) quoteFields(e envelope) map[string][]string {
	fields := map[string][]string{}
	all, passwords := e.fields(), c.passwordsIn(e)
	for _, name := range slices.Sorted(maps.Keys(all))[:min(len(all), maxFields)] {
		messages := all[name][:min(len(all[name]), maxFields)]
		name = c.client.secrets.Line(name, passwords...)
		for _, message := range messages {
			fields[name] = append(fields[name], c.client.secrets.Line(message, passwords...))
		}
	}
	return fields
}

// passwordsIn gives the passwords that an answer tells, and those that the caller
// knows.
func (c *call) passwordsIn(e envelope) []string {
	passwords := slices.Clone(c.passwords)
	data, _ := asObject(e.Data)
	for name, raw := range data {
		// In any case of letters: whatever it is, it is not to be quoted.
		if strings.EqualFold(name, "new_password") || strings.EqualFold(name, "password") {
			if password, ok := asText(raw); ok && password != "" {
				passwords = append(passwords, password)
			}
		}
	}
	return passwords
}

type passwordsKey struct{}

// WithPasswords makes the errors of calls with the context free of passwords
// that the caller knows: the API may quote the one that is live in a message.
// Empty ones are left out.
func WithPasswords(ctx context.Context, passwords ...string) context.Context {
	known, _ := ctx.Value(passwordsKey{}).([]string)
	all := slices.Clone(known)
	for _, password := range passwords {
		if password != "" {
			all = append(all, password)
		}
	}
	return context.WithValue(ctx, passwordsKey{}, all)
}

// proxyError is a proxy's refusal to connect to the API.
type proxyError struct{ status int }

func (e *proxyError) Error() string {
	return fmt.Sprintf("it answered %d %s", e.status, http.StatusText(e.status))
}

// refusedByProxy gives a proxy's answer to CONNECT a type (RFC 9110, section
// 9.3.6). Nothing has been sent to the API then.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{response.StatusCode}
}

// isTimeout tells whether a phase of a connection took too long, such as the
// TLS handshake.
func isTimeout(err error) bool {
	var phase net.Error
	return errors.As(err, &phase) && phase.Timeout()
}

// presentable lets through the causes that say something to a reader and hold
// nothing of an answer; net/http's protocol errors quote what was received.
func presentable(err error) error {
	var network *net.OpError
	var dns *net.DNSError
	var proxy *proxyError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil // the reason has said it
	case errors.As(err, &proxy):
		return proxy
	case errors.As(err, &dns):
		return dns
	case errors.As(err, &network):
		return network
	case isUntrusted(err), isTimeout(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	default:
		return nil
	}
}
