package mailcheck

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t)
	for _, security := range []Security{SecuritySTARTTLS, SecurityTLS, SecurityNone} {
		for offers, mechanism := range map[string]string{
			"PLAIN LOGIN":               "AUTH PLAIN ",
			"CRAM-MD5 LOGIN PLAIN":      "AUTH PLAIN ",
			"login plain":               "AUTH PLAIN ",
			"LOGIN":                     "AUTH LOGIN",
			"XOAUTH2 LOGIN SCRAM-SHA-1": "AUTH LOGIN",
		} {
			for _, ip := range []string{"127.0.0.1", "::1"} {
				t.Run(string(security)+", "+offers+", "+ip, func(t *testing.T) {
					t.Parallel()
					m := &pretend{offers: offers, implicit: security == SecurityTLS, inTheOpen: security == SecurityNone}
					if security != SecurityNone {
						m.tls = ca.config(nil)
					}
					server := listen(t, m, security, ip)
					server.CACertificate = ca.pem
					var log records
					server.Logger = log.logger()
					if err := server.Login(t.Context(), testUser, testPassword); err != nil {
						t.Error(err)
					}
					commands := m.understood()
					if !slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, mechanism) }) {
						t.Errorf("no %s in %q", mechanism, commands)
					}
					if last := commands[len(commands)-1]; last != "QUIT" {
						t.Errorf("it left with %q", last)
					}
					name := map[string]string{"127.0.0.1": "EHLO [127.0.0.1]", "::1": "EHLO [IPv6:::1]"}[ip]
					if commands[0] != name {
						t.Errorf("it came with %q, want %q", commands[0], name)
					}
					if security != SecurityNone {
						noSecrets(t, "the wire", m.received())
					}
					noSecrets(t, "the log", log.String())
					if n := strings.Count(log.String(), "\n"); n != 1 {
						t.Errorf("%d records: %s", n, &log)
					}

					m = &pretend{offers: m.offers, implicit: m.implicit, inTheOpen: m.inTheOpen, tls: m.tls, password: "another one"}
					refuses := listen(t, m, security, ip)
					refuses.CACertificate, refuses.Logger = ca.pem, server.Logger
					e := asError(t, refuses.Login(t.Context(), testUser, testPassword))
					if e.Kind != KindRefused || e.Code != 535 || e.Attempts != 1 {
						t.Errorf("with a wrong password: kind %d, %d attempts: %v", e.Kind, e.Attempts, e)
					}
					commands = m.understood()
					if last := commands[len(commands)-1]; last != "QUIT" || slices.Contains(commands, "*") {
						t.Errorf("refused, it went on with %q", commands)
					}
					noSecrets(t, "the log", log.String())
				})
			}
		}
	}
}

// TestPromptsDiffer: there is no standard for what LOGIN's challenges say.
func TestPromptsDiffer(t *testing.T) {
	t.Parallel()
	for _, prompts := range [][2]string{
		{"Username:", "Password:"},
		{"username:", "password:"},
		{"User Name\x00", "Password\x00"},
		{"Login", "Passwd"},
		{"Password:", "Username:"},
		{"", ""},
		{"\x00", "\xff"},
	} {
		for i := range prompts {
			prompts[i] = "334 " + base64.StdEncoding.EncodeToString([]byte(prompts[i]))
		}
		promptsAre(t, prompts)
	}
	promptsAre(t, [2]string{"334 Username:", "334 Password:"}) // not in base64
	promptsAre(t, [2]string{"334-Username\r\n334 please", "334 \xff\t"})
}

