package mailcheck

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

// attemptTimeout limits one login.
const attemptTimeout = 30 * time.Second

// Login logs in once and logs out. It returns nil if the server accepted the
// password, or an *[Error]. Each mechanism that it tries takes at most 30 seconds,
// or less if ctx ends earlier.
func (s Server) Login(ctx context.Context, username, password string) error {
	_, err := s.with(username, password, func(l *login) *Error { return l.attempt(ctx, attemptTimeout) })
	return err
}

// refusalPause is the time between a refusal and the second attempt of Probe.
const refusalPause = 2 * time.Second

// Probe is Login for a password that the server accepted before. It returns the
// mechanism that the server accepted. A refusal (KindRefused) counts only if the
// server repeats it two seconds later. A single refusal may come from a server that
// cannot reach its own directory at that moment.
func (s Server) Probe(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(username, password, func(l *login) *Error {
		failure := l.attempt(ctx, attemptTimeout)
		if failure != nil && failure.Kind == KindRefused {
			sleep(ctx, refusalPause)
			failure = l.attempt(ctx, attemptTimeout)
		}
		return failure
	})
}

// with prepares a login for do. It returns the mechanism that the server accepted,
// and the failure as an error that is nil if there is none.
func (s Server) with(username, password string, do func(*login) *Error) (mechanism string, err error) {
	l, err := s.prepare(username, password)
	if err != nil {
		return "", err
	}
	if failure := do(l); failure != nil {
		return l.mechanism, failure
	}
	return l.mechanism, nil
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

// prepare checks the arguments before anything is sent.
func (s Server) prepare(username, password string) (*login, error) {
	l := &login{
		server: s, username: username, password: password,
		tls:     &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12},
		secrets: redact.Login(username, password),
		log:     cmp.Or(s.Logger, slog.New(slog.DiscardHandler)), mechanism: s.Mechanism,
	}
	if err := CheckHost(s.Host); err != nil {
		return nil, &Error{Kind: KindArgument, Err: fmt.Errorf("the host cannot be used: %w", err)}
	}
	refuse := func(kind Kind, format string, args ...any) (*login, error) {
		return nil, &Error{Kind: kind, Addr: s.addr(), Err: fmt.Errorf(format, args...)}
	}
	switch {
	case s.Port < 1 || s.Port > 65535:
		return refuse(KindArgument, "the port is not one: ports go from 1 to 65535")
	// PLAIN can carry neither a NUL nor an empty text (RFC 4616). A line break comes
	// from a file that was read whole.
	case username == "" || password == "" || strings.ContainsAny(username+password, "\r\n\x00"):
		return refuse(KindArgument, "the user name or the password is empty, or contains a line break or a NUL")
	case !slices.Contains([]Security{SecuritySTARTTLS, SecurityTLS, SecurityNone}, s.Security):
		return refuse(KindArgument, "the security is none of %s, %s, %s", SecuritySTARTTLS, SecurityTLS, SecurityNone)
	case s.Security == SecurityNone && !IsLoopback(s.Host):
		return refuse(KindUnprotected, "%w", errNotLoopback)
	}
	if s.CACertificate != "" {
		var err error
		if l.tls.RootCAs, err = parseCACertificate(s.CACertificate); err != nil {
			return refuse(KindArgument, "the authorities' certificate cannot be used: %w", err)
		}
	}
	return l, nil
}

// attempt logs in once, within a timeout. It returns nil if the server accepted the
// password.
//
// Some servers offer PLAIN but accept only LOGIN. If a server refuses one mechanism,
// the other is tried before the refusal counts. Once the server has answered to
// both, attempt tries one: each refusal brings this address nearer to a ban.
func (l *login) attempt(ctx context.Context, timeout time.Duration) *Error {
	if err := ctx.Err(); err != nil {
		return l.failure(ctx, ctx, timeout, &session{login: l}, err)
	}
	l.attempts++
	failure, s := l.logIn(ctx, timeout, l.mechanism)
	if failure == nil {
		l.mechanism = s.mechanism
		return nil
	}
	// The other may help if the server refused one as unknown (504) or too weak (534), or
	// refused the password (535; RFC 4954, sections 4 and 6).
	if l.otherTried || s.other == s.mechanism || !slices.Contains([]int{504, 534, codeRefused}, failure.Code) {
		return failure
	}
	byOther, _ := l.logIn(ctx, timeout, s.other)
	switch {
	case byOther == nil:
		l.mechanism = s.other
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
func (l *login) logIn(ctx context.Context, timeout time.Duration, mechanism string) (*Error, *session) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s := &session{login: l, prefers: mechanism}
	began := time.Now()
	err := s.run(limited)
	attrs := []slog.Attr{
		slog.String("server", l.server.addr()), slog.String("security", string(l.server.Security)),
		slog.Int("attempt", l.attempts), slog.Int64("duration_ms", time.Since(began).Milliseconds()),
	}
	if s.mechanism != "" {
		attrs = append(attrs, slog.String("mechanism", s.mechanism))
	}
	var failure *Error
	if err != nil {
		failure = l.failure(ctx, limited, timeout, s, err)
		attrs = append(attrs, slog.String("because", failure.reason()))
	}
	l.log.LogAttrs(ctx, slog.LevelDebug, "login at the mail server", attrs...)
	return failure, s
}
