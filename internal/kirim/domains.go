package kirim

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// Domain is a sending domain as the API describes it. What the API does not say is empty,
// nil or the zero time.
type Domain struct {
	// Name is the domain's name, in the spelling that is sent.
	Name string
	// IsVerified: its DNS records were found, so that it can send.
	IsVerified *bool
	Tracking
	// DKIMSelector and DKIMRecord are the name (below ._domainkey) and the value of the
	// TXT record that has its DKIM key (RFC 6376, section 3.6).
	DKIMSelector, DKIMRecord string
	// SPFRecord is the value of its TXT record for SPF (RFC 7208).
	SPFRecord string
	// MXRecords are in no description of the API; the Node SDK has them.
	MXRecords             []string
	CreatedAt, ModifiedAt time.Time
	// AsOf is the time of the answer by the API's own clock (its Date).
	AsOf time.Time
}

// Tracking says what is tracked of a domain's mails. An update leaves a nil as it is.
type Tracking struct {
	Open  *bool `json:"open_track,omitempty"`
	Click *bool `json:"click_track,omitempty"`
	Unsub *bool `json:"unsub_track,omitempty"`
}

// Records says which of a domain's DNS records the API has found to be right.
type Records struct{ DKIM, SPF, MX bool }

// Hold reports whether all of them do.
func (r Records) Hold() bool { return r.DKIM && r.SPF && r.MX }

func (d Domain) key() string                   { return d.Name }
func (d Domain) created() (at, asOf time.Time) { return d.CreatedAt, d.AsOf }

// CreateDomain gives the account a domain, whose DKIM key has keyLength bits (1024 or
// 2048): `POST /api/domains`. The API answers with the name alone.
func (c *Client) CreateDomain(ctx context.Context, name string, keyLength int) error {
	name, err := NormalizeDomain(name)
	if err != nil {
		return &Error{Kind: KindArgument, Op: "create the domain", Err: err}
	}
	r := domains
	r.op, r.body = "create the domain", map[string]any{"domain": name, "dkim_key_length": keyLength}
	_, err = create(ctx, c, r, decodeDomain, func(ctx context.Context) ([]Domain, error) {
		return c.ListDomains(ctx, "")
	}, func(one Domain) bool { return one.Name == name })
	return err
}

// GetDomain reads a domain: `GET /api/domains/{domain}`.
func (c *Client) GetDomain(ctx context.Context, name string) (*Domain, error) {
	return one(ctx, c, request{op: "read the domain", ref: DomainRef(name)}, decodeDomain)
}

// ListDomains reads all domains of the account whose name contains search, in the API's
// order: `GET /api/domains`.
func (c *Client) ListDomains(ctx context.Context, search string) ([]Domain, error) {
	r := domains
	r.op = "list the domains"
	if search != "" {
		r.query = url.Values{"search": {search}}
	}
	return listAll(ctx, c, r, decodeDomain)
}

// UpdateDomain sets what is tracked of a domain's mails: `PUT /api/domains/{domain}`.
func (c *Client) UpdateDomain(ctx context.Context, name string, tracking Tracking) error {
	r := request{op: "update the domain", ref: DomainRef(name), effect: transport.Writes, body: tracking}
	_, err := c.do(ctx, r)
	return err
}

// VerifyDomain has the API look for a domain's DNS records:
// `POST /api/domains/{domain}/verify-mandatory`.
func (c *Client) VerifyDomain(ctx context.Context, name string) (Records, error) {
	// It changes only what the API knows of the records, and is repeated as a read is.
	r := request{
		op: "verify the domain", ref: DomainRef(name), method: http.MethodPost, path: "/verify-mandatory",
	}
	reply, err := c.do(ctx, r)
	if err != nil {
		return Records{}, err
	}
	records, ok := jsonvalue.AsObject(reply.Answer.Records)
	if !ok { // as the SDKs' tests have them
		data, _ := jsonvalue.AsObject(reply.Answer.Data)
		records, ok = jsonvalue.AsObject(data["records"])
	}
	if !ok {
		return Records{}, reply.incomplete("it holds no records")
	}
	holds := func(name string) bool {
		b := jsonvalue.AsBool(records[name])
		return b != nil && *b
	}
	return Records{DKIM: holds("dkim"), SPF: holds("spf"), MX: holds("mx")}, nil
}

// DeleteDomain takes a domain, its credentials and its webhooks out of the account:
// `DELETE /api/domains/{domain}`.
func (c *Client) DeleteDomain(ctx context.Context, name string) error {
	err := c.remove(ctx, "delete the domain", DomainRef(name))
	c.creations(domains).forget(DomainRef(name).ID())
	return err
}

// domains is what the requests for the account's domains have in common.
var domains = request{path: "/domains"}

func decodeDomain(raw json.RawMessage, asOf time.Time) (Domain, bool) {
	o, ok := jsonvalue.AsObject(raw)
	if !ok {
		return Domain{}, false
	}
	d := Domain{AsOf: asOf, IsVerified: jsonvalue.AsBool(o["is_verified"]), Tracking: Tracking{
		Open: jsonvalue.AsBool(o["open_track"]), Click: jsonvalue.AsBool(o["click_track"]),
		Unsub: jsonvalue.AsBool(o["unsub_track"]),
	}}
	name, _ := jsonvalue.AsString(o["domain"])
	d.Name, _ = NormalizeDomain(name)
	d.DKIMSelector, _ = jsonvalue.AsText(o["dns_selector"])
	d.DKIMRecord, _ = jsonvalue.AsString(o["dns_record"])
	d.SPFRecord, _ = jsonvalue.AsString(o["spf_record"])
	if json.Unmarshal(o["mx_records"], &d.MXRecords) != nil { // it has read what are texts all the same
		d.MXRecords = nil
	}
	d.CreatedAt, _ = jsonvalue.AsTime(o["created_at"])
	d.ModifiedAt, _ = jsonvalue.AsTime(o["modified_at"])
	return d, true
}

// keyTag matches the tag that has the key, in base64 (RFC 6376, section 3.6.1).
var keyTag = regexp.MustCompile(`(?:^|;)\s*p\s*=([^;]*)`)

// DKIMKeyLength is how many bits the RSA key in DKIMRecord has; 0 if it has none that can
// be read.
func (d Domain) DKIMKeyLength() int {
	match := keyTag.FindStringSubmatch(d.DKIMRecord)
	if match == nil {
		return 0
	}
	// A record that is split into several texts has quotes and spaces in it.
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune("\" \t\r\n", r) {
			return -1
		}
		return r
	}, match[1])
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return 0
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key.N.BitLen()
	}
	return 0
}
