package simulator

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Credential is one SMTP credential of the account.
type Credential struct {
	Domain   string `json:"domain"`   // lower case, no trailing dot
	GUID     string `json:"guid"`     // for the API's paths
	Username string `json:"username"` // unique within the domain only
	Login    string `json:"login"`    // the user name at the mail server
	ID       int    `json:"id"`       // an internal number, for no path
}

// credential is a Credential with its history.
type credential struct {
	Credential
	created, modified time.Time
	changed           time.Time // the last reset; zero: never
	live              string    // the password that the mail server takes; empty: none yet
	waiting           []waitingPassword
}

// waitingPassword is a password that the mail server does not know yet.
type waitingPassword struct {
	password string
	since    time.Time
}

// synchronize makes the waiting passwords live that are at least delay old.
func (c *credential) synchronize(now time.Time, delay time.Duration) {
	for len(c.waiting) > 0 && !c.waiting[0].since.Add(delay).After(now) {
		c.live = c.waiting[0].password
		c.waiting = c.waiting[1:]
	}
}

// Domain is one domain of the account.
type Domain struct {
	Name          string `json:"domain"` // lower case, no trailing dot
	DKIMKeyLength int    `json:"dkim_key_length"`
	IsVerified    bool   `json:"is_verified"`
	Tracking
}

// Tracking is what a domain's mail is tracked for.
type Tracking struct {
	Open  bool `json:"open_track"`
	Click bool `json:"click_track"`
	Unsub bool `json:"unsub_track"`
}

// Records is which of a domain's mandatory DNS records are right.
type Records struct {
	DKIM bool `json:"dkim"`
	SPF  bool `json:"spf"`
	MX   bool `json:"mx"`
}

var allRecords = Records{DKIM: true, SPF: true, MX: true}

// domain is a Domain with its history.
type domain struct {
	Domain
	id                int
	guid              string
	key, secret       string // of the API for one domain
	created, modified time.Time
	records           *Records // nil: Options.VerifyAfter decides
}

// Webhook is one webhook of a domain. Neither its type nor its URL is unique.
type Webhook struct {
	Domain    string `json:"domain"`
	GUID      string `json:"guid"`
	Type      string `json:"type"`
	URL       string `json:"url"`
	IsDeleted bool   `json:"is_deleted"` // the API goes on showing it
}

// storedWebhook is a Webhook with its history.
type storedWebhook struct {
	Webhook
	created, modified time.Time
}

// account is everything that the service stores. Guarded by Server.mu.
type account struct {
	guid        string
	domains     []*domain        // by ID
	credentials []*credential    // by ID
	webhooks    []*storedWebhook // oldest first
	lastID      int              // of a credential
	lastDomain  int
	issued      []string
}

func newAccount() account { return account{guid: newGUID()} }

