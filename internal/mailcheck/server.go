package mailcheck

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Security is how the connection to a mail server is protected.
type Security string

// The kinds of protection.
const (
	// SecuritySTARTTLS begins in the clear and insists on STARTTLS (RFC 3207)
	// before anything of a login is sent.
	SecuritySTARTTLS Security = "starttls"
	// SecurityTLS is TLS from the first byte on (RFC 8314).
	SecurityTLS Security = "tls"
	// SecurityNone is no protection. It is for servers on this machine alone.
	SecurityNone Security = "none"
)

// Server is a mail server's submission endpoint.
type Server struct {
	// Host is a host name or an IP address; see [CheckHost].
	Host string
	// Port is a number from 1 to 65535; see [DefaultPort].
	Port int
	// Security is how the connection is protected; there is no default.
	Security Security
	// CACertificate has the authorities, in PEM, that are trusted instead of
	// the system's; empty for those. See [CheckCACertificate].
	CACertificate string
	// Mechanism is the one by which a password was taken before, to be tried first;
	// empty for the best that is on offer.
	Mechanism string
	// Logger gets one record an attempt and one a pause, at DEBUG, and at INFO
	// what Await has come to, without passwords; nil for none.
	Logger *slog.Logger

	dial dialer // instead of the network, in tests
}

// DefaultPort is where a mail server usually takes logins (RFC 6409, RFC 8314).
func DefaultPort(security Security) int {
	if security == SecurityTLS {
		return 465
	}
	return 587
}

func (s Server) addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// IsLoopback tells whether a host is this machine by its name: localhost, or an
// IP address of the loopback interface.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || (err == nil && ip.Unmap().IsLoopback())
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$`)

// CheckHost tells what is wrong with a host: it has to be a name in ASCII or
// an IP address, and nothing else.
func CheckHost(host string) error {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return nil
	}
	switch {
	case host == "":
		return errors.New("it is empty")
	case strings.TrimSpace(host) != host:
		return errors.New(hasMargins)
	case strings.Contains(host, "://"):
		return errors.New("it must be a host name alone, without a scheme (…://)")
	case strings.Contains(host, "/"):
		return errors.New("it must be a host name alone, without a path (/…)")
	case strings.ContainsAny(host, "[]"):
		return errors.New("an IP address must be without brackets, and its port by itself")
	case strings.Contains(host, ":"):
		return errors.New("it must be a host name alone; a port goes by itself")
	case !hostPattern.MatchString(host) || len(strings.TrimSuffix(host, ".")) > 253:
		return errors.New("it is neither a host name in ASCII (xn--… for other letters) nor an IP address")
	}
	return nil
}

// longestUsername is more than any mailbox has (RFC 5321, section 4.5.3.1), and
// less than a command may have.
const longestUsername = 1000

// CheckUsername tells what is wrong with a user name: it has to be text that
// can be seen. Whether a server knows it is for the server to say.
func CheckUsername(username string) error {
	switch {
	case username == "":
		return errors.New("it is empty")
	case len(username) > longestUsername:
		return fmt.Errorf("it has %d bytes, and %d are the most", len(username), longestUsername)
	case strings.TrimSpace(username) != username:
		return errors.New(hasMargins)
	}
	for _, r := range username {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("it contains a line break or another character that cannot be seen (%U)", r)
		}
	}
	return nil
}

const hasMargins = "it begins or ends with white space or a line break"

// CheckCACertificate tells what is wrong with the authorities' certificates in
// PEM. The error quotes nothing of them: it may be a private key.
func CheckCACertificate(certificates string) error {
	_, err := parseCACertificate(certificates)
	return err
}

func parseCACertificate(certificates string) (*x509.CertPool, error) {
	pool, count := x509.NewCertPool(), 0
	for block, rest := pem.Decode([]byte(certificates)); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("it holds something that is not a certificate: " +
				"every PEM block must begin with -----BEGIN CERTIFICATE-----")
		}
		pool.AddCert(certificate)
		count++
	}
	switch begun := strings.Count(certificates, "-----BEGIN"); {
	case begun > count: // pem.Decode passes over what is broken
		return nil, errors.New("it has a PEM block that is cut off or broken")
	case count == 0:
		return nil, errors.New("it is not a certificate in PEM (-----BEGIN CERTIFICATE-----)")
	}
	return pool, nil
}
