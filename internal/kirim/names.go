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
	idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true), idna.VerifyDNSLength(true),
	// They refuse two hyphens as third and fourth in a label, which are in use
	// (r1---sn.example).
	idna.CheckHyphens(false),
	idna.BidiRule(),
)

const (
	isAddress  = "it is an IP address"
	hasMargins = "it begins or ends with white space or a line break"
	notDomain  = "it is not a valid domain name (RFC 1035, RFC 5890): parts of letters, digits and inner hyphens, " +
		"63 characters at most, with one dot between them"

	maxDomain = 253
	// maxEncoded is the longest name, in bytes, that is encoded: encoding takes the square
	// of the length. No longer name is within maxDomain.
	maxEncoded = 4000
)

// NormalizeDomain returns the one spelling of a domain name that is sent: lower-case
// A-labels (RFC 5890) without a trailing dot. "Bücher.Example." and
// "xn--bcher-kva.example" come out the same. The error says what is wrong with the name.
func NormalizeDomain(name string) (string, error) {
	if hint := domainHint(name); hint != "" {
		return "", errors.New(hint)
	}
	ascii, err := domainProfile.ToASCII(name)
	ascii = strings.TrimSuffix(ascii, ".") // afterwards: other scripts' full stops have become dots
	dotted := "." + ascii + "."
	dot := strings.LastIndexByte(ascii, '.')
	switch {
	case len(ascii) > maxDomain:
		return "", fmt.Errorf("it has %d characters, written in ASCII, and %d are the most", len(ascii), maxDomain)
	// idna takes a second trailing dot, broken UTF-8, and hyphens at the edge of a label.
	case err != nil || strings.HasSuffix(ascii, ".") || !utf8.ValidString(name),
		strings.Contains(dotted, ".-") || strings.Contains(dotted, "-."):
		return "", errors.New(notDomain)
	case net.ParseIP(ascii) != nil:
		return "", errors.New(isAddress)
	case dot < 0:
		return "", errors.New("it has no dot, so it is not a domain that mail is sent from")
	case isNumber(ascii[dot+1:]):
		// No top-level domain is (RFC 3696, section 2); a version or an amount is.
		return "", errors.New("what follows its last dot is a number")
	}
	return ascii, nil
}

// domainHint names the mistakes that people make.
func domainHint(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case strings.TrimSpace(name) != name:
		return hasMargins
	case len(name) > maxEncoded:
		return fmt.Sprintf("it has %d characters, and %d are the most", utf8.RuneCountInString(name), maxDomain)
	case strings.Contains(name, "://"):
		return "it is a URL: leave out the scheme (…://) and whatever follows the name"
	case strings.Contains(name, "@"):
		return "it has an @ in it: what follows that is the domain"
	case net.ParseIP(name) != nil:
		return isAddress
	case strings.Contains(name, ":"):
		return "it has a colon in it: leave out the port"
	case strings.ContainsAny(name, `/\`):
		return "it has a path in it: leave out the slash and whatever follows it"
	case strings.ContainsAny(name, " \t\r\n"):
		return "it has white space in it"
	}
	return ""
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

var (
	guidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	hexPattern  = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// NormalizeGUID returns the one spelling of a GUID that is sent: lower case, in the form
// 8-4-4-4-12 (RFC 9562). The error says what is wrong.
func NormalizeGUID(guid string) (string, error) {
	lower := strings.ToLower(guid)
	hex := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(lower, "urn:uuid:"), "{}()"), "-", "")
	switch {
	case guidPattern.MatchString(lower):
		return lower, nil
	case guid == "":
		return "", errors.New("it is empty")
	case strings.TrimSpace(guid) != guid:
		return "", errors.New(hasMargins)
	case hexPattern.MatchString(hex):
		return "", fmt.Errorf("it is written in another form than 8-4-4-4-12: write %s-%s-%s-%s-%s",
			hex[:8], hex[8:12], hex[12:16], hex[16:20], hex[20:])
	case isNumber(guid):
		return "", errors.New("it is a number: the API's numeric id is internal and cannot be used")
	}
	return "", fmt.Errorf("it is not a UUID (32 hexadecimal digits in the form 8-4-4-4-12), it has %d characters",
		utf8.RuneCountInString(guid))
}
