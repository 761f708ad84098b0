package mailcheck

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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
	// refusalPause is the least time between two refusals that count as repeated.
	refusalPause = 2 * time.Second
)

// Await logs in again and again, with growing pauses, until the server accepts the
// password or ctx is done. It returns the mechanism that the server accepted, or
// an *[Error]. A failure that a retry cannot cure is returned at once.
func (s Server) Await(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(&credentials{username, password}, func(c *check) *Error { return c.await(ctx) })
}

// Confirm is [Server.Await] for a password that the server should know already. A
// refusal (KindRefused) ends it if the server repeats it two seconds later.
func (s Server) Confirm(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(&credentials{username, password}, func(c *check) *Error {
		c.isKnown = true
		return c.await(ctx)
	})
}

// Preflight finds out without a login whether the server can be used for one. It
// connects, starts TLS if that is required, and sees whether the server offers a
// mechanism that this package knows. It retries as [Server.Await] does. An error is
// an *[Error].
func (s Server) Preflight(ctx context.Context) error {
	_, err := s.with(nil, func(c *check) *Error { return c.await(ctx) })
	return err
}

// Probe logs in with a password that the server accepted before. It returns the
// mechanism that the server accepted, or an *[Error]. A refusal (KindRefused) counts
// only if the server repeats it two seconds later. A single refusal may come from a
// server that cannot reach its own directory at that moment.
func (s Server) Probe(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(&credentials{username, password}, func(c *check) *Error {
		failure := c.attempt(ctx, time.Now().Add(answerTimeout))
		if failure != nil && failure.Kind == KindRefused {
			sleep(ctx, refusalPause)
			failure = c.attempt(ctx, time.Now().Add(answerTimeout))
		}
		return failure
	})
}

// credentials are a user name and its password.
type credentials struct{ username, password string }

// check is the data that all attempts of one call share.
type check struct {
	server Server
	// credentials are nil in a preflight: its sessions end before the login.
	credentials *credentials
	tls         *tls.Config
	secrets     redact.Secrets
	log         *slog.Logger
	// mechanism is the mechanism to try first, and at last the one that the server
	// accepted. If it is empty, the best is tried first.
	mechanism string
	attempts  int
	// otherTried means that the server answered to both mechanisms.
	otherTried bool
	// isKnown means that the server should know the password already, so that await
	// does not wait for it.
	isKnown bool
}

// with prepares a check for do. It returns the mechanism that the server accepted,
// and the failure as an error that is nil if there is none.
func (s Server) with(login *credentials, do func(*check) *Error) (mechanism string, err error) {
	c := &check{
		server: s, credentials: login, mechanism: s.Mechanism,
		tls: &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12},
		log: cmp.Or(s.Logger, slog.New(slog.DiscardHandler)).With("server", s.Addr()),
	}
	if s.CACertificate != "" { // an empty pool trusts no server
		c.tls.RootCAs = x509.NewCertPool()
		c.tls.RootCAs.AppendCertsFromPEM([]byte(s.CACertificate))
	}
	if s.dial == nil {
		c.server.dial = new(net.Dialer).DialContext
	}
	if login != nil {
		if err := login.validate(); err != nil {
			return "", err
		}
		c.secrets = redact.Login(login.username, login.password)
	}
	if s.Security == SecurityNone && !IsLoopback(s.Host) {
		return "", errNotLoopback
	}
	if failure := do(c); failure != nil {
		return "", failure
	}
	return c.mechanism, nil
}

// validate returns an error if the credentials cannot be sent.
func (c *credentials) validate() error {
	// PLAIN can carry neither a NUL nor an empty text (RFC 4616). A line break comes
	// from a file that was read whole.
	if c.username == "" || c.password == "" || strings.ContainsAny(c.username+c.password, "\r\n\x00") {
		reason := "the user name or the password is empty, or contains a line break or a NUL"
		return &Error{Kind: KindArgument, Err: errors.New(reason)}
	}
	return nil
}

// await is retry with a record of how it ended.
func (c *check) await(ctx context.Context) *Error {
	began := time.Now()
	failure := c.retry(ctx)
	c.log.With(c.outcome(failure)...).InfoContext(ctx, c.purpose()+" check ended", "attempts", c.attempts,
		"duration_ms", time.Since(began).Milliseconds())
	return failure
}