func normalDomain(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// first is the first credential that matches, nil if there is none.
func (a *account) first(matches func(*credential) bool) *credential {
	if i := slices.IndexFunc(a.credentials, matches); i >= 0 {
		return a.credentials[i]
	}
	return nil
}

func (a *account) byGUID(guid string) *credential {
	return a.first(func(c *credential) bool { return c.GUID == guid })
}

// find is byGUID within one domain.
func (a *account) find(domain, guid string) *credential {
	return a.first(func(c *credential) bool { return c.GUID == guid && c.Domain == normalDomain(domain) })
}

// byUsername ignores case, as a mail server's user table does.
func (a *account) byUsername(domain, username string) *credential {
	return a.first(func(c *credential) bool { return c.Domain == domain && strings.EqualFold(c.Username, username) })
}

func (a *account) in(domain string) []*credential {
	return slices.DeleteFunc(slices.Clone(a.credentials), func(c *credential) bool { return c.Domain != domain })
}

// checkFree fails if a credential with that username and GUID cannot be made. An empty GUID stands for a random one.
func (a *account) checkFree(domain, username, guid string) error {
	switch {
	case guid != "" && !guidForm.MatchString(guid):
		return fmt.Errorf("guid: %q is not a UUID in lower case", guid)
	case guid != "" && a.byGUID(guid) != nil:
		return fmt.Errorf("guid: %s is taken", guid)
	case a.byUsername(domain, username) != nil:
		return fmt.Errorf("username: %s has %s already", domain, username)
	}
	return nil
}

// add makes a credential, at the time at, and its first password.
func (a *account) add(domain, username, guid string, at time.Time) (*credential, string) {
	if guid == "" {
		guid = newGUID()
	}
	login := username
	if !strings.Contains(username, "@") {
		login += "@" + domain
	}
	a.addDomain(domain, at)
	a.lastID++
	c := &credential{
		Credential: Credential{Domain: domain, GUID: guid, Username: username, Login: login, ID: a.lastID},
		created:    at,
		modified:   at,
	}
	a.credentials = append(a.credentials, c)
	return c, a.issue(c, at)
}

// reset replaces the password of c.
func (a *account) reset(c *credential, at time.Time) string {
	c.modified, c.changed = at, at
	return a.issue(c, at)
}

func (a *account) issue(c *credential, at time.Time) string {
	password := newPassword()
	a.issued = append(a.issued, password)
	c.waiting = append(c.waiting, waitingPassword{password: password, since: at})
	return password
}

func (a *account) remove(c *credential) {
	a.credentials = slices.DeleteFunc(a.credentials, func(other *credential) bool { return other == c })
}

// domain is the domain of that name, nil if there is none.
func (a *account) domain(name string) *domain {
	if i := slices.IndexFunc(a.domains, func(d *domain) bool { return d.Name == name }); i >= 0 {
		return a.domains[i]
	}
	return nil
}

// addDomain makes a verified domain, unless the account has it.
func (a *account) addDomain(name string, at time.Time) {
	if a.domain(name) == nil {
		d := a.newDomain(name, 2048, at)
		d.records, d.IsVerified = &allRecords, true
	}
}

// newDomain makes a domain whose records nobody has looked at.
func (a *account) newDomain(name string, keyLength int, at time.Time) *domain {
	a.lastDomain++
	d := &domain{
		Domain:   Domain{Name: name, DKIMKeyLength: keyLength},
		id:       a.lastDomain,
		guid:     newGUID(),
		key:      "key_" + rand.Text(),
		secret:   rand.Text(),
		created:  at,
		modified: at,
	}
	a.domains = append(a.domains, d)
	return d
}

// setRecords sets the records. Right records verify nothing before the API looks; a wrong one ends the verification.
func (d *domain) setRecords(r Records) {
	d.records = &r
	d.IsVerified = d.IsVerified && r == allRecords
}

func (a *account) removeDomain(name string) {
	a.domains = slices.DeleteFunc(a.domains, func(d *domain) bool { return d.Name == name })
	a.credentials = slices.DeleteFunc(a.credentials, func(c *credential) bool { return c.Domain == name })
	a.webhooks = slices.DeleteFunc(a.webhooks, func(w *storedWebhook) bool { return w.Domain == name })
}

// webhook is the webhook of that domain and GUID, nil if there is none.
func (a *account) webhook(domain, guid string) *storedWebhook {
	matches := func(w *storedWebhook) bool { return w.GUID == guid && w.Domain == domain }
	if i := slices.IndexFunc(a.webhooks, matches); i >= 0 {
		return a.webhooks[i]
	}
	return nil
}

func (a *account) addWebhook(domain, guid, event, url string, at time.Time) *storedWebhook {
	w := &storedWebhook{
		Webhook:  Webhook{Domain: domain, GUID: guid, Type: event, URL: url},
		created:  at,
		modified: at,
	}
	a.webhooks = append(a.webhooks, w)
	return w
}

func (a *account) removeWebhook(w *storedWebhook) {
	a.webhooks = slices.DeleteFunc(a.webhooks, func(other *storedWebhook) bool { return other == w })
}
