package kirim

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	isAddress  = "it is an IP address"
	hasMargins = "it begins or ends with white space or a line break"

	maxDomain, maxLabel = 253, 63

	// readable are the bytes of the longest name that is looked at closely. None
	// beyond is within maxDomain, and encoding takes the square of its length.
	readable = 4000

	// encoded begins an A-label.
	encoded = "xn--"
)

// fullStops are those of other scripts that UTS #46 takes for dots.
var fullStops = strings.NewReplacer("。", ".", "．", ".", "｡", ".")

// lenient maps as domainProfile does, and asks nothing of lengths and of a
// label's letters as a whole.
var lenient = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(true),
	idna.CheckHyphens(false),
)

// whyNoDomain tells what is wrong with a name that is no domain's, as far as
// can be said.
func whyNoDomain(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case strings.TrimSpace(name) != name:
		return hasMargins
	case len(name) > readable:
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
	}
	for _, r := range name {
		// By itself, so that it is the one at fault. Whether it is a letter of a
		// name depends on Unicode's tables.
		if _, err := lenient.ToASCII("a" + string(r) + "a.example"); err != nil {
			return "it has " + strconv.Quote(string(r)) + " in it, which is in no domain name"
		}
	}
	length := -1
	for label := range strings.SplitSeq(strings.TrimSuffix(fullStops.Replace(name), "."), ".") {
		ascii, _ := lenient.ToASCII(label)
		length += 1 + len(ascii)
		switch {
		case label == "":
			return "it begins with a dot, or has two with nothing between them"
		case hyphenOnEdge(ascii):
			return fmt.Sprintf("its part %s begins or ends with a hyphen", quote(label))
		case len(ascii) > maxLabel:
			return fmt.Sprintf("its part %s has %d characters, written in ASCII, and %d are the most", quote(label), len(ascii), maxLabel)
		}
		if _, err := domainProfile.ToASCII(label + ".example"); err == nil {
			continue
		}
		if len(label) >= len(encoded) && strings.EqualFold(label[:len(encoded)], encoded) {
			return fmt.Sprintf("its part %s is not the ASCII form (%s…) of an international name", quote(label), encoded)
		}
		return fmt.Sprintf("its part %s has letters that do not go together in a name (RFC 5891, RFC 5893)", quote(label))
	}
	if length > maxDomain {
		return fmt.Sprintf("it has %d characters, written in ASCII, and %d are the most", length, maxDomain)
	}
	return "it is not a valid domain name (RFC 1035, RFC 5890)"
}

// hexadecimal is a GUID without what sets its parts off.
var hexadecimal = regexp.MustCompile(`^[0-9a-f]{32}$`)

// whyNoGUID tells what is wrong with a GUID that is none.
func whyNoGUID(guid string) string {
	bare := strings.TrimPrefix(strings.ToLower(guid), "urn:uuid:")
	bare = strings.ReplaceAll(strings.Trim(bare, "{}()"), "-", "")
	switch {
	case guid == "":
		return "it is empty"
	case strings.TrimSpace(guid) != guid:
		return hasMargins
	case hexadecimal.MatchString(bare):
		return fmt.Sprintf("it is written in another form than 8-4-4-4-12: write %s-%s-%s-%s-%s",
			bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:])
	case isNumber(guid):
		return "it is a number: the API's numeric id is internal and cannot be used"
	}
	return fmt.Sprintf("it is not a UUID (32 hexadecimal digits in the form 8-4-4-4-12), it has %d characters",
		utf8.RuneCountInString(guid))
}

// quote shortens what is quoted: an error is no place for a page of text.
func quote(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