// retry makes attempts until one succeeds, or until there is no use in another.
func (c *check) retry(ctx context.Context) *Error {
	var before *Error  // the failure of the attempt before
	var replied *Error // the last failure that was a reply
	wasRefused := false
	until := answerBy(ctx)
	for pause := firstPause; ; pause = min(pause*3/2, longestPause) {
		failure := c.attempt(ctx, until)
		if failure == nil {
			return nil
		}
		if before != nil && failure.Kind == KindUnreachable && time.Until(until) <= 0 {
			// The attempt before had the time to find the reason.
			return c.last(replied, before)
		}
		switch failure.Kind {
		case KindRefused, KindTemporary:
			// A new password takes a while to reach the mail server, and a 4xx asks for a
			// retry.
			if c.isKnown && failure.Kind == KindRefused {
				if wasRefused {
					return failure
				}
				wasRefused = true
			}
			replied = failure
			until = answerBy(ctx)
		case KindUnreachable:
		default: // neither time nor another attempt helps
			return c.last(replied, failure)
		}
		wait := pause - rand.N(pause/4) //nolint:gosec // G404: no secret.
		if c.isKnown && failure.Kind == KindRefused {
			wait = max(wait, refusalPause)
		}
		// If the pause is too long for the time left, it is shortened for one last
		// attempt.
		wait = min(wait, time.Until(until)-minAttemptTime)
		if wait <= 0 {
			return c.last(replied, failure)
		}
		c.log.DebugContext(ctx, "waiting to try the mail server again",
			"attempt", c.attempts, "wait", wait.Round(time.Millisecond).String())
		sleep(ctx, wait)
		if failure.Kind != KindUnreachable {
			until = answerBy(ctx) // the pause after an answer does not count
		}
		before = failure
	}
}

// last returns the failure to report when the time is over. The server's last reply
// tells more than the network trouble after it: a server that has refused a login
// several times may let this address in no more.
func (c *check) last(replied, failure *Error) *Error {
	e := *failure
	switch {
	case replied == nil:
	case failure.Kind == KindUnreachable:
		e = *replied
		e.Err = fmt.Errorf("%w, and then stopped answering (%w)", replied.Err, failure.Err)
	case failure.Kind == KindUnusable && replied.Kind == KindRefused:
		e.Err = fmt.Errorf("%w; after that, %w", replied.Err, failure.Err)
	}
	if e.Code == codeRefused && e.Kind == KindTemporary { // there was no answer to the other mechanism
		e.Kind = KindRefused
	}
	e.Attempts = c.attempts
	return &e
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

// attempt makes one attempt, until a time at most. It returns nil if the server
// accepted the password.
//
// Some servers offer PLAIN but accept only LOGIN. If a server refuses one mechanism,
// the other is tried before the refusal counts. Once the server has answered to
// both, attempt tries one: each refusal brings this address nearer to a ban.
func (c *check) attempt(ctx context.Context, until time.Time) *Error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return (&session{check: c}).failure(ctx, err)
	}
	c.attempts++
	s, failure := c.runSession(ctx, c.mechanism)
	// The other may help if the server refused one as unknown (504) or too weak (534), or
	// refused the password (535; RFC 4954, sections 4 and 6).
	if failure == nil || c.otherTried || s.other == s.mechanism ||
		!slices.Contains([]int{504, 534, codeRefused}, failure.Code) {
		return failure
	}
	_, byOther := c.runSession(ctx, s.other)
	switch {
	case byOther == nil:
		return nil
	case byOther.Code/100 != 5: // no answer, so the refusal does not count yet
		failure.Kind = KindTemporary
		return failure
	case failure.Code != codeRefused:
		c.mechanism = s.other // the server does not support the first
		failure = byOther
	}
	c.otherTried = true
	return failure
}

// runSession logs in by a mechanism. If the server does not offer it, the best is
// used.
func (c *check) runSession(ctx context.Context, mechanism string) (s *session, failure *Error) {
	began := time.Now()
	s = &session{check: c, prefers: mechanism}
	if err := s.run(ctx); err != nil {
		failure = s.failure(ctx, err)
	} else {
		c.mechanism = s.mechanism
	}
	c.log.With(c.outcome(failure)...).DebugContext(ctx, c.purpose()+" at the mail server", "attempt", c.attempts,
		"security", string(c.server.Security), "mechanism", s.mechanism,
		"duration_ms", time.Since(began).Milliseconds())
	return s, failure
}

// purpose names the check, for the log.
func (c *check) purpose() string {
	if c.credentials == nil {
		return "preflight"
	}
	return "login"
}

// outcome describes the end of a check or of an attempt, for the log.
func (c *check) outcome(failure *Error) []any {
	switch {
	case failure != nil:
		return []any{"outcome", "failed", "because", failure.Error()}
	case c.credentials == nil:
		return []any{"outcome", "usable"}
	default:
		return []any{"outcome", "taken"}
	}
}
