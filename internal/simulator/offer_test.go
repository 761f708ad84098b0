package simulator_test

import (
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func (f *fixture) dialPlain() *smtp.Client {
	f.t.Helper()
	c, err := smtp.Dial(f.SMTPAddr())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (f *fixture) dialSTARTTLS() *smtp.Client {
	f.t.Helper()
	c, err := smtp.DialStartTLS(f.SMTPAddr(), clientTLS(f.roots()))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Close() })
	return c
}

// offered is the mechanisms that AUTH offers, or none.
func offered(t *testing.T, c *smtp.Client) string {
	t.Helper()
	ok, mechanisms := c.Extension("AUTH")
	if !ok {
		return "none"
	}
	return mechanisms
}

func TestWhereAUTHIsOffered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options       simulator.Options
		clear, secure string
		code          int // of AUTH PLAIN in the clear; 0: taken
		codeOverTLS   int
	}{
		"by default":    {simulator.Options{}, "none", "PLAIN LOGIN", 523, 0},
		"always":        {simulator.Options{Auth: simulator.AuthAlways}, "PLAIN LOGIN", "PLAIN LOGIN", 0, 0},
		"never":         {simulator.Options{Auth: simulator.AuthNever}, "none", "none", 502, 502},
		"one mechanism": {simulator.Options{Mechanisms: []string{"LOGIN"}}, "none", "LOGIN", 523, 504},
		"unknown mechanism": {
			simulator.Options{Mechanisms: []string{"CRAM-MD5", "PLAIN"}, Auth: simulator.AuthAlways},
			"CRAM-MD5 PLAIN", "CRAM-MD5 PLAIN", 0, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, tc.options)
			logins := 0
			for dress, c := range map[string]struct {
				client   *smtp.Client
				offer    string
				code     int
				tls      bool
				implicit bool
			}{
				"in the clear": {f.dialPlain(), tc.clear, tc.code, false, false},
				"STARTTLS":     {f.dialSTARTTLS(), tc.secure, tc.codeOverTLS, true, false},
				"implicit TLS": {f.dialSMTPS(), tc.secure, tc.codeOverTLS, true, true},
			} {
				equal(t, dress+": offered", offered(t, c.client), c.offer)
				err := c.client.Auth(sasl.NewPlainClient("", f.cred.Login, f.live()))
				if c.code != 0 {
					n, _ := code(t, err)
					equal(t, dress+": code", n, c.code)
					continue
				}
				equal(t, dress+": error", err, nil)
				logins++
				want := simulator.Login{
					Time: begin, Username: f.cred.Login, OK: true, TLS: c.tls, Implicit: c.implicit, Mechanism: "PLAIN",
				}
				equal(t, dress+": login", f.Logins()[len(f.Logins())-1], want)
			}
			equal(t, "logins", len(f.Logins()), logins)
		})
	}
}

func TestAMechanismThatIsOnlyOffered(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{Mechanisms: []string{"ANONYMOUS", "LOGIN"}})
	n, _ := code(t, f.dialSMTPS().Auth(sasl.NewAnonymousClient("me")))
	equal(t, "code", n, 504)
	equal(t, "error of LOGIN", f.dialSMTPS().Auth(sasl.NewLoginClient(f.cred.Login, f.live())), nil)
	equal(t, "mechanism in the record", f.Logins()[0].Mechanism, "LOGIN")
}

func TestOmitSTARTTLS(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{OmitSTARTTLS: true, Auth: simulator.AuthAlways})
	c := f.dialPlain()
	ok, _ := c.Extension("STARTTLS")
	equal(t, "offered", ok, false)
	_, err := smtp.DialStartTLS(f.SMTPAddr(), clientTLS(f.roots()))
	if err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("STARTTLS all the same: %v", err)
	}
	equal(t, "error of AUTH", c.Auth(sasl.NewPlainClient("", f.cred.Login, f.live())), nil)
	equal(t, "error over implicit TLS", f.dialSMTPS().Auth(sasl.NewPlainClient("", f.cred.Login, f.live())), nil)
}

// The mail server's offer may change while it runs, for later connections.
func TestTheOfferChanges(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	ok, _ := f.dialPlain().Extension("STARTTLS")
	equal(t, "STARTTLS at first", ok, true)
	f.SetOptions(func(o *simulator.Options) {
		o.OmitSTARTTLS, o.Auth, o.Mechanisms = true, simulator.AuthAlways, []string{"LOGIN"}
	})
	ok, _ = f.dialPlain().Extension("STARTTLS")
	equal(t, "STARTTLS on a later connection", ok, false)
	equal(t, "AUTH on a later connection", offered(t, f.dialPlain()), "LOGIN")
	f.SetOptions(func(o *simulator.Options) {
		o.OmitSTARTTLS, o.Auth, o.Mechanisms = false, simulator.AuthOverTLS, nil
	})
	equal(t, "AUTH over TLS", offered(t, f.dialSTARTTLS()), "PLAIN LOGIN")
	equal(t, "error of Login", f.Login(t.Context(), f.cred.Login, f.live()), nil)
}
