package mailcheck

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script is a mail server in memory that offers PLAIN and LOGIN, and answers each
// login by a mechanism with the next of its replies: the last for all that follow.
type script struct {
	offers  string
	replies map[string][]act
	logins  []string // the mechanisms, as they came
	came    []time.Time
}

func (s *script) server() Server {
	return Server{Host: "localhost", Port: 587, Security: SecurityNone, dial: func(context.Context, string, string) (net.Conn, error) {
		var m *pretend
		m = open(map[string]act{"outcome": func(p *peer) bool {
			mechanism := mechanismPLAIN
			for _, command := range m.understood() {
				if strings.HasPrefix(command, "AUTH LOGIN") {
					mechanism = mechanismLOGIN
				}
			}
			s.logins, s.came = append(s.logins, mechanism), append(s.came, time.Now())
			replies := s.replies[mechanism]
			if len(replies) > 1 {
				s.replies[mechanism] = replies[1:]
			}
			return replies[0](p)
		}})
		if s.offers != "" {
			m.offers = s.offers
		}
		here, there := net.Pipe()
		go m.serve(there)
		return pipe{here, loopback}, nil
	}}
}

func (s *script) expect(t *testing.T, name, logins string) {
	t.Helper()
	if got := strings.Join(s.logins, " "); got != logins {
		t.Errorf("%s: logins by %s, want %s", name, got, logins)
	}
}

var (
	refusal, welcome = says("535 5.7.8 no"), says("235 2.7.0 welcome")
	later            = says("454 4.7.0 later")
	leaves           = cuts("")
)

// TestOneRefusalIsNotBelieved: a probe asks again two seconds later, and by LOGIN.
func TestOneRefusalIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		offers       string
		plain, login []act
		want         Kind // -1: taken
		logins       string
		before       string // the mechanism that took the password before
	}{
		"taken":                                {"", []act{welcome}, nil, -1, "PLAIN", ""},
		"refused twice":                        {"PLAIN", []act{refusal}, nil, KindRefused, "PLAIN PLAIN", ""},
		"refused once":                         {"PLAIN", []act{refusal, welcome}, nil, -1, "PLAIN PLAIN", ""},
		"refused, then put off":                {"PLAIN", []act{refusal, later}, nil, KindTemporary, "PLAIN PLAIN", ""},
		"refused, then hung up on":             {"PLAIN", []act{refusal, leaves}, nil, KindUnreachable, "PLAIN PLAIN", ""},
		"put off":                              {"PLAIN", []act{later}, nil, KindTemporary, "PLAIN", ""},
		"refused by both":                      {"", []act{refusal}, []act{refusal}, KindRefused, "PLAIN LOGIN PLAIN", ""},
		"taken by LOGIN":                       {"", []act{refusal}, []act{welcome}, -1, "PLAIN LOGIN", ""},
		"taken by LOGIN, 504":                  {"", []act{says("504 5.5.4 unknown")}, []act{welcome}, -1, "PLAIN LOGIN", ""},
		"taken by LOGIN, 534":                  {"", []act{says("534 5.7.9 too weak")}, []act{welcome}, -1, "PLAIN LOGIN", ""},
		"PLAIN unknown, refused by LOGIN":      {"", []act{says("504 5.5.4 unknown")}, []act{refusal}, KindRefused, "PLAIN LOGIN LOGIN", ""},
		"PLAIN unknown, LOGIN refused once":    {"", []act{says("504 5.5.4 unknown")}, []act{refusal, welcome}, -1, "PLAIN LOGIN LOGIN", ""},
		"refused by PLAIN, LOGIN unknown":      {"", []act{refusal}, []act{says("504 5.5.4 unknown")}, KindRefused, "PLAIN LOGIN PLAIN", ""},
		"neither is known":                     {"", []act{says("504 5.5.4 unknown")}, []act{says("504 5.5.4 unknown")}, KindUnusable, "PLAIN LOGIN", ""},
		"LOGIN is put off":                     {"", []act{refusal}, []act{later}, KindTemporary, "PLAIN LOGIN", ""},
		"LOGIN is hung up on":                  {"", []act{refusal}, []act{leaves}, KindTemporary, "PLAIN LOGIN", ""},
		"refused for another reason":           {"", []act{says("550 5.7.1 go away")}, nil, KindUnusable, "PLAIN", ""},
		"LOGIN took it before, refused once":   {"", []act{refusal}, []act{refusal, welcome}, -1, "LOGIN PLAIN LOGIN", "LOGIN"},
		"LOGIN took it before, refused twice":  {"", []act{refusal}, []act{refusal}, KindRefused, "LOGIN PLAIN LOGIN", "LOGIN"},
		"LOGIN took it before, PLAIN does now": {"", []act{welcome}, []act{refusal}, -1, "LOGIN PLAIN", "LOGIN"},
		"LOGIN took it before, and is gone":    {"PLAIN", []act{welcome}, nil, -1, "PLAIN", "LOGIN"},
		"LOGIN alone is on offer, and refused": {"LOGIN", nil, []act{refusal}, KindRefused, "LOGIN LOGIN", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: c.offers, replies: map[string][]act{mechanismPLAIN: c.plain, mechanismLOGIN: c.login}}
				began := time.Now()
				server := s.server()
				server.Mechanism = c.before
				_, err := server.Probe(t.Context(), testUser, testPassword)
				got := Kind(-1)
				if e, ok := errors.AsType[*Error](err); ok {
					got = e.Kind
				}
				if got != c.want {
					t.Errorf("kind %d, want %d: %v", got, c.want, err)
				}
				s.expect(t, "the probe", c.logins)
				if got == KindRefused && s.came[len(s.came)-1].Sub(began) < 2*time.Second {
					t.Errorf("the last refusal came after %s", time.Since(began))
				}
			})
		})
	}
}

