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
	tooLong    = "it has %d characters%s, and %d are the most"
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
	if err := firstOf([]fault{ // the mistakes that people make
		{name == "", "it is empty"},
		{strings.TrimSpace(name) != name, hasMargins},
		{len(name) > maxEncoded, fmt.Sprintf(tooLong, utf8.RuneCountInString(name), "", maxDomain)},
		{strings.Contains(name, "://"), "it is a URL: leave out the scheme (…://) and whatever follows the name"},
		{strings.Contains(name, "@"), "it has an @ in it: what follows that is the domain"},
		{net.ParseIP(name) != nil, isAddress},
		{strings.Contains(name, ":"), "it has a colon in it: leave out the port"},
		{strings.ContainsAny(name, `/\`), "it has a path in it: leave out the slash and whatever follows it"},
		{strings.ContainsAny(name, " \t\r\n"), "it has white space in it"},
	}); err != nil {
		return "", err
	}
	ascii, err := domainProfile.ToASCII(name)
	ascii = strings.TrimSuffix(ascii, ".") // afterwards: other scripts' full stops have become dots
	// idna takes a second trailing dot, broken UTF-8, and hyphens at the edge of a label.
	dotted := "." + ascii + "."
	isOdd := strings.HasSuffix(ascii, ".") || strings.Contains(dotted, ".-") || strings.Contains(dotted, "-.")
	dot := strings.LastIndexByte(ascii, '.')
	if err := firstOf([]fault{
		{len(ascii) > maxDomain, fmt.Sprintf(tooLong, len(ascii), ", written in ASCII", maxDomain)},
		{err != nil || isOdd || !utf8.ValidString(name), notDomain},
		{net.ParseIP(ascii) != nil, isAddress},
		{dot < 0, "it has no dot, so it is not a domain that mail is sent from"},
		// No top-level domain is one (RFC 3696, section 2); a version or an amount is.
		{isNumber(ascii[dot+1:]), "what follows its last dot is a number"},
	}); err != nil {
		return "", err
	}
	return ascii, nil
}

// fault is a mistake that a text has, or has not.
type fault struct {
	isThere bool
	text    string
}

// firstOf is an error for the first fault that is there, nil if none is.
func firstOf(faults []fault) error {
	for _, f := range faults {
		if f.isThere {
			return errors.New(f.text)
		}
	}
	return nil
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
