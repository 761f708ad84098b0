package simulator

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

type domainJSON struct {
	ID                int             `json:"id"`
	Domain            string          `json:"domain"`
	TracklinkDomain   string          `json:"tracklink_domain"`
	TracklinkVerified bool            `json:"tracklink_domain_is_verified"`
	AuthVerified      bool            `json:"auth_domain_is_verified"`
	DNSSelector       string          `json:"dns_selector"`
	DNSRecord         string          `json:"dns_record"`
	SPFRecord         string          `json:"spf_record"`
	MXRecords         json.RawMessage `json:"mx_records,omitempty"`
	IsVerified        bool            `json:"is_verified"`
	Status            bool            `json:"status"`
	CreatedAt         stamp           `json:"created_at"`
	ModifiedAt        stamp           `json:"modified_at"`
	Tracking
}

// dkimRecords has a DKIM record for each length of a key. All domains share it: a key costs up to a second.
var dkimRecords = map[int]func() string{
	1024: sync.OnceValue(func() string { return newDKIMRecord(1024) }),
	2048: sync.OnceValue(func() string { return newDKIMRecord(2048) }),
}

// newDKIMRecord makes the record of a new RSA key (RFC 6376, section 3.6.1).
func newDKIMRecord(bits int) string {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err) // no such length
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err) // no RSA key
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

// viewDomain is a domain as the answers show it.
func (o *Options) viewDomain(d *domain) domainJSON {
	v := domainJSON{
		ID:          d.id,
		Domain:      d.Name,
		DNSSelector: "k1",
		DNSRecord:   dkimRecords[d.DKIMKeyLength](),
		SPFRecord:   "v=spf1 mx include:spf.kirim.email ~all",
		MXRecords:   o.MXRecords,
		IsVerified:  d.IsVerified,
		Status:      true,
		CreatedAt:   o.stamp(d.created),
		ModifiedAt:  o.stamp(d.modified),
		Tracking:    d.Tracking,
	}
	if o.ZeroModifiedAt {
		v.ModifiedAt = o.stamp(time.Time{})
	}
	return v
}

// onDomain is the handler of an endpoint for the domain that the path names.
func onDomain(do func(s *Server, c *call, d *domain, at time.Time) answer) handler {
	return func(s *Server, c *call, at time.Time) answer { return do(s, c, s.account.domain(c.domain), at) }
}

func (s *Server) listDomains(c *call, _ time.Time) answer {
	var found []*domain
	for _, d := range s.account.domains {
		if strings.Contains(d.Name, strings.ToLower(c.query.Get("search"))) {
			found = append(found, d)
		}
	}
	return listAnswer(c, &s.opts, found, s.opts.viewDomain)
}

func (s *Server) createDomain(c *call, at time.Time) answer {
	name, bits := c.text("domain"), 0
	c.read("dkim_key_length", &bits)
	switch {
	case !domainForm.MatchString(name):
		return invalid("domain", "The domain is not valid.")
	case s.account.domain(name) != nil:
		return invalid("domain", "The domain has already been taken.")
	case dkimRecords[bits] == nil:
		return invalid("dkim_key_length", "The dkim key length must be 1024 or 2048.")
	}
	s.account.newDomain(name, bits, at)
	return jsonAnswer(http.StatusCreated, envelope{
		Success: true,
		Message: "Domain added successfully.",
		Data:    map[string]string{"domain": name},
	})
}

func (s *Server) getDomain(_ *call, d *domain, _ time.Time) answer {
	return jsonAnswer(http.StatusOK, envelope{Success: true, Data: s.opts.viewDomain(d)})
}

func (s *Server) updateDomain(c *call, d *domain, at time.Time) answer {
	c.read("open_track", &d.Open)
	c.read("click_track", &d.Click)
	c.read("unsub_track", &d.Unsub)
	d.modified = at
	return jsonAnswer(http.StatusOK, map[string]Tracking{"data": d.Tracking})
}

func (s *Server) deleteDomain(_ *call, d *domain, _ time.Time) answer {
	s.account.removeDomain(d.Name)
	return jsonAnswer(http.StatusOK, map[string]string{"message": "Domain deleted successfully."})
}

func (s *Server) verifyDomain(_ *call, d *domain, at time.Time) answer {
	var records Records
	switch {
	case d.records != nil:
		records = *d.records
	case s.opts.VerifyAfter > 0 && !at.Before(d.created.Add(s.opts.VerifyAfter)):
		records = allRecords
	}
	d.IsVerified = records == allRecords
	found := map[string]Records{"records": records}
	if s.opts.VerifyNested {
		return jsonAnswer(http.StatusOK, envelope{Success: true, Data: found})
	}
	return jsonAnswer(http.StatusOK, found)
}
