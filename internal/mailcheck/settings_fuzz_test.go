package mailcheck

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var hostName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$`)

// FuzzCheckHost checks that a host is a name or an address, and that a port can be
// added to it and split off again.
func FuzzCheckHost(f *testing.F) {
	for _, seed := range []string{
		"mail.example.com", "MAIL.", "127.0.0.1", "::1", "::ffff:192.0.2.1", "fe80::1%eth0", "[::1]", "mail.example.com:587", "smtp://x", "a..b", "", ".",
		"bücher.example", "mail\x00", "a\r\nRSET", strings.Repeat("a.", 126) + "a.", strings.Repeat("a", 64), "%0d%0a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		ip, notIP := netip.ParseAddr(host)
		want := notIP == nil && ip.Zone() == "" || hostName.MatchString(host) && len(strings.TrimSuffix(host, ".")) <= 253
		err := CheckHost(host)
		if (err == nil) != want {
			t.Fatalf("%q: %v", host, err)
		}
		if err != nil {
			isPhrase(t, err)
			return
		}
		back, port, err := net.SplitHostPort(Server{Host: host, Port: 587}.Addr())
		if err != nil || back != host || port != "587" {
			t.Fatalf("%q became %q and %q, %v", host, back, port, err)
		}
	})
}

// FuzzCheckCACertificate checks that a text passes if it has a certificate in it and
// no private key. {C} stands for a certificate, {K} for a private key.
func FuzzCheckCACertificate(f *testing.F) {
	good, key := fixedPEM(f)
	fill := strings.NewReplacer("{C}", good, "{K}", key, "{D}", strings.Split(good, "\n")[1])
	for _, seed := range []string{
		"{C}", "{C}{C}", "a comment\n{C}and another\n", "{K}", "{C}{K}", "{K}{C}", "", "-----BEGIN CERTIFICATE-----\n{C}", "{C}-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n{C}", "-----BEGIN CERTIFICATE-----\n{D}\n-----END CERTIFICATE-----\n", "\ufeff{C}", "{C}\x00",
		"-----BEGIN CERTIFICATE-----\nA: b\n\n{D}\n-----END CERTIFICATE-----\n", "-----BEGIN X-----\n-----END X-----\n{C}", "-----BEGIN CERTIFICATE-----\r\n\r\n-----END CERTIFICATE-----",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, certificates string) {
		certificates = fill.Replace(certificates)
		err := CheckCACertificate(certificates)
		hidden := strings.Split(key, "\n")[1]
		if err != nil {
			isPhrase(t, err)
			if strings.Contains(err.Error(), hidden) {
				t.Fatalf("the error tells the key: %v", err)
			}
			return
		}
		if strings.Contains(certificates, "-----BEGIN PRIVATE KEY-----") {
			t.Fatalf("%q: passes, with a private key", certificates)
		}
		// What passes is trusted, and has a certificate in it.
		found := false
		for _, block := range pemBlock.FindAllStringSubmatch(certificates, -1) {
			der, _ := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(block[1]), ""))
			_, err := x509.ParseCertificate(der)
			found = found || err == nil
		}
		if !found {
			t.Fatalf("%q: passes, and nothing is trusted", certificates)
		}
	})
}

// pemBlock is a certificate. AppendCertsFromPEM passes over one with headers.
var pemBlock = regexp.MustCompile(`-----BEGIN CERTIFICATE-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----`)

// fixedPEM returns a certificate and its key, the same in every process, because
// stored inputs must keep their meaning.
func fixedPEM(f *testing.F) (good, private string) {
	f.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	template := certificate()
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	return asPEM(der), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// isPhrase fails if an error cannot stand in the middle of a sentence.
func isPhrase(t *testing.T, err error) {
	t.Helper()
	if text := err.Error(); text == "" || len(text) > 300 || strings.HasSuffix(text, ".") || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("no phrase to go on with: %q", text)
	}
}
