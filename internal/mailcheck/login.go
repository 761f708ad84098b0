package mailcheck

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

// attemptTimeout is how long one login may take.
const attemptTimeout = 30 * time.Second

// Login logs in once and leaves. It gives nil where the server has taken the
// password, and otherwise an *[Error]. It takes 30 seconds at most for each
// mechanism that it tries, or as long as ctx says where that is less.
func (s Server) Login(ctx context.Context, username, password string) error {
	_, err := s.with(username, password, func(l *login) *Error { return l.attempt(ctx, attemptTimeout) })
	return err
}

// refusalPause is how long after a refusal Probe asks again.
const refusalPause = 2 * time.Second

// Probe is Login for a password that was taken before, and gives the mechanism by
// which it is taken. A refusal (KindRefused) counts only if the server repeats it
// two seconds later: one alone may be a server that cannot ask its own directory
// just then.
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

// with gives the mechanism by which what it does has logged in, or an error that
// is nil where there is none.
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

// login is what all attempts of one call have in common.
type login struct {
	server             Server
	username, password string
	tls                *tls.Config
	secrets            redact.Secrets
	log                *slog.Logger
	// mechanism is the one to log in by if it is on offer, and in the end the one
	// by which the password was taken; empty for the best.
	mechanism string
	attempts  int
	// otherTried tells that the other one was answered after a refusal.
	otherTried bool
}

// prepare refuses what cannot be used, before anything is sent.
func (s Server) prepare(username, password string) (*login, error) {
	l := &login{
		server: s, username: username, password: password,
		tls:     &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12},
		secrets: redact.Login(username, password),
		log:     s.Logger, mechanism: s.Mechanism,
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if err := CheckHost(s.Host); err != nil {
		return nil, &Error{Kind: KindArgument, Err: fmt.Errorf("the host cannot be used: %w", err)}
	}
	refuse := func(kind Kind, format string, args ...any) (*login, error) {
		return nil, &Error{Kind: kind, Addr: s.addr(), Err: fmt.Errorf(format, args...)}
	}
	if s.Port < 1 || s.Port > 65535 {
		return refuse(KindArgument, "the port is not one: ports go from 1 to 65535")
	}
	// PLAIN can carry neither NUL nor nothing at all (RFC 4616), and a line break is
	// a slip of whoever read it from a file.
	for _, text := range []string{username, password} {
		if text == "" || strings.ContainsAny(text, "\r\n\x00") {
			return refuse(KindArgument, "the user name or the password is empty, or contains a line break or a NUL")
		}
	}
	if !slices.Contains([]Security{SecuritySTARTTLS, SecurityTLS, SecurityNone}, s.Security) {
		return refuse(KindArgument, "the security is none of %s, %s, %s", SecuritySTARTTLS, SecurityTLS, SecurityNone)
	}
	if s.Security == SecurityNone && !IsLoopback(s.Host) {
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

// attempt logs in once, within a time of its own. It gives nil where the password
// was taken.
//
// Some servers offer PLAIN and take LOGIN alone. If the one is refused, the other
// is tried before that counts, but only until it was answered: each refusal brings
// this address nearer to being banned.
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
	other := s.other(failure)
	if l.otherTried || other == "" {
		return failure
	}
	byOther, _ := l.logIn(ctx, timeout, other)
	switch {
	case byOther == nil:
		l.mechanism = other
		return nil
	case byOther.Code/100 != 5: // not answered, so that the refusal does not count yet
		failure.Kind = KindTemporary
		return failure
	case failure.Code != codeRefused:
		l.mechanism = other // the first is of no use here
		failure = byOther
	}
	l.otherTried = true
	return failure
}

// logIn logs in by a mechanism if it is on offer, else by the best.
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
