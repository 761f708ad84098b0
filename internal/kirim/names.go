package kirim

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// domainProfile turns a domain name into the lower-case A-labels that go on
// the wire, by UTS #46 as browsers do it. StrictDomainName stays on: what is
// not a host name would end up inside a URL's path.
var domainProfile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(true),
	idna.VerifyDNSLength(true),
	idna.BidiRule(),
)

// NormalizeDomain gives a domain name the one spelling that is sent:
// lower-case A-labels (RFC 5890) without a trailing dot. "Bücher.Example." and
// "xn--bcher-kva.example" come out the same. The error says what is wrong with
// a name that cannot be one.
func NormalizeDomain(name string) (string, error) {
	if name == "" {
		return "", errors.New("it is empty")
	}
	if strings.ContainsAny(name, "/:@ \t\r\n") {
		return "", errors.New("it has a scheme, a port, a path, a mailbox or white space in it")
	}
	ascii, err := domainProfile.ToASCII(name)
	ascii = strings.TrimSuffix(ascii, ".") // afterwards: other scripts' full stops have become dots
	// idna lets a second trailing dot pass, and takes broken UTF-8 for a letter.
	if err != nil || strings.HasSuffix(ascii, ".") || !utf8.ValidString(name) {
		return "", errors.New("it is not a valid domain name (RFC 1035, RFC 5890): letters, digits and hyphens, " +
			"labels of at most 63 characters, 253 in all")
	}
	if net.ParseIP(ascii) != nil {
		return "", errors.New("it is an IP address")
	}
	if !strings.Contains(ascii, ".") {
		return "", errors.New("it has no dot, so it is not a domain that mail is sent from")
	}
	return ascii, nil
}

var guidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// NormalizeGUID gives a credential's GUID the one spelling that is sent: lower
// case, in the form 8-4-4-4-12 (RFC 9562). The error says what is wrong.
func NormalizeGUID(guid string) (string, error) {
	lower := strings.ToLower(guid)
	if guidPattern.MatchString(lower) {
		return lower, nil
	}
	if guid != "" && strings.Trim(guid, "0123456789") == "" {
		return "", errors.New("it is a number: the API's numeric id is internal and cannot be used")
	}
	return "", fmt.Errorf("it is not a UUID (32 hexadecimal digits in the form 8-4-4-4-12), it has %d characters",
		utf8.RuneCountInString(guid))
}
