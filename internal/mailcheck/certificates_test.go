package mailcheck

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// issuer is a private authority.
type issuer struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         string
}

// certificate is a template that holds for this machine, also in the year 2000,
// where testing/synctest begins.
func certificate() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "mail.test"},
		NotBefore:    time.Date(1999, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2099, time.January, 1, 0, 0, 0, 0, time.UTC),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
}

func sign(t *testing.T, template, parent *x509.Certificate, key *ecdsa.PrivateKey, by *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func asPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	template := certificate()
	template.Subject.CommonName, template.DNSNames, template.IPAddresses = "Test authority", nil, nil
	template.IsCA, template.BasicConstraintsValid = true, true
	key := newKey(t)
	der := sign(t, template, template, key, key)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{t: t, certificate: parsed, key: key, pem: asPEM(der)}
}

// config is a server's, with a certificate that change has had its way with.
func (i *issuer) config(change func(*x509.Certificate)) *tls.Config {
	i.t.Helper()
	template := certificate()
	if change != nil {
		change(template)
	}
	key := newKey(i.t)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{sign(i.t, template, i.certificate, key, i.key)}, PrivateKey: key}},
		// A ticket is sent while the client sends too; a pipe in memory takes one
		// at a time.
		SessionTicketsDisabled: true,
	}
}

// selfSigned is a server's whose certificate nobody else vouches for.
func selfSigned(t *testing.T) (config *tls.Config, itself string) {
	t.Helper()
	template, key := certificate(), newKey(t)
	der := sign(t, template, template, key, key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, asPEM(der)
}

var protections = []Security{SecuritySTARTTLS, SecurityTLS}

func TestACertificateHasToHold(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t)
	self, itself := selfSigned(t)
	for name, c := range map[string]struct {
		config *tls.Config
		trust  string
		host   string
		cause  string // empty: it holds
	}{
		"a private authority":       {ca.config(nil), ca.pem, "", ""},
		"among several":             {ca.config(nil), itself + "\n# ours\n" + ca.pem, "", ""},
		"by name":                   {ca.config(nil), ca.pem, "localhost", ""},
		"itself":                    {self, itself, "", ""},
		"no authority of ours":      {ca.config(nil), "", "", "certificate"},
		"another authority":         {ca.config(nil), newIssuer(t).pem, "", "unknown authority"},
		"an authority that is none": {ca.config(nil), "nothing in PEM", "", "unknown authority"},
		"self-signed":               {self, ca.pem, "", "unknown authority"},
		"another name":              {ca.config(func(c *x509.Certificate) { c.DNSNames = []string{"other.test"} }), ca.pem, "localhost", "other.test"},
		"another address":           {ca.config(func(c *x509.Certificate) { c.IPAddresses = nil }), ca.pem, "", "127.0.0.1"},
		"expired":                   {ca.config(func(c *x509.Certificate) { c.NotAfter = c.NotBefore.AddDate(1, 0, 0) }), ca.pem, "", "expired"},
		"a name that holds garbage": {ca.config(func(c *x509.Certificate) { c.DNSNames = []string{"a\x1b[31m\nb.test"} }), ca.pem, "localhost", "[31m b.test"},
	} {
		for _, security := range protections {
			t.Run(name+", "+string(security), func(t *testing.T) {
				t.Parallel()
				m := newMailServer(t, map[Security]string{
					SecuritySTARTTLS: startsTLS + "S: 250-mail.test\nS: 250 AUTH PLAIN\n" + byPLAIN + welcome,
					SecurityTLS:      "TLS\n" + taken,
				}[security])
				m.tls = c.config
				server := m.listen(security, "127.0.0.1")
				server.CACertificate = c.trust
				if c.host != "" {
					server.Host = c.host
				}
				_, err := server.Login(t.Context(), testUser, testPassword)
				noSecrets(t, "the wire", m.received())
				if c.cause == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				e := asError(t, err)
				if e.Kind != KindCertificate || e.Code != 0 || !strings.Contains(e.Error(), c.cause) || strings.ContainsAny(e.Error(), "\n\x1b") {
					t.Errorf("kind %d, want %d and %s: %q", e.Kind, KindCertificate, c.cause, e)
				}
			})
		}
	}
}

func TestCheckCACertificate(t *testing.T) {
	t.Parallel()
	good := newIssuer(t).pem
	der, err := x509.MarshalPKCS8PrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for name, c := range map[string]struct {
		text string
		good bool
	}{
		"one":                    {good, true},
		"two":                    {good + good, true},
		"with remarks":           {"# the first\n" + good + "# the second\n" + good + "# the end\n", true},
		"with Windows's lines":   {strings.ReplaceAll(good, "\n", "\r\n"), true},
		"empty":                  {"", false},
		"something else":         {"/etc/ssl/ca.pem", false},
		"cut off":                {good + good[:len(good)/2], false},
		"cut off, alone":         {good[:len(good)/2], false},
		"a private key":          {key, false},
		"and a private key":      {good + key, false},
		"a private key, cut off": {good + key[:len(key)/2], false},
		"no certificate in it":   {asPEM([]byte("nothing")), false},
	} {
		err := CheckCACertificate(c.text)
		want := "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----), is cut off, or holds a private key"
		if (err == nil) != c.good || err != nil && err.Error() != want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
