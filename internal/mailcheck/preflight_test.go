package mailcheck

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPreflightLogsInNowhere: it says QUIT where the login would begin.
func TestPreflightLogsInNowhere(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t)
	for security, commands := range map[Security][]string{
		SecuritySTARTTLS: {"EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]", "QUIT"},
		SecurityTLS:      {"EHLO [127.0.0.1]", "QUIT"},
		SecurityNone:     {"EHLO [127.0.0.1]", "QUIT"},
	} {
		m := &pretend{offers: "LOGIN PLAIN", implicit: security == SecurityTLS, inTheOpen: security == SecurityNone}
		if security != SecurityNone {
			m.tls = ca.config(nil)
		}
		server := listen(t, m, security, "127.0.0.1")
		var log records
		server.CACertificate, server.Logger = ca.pem, log.logger()
		if err := server.Preflight(t.Context()); err != nil {
			t.Errorf("%s: %v", security, err)
		}
		if got := m.understood(); !slices.Equal(got, commands) {
			t.Errorf("%s: it sent %q", security, got)
		}
		if text := log.String(); strings.Contains(text, "login") || strings.Contains(text, "taken") ||
			strings.Count(text, `"outcome":"usable"`) != 2 || strings.Count(text, `"level":"INFO"`) != 1 {
			t.Errorf("%s: the log claims more, or less: %s", security, text)
		}
	}
}

// TestPreflightHasThePatienceOfAwait and no credentials to be redacted: a reply is
// quoted whole.
func TestPreflightHasThePatienceOfAwait(t *testing.T) {
	t.Parallel()
	noAUTH := meets("EHLO", says("250 mail.test"))
	for name, c := range map[string]struct {
		turns       []turn
		kind        Kind // -1: usable
		connections int
		says        string
	}{
		"at once":              {[]turn{taken}, -1, 1, ""},
		"after 4xx":            {[]turn{full, full, full, full, taken}, -1, 5, ""},
		"after a restart":      {[]turn{nobody, drops, swallowed, taken}, -1, 4, ""},
		"full for good":        {[]turn{full}, KindTemporary, 0, `the server answered 421 "4.3.2 too many`},
		"nobody there":         {[]turn{nobody}, KindUnreachable, 0, "connection refused"},
		"no AUTH":              {[]turn{full, noAUTH}, KindUnusable, 2, "neither AUTH PLAIN nor AUTH LOGIN"},
		"no AUTH, 535":         {[]turn{meets("EHLO", says("535 no"))}, KindUnusable, 1, `535 "no"`},
		"no AUTH, 504":         {[]turn{meets("EHLO", says("504 no"))}, KindUnusable, 1, `504 "no"`},
		"not SMTP":             {[]turn{meets("greeting", says("+OK"))}, KindUnusable, 1, "does not speak SMTP"},
		"a login would fail":   {[]turn{refused}, -1, 1, ""},
		"QUIT is not answered": {[]turn{meets("QUIT", hangs)}, -1, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turns...)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := w.server().Preflight(ctx)
				if c.kind < 0 {
					if err != nil || len(w.came) != c.connections {
						t.Errorf("%d connections: %v", len(w.came), err)
					}
					return
				}
				e := asError(t, err)
				if e.Kind != c.kind || !strings.Contains(e.Error(), c.says) || e.Attempts != len(w.came) ||
					c.connections > 0 && c.connections != len(w.came) {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
				}
			})
		})
	}
}

func TestAnInterruptEndsPreflightAtOnce(t *testing.T) {
	t.Parallel()
	for name, turns := range map[string][]turn{"in a pause": {full}, "in an attempt": {mute}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(turns...)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(100*time.Millisecond, cancel)
				e := asError(t, w.server().Preflight(ctx))
				if e.Kind != KindCanceled || !errors.Is(e, context.Canceled) || time.Since(w.began) != 100*time.Millisecond {
					t.Errorf("kind %d after %s: %v", e.Kind, time.Since(w.began), e)
				}
			})
		})
	}
}

// TestConfirmBelievesTheSecondRefusal: a password that is known already is not
// waited for. Everything else is Await's.
func TestConfirmBelievesTheSecondRefusal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turns       []turn
		kind        Kind // -1: taken
		connections int
	}{
		"at once":                     {[]turn{taken}, -1, 1},
		"refused once":                {[]turn{refused, taken}, -1, 2},
		"refused twice":               {[]turn{refused, refused, taken}, KindRefused, 2},
		"put off between":             {[]turn{refused, busy, nobody, busy, taken}, -1, 5},
		"refused again, after others": {[]turn{busy, refused, busy, nobody, refused, taken}, KindRefused, 5},
		"of another kind":             {[]turn{refused, useless}, KindUnusable, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(c.turns...)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				mechanism, err := w.server().Confirm(ctx, testUser, testPassword)
				if len(w.came) != c.connections {
					t.Errorf("%d connections, want %d", len(w.came), c.connections)
				}
				if c.kind < 0 {
					if err != nil || mechanism != mechanismPLAIN {
						t.Errorf("%q, %v", mechanism, err)
					}
					return
				}
				if e := asError(t, err); e.Kind != c.kind || e.Attempts != c.connections {
					t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
				}
				if c.kind == KindRefused && w.came[len(w.came)-1] < refusalPause {
					t.Errorf("the last refusal was after %s", w.came[len(w.came)-1])
				}
			})
		})
	}
}

// TestConfirmOfAShortTime has none for a second look: the first refusal is the reason.
func TestConfirmOfAShortTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(refused)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e := asError(t, second(w.server().Confirm(ctx, testUser, testPassword)))
		if e.Kind != KindRefused || len(w.came) != 1 {
			t.Errorf("kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
		}
	})
}
