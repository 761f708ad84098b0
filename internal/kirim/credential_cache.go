package kirim

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// ReadCredential reads one credential as [Client.GetCredential] does, and may take the
// answer from a list: a domain's credentials come a hundred a request. The answer was
// read after this client was made, and after the last reset of the credential by this
// client. Each is served once; the next read fetches again. What a list lacks is asked
// of the credential itself, so that its errors are those of GetCredential. wasReset
// says that the password is known to have been reset: a list that has no time for that
// is not believed.
//
// N reads of a domain that has M credentials cost 2 N requests at most, and if they come
// side by side ⌈M/100⌉ + 2. One alone costs one.
func (c *Client) ReadCredential(ctx context.Context, domain, guid string, wasReset bool) (*Credential, error) {
	return c.readShared(ctx, &reader{ref: CredentialRef(domain, guid), wasReset: wasReset})
}

// FindCredential is ReadCredential for an answer that need not be of this very moment, as
// long as this client has not reset the credential since: what another read was served
// does, and the next read may be served the same.
func (c *Client) FindCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	return c.readShared(ctx, &reader{ref: CredentialRef(domain, guid), again: true})
}

// PeekCredential is FindCredential for an answer that need not say when the password was
// changed. A list that leaves that out does.
func (c *Client) PeekCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	return c.readShared(ctx, &reader{ref: CredentialRef(domain, guid), again: true, peeks: true})
}

func (c *Client) readShared(ctx context.Context, r *reader) (*Credential, error) {
	r.ref, r.ctx = r.ref.Normalized(), ctx
	d := c.domainCache(r.ref.Domain)
	if credential := d.read(r); credential != nil {
		return credential, nil
	}
	credential, err := c.GetCredential(ctx, r.ref.Domain, r.ref.GUID)
	d.answered(r, credential)
	return credential, err
}

// changes notes that this client is about to change a credential. What was read of it
// counts no more, and neither does a list that is on its way.
func (c *Client) changes(ref Ref) {
	ref = ref.Normalized()
	d := c.domainCache(ref.Domain)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries[ref.GUID] = entry{changed: true}
	d.notify()
}

// keep stores what the answer to a create says of a credential, as if a list had said so.
func (c *Client) keep(domain string, made Credential) {
	d := c.domainCache(DomainRef(domain).Normalized().Domain)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries[made.GUID] = entry{listed: &made}
	d.notify()
}

// domainCache returns the cache of a domain, by the name that is sent.
func (c *Client) domainCache(domain string) *domainCache {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.domains[domain] == nil {
		c.domains[domain] = &domainCache{
			client: c, domain: domain, entries: map[string]entry{}, news: make(chan struct{}),
			trust: listTrust{own: map[missingFields]bool{}},
		}
	}
	return c.domains[domain]
}

// domainCache shares the reads of one domain. It is unknown how many reads are still to
// come, and on which page a credential is. So each read brings two requests with it, and
// pages are read only as far as these pay for them, and for a request for each reader
// that waits.
type domainCache struct {
	client *Client
	domain string

	mu      sync.Mutex
	entries map[string]entry // by GUID
	trust   listTrust
	asked   int // reads
	spent   int // requests
	alone   int // reads by themselves that are under way

	waiting []*reader
	news    chan struct{} // closed when anything changes
	walking bool          // pages are being read
	pages   int           // read so far
	items   int           // on them
	over    bool          // no further page is of use
	idle    int           // how often, lately, no reader came while a page was put off
}

// entry is what is known of one credential.
type entry struct {
	listed *Credential // as a list has it, or its own answer if that may be served again
	// served: only a reader that may be served again gets listed from now on.
	served bool
	// changed: this client has changed the credential, and what was read may be from
	// before the change. It is read by itself from now on.
	changed bool
	// ownChange is when the password changed, by its own answer.
	ownChange time.Time
}

// isSpent reports whether a reader has to read the credential by itself.
func (e entry) isSpent(r *reader) bool { return e.changed || e.served && !r.again }

// reader is a read that waits for a list.
type reader struct {
	ref      Ref
	ctx      context.Context
	wasReset bool
	again    bool // it may be served what another was, and leaves that for the next
	peeks    bool // it needs no time of the last change
}

// notify wakes all that wait for news.
func (d *domainCache) notify() {
	close(d.news)
	d.news = make(chan struct{})
}

// read returns the credential from what was read or is being read. nil says that it is
// to be read by itself; answered has to follow.
func (d *domainCache) read(r *reader) *Credential {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	d.notify()
	d.waiting = append(d.waiting, r)
	// The first read may be the only one.
	if d.asked > 1 && !d.walking && !d.over && d.isAwaited(r) && (d.pays() || d.idle < maxIdle) {
		d.walking = true
		go d.walk()
	}
	credential, wait := d.serve(r)
	for ; wait && r.ctx.Err() == nil; credential, wait = d.serve(r) {
		d.sleep(r.ctx)
	}
	d.waiting = slices.DeleteFunc(d.waiting, func(other *reader) bool { return other == r })
	if credential == nil {
		d.spent++
		d.alone++
	}
	return credential
}

// sleep waits for news, or until ctx ends. It is called with the lock, and does not hold
// it meanwhile.
func (d *domainCache) sleep(ctx context.Context) {
	news := d.news
	d.mu.Unlock()
	defer d.mu.Lock()
	select {
	case <-news:
	case <-ctx.Done():
	}
}