func promptsAre(t *testing.T, prompts [2]string) {
	t.Helper()
	m := open(map[string]act{"user": says(prompts[0]), "password": says(prompts[1])})
	m.offers = "LOGIN"
	if err := listen(t, m, SecurityNone, "127.0.0.1").Login(t.Context(), testUser, testPassword); err != nil {
		t.Errorf("%q: %v", prompts, err)
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	plain, login := "PLAIN", "LOGIN"
	for name, c := range map[string]struct {
		offers string
		point  string
		does   act
		kind   Kind
		code   int
		says   string
	}{
		"greeting 220":              {plain, "greeting", says("220-one\r\n220 two"), -1, 0, ""},
		"greeting 421":              {plain, "greeting", says("421 4.3.2 too many connections"), KindTemporary, 421, `421 "4.3.2 too many connections"`},
		"greeting 554":              {plain, "greeting", says("554 5.7.1 not you"), KindUnusable, 554, "not you"},
		"greeting 535":              {plain, "greeting", says("535 no"), KindUnusable, 535, "no"},
		"greeting 250":              {plain, "greeting", says("250 hello"), KindUnusable, 250, "hello"},
		"HTTP":                      {plain, "greeting", says("HTTP/1.1 400 Bad Request\r\n\r\n<html>"), KindUnusable, 0, "does not speak SMTP"},
		"POP3":                      {plain, "greeting", says("+OK ready"), KindUnusable, 0, "does not speak SMTP"},
		"a TLS alert":               {plain, "greeting", says("\x15\x03\x01\x00\x02\x02\x46"), KindUnusable, 0, "does not speak SMTP"},
		"an empty line":             {plain, "greeting", says(""), KindUnusable, 0, "does not speak SMTP"},
		"an endless greeting":       {plain, "greeting", floods, KindUnusable, 0, "more than 64 KiB"},
		"EHLO unknown":              {plain, "EHLO", says("502 5.5.1 what"), KindUnusable, 502, "what"},
		"EHLO 421":                  {plain, "EHLO", cuts("421 4.3.2 bye\r\n"), KindTemporary, 421, "bye"},
		"EHLO 550":                  {plain, "EHLO", cuts("550 5.7.1 not you\r\n"), KindUnusable, 550, "not you"},
		"EHLO 535":                  {plain, "EHLO", cuts("535 no\r\n"), KindUnusable, 535, "no"},
		"endless extensions":        {plain, "EHLO", floods, KindUnusable, 0, "more than 64 KiB"},
		"no AUTH":                   {"", "", nil, KindUnusable, 0, `neither AUTH PLAIN nor AUTH LOGIN; it offers ""`},
		"no mechanism":              {"CRAM-MD5 XOAUTH2", "", nil, KindUnusable, 0, `it offers "CRAM-MD5 XOAUTH2"`},
		"535":                       {plain, "outcome", says("535-5.7.8 no\r\n535 5.7.8 never"), KindRefused, 535, `"5.7.8 no 5.7.8 never"`},
		"535, LOGIN":                {login, "outcome", says("535 no"), KindRefused, 535, "no"},
		"535 to the user name":      {login, "password", says("535 no"), KindRefused, 535, "no"},
		"535 without a text":        {plain, "outcome", says("535 "), KindRefused, 535, `the server answered 535 ""`},
		"454":                       {plain, "outcome", says("454 4.7.0 Temporary failure"), KindTemporary, 454, "Temporary failure"},
		"421 and gone":              {plain, "outcome", cuts("421 4.7.0 too often\r\n"), KindTemporary, 421, "too often"},
		"530":                       {plain, "outcome", says("530 5.7.0 Must issue STARTTLS first"), KindUnusable, 530, "Must issue"},
		"534":                       {plain, "outcome", says("534 5.7.9 mechanism too weak"), KindUnusable, 534, "too weak"},
		"538":                       {plain, "outcome", says("538 5.7.11 encryption required"), KindUnusable, 538, "encryption"},
		"250":                       {plain, "outcome", says("250 OK"), KindUnusable, 250, "OK"},
		"235":                       {plain, "outcome", says("235 OK"), -1, 0, ""},
		"235, LOGIN":                {login, "outcome", says("235 OK"), -1, 0, ""},
		"235 before the password":   {login, "password", says("235 OK"), KindUnusable, 235, "OK"},
		"235 before the user name":  {login, "user", says("235 OK"), KindUnusable, 235, "OK"},
		"another challenge":         {plain, "outcome", says("334 bW9yZQ=="), KindUnusable, 334, "bW9yZQ=="},
		"another challenge, LOGIN":  {login, "outcome", says("334 bW9yZQ=="), KindUnusable, 334, "bW9yZQ=="},
		"an endless outcome":        {plain, "outcome", floods, KindUnusable, 0, "more than 64 KiB"},
		"garbage as the outcome":    {plain, "outcome", says("ok, ok"), KindUnusable, 0, "does not speak SMTP"},
		"control characters":        {plain, "outcome", says("535 \x1b[2J\x00no\u202e\u2028way\xff"), KindRefused, 535, `"[2J no  way�"`},
		"cut before the greeting":   {plain, "greeting", cuts(""), KindUnreachable, 0, "connection ended: EOF"},
		"cut within the greeting":   {plain, "greeting", cuts("220 mail"), KindUnreachable, 0, "connection ended"},
		"cut after EHLO":            {plain, "EHLO", cuts("250-mail.test\r\n250-AU"), KindUnreachable, 0, "connection ended"},
		"cut before the outcome":    {plain, "outcome", cuts(""), KindUnreachable, 0, "connection ended"},
		"cut within the outcome":    {plain, "outcome", cuts("53"), KindUnreachable, 0, "connection ended"},
		"cut before the password":   {login, "password", cuts(""), KindUnreachable, 0, "connection ended"},
		"QUIT cut":                  {plain, "QUIT", cuts(""), -1, 0, ""},
		"QUIT 500":                  {plain, "QUIT", says("500 no"), -1, 0, ""},
		"QUIT 421":                  {plain, "QUIT", says("421 no"), -1, 0, ""},
		"QUIT without an end":       {plain, "QUIT", floods, -1, 0, ""},
		"an echo":                   {plain, "outcome", says("535 " + testPassword + " is not your password"), KindRefused, 535, `"(redacted) is not your password"`},
		"an echo in base64":         {plain, "outcome", says("535 bad AUTH PLAIN " + secrets["response of PLAIN"]), KindRefused, 535, `"bad AUTH PLAIN (redacted)"`},
		"an echo of a part":         {login, "outcome", says("501 bad command: " + secrets["password in base64"]), KindUnusable, 501, `"bad command: (redacted)"`},
		"an echo before its turn":   {login, "greeting", says("421 " + secrets["password"]), KindTemporary, 421, "(redacted)"},
		"an echo among mechanisms":  {"X-" + secrets["password in base64"], "", nil, KindUnusable, 0, "(redacted)"},
		"an echo instead of a code": {plain, "outcome", says(secrets["response of PLAIN"]), KindUnusable, 0, "does not speak SMTP"},
		"an echo as a challenge":    {login, "outcome", says("334 " + secrets["password in base64"]), KindUnusable, 334, "(redacted)"},
		"a long text":               {plain, "outcome", says("535 " + strings.Repeat("no ", 1000)), KindRefused, 535, "no …"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := open(map[string]act{c.point: c.does})
			m.offers = c.offers
			server := listen(t, m, SecurityNone, "127.0.0.1")
			var log records
			server.Logger = log.logger()
			err := server.Login(t.Context(), testUser, testPassword)
			noSecrets(t, "the log", log.String())
			if c.kind < 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := asError(t, err)
			if e.Kind != c.kind || e.Code != c.code || e.Attempts != 1 || !strings.Contains(e.Error(), c.says) {
				t.Errorf("kind %d, code %d, %d attempts: %v; want kind %d, code %d and %s", e.Kind, e.Code, e.Attempts, e, c.kind, c.code, c.says)
			}
			if strings.ContainsFunc(e.Error(), func(r rune) bool { return r < ' ' }) || len(e.Error()) > 1000 {
				t.Errorf("not fit for a screen: %q", e)
			}
		})
	}
}

