package mailcheck_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestAgainstTheSimulator has a server of other hands: what both ends of the
// other tests get wrong alike shows here.
func TestAgainstTheSimulator(t *testing.T) {
	t.Parallel()
	const taken = mailcheck.Kind(-1)
	for name, c := range map[string]struct {
		options              simulator.Options
		starttls, tls, plain mailcheck.Kind
		mechanisms           string // one login for each
	}{
		"as it is":      {simulator.Options{}, taken, taken, mailcheck.KindUnusable, "PLAIN"},
		"LOGIN alone":   {simulator.Options{Mechanisms: []string{"LOGIN"}}, taken, taken, mailcheck.KindUnusable, "LOGIN"},
		"AUTH anywhere": {simulator.Options{Auth: simulator.AuthAlways}, taken, taken, taken, "PLAIN"},
		"no AUTH": {
			simulator.Options{Auth: simulator.AuthNever},
			mailcheck.KindUnusable, mailcheck.KindUnusable, mailcheck.KindUnusable, "",
		},
		"no STARTTLS": {
			simulator.Options{Auth: simulator.AuthAlways, OmitSTARTTLS: true},
			mailcheck.KindUnusable, taken, taken, "PLAIN",
		},
		"no mechanism": {
			simulator.Options{Mechanisms: []string{"CRAM-MD5"}},
			mailcheck.KindUnusable, mailcheck.KindUnusable, mailcheck.KindUnusable, "",
		},
		"not synced yet": {
			simulator.Options{LoginReply: simulator.LoginReply{Code: 535, Message: "not yet"}, Auth: simulator.AuthAlways},
			mailcheck.KindRefused, mailcheck.KindRefused, mailcheck.KindRefused, "PLAIN LOGIN",
		},
		"PLAIN on offer, LOGIN taken": {
			simulator.Options{LoginReplies: map[string]simulator.LoginReply{"PLAIN": {Code: 535, Message: "no"}}, Auth: simulator.AuthAlways},
			taken, taken, taken, "PLAIN LOGIN",
		},
		"PLAIN is too weak": {
			simulator.Options{LoginReplies: map[string]simulator.LoginReply{"PLAIN": {Code: 534, Message: "too weak"}}, Auth: simulator.AuthAlways},
			taken, taken, taken, "PLAIN LOGIN",
		},
		"out of order": {
			simulator.Options{LoginReply: simulator.LoginReply{Code: 454, Message: "later"}, Auth: simulator.AuthAlways},
			mailcheck.KindTemporary, mailcheck.KindTemporary, mailcheck.KindTemporary, "PLAIN",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := simulator.Start(c.options)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			credential := s.AddCredential("example.com", "myuser")
			password := s.LivePassword(credential.Domain, credential.GUID)
			for security, want := range map[mailcheck.Security]mailcheck.Kind{
				mailcheck.SecuritySTARTTLS: c.starttls, mailcheck.SecurityTLS: c.tls, mailcheck.SecurityNone: c.plain,
			} {
				before := len(s.Logins())
				_, err := at(t, s, security).Login(t.Context(), credential.Login, password)
				got := taken
				if e, ok := errors.AsType[*mailcheck.Error](err); ok {
					got = e.Kind
				}
				if got != want {
					t.Errorf("%s: kind %d, want %d: %v", security, got, want, err)
				}
				// What a preflight finds depends on no password, and it logs in nowhere.
				logins := s.Logins()[before:]
				err = at(t, s, security).Preflight(t.Context())
				if (err == nil) != (want != mailcheck.KindUnusable) || len(s.Logins()) != before+len(logins) {
					t.Errorf("%s: preflight: %v, %d logins", security, err, len(s.Logins())-before-len(logins))
				}
				if want == mailcheck.KindUnusable {
					continue
				}
				var mechanisms []string
				for _, login := range logins {
					mechanisms = append(mechanisms, login.Mechanism)
					if login.TLS != (security != mailcheck.SecurityNone) || login.Implicit != (security == mailcheck.SecurityTLS) ||
						login.Username != credential.Login {
						t.Errorf("%s: %+v", security, login)
					}
				}
				if got := strings.Join(mechanisms, " "); got != c.mechanisms {
					t.Errorf("%s: logins by %s, want %s", security, got, c.mechanisms)
				}
			}
		})
	}
}

func at(t *testing.T, s *simulator.Server, security mailcheck.Security) mailcheck.Server {
	t.Helper()
	addr := s.SMTPAddr()
	if security == mailcheck.SecurityTLS {
		addr = s.SMTPSAddr()
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return mailcheck.Server{Host: host, Port: number, Security: security, CACertificate: string(s.CACertificate())}
}
