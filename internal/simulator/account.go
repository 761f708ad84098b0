package simulator

import (
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

// account is everything that the service stores. Guarded by Server.mu.
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

func (a *account) removeDomain(name string) {
	delete(a.domains, name)
	a.credentials = slices.DeleteFunc(a.credentials, func(c *credential) bool { return c.Domain == name })
}
