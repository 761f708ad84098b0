package simulator_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func (f *fixture) roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(f.CACertificate())
	return roots
}

func (f *fixture) dialSMTPS() *smtp.Client {
	f.t.Helper()
	c, err := smtp.DialTLS(f.SMTPSAddr(), clientTLS(f.roots()))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Close() })
	return c
}

// code is the SMTP code and the enhanced one of an error.
func code(t *testing.T, err error) (int, smtp.EnhancedCode) {
	t.Helper()
	reply, ok := errors.AsType[*smtp.SMTPError](err)
	if !ok {
		t.Fatalf("no SMTP reply: %v", err)
	}
	return reply.Code, reply.EnhancedCode
}

func TestLogin(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	other := f.AddCredential("other.example", "myuser")
	whole, err := f.AddCredentialWithGUID("example.com", "whole@elsewhere.example", "")
	equal(t, "error", err, nil)
	old := f.live()
	live := f.ResetExternally(f.cred.Domain, f.cred.GUID)
	for name, tc := range map[string]struct {
		username, password string
		taken              bool
	}{
		"live":              {"myuser@example.com", live, true},
		"old":               {"myuser@example.com", old, false},
		"empty":             {"myuser@example.com", "", false},
		"longer":            {"myuser@example.com", live + " ", false},
		"without a domain":  {"myuser", live, false},
		"other's password":  {"myuser@example.com", f.LivePassword("other.example", other.GUID), false},
		"unknown user":      {"nobody@example.com", live, false},
		"a login as it is":  {"whole@elsewhere.example", f.LivePassword("example.com", whole.GUID), true},
		"a login made long": {"whole@elsewhere.example@example.com", f.LivePassword("example.com", whole.GUID), false},
	} {
		err := f.Login(t.Context(), tc.username, tc.password)
		if tc.taken != (err == nil) || !tc.taken && !errors.Is(err, simulator.ErrRefused) {
			t.Errorf("%s: got %v, taken should be %v", name, err, tc.taken)
		}
		if !tc.taken {
			n, enhanced := code(t, err)
			equal(t, name+": code", n, 535)
			equal(t, name+": enhanced code", enhanced, smtp.EnhancedCode{5, 7, 8})
		}
		logins := f.Logins()
		want := simulator.Login{Time: begin, Username: tc.username, OK: tc.taken, TLS: true, Mechanism: "PLAIN"}
		equal(t, name+": login", logins[len(logins)-1], want)
	}
	f.RemoveCredential(f.cred.Domain, f.cred.GUID)
	if err := f.Login(t.Context(), f.cred.Login, live); !errors.Is(err, simulator.ErrRefused) {
		t.Errorf("a removed credential: got %v", err)
	}
}

func TestLoginAtFails(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	err := simulator.LoginAt(t.Context(), f.SMTPAddr(), x509.NewCertPool(), f.cred.Login, f.live())
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("without the authority: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	silent, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	go func() {
		if conn, err := silent.Accept(); err == nil {
			defer func() { _ = conn.Close() }()
			cancel()
			<-t.Context().Done()
		}
	}()
	err = simulator.LoginAt(ctx, silent.Addr().String(), nil, "a", "b")
	equal(t, "with a context that ends", err, context.Canceled)
	equal(t, "logins", len(f.Logins()), 0)
}

func TestLoginReply(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{LoginReply: simulator.LoginReply{Code: 454, Message: "Come back later"}})
	err := f.Login(t.Context(), f.cred.Login, f.live())
	n, enhanced := code(t, err)
	equal(t, "code", n, 454)
	equal(t, "enhanced code", enhanced, smtp.EnhancedCode{4, 0, 0})
	equal(t, "is ErrRefused", errors.Is(err, simulator.ErrRefused), false)
	equal(t, "taken in the record", f.Logins()[0].OK, false)
	f.SetOptions(func(o *simulator.Options) { o.LoginReply = simulator.LoginReply{Code: 235, Message: "Anybody"} })
	equal(t, "error with a wrong password", f.Login(t.Context(), f.cred.Login, "wrong"), nil)
	// So many times, and by one mechanism alone.
	f.SetOptions(func(o *simulator.Options) {
		o.LoginReply = simulator.LoginReply{Code: 535, Message: "No", Times: 2}
		o.LoginReplies = map[string]simulator.LoginReply{"LOGIN": {Code: 534, Message: "Too weak"}}
	})
	for range 2 {
		equal(t, "is ErrRefused", errors.Is(f.Login(t.Context(), f.cred.Login, f.live()), simulator.ErrRefused), true)
	}
	equal(t, "error of the third", f.Login(t.Context(), f.cred.Login, f.live()), nil)
	n, _ = code(t, f.dialSMTPS().Auth(sasl.NewLoginClient(f.cred.Login, f.live())))
	equal(t, "code of LOGIN", n, 534)
}