// TestNothingInTheClear has servers that do all to be told the password
// without TLS.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t)
	begging := "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 AUTH=PLAIN"
	for name, c := range map[string]struct {
		m    *pretend
		kind Kind
		says string
	}{
		"STARTTLS is not offered":         {&pretend{hides: true, inTheOpen: true}, KindUnusable, "does not offer STARTTLS"},
		"no extensions at all":            {&pretend{acts: map[string]act{"EHLO": says("502 what")}}, KindUnusable, "502"},
		"STARTTLS is in the name alone":   {&pretend{acts: map[string]act{"EHLO": says("250-STARTTLS\r\n250 AUTH PLAIN")}}, KindUnusable, "does not offer STARTTLS"},
		"STARTTLS is refused":             {&pretend{inTheOpen: true, acts: map[string]act{"STARTTLS": says("502 5.5.1 no TLS here")}}, KindUnusable, "502"},
		"STARTTLS is out of order":        {&pretend{inTheOpen: true, acts: map[string]act{"STARTTLS": says("454 4.7.0 TLS not available")}}, KindTemporary, "454"},
		"STARTTLS is answered by 250":     {&pretend{inTheOpen: true, acts: map[string]act{"STARTTLS": says("250 never mind")}}, KindUnusable, "250"},
		"STARTTLS is answered by 535":     {&pretend{inTheOpen: true, acts: map[string]act{"STARTTLS": says("535 no")}}, KindUnusable, "535"},
		"it goes on in the clear":         {&pretend{inTheOpen: true, acts: map[string]act{"handshake": says(begging)}}, KindUnusable, "in the clear where TLS has to begin"},
		"it leaves instead of TLS":        {&pretend{inTheOpen: true, acts: map[string]act{"handshake": cuts("")}}, KindUnreachable, "connection ended"},
		"something follows the go-ahead":  {&pretend{inTheOpen: true, acts: map[string]act{"STARTTLS": says("220 go on\r\n" + begging)}}, KindUnusable, "in the clear where TLS has to begin"},
		"answers before the questions":    {&pretend{inTheOpen: true, acts: map[string]act{"greeting": says("220 hello\r\n250-x\r\n250 STARTTLS\r\n220 go on")}}, KindUnusable, "in the clear where TLS has to begin"},
		"answers to all questions":        {&pretend{inTheOpen: true, acts: map[string]act{"greeting": says("220 hello\r\n" + begging + "\r\n334 \r\n334 \r\n235 yes")}}, KindUnusable, "does not offer STARTTLS"},
		"AUTH is offered before TLS only": {&pretend{inTheOpen: true, acts: map[string]act{"EHLO over TLS": says("250-mail.test\r\n250 8BITMIME")}}, KindUnusable, `it offers ""`},
		"EHLO fails over TLS":             {&pretend{inTheOpen: true, acts: map[string]act{"EHLO over TLS": says("550 no")}}, KindUnusable, "550"},
		"a flood instead of TLS":          {&pretend{inTheOpen: true, acts: map[string]act{"STARTTLS": floods}}, KindUnusable, "64 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.m.tls, c.m.offers = ca.config(nil), "PLAIN LOGIN"
			server := listen(t, c.m, SecuritySTARTTLS, "127.0.0.1")
			server.CACertificate = ca.pem
			e := asError(t, server.Login(t.Context(), testUser, testPassword))
			if e.Kind != c.kind || !strings.Contains(e.Error(), c.says) {
				t.Errorf("kind %d, want %d and %s: %v", e.Kind, c.kind, c.says, e)
			}
			noSecrets(t, "the wire", c.m.received())
			for _, command := range c.m.understood() {
				if strings.HasPrefix(command, "AUTH") {
					t.Errorf("it was sent %s", command)
				}
			}
		})
	}
}

