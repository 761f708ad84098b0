package kirim

import (
	"fmt"
	"net/url"
	"strings"
)

// The nouns of the API, as its "… not found" has them in lower case. A [Ref] has no
// others: errors say what an answer lacks by them.
const (
	NounDomain     = "domain"
	NounCredential = "credential"
	NounWebhook    = "webhook"
)

// Ref names a thing at the API, as a configuration spells it: a domain, or something
// that belongs to one. The zero Ref is the account.
type Ref struct {
	// Noun says what it is, such as [NounCredential].
	Noun   string
	Domain string
	// GUID is empty for a domain.
	GUID string
	// Argument is what a configuration has the GUID in; empty for the noun's own, such as
	// credential_guid.
	Argument string
}

// DomainRef names a domain.
func DomainRef(domain string) Ref { return Ref{Noun: NounDomain, Domain: domain} }

// WebhookRef names a webhook of a domain.
func WebhookRef(domain, guid string) Ref { return Ref{Noun: NounWebhook, Domain: domain, GUID: guid} }

// CredentialRef names a credential of a domain.
func CredentialRef(domain, guid string) Ref {
	return Ref{Noun: NounCredential, Domain: domain, GUID: guid}
}

// Normalize is the reference in the one spelling that is sent. The error says which part
// cannot be sent; that part stays as it is.
func (r Ref) Normalize() (Ref, error) {
	var badDomain, badGUID error
	r.Domain, badDomain = NormalizeDomain(r.Domain)
	r.GUID, badGUID = NormalizeGUID(r.GUID)
	switch {
	case badDomain != nil && r.Noun != "":
		return r, fmt.Errorf("the domain cannot be sent: %w", badDomain)
	case badGUID != nil && r.Noun != "" && r.Noun != NounDomain:
		return r, fmt.Errorf("the %s's GUID cannot be sent: %w", r.Noun, badGUID)
	}
	return r, nil
}

// Normalized is Normalize for a text, which is written even of what cannot be sent.
func (r Ref) Normalized() Ref {
	n, _ := r.Normalize()
	return n
}

// ID is domain/guid, or the domain alone, in the spelling that is sent.
func (r Ref) ID() string {
	n := r.Normalized()
	return strings.TrimSuffix(n.Domain+"/"+n.GUID, "/")
}

// path is the path at the API, escaped.
func (r Ref) path() string {
	switch r.Noun {
	case "":
		return "/api"
	case NounDomain:
		return "/api/domains/" + url.PathEscape(r.Domain)
	default:
		return DomainRef(r.Domain).path() + "/" + r.Noun + "s/" + url.PathEscape(r.GUID)
	}
}