// TestAProbeThatHasNoTimeForASecondLookProvesNothing.
func TestAProbeThatHasNoTimeForASecondLookProvesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{offers: "PLAIN", replies: map[string][]act{mechanismPLAIN: {refusal}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e := asError(t, second(s.server().Probe(ctx, testUser, testPassword)))
		if e.Kind != KindUnreachable {
			t.Errorf("kind %d: %v", e.Kind, e)
		}
		s.expect(t, "the probe", "PLAIN")
	})
}

// TestAwaitTriesLOGINOnce: not once a poll.
func TestAwaitTriesLOGINOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plain, login []act
		taken        bool
		logins       string // the first four
		before       string // the mechanism that took a password before
	}{
		"refused by both":                       {[]act{refusal}, []act{refusal}, false, "PLAIN LOGIN PLAIN PLAIN", ""},
		"taken by both, after a while":          {[]act{refusal, refusal, welcome}, []act{refusal}, true, "PLAIN LOGIN PLAIN PLAIN", ""},
		"taken by LOGIN":                        {[]act{refusal}, []act{welcome}, true, "PLAIN LOGIN", ""},
		"PLAIN unknown, by LOGIN after a while": {[]act{says("504 no")}, []act{refusal, refusal, welcome}, true, "PLAIN LOGIN LOGIN LOGIN", ""},
		"LOGIN took one before":                 {[]act{refusal}, []act{refusal, refusal, welcome}, true, "LOGIN PLAIN LOGIN LOGIN", "LOGIN"},
		"LOGIN is put off, and then taken":      {[]act{refusal}, []act{later, welcome}, true, "PLAIN LOGIN PLAIN LOGIN", ""},
		"LOGIN is hung up on, and PLAIN taken":  {[]act{refusal, refusal, refusal, welcome}, []act{leaves}, true, "PLAIN LOGIN PLAIN LOGIN", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: map[string][]act{mechanismPLAIN: c.plain, mechanismLOGIN: c.login}}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				server := s.server()
				server.Mechanism = c.before
				mechanism, err := server.Await(ctx, testUser, testPassword)
				if (err == nil) != c.taken || c.taken && mechanism != s.logins[len(s.logins)-1] {
					t.Errorf("got %s, %v", mechanism, err)
				}
				s.logins = s.logins[:min(len(s.logins), 4)]
				s.expect(t, "the first", c.logins)
			})
		})
	}
}