func TestTLSWhereThereIsNone(t *testing.T) {
	t.Parallel()
	m := open(nil)
	e := asError(t, listen(t, m, SecurityTLS, "127.0.0.1").Login(t.Context(), testUser, testPassword))
	if e.Kind != KindUnusable || !strings.Contains(e.Error(), "in the clear where TLS has to begin") {
		t.Errorf("kind %d: %v", e.Kind, e)
	}
	noSecrets(t, "the wire", m.received())
}

// TestUnprotectedOnThisMachineAlone: by its name, and by where it leads to.
func TestUnprotectedOnThisMachineAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host   string
		remote net.Addr
		taken  bool
	}{
		"localhost":                      {"localhost", loopback, true},
		"in capitals":                    {"LocalHost", loopback, true},
		"another address of loopback":    {"127.8.9.10", &net.TCPAddr{IP: net.IPv4(127, 8, 9, 10)}, true},
		"IPv6":                           {"::1", &net.TCPAddr{IP: net.IPv6loopback}, true},
		"localhost that leads elsewhere": {"localhost", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, false},
		"an address that is none":        {"localhost", &net.UnixAddr{Name: "@mail"}, false},
		"a name":                         {"mail.example.com", loopback, false},
		"an address":                     {"192.0.2.1", loopback, false},
		"any address":                    {"0.0.0.0", loopback, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := open(nil)
			server := piped(m, SecurityNone)
			server.Host = c.host
			server.dial = func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				m.serving.Go(func() { m.serve(there) })
				return pipe{here, c.remote}, nil
			}
			err := server.Login(t.Context(), testUser, testPassword)
			m.serving.Wait()
			if c.taken {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := asError(t, err); e.Kind != KindUnusable || !strings.Contains(e.Error(), "not on this machine") {
				t.Errorf("kind %d: %v", e.Kind, e)
			}
			if got := m.received(); got != "" {
				t.Errorf("it was sent %q", got)
			}
		})
	}
}

