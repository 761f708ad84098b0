package kirim

import (
	"errors"
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
	hasMargins = "it begins or ends with white space or a line break"
	notDomain  = "it is not a domain name such as mail.example.com (RFC 1035, RFC 5890): letters, digits and " +
		"inner hyphens in parts of at most 63 characters (253 in all) with one dot between them; no IP address, port " +
		"or path"

	maxDomain = 253
	// maxEncoded is the longest name, in bytes, that is encoded: encoding takes the square
	// of the length. No longer name is within maxDomain.
	maxEncoded = 4000
)

// domainPattern refuses what idna takes: a second trailing dot, and hyphens at the edge of
// a label. It also refuses a single label, and a number as the last one: no top-level
// domain is one (RFC 3696, section 2); an IP address, a version or an amount ends in one.
var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)

// NormalizeDomain returns the one spelling of a domain name that is sent: lower-case
// A-labels (RFC 5890) without a trailing dot. "Bücher.Example." and
// "xn--bcher-kva.example" come out the same. The error says what is wrong with the name,
// which then comes back as it is.
func NormalizeDomain(name string) (string, error) {
	if err := firstOf([]fault{ // the mistakes that people make
		{name == "", "it is empty"},
		{strings.TrimSpace(name) != name, hasMargins},
		{strings.Contains(name, "://"), "it is a URL: leave out the scheme (…://) and whatever follows the name"},
		{strings.Contains(name, "@"), "it has an @ in it: what follows that is the domain"},
		{len(name) > maxEncoded, notDomain},
	}); err != nil {
		return name, err
	}
	ascii, err := domainProfile.ToASCII(name)
	ascii = strings.TrimSuffix(ascii, ".") // afterwards: other scripts' full stops have become dots
	if err != nil || !utf8.ValidString(name) || !domainPattern.MatchString(ascii) {
		return name, errors.New(notDomain)
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

var guidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// NormalizeGUID returns the one spelling of a GUID that is sent: lower case, in the form
// 8-4-4-4-12 (RFC 9562). The error says what is wrong with the GUID, which then comes
// back as it is.
func NormalizeGUID(guid string) (string, error) {
	if lower := strings.ToLower(guid); guidPattern.MatchString(lower) {
		return lower, nil
	}
	return guid, firstOf([]fault{
		{guid == "", "it is empty"},
		{strings.TrimSpace(guid) != guid, hasMargins},
		{strings.Trim(guid, "0123456789") == "", "it is a number: the API's numeric id is internal and cannot be used"},
		{true, "it is not a UUID in the form 8-4-4-4-12: hexadecimal digits with hyphens, and nothing around them"},
	})
}