func TestMechanisms(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	for name, tc := range map[string]struct {
		client sasl.Client
		code   int // 0: taken
	}{
		"PLAIN":             {sasl.NewPlainClient("", f.cred.Login, f.live()), 0},
		"PLAIN as itself":   {sasl.NewPlainClient(f.cred.Login, f.cred.Login, f.live()), 0},
		"PLAIN as another":  {sasl.NewPlainClient("root", f.cred.Login, f.live()), 535},
		"LOGIN":             {sasl.NewLoginClient(f.cred.Login, f.live()), 0},
		"LOGIN, refused":    {sasl.NewLoginClient(f.cred.Login, "wrong"), 535},
		"malformed":         {malformed{}, 501},
		"unknown mechanism": {sasl.NewAnonymousClient("me"), 504},
	} {
		c := f.dialSMTPS()
		err := c.Auth(tc.client)
		if tc.code == 0 {
			equal(t, name+": error", err, nil)
			login := f.Logins()[len(f.Logins())-1]
			equal(t, name+": implicit TLS in the record", login.Implicit, true)
			equal(t, name+": mechanism in the record", strings.HasPrefix(name, login.Mechanism), true)
		} else {
			n, _ := code(t, err)
			equal(t, name+": code", n, tc.code)
		}
	}
}

// malformed sends a message that is none of PLAIN.
type malformed struct{}

func (malformed) Start() (mechanism string, response []byte, err error) {
	return "PLAIN", []byte("no separators"), nil
}

func (malformed) Next([]byte) ([]byte, error) { return nil, errors.New("no challenge was expected") }

func TestStartTLSIsRequired(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	c, err := smtp.Dial(f.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if ok, _ := c.Extension("STARTTLS"); !ok {
		t.Error("STARTTLS is not offered")
	}
	if ok, _ := c.Extension("AUTH"); ok {
		t.Error("AUTH is offered in the clear")
	}
	n, _ := code(t, c.Auth(sasl.NewPlainClient("", f.cred.Login, f.live())))
	equal(t, "code of AUTH in the clear", n, 523)
	equal(t, "logins", len(f.Logins()), 0)

	s := f.dialSMTPS()
	if ok, _ := s.Extension("STARTTLS"); ok {
		t.Error("STARTTLS is offered under TLS")
	}
	_, mechanisms := s.Extension("AUTH")
	equal(t, "mechanisms", mechanisms, "PLAIN LOGIN")
}

func TestMailIsRefused(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	c := f.dialSMTPS()
	n, _ := code(t, c.Mail("myuser@example.com", nil))
	equal(t, "code before a login", n, 530)
	equal(t, "error of AUTH", c.Auth(sasl.NewPlainClient("", f.cred.Login, f.live())), nil)
	n, _ = code(t, c.Mail("myuser@example.com", nil))
	equal(t, "code after a login", n, 550)
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{ServerTLS: true})
	if !strings.HasPrefix(f.URL(), "https://") {
		t.Errorf("URL: got %s", f.URL())
	}
	equal(t, "status over https", f.do("GET", f.credentialPath(), "").status, 200)
	f.Inject(simulator.FaultConnectionReset("", false))
	// Not a GET: net/http repeats those by itself.
	if _, err := f.send(f.request(t.Context(), "PUT", f.resetPath(), "")); err == nil {
		t.Error("a connection that was reset has answered")
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		config := clientTLS(f.roots())
		config.ServerName = name
		conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", f.SMTPSAddr())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = conn.Close()
	}
}

// Close ends idle sessions at the mail server.
func TestCloseEndsMailSessions(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	plain, err := smtp.Dial(f.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	upgraded, err := smtp.DialStartTLS(f.SMTPAddr(), clientTLS(f.roots()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = upgraded.Close() }()
	clients := map[string]*smtp.Client{"plain": plain, "STARTTLS": upgraded, "implicit TLS": f.dialSMTPS()}
	for name, c := range clients {
		equal(t, name+": error of NOOP", c.Noop(), nil)
	}
	equal(t, "error of Close", f.Close(), nil)
	for name, c := range clients {
		if err := c.Noop(); err == nil {
			t.Errorf("%s: the session goes on", name)
		}
	}
}

func TestWaitForSeesLogins(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	looked := make(chan int, 10)
	waited := make(chan error)
	go func() {
		waited <- f.WaitFor(t.Context(), func([]simulator.Entry) bool {
			looked <- len(f.Logins())
			return slices.ContainsFunc(f.Logins(), func(l simulator.Login) bool { return l.OK })
		})
	}()
	<-looked
	equal(t, "error of Login", f.Login(t.Context(), f.cred.Login, f.live()), nil)
	equal(t, "error of WaitFor", <-waited, nil)
}
