package kirim

// The nouns of the API, as its "… not found" has them in lower case.
const (
	NounDomain     = "domain"
	NounCredential = "credential"
)

// Ref names a thing at the API, as a configuration spells it: a domain, or what
// belongs to one.
type Ref struct {
	// Noun says what it is: [NounCredential].
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

// Normalized is the reference in the one spelling that is sent. A part that
// cannot be normalized stays as it is: it is refused before anything is sent.
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
