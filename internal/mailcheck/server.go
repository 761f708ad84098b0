package mailcheck

import (
	"context"
	"crypto/x509"
	"errors"
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
	// Await, Confirm and Preflight at INFO. No record contains a password. nil means no log.
	Logger *slog.Logger

	dial func(ctx context.Context, network, addr string) (net.Conn, error) // replaces the network in tests
}

// DefaultPort returns the usual port of a mail server for logins (RFC 6409, RFC
// 8314).
func DefaultPort(security Security) int {
	if security == SecurityTLS {
		return 465
	}
	return 587
}

// Addr returns host:port.
func (s Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

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
	case strings.ContainsAny(host, ":/"):
		return errors.New("it must be a host name or an IP address alone: no scheme, no brackets, no port, no path")
	case !hostPattern.MatchString(host) || len(strings.TrimSuffix(host, ".")) > 253:
		return errors.New("it is neither a host name in ASCII (xn--… for other letters) nor an IP address")
	}
	return nil
}

// CheckUsername returns an error if a user name cannot be one. Only the server knows
// whether the user exists.
func CheckUsername(username string) error {
	isInvisible := func(r rune) bool { return !unicode.IsPrint(r) }
	if username == "" || strings.TrimSpace(username) != username || strings.ContainsFunc(username, isInvisible) {
		return errors.New("it is empty, or begins or ends with white space, or contains a line break or another " +
			"character that cannot be seen")
	}
	return nil
}

// CheckCACertificate returns an error if a text is not certificates in PEM. The error
// does not quote the text, because it may be a private key.
func CheckCACertificate(certificates string) error {
	holdsKey := strings.Contains(certificates, "PRIVATE KEY") // the CLI shows the argument
	isCut := strings.Count(certificates, "-----BEGIN") != strings.Count(certificates, "-----END")
	if holdsKey || isCut || !x509.NewCertPool().AppendCertsFromPEM([]byte(certificates)) {
		return errors.New("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----), is cut off, or holds a " +
			"private key")
	}
	return nil
}