// serve returns what was read of a credential, or whether to wait for more.
func (d *domainCache) serve(r *reader) (credential *Credential, wait bool) {
	e := d.entries[r.ref.GUID]
	switch {
	case e.isSpent(r):
		return nil, false
	case e.listed != nil && (e.listed.Deleted || e.listed.DeletedUnreadable): // its own answer says what that means
		return nil, false
	case e.listed == nil:
		return nil, d.walking && !d.over
	case !d.trust.believes(r.missing(*e.listed)):
		return nil, len(d.trust.own) == 0 && d.alone > 0 // the first own answer tells
	}
	e.served = e.served || !r.again
	d.entries[r.ref.GUID] = e
	return new(*e.listed), false
}

// isAwaited reports whether a page that is left may have the credential of a reader.
func (d *domainCache) isAwaited(r *reader) bool {
	e := d.entries[r.ref.GUID]
	return e.listed == nil && !e.changed
}

// answered notes what a read by itself came to, nil for nothing.
func (d *domainCache) answered(r *reader, credential *Credential) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alone--
	if e := d.entries[r.ref.GUID]; credential != nil && !e.isSpent(r) {
		e.ownChange = credential.LastPasswordChanged
		if r.again {
			e.listed = new(*credential)
		}
		d.entries[r.ref.GUID] = e
		d.trust.compare(e)
		d.trust.own[r.missing(*credential)] = true
	}
	d.notify()
}

// nextReadTimeout is how long a page waits for the next read to come: Terraform plans
// a resource in between. After maxIdle waits in vain, no page waits any more.
const nextReadTimeout, maxIdle = 250 * time.Millisecond, 2

// pageBudget is small: if a page fails, each reader can read by itself.
var pageBudget = transport.Budget{Attempts: 2, ReadTimeout: 10 * time.Second}

// walk reads page after page, as long as a reader waits for it. After one that fails,
// each reader reads by itself.
func (d *domainCache) walk() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.over && d.afford() {
		// A page has the time of the reader that has the most, even if that reader gives up:
		// the others need it.
		patient := slices.MaxFunc(d.waiting, func(a, b *reader) int {
			return cmp.Compare(transport.TimeLeft(a.ctx), transport.TimeLeft(b.ctx))
		})
		ctx := transport.WithTimeout(context.WithoutCancel(patient.ctx), transport.TimeLeft(patient.ctx))
		r := listCredentials(d.domain)
		r.budget = pageBudget
		number := d.pages + 1
		d.spent++
		d.mu.Unlock()
		page, err := listPage(ctx, d.client, r, number, decodeListed)
		d.mu.Lock()
		if d.over = err != nil; !d.over {
			d.take(page)
		}
		d.notify()
	}
	d.walking = false
	d.notify()
}

// take keeps the items of a page.
func (d *domainCache) take(page *pageOf[Credential]) {
	d.pages++
	fresh := false
	for _, credential := range page.items {
		e := d.entries[credential.GUID]
		fresh = fresh || e.listed == nil
		e.listed = new(credential)
		d.entries[credential.GUID] = e
		if !e.served {
			d.trust.compare(e)
		}
	}
	d.items += page.count
	// A server that ignores the page's number would be asked for ever.
	d.over = d.trust.contradicted || page.isLast(d.items) || !fresh
}

// afford reports whether a further page is wanted and paid for, if necessary after a
// while: other readers are about to come and pay for it, unless they come one at a time.
// It does not hold the lock meanwhile.
func (d *domainCache) afford() bool {
	asked := d.asked
	ctx, cancel := context.WithTimeout(context.Background(), nextReadTimeout)
	defer cancel()
	for d.isWanted() && !d.pays() && d.idle < maxIdle && ctx.Err() == nil {
		d.sleep(ctx)
	}
	if d.asked > asked {
		d.idle = 0
	} else if ctx.Err() != nil {
		d.idle++
	}
	return d.isWanted() && d.pays()
}

// isWanted reports whether a reader waits for a page.
func (d *domainCache) isWanted() bool { return slices.ContainsFunc(d.waiting, d.isAwaited) }

// pays reports whether a further page is paid for, with a request left for each reader
// that waits.
func (d *domainCache) pays() bool { return d.spent+1+len(d.waiting) <= 2*d.asked }

// listTrust says which items of lists are believed: those that say as much as some own
// answer of a credential does. Otherwise a reset by somebody else would go unseen.
type listTrust struct {
	own map[missingFields]bool // what each own answer lacks
	// contradicted: a list has another time of a password change than a credential's own
	// answer. From then on, lists are not believed.
	contradicted bool
}

func (t *listTrust) believes(m missingFields) bool {
	believed := m == 0
	for own := range t.own {
		believed = believed || m&^own == 0
	}
	return believed && !t.contradicted
}

// compare looks for a contradiction.
func (t *listTrust) compare(e entry) {
	if e.listed != nil && e.listed.TellsPasswordChange && !e.ownChange.IsZero() {
		t.contradicted = t.contradicted || !e.listed.LastPasswordChanged.Equal(e.ownChange)
	}
}

// missingFields is what an answer does not say of a credential, a bit for each.
type missingFields uint8

// missing returns what an answer does not say that a reader needs.
func (r *reader) missing(c Credential) (m missingFields) {
	for i, lacks := range []bool{
		c.Username == "", c.CreatedAt.IsZero(), c.ModifiedAt.IsZero(), !c.TellsPasswordChange && !r.peeks,
		r.wasReset && c.LastPasswordChanged.IsZero(), // a credential that was never reset proves nothing about this
	} {
		if lacks {
			m |= 1 << i
		}
	}
	return m
}
