package mailcheck

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

const (
	// answerTimeout limits how long a server may leave logins without an answer. It
	// may be restarting. If the host is wrong, the user should know soon.
	answerTimeout = 30 * time.Second
	// Pauses grow by half, from firstPause to longestPause. Each is shorter by a
	// random part, up to a quarter, so that many resources do not retry at once.
	firstPause, longestPause = 500 * time.Millisecond, 15 * time.Second
	// minAttemptTime is the time to leave for an attempt. A connection, TLS and a
	// login take less.
	minAttemptTime = time.Second
	// refusalPause is the time between a refusal and the second attempt of Probe.
	refusalPause = 2 * time.Second
)

// Await logs in again and again, with growing pauses, until the server accepts the
// password or ctx is done. It returns the mechanism that the server accepted, or
// an *[Error]. A failure that a retry cannot cure is returned at once.
func (s Server) Await(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(username, password, func(l *login) *Error {
		began := time.Now()
		failure := l.await(ctx)
		l.log.With(outcome(failure)...).InfoContext(ctx, "login check ended", "attempts", l.attempts,
			"duration_ms", time.Since(began).Milliseconds())
		return failure
	})
}

// Probe logs in with a password that the server accepted before. It returns the
// mechanism that the server accepted, or an *[Error]. A refusal (KindRefused) counts
// only if the server repeats it two seconds later. A single refusal may come from a
// server that cannot reach its own directory at that moment.
func (s Server) Probe(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(username, password, func(l *login) *Error {
		failure := l.attempt(ctx, time.Now().Add(answerTimeout))
		if failure != nil && failure.Kind == KindRefused {
			sleep(ctx, refusalPause)
			failure = l.attempt(ctx, time.Now().Add(answerTimeout))
		}
		return failure
	})
}

// login is the data that all attempts of one call share.
type login struct {
	server             Server
	username, password string
	tls                *tls.Config
	secrets            redact.Secrets
	log                *slog.Logger
	// mechanism is the mechanism to try first, and at last the one that the server
	// accepted. If it is empty, the best is tried first.
	mechanism string
	attempts  int
	// otherTried means that the server answered to both mechanisms.
	otherTried bool
}

// with prepares a login for do. It returns the mechanism that the server accepted,
// and the failure as an error that is nil if there is none.
func (s Server) with(username, password string, do func(*login) *Error) (mechanism string, err error) {
	l := &login{
		server: s, username: username, password: password, mechanism: s.Mechanism,
		tls:     &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12},
		secrets: redact.Login(username, password),
		log:     cmp.Or(s.Logger, slog.New(slog.DiscardHandler)).With("server", s.Addr()),
	}
	if s.CACertificate != "" { // an empty pool trusts no server
		l.tls.RootCAs = x509.NewCertPool()
		l.tls.RootCAs.AppendCertsFromPEM([]byte(s.CACertificate))
	}
	if s.dial == nil {
		l.server.dial = new(net.Dialer).DialContext
	}
	switch {
	// PLAIN can carry neither a NUL nor an empty text (RFC 4616). A line break comes
	// from a file that was read whole.
	case username == "" || password == "" || strings.ContainsAny(username+password, "\r\n\x00"):
		reason := "the user name or the password is empty, or contains a line break or a NUL"
		return "", &Error{Kind: KindArgument, Err: errors.New(reason)}
	case s.Security == SecurityNone && !IsLoopback(s.Host):
		return "", errNotLoopback
	}
	if failure := do(l); failure != nil {
		return "", failure
	}
	return l.mechanism, nil
}

func (l *login) await(ctx context.Context) *Error {
	var before *Error // the failure of the attempt before
	until := answerBy(ctx)
	for pause := firstPause; ; pause = min(pause*3/2, longestPause) {
		failure := l.attempt(ctx, until)
		if failure == nil {
			return nil
		}
		if before != nil && failure.Kind == KindUnreachable && time.Until(until) <= 0 {
			// The attempt before had the time to find the reason.
			before.Attempts = l.attempts
			return before
		}
		switch failure.Kind {
		case KindRefused, KindTemporary:
			// A new password takes a while to reach the mail server, and a 4xx asks for a
			// retry.
			until = answerBy(ctx)
		case KindUnreachable:
		default: // neither time nor another attempt helps
			return failure
		}
		// If the pause is too long for the time left, it is shortened for one last
		// attempt.
		wait := min(pause-rand.N(pause/4), time.Until(until)-minAttemptTime) //nolint:gosec // G404: no secret.
		if wait <= 0 {
			return failure
		}
		l.log.DebugContext(ctx, "waiting to log in at the mail server again",
			"attempt", l.attempts, "wait", wait.Round(time.Millisecond).String())
		sleep(ctx, wait)
		if failure.Kind != KindUnreachable {
			until = answerBy(ctx) // the pause after an answer does not count
		}
		before = failure
	}
}

// answerBy returns the time by which the server must answer.
func answerBy(ctx context.Context) time.Time {
	until := time.Now().Add(answerTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		return deadline
	}
	return until
}

// sleep waits for a time, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// attempt logs in once, until a time at most. It returns nil if the server accepted
// the password.
//
// Some servers offer PLAIN but accept only LOGIN. If a server refuses one mechanism,
// the other is tried before the refusal counts. Once the server has answered to
// both, attempt tries one: each refusal brings this address nearer to a ban.
func (l *login) attempt(ctx context.Context, until time.Time) *Error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return (&session{login: l}).failure(ctx, err)
	}
	l.attempts++
	s, failure := l.logIn(ctx, l.mechanism)
	// The other may help if the server refused one as unknown (504) or too weak (534), or
	// refused the password (535; RFC 4954, sections 4 and 6).
	if failure == nil || l.otherTried || s.other == s.mechanism ||
		!slices.Contains([]int{504, 534, codeRefused}, failure.Code) {
		return failure
	}
	_, byOther := l.logIn(ctx, s.other)
	switch {
	case byOther == nil:
		return nil
	case byOther.Code/100 != 5: // no answer, so the refusal does not count yet
		failure.Kind = KindTemporary
		return failure
	case failure.Code != codeRefused:
		l.mechanism = s.other // the server does not support the first
		failure = byOther
	}
	l.otherTried = true
	return failure
}

// logIn logs in by a mechanism. If the server does not offer it, the best is used.
func (l *login) logIn(ctx context.Context, mechanism string) (s *session, failure *Error) {
	began := time.Now()
	s = &session{login: l, prefers: mechanism}
	if err := s.run(ctx); err != nil {
		failure = s.failure(ctx, err)
	} else {
		l.mechanism = s.mechanism
	}
	l.log.With(outcome(failure)...).DebugContext(ctx, "login at the mail server", "attempt", l.attempts,
		"security", string(l.server.Security), "mechanism", s.mechanism,
		"duration_ms", time.Since(began).Milliseconds())
	return s, failure
}

// outcome describes the end of a login, for the log.
func outcome(failure *Error) []any {
	if failure == nil {
		return []any{"outcome", "taken"}
	}
	return []any{"outcome", "failed", "because", failure.Error()}
}
