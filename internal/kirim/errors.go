package kirim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// Kind says what went wrong, by its name in the log. Callers go by it, and not by status
// codes or texts.
type Kind string

// The kinds of failure.
const (
	// KindUnexpected is an answer that is not one of the API's: an HTML page, a redirect,
	// a success in another form. It comes from a proxy, an outage page or a wrong base
	// URL. Or the API contradicts itself; then there is an Error.Message.
	KindUnexpected Kind = "unexpected"
	// KindUnreachable means that no connection could be made: refused, no route, no such
	// host. Nothing was sent.
	KindUnreachable Kind = "unreachable"
	// KindProxy means that no connection could be made by way of the proxy that the
	// environment names. Nothing was sent.
	KindProxy Kind = "proxy"
	// KindProxyUnauthorized means that this proxy answered 407 (or 401): it wants another
	// user name or password. Nothing was sent.
	KindProxyUnauthorized Kind = "proxy_unauthorized"
	// KindCertificate means that the server's TLS certificate does not hold,
	// or that the server does not speak TLS 1.2 or later. Nothing was sent.
	KindCertificate Kind = "certificate"
	// KindConnection means that the connection was lost after the request was
	// sent, before or within the answer.
	KindConnection Kind = "connection"
	// KindTimeout means that the operation's own time ran out.
	KindTimeout Kind = "timeout"
	// KindCanceled means that the caller gave up (an interrupt).
	KindCanceled Kind = "canceled"
	// KindRateLimited is a 429, or a wait asked for by the API that is longer
	// than the operation has left. Error.Reason says how long.
	KindRateLimited Kind = "rate_limited"
	// KindServer is a 5xx.
	KindServer Kind = "server"
	// KindUnauthorized is a 401: user name or token wrong or missing.
	KindUnauthorized Kind = "unauthorized"
	// KindForbidden is a 403: the credential belongs to another domain, or the domain's key
	// does.
	KindForbidden Kind = "forbidden"
	// KindNotFound is the API's own 404 "… not found", of what was asked for or of
	// its domain: Error.Noun says which.
	KindNotFound Kind = "not_found"
	// KindRejected is any other 4xx in the API's envelope, a 422 among them.
	KindRejected Kind = "rejected"
	// KindArgument means that an argument cannot be sent. Nothing was.
	KindArgument Kind = "argument"
	// KindAccountOnly means that a domain's key does not reach this. Nothing was sent.
	KindAccountOnly Kind = "account_only"
	// KindIncomplete is an answer in the API's form without its content: a reset without
	// a password, another credential.
	KindIncomplete Kind = "incomplete"
)

// Error is the one error type of this package.
type Error struct {
	// Kind says what went wrong.
	Kind Kind
	// Noun is what was not found, such as [NounCredential]; empty for other kinds.
	Noun string
	// Op is the operation in words: "reset the password".
	Op string
	// Status is the HTTP status of the last answer, 0 if there is none.
	Status int
	// Message is the API's own message, followed by its messages by field, on one line of
	// limited length, without secrets and control characters; empty if the answer was not
	// in the API's envelope.
	Message string
	// Attempts counts the requests that were made.
	Attempts int
	// MayHaveActed: the request, or an earlier attempt at it, may have changed something
	// at the server, although no usable answer came. A password reset that may have acted
	// may have ended the stored password.
	MayHaveActed bool
	// MayStillRun: one of them may still do so. It was never answered, or only by a
	// gateway that had given up on it.
	MayStillRun bool
	// EndpointInBaseURL: the answer is a 404 or a 405, and the base URL ends in /api or in
	// more of an endpoint's path, to which each request adds its own. A gateway may be
	// there, so that it is no error by itself.
	EndpointInBaseURL bool
	// DomainKey: the request was made with a domain's key ([Config]).
	DomainKey bool
	// Reason is a short description of what happened, if there is no message of the API
	// to quote. It holds nothing of an answer's body.
	Reason string
	// Err is the cause, if there is one.
	Err error
}

// Error describes the failure in one line. It holds no secret.
func (e *Error) Error() string {
	text := "could not " + e.Op
	switch {
	case e.Status != 0 && e.Message != "":
		text += fmt.Sprintf(": the API answered %d: %q", e.Status, e.Message)
	case e.Status != 0:
		text += fmt.Sprintf(": HTTP status %d", e.Status)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsNotFound reports whether an error is the API's own "… not found" about a noun.
func IsNotFound(err error, noun string) bool {
	e := Details(err)
	return e.Kind == KindNotFound && e.Noun == noun
}

// Details is an error of this package, or an empty one, which has no Status.
func Details(err error) Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return *e
	}
	return Error{}
}

