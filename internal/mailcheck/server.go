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
	// SecuritySTARTTLS begins without TLS and requires STARTTLS (RFC 3207) before the
	// login.
	SecuritySTARTTLS Security = "starttls"
	// SecurityTLS is TLS from the first byte (RFC 8314).
	SecurityTLS Security = "tls"
	// SecurityNone is no protection. Only servers on this machine may have it.
	SecurityNone Security = "none"
)

// Server is a mail server's submission endpoint.
type Server struct {
	// Host is a host name or an IP address; see [CheckHost].
	Host string
	// Port is a number from 1 to 65535; see [DefaultPort].
	Port int
	// Security is how the connection is protected. It has no default.
	Security Security
	// CACertificate contains the trusted authorities, in PEM. If it is empty, the
	// system's authorities are trusted. See [CheckCACertificate].
	CACertificate string
	// Mechanism is the mechanism that the server accepted before. It is tried first.
	// If it is empty, the best that the server offers is tried first.
	Mechanism string
	// Logger gets one record an attempt and one a pause, at DEBUG, and the outcome of
	// Await at INFO. No record contains a password. nil means no log.
	Logger *slog.Logger

	dial dialer // replaces the network in tests
}

// DefaultPort returns the usual port of a mail server for logins (RFC 6409, RFC
// 8314).
func DefaultPort(security Security) int {
	if security == SecurityTLS {
		return 465
	}
	return 587
}

func (s Server) addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// IsLoopback reports whether a host is this machine by its name: localhost, or an IP
// address of the loopback interface.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || (err == nil && ip.Unmap().IsLoopback())
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$`)

// CheckHost returns an error if a host is neither a name in ASCII nor an IP address.
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

// longestUsername is longer than any mailbox (RFC 5321, section 4.5.3.1), and fits
// into a command.
const longestUsername = 1000

// CheckUsername returns an error if a user name is empty, too long, or contains
// characters that cannot be seen. Only the server knows whether the user exists.
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

// CheckCACertificate returns an error if a text is not certificates in PEM. The error
// does not quote the text, because it may be a private key.
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
	case begun > count: // pem.Decode skips broken blocks
		return nil, errors.New("it has a PEM block that is cut off or broken")
	case count == 0:
		return nil, errors.New("it is not a certificate in PEM (-----BEGIN CERTIFICATE-----)")
	}
	return pool, nil
}
