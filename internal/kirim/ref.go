package kirim

import "net/url"

// The nouns of the API, as its "… not found" has them in lower case. A [Ref] has no
// others: errors say what an answer lacks by them.
const (
	NounDomain     = "domain"
	NounCredential = "credential"
)

// Ref names a thing at the API, as a configuration spells it: a domain, or something
// that belongs to one.
type Ref struct {
	// Noun says what it is, such as [NounCredential].
	Noun   string
	Domain string
	// GUID is empty for a domain.
	GUID string
}

// DomainRef names a domain.
func DomainRef(domain string) Ref { return Ref{Noun: NounDomain, Domain: domain} }

// CredentialRef names a credential of a domain.
func CredentialRef(domain, guid string) Ref {
	return Ref{Noun: NounCredential, Domain: domain, GUID: guid}
}

// Normalized is the reference in the one spelling that is sent. A part that cannot be
// normalized stays as it is: sendable refuses it before anything is sent.
func (r Ref) Normalized() Ref {
	if domain, err := NormalizeDomain(r.Domain); err == nil {
		r.Domain = domain
	}
	if guid, err := NormalizeGUID(r.GUID); err == nil {
		r.GUID = guid
	}
	return r
}

// ID is domain/guid, or the domain alone, in the spelling that is sent.
func (r Ref) ID() string {
	n := r.Normalized()
	if n.GUID == "" {
		return n.Domain
	}
	return n.Domain + "/" + n.GUID
}

// key distinguishes the thing from others of its noun.
func (r Ref) key() string {
	if r.Noun == NounDomain {
		return r.Domain
	}
	return r.GUID
}

// path is the path at the API, escaped. Without a GUID it is that of all of the noun in
// the domain, and without a domain that of all domains.
func (r Ref) path() string {
	path := "/api/domains"
	if r.Domain != "" {
		path += "/" + url.PathEscape(r.Domain)
	}
	if r.Noun != NounDomain {
		path += "/" + r.Noun + "s"
	}
	if r.GUID != "" {
		path += "/" + url.PathEscape(r.GUID)
	}
	return path
}

// sendable is the reference in the spelling that is sent, or an error that says
// which part cannot be. A collection is all of a noun, and has no key.
func (r Ref) sendable(op string, collection bool) (Ref, error) {
	var err error
	if collection && r.Noun == NounDomain {
		return Ref{Noun: NounDomain}, nil
	}
	if r.Domain, err = NormalizeDomain(r.Domain); err != nil {
		return Ref{}, &Error{Kind: KindArgument, Op: op, Reason: "the domain cannot be sent", Err: err}
	}
	if collection || r.Noun == NounDomain {
		return r, nil
	}
	if r.GUID, err = NormalizeGUID(r.GUID); err != nil {
		return Ref{}, &Error{Kind: KindArgument, Op: op, Reason: "the " + r.Noun + "'s GUID cannot be sent", Err: err}
	}
	return r, nil
}