// TestOtherSecurityIsNone: without TLS no password is sent, whatever the server offers
// and whatever Security says.
func TestOtherSecurityIsNone(t *testing.T) {
	t.Parallel()
	for _, offers := range []string{"PLAIN", "LOGIN"} {
		for _, security := range []Security{"", "ssl", "opportunistic"} {
			m := open(nil)
			m.offers = offers
			e := asError(t, piped(m, security).Login(t.Context(), testUser, testPassword))
			if e.Kind != KindUnusable || !errors.Is(e, errNoSTARTTLS.Err) {
				t.Errorf("%s, %s: %v", security, offers, e)
			}
			noSecrets(t, "the wire", m.received())
			for _, command := range m.understood() {
				if strings.HasPrefix(command, "AUTH") {
					t.Errorf("it was sent %s", command)
				}
			}
		}
	}
}

func TestWhatCannotBeSentIsRefused(t *testing.T) {
	t.Parallel()
	server := Server{Host: "localhost", Port: 25, Security: SecurityTLS, dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("it was dialled")
		return nil, errors.New("no")
	}}
	for name, c := range map[string]struct{ username, password, says string }{
		"no user name":                 {"", "x", "is empty"},
		"no password":                  {"x", "", "is empty"},
		"a line break in a user name":  {"x\ny", "x", "contains a line break"},
		"a line break in the password": {"x", testPassword + "\r", "contains a line break"},
		"a NUL in the password":        {"x", testPassword + "\x00", "or a NUL"},
	} {
		for _, err := range []error{
			server.Login(t.Context(), c.username, c.password), second(server.Await(t.Context(), c.username, c.password)),
			second(server.Probe(t.Context(), c.username, c.password)), second(server.Confirm(t.Context(), c.username, c.password)),
		} {
			e := asError(t, err)
			if e.Kind != KindArgument || e.Attempts != 0 || !strings.Contains(e.Error(), c.says) {
				t.Errorf("%s: kind %d after %d attempts: %v", name, e.Kind, e.Attempts, e)
			}
		}
	}
}
