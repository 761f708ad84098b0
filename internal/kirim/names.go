package kirim

import (
	"errors"
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
	// They would keep two hyphens from being third and fourth in a label, as
	// there are in use (r1---sn.example); see hyphenOnEdge.
	idna.CheckHyphens(false),
	idna.BidiRule(),
)

// NormalizeDomain gives a domain name the one spelling that is sent:
// lower-case A-labels (RFC 5890) without a trailing dot. "Bücher.Example." and
// "xn--bcher-kva.example" come out the same. The error says what is wrong with
// a name that cannot be one.
func NormalizeDomain(name string) (string, error) {
	if name == "" || len(name) > readable || strings.ContainsAny(name, "/:@ \t\r\n") {
		return "", errors.New(whyNoDomain(name))
	}
	ascii, err := domainProfile.ToASCII(name)
	ascii = strings.TrimSuffix(ascii, ".") // afterwards: other scripts' full stops have become dots
	// idna lets a second trailing dot pass, and takes broken UTF-8 for a letter.
	if err != nil || strings.HasSuffix(ascii, ".") || !utf8.ValidString(name) || hyphenOnEdge(ascii) {
		return "", errors.New(whyNoDomain(name))
	}
	if net.ParseIP(ascii) != nil {
		return "", errors.New(isAddress)
	}
	dot := strings.LastIndexByte(ascii, '.')
	switch {
	case dot < 0:
		return "", errors.New("it has no dot, so it is not a domain that mail is sent from")
	case isNumber(ascii[dot+1:]):
		// No top-level domain is (RFC 3696, section 2); a version or an amount is.
		return "", errors.New("what follows its last dot is a number")
	}
	return ascii, nil
}

// hyphenOnEdge tells whether a label begins or ends with a hyphen.
func hyphenOnEdge(ascii string) bool {
	dotted := "." + ascii + "."
	return strings.Contains(dotted, ".-") || strings.Contains(dotted, "-.")
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

var guidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// NormalizeGUID gives a credential's GUID the one spelling that is sent: lower
// case, in the form 8-4-4-4-12 (RFC 9562). The error says what is wrong.
func NormalizeGUID(guid string) (string, error) {
	lower := strings.ToLower(guid)
	if guidPattern.MatchString(lower) {
		return lower, nil
	}
	return "", errors.New(whyNoGUID(guid))
}
