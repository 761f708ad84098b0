package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Credential is one SMTP credential of the pretend account.
type Credential struct {
	Domain   string `json:"domain"`   // lower case, no trailing dot
	GUID     string `json:"guid"`     // what the API's paths take
	Username string `json:"username"` // unique within the domain only
	Login    string `json:"login"`    // what the mail server takes as user name
	ID       int    `json:"id"`       // the internal number, which no path takes
}

// credential is a Credential with its history.
type credential struct {
	Credential
	created, modified time.Time
	changed           time.Time // of the last reset; zero: never
	live              string    // what the mail server takes; empty: nothing yet
	waiting           []waitingPassword
}

// waitingPassword is a password that the mail server has not heard of yet.
type waitingPassword struct {
	password string
	since    time.Time
}

// settle makes the waiting passwords live that are at least delay old.
func (c *credential) settle(now time.Time, delay time.Duration) {
	for len(c.waiting) > 0 && !c.waiting[0].since.Add(delay).After(now) {
		c.live = c.waiting[0].password
		c.waiting = c.waiting[1:]
	}
}

// account is everything the pretend service stores. Guarded by Server.mu.
type account struct {
	domains     map[string]bool
	credentials []*credential // by ID
	lastID      int
	issued      []string
}

func newAccount() account { return account{domains: make(map[string]bool)} }

func normalDomain(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

func (a *account) byGUID(guid string) *credential {
	for _, c := range a.credentials {
		if c.GUID == guid {
			return c
		}
	}
	return nil
}

// find is byGUID within one domain.
func (a *account) find(domain, guid string) *credential {
	if c := a.byGUID(guid); c != nil && c.Domain == normalDomain(domain) {
		return c
	}
	return nil
}

// byUsername ignores case, as a mail server's user table does.
func (a *account) byUsername(domain, username string) *credential {
	for _, c := range a.credentials {
		if c.Domain == domain && strings.EqualFold(c.Username, username) {
			return c
		}
	}
	return nil
}

func (a *account) in(domain string) []*credential {
	var found []*credential
	for _, c := range a.credentials {
		if c.Domain == domain {
			found = append(found, c)
		}
	}
	return found
}

// free says why a credential with that name and GUID cannot be made. An empty GUID is one to be made up.
func (a *account) free(domain, username, guid string) error {
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

// add makes a credential with a password that the mail server hears of at the moment at.
func (a *account) add(domain, username, guid string, at time.Time) (*credential, string) {
	if guid == "" {
		guid = newGUID()
	}
	login := username
	if !strings.Contains(username, "@") {
		login += "@" + domain
	}
	a.domains[domain] = true
	a.lastID++
	c := &credential{
		Credential: Credential{Domain: domain, GUID: guid, Username: username, Login: login, ID: a.lastID},
		created:    at,
		modified:   at,
	}
	a.credentials = append(a.credentials, c)
	return c, a.issue(c, at)
}

// reset gives c another password, which ends the one before.
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

func (a *account) removeDomain(name string) {
	delete(a.domains, name)
	a.credentials = slices.DeleteFunc(a.credentials, func(c *credential) bool { return c.Domain == name })
}