// fail makes the error of a request, with all that its attempts have shown.
func (r *reply) fail(kind Kind, reason string) *Error {
	e := &Error{
		Kind: kind, Op: r.op, Reason: reason, Err: r.Err,
		Attempts: r.Attempts, MayHaveActed: r.MayHaveActed, MayStillRun: r.MayStillRun > 0,
		DomainKey: r.client.config.DomainKey,
	}
	if r.Answer != nil {
		e.Status = r.Answer.Status
		isMissing := e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed
		e.EndpointInBaseURL = isMissing && endpointPath.MatchString(r.client.base.Path)
		if r.Answer.IsAPIError() {
			e.Message = r.quote(r.Answer.Envelope)
		}
	}
	return e
}

// incomplete is the error for an answer that lacks something, or has another thing.
func (r *reply) incomplete(what string) *Error {
	return r.fail(KindIncomplete, "the answer says success, but "+what)
}

// kinds are those of outcomes. After some of them, an answer says more; see failure.
var kinds = map[transport.Outcome]Kind{
	transport.NonAPIError: KindUnexpected, transport.UnrecognizedSuccess: KindUnexpected,
	transport.Unreachable: KindUnreachable, transport.ProxyFailed: KindProxy,
	transport.ProxyUnauthorized: KindProxyUnauthorized,
	transport.Untrusted:         KindCertificate, transport.Truncated: KindConnection,
	transport.ConnectionLost: KindConnection, transport.StillRunning: KindTimeout, transport.TimedOut: KindTimeout,
	transport.ServerError: KindServer, transport.WaitTooLong: KindRateLimited, transport.Canceled: KindCanceled,
}

// failure is the error for a request that did not succeed.
func (r *reply) failure() *Error {
	e := r.fail(kinds[r.Outcome], r.Reason(r.client.base.Host))
	switch r.Outcome {
	case transport.LookFailed:
		e.Kind = cmp.Or(Details(r.Err).Kind, KindUnexpected)
	case transport.APIError:
		e.Kind, e.Noun = apiErrorKind(r.Answer.Status, r.Answer.Text(), r.ref.Noun)
		if e.DomainKey && e.Status == http.StatusForbidden {
			e.Kind = KindForbidden
		}
	case transport.ConnectionLost, transport.StillRunning:
		if r.Answer != nil {
			e.Kind = KindServer
		}
	}
	return e
}

// apiErrorKind names a 4xx of the API's own, and what was not found.
func apiErrorKind(status int, message, about string) (kind Kind, noun string) {
	message = strings.ToLower(strings.TrimRight(message, ". "))
	message = strings.TrimSuffix(message, " or you do not own this domain") // the webhooks' endpoints say so
	missing, isMissing := strings.CutSuffix(message, " not found")
	switch {
	case status == http.StatusUnauthorized:
		return KindUnauthorized, ""
	case status == http.StatusForbidden && strings.Contains(message, "does not belong"):
		return KindForbidden, ""
	case status == http.StatusNotFound && isMissing && (missing == about || missing == NounDomain):
		return KindNotFound, missing
	default:
		return KindRejected, ""
	}
}

// quote returns the API's message and its messages by field, fit for a screen: without the
// passwords in the answer, and those that the caller knows.
func (r *reply) quote(e transport.Envelope) string {
	parts, fields := []string{e.Text()}, e.Fields()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+": "+strings.Join(fields[name], " "))
	}
	passwords := slices.Clone(r.passwords)
	data, _ := jsonvalue.AsObject(e.Data)
	for name, raw := range data {
		password, _ := jsonvalue.AsText(raw)
		// In any case of letters: it may be a password.
		if password != "" && (strings.EqualFold(name, "new_password") || strings.EqualFold(name, "password")) {
			passwords = append(passwords, password)
		}
	}
	return r.client.secrets.Line(strings.Join(parts, " "), passwords...)
}

type passwordsKey struct{}

// WithPasswords keeps passwords that the caller knows out of the errors of calls with
// the context: the API may quote the live one in a message. Empty ones are left out.
func WithPasswords(ctx context.Context, passwords ...string) context.Context {
	known, _ := ctx.Value(passwordsKey{}).([]string)
	all := slices.DeleteFunc(slices.Concat(known, passwords), func(password string) bool { return password == "" })
	return context.WithValue(ctx, passwordsKey{}, all)
}
