package kirim

import (
	"context"
	"sync"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// ReadCredential reads one credential as [Client.GetCredential] does, and may
// take the answer from a list: a domain's credentials come a hundred a request.
// What it gives was read after this client was made, after the last reset of the
// credential by this client, and is given once: who reads again is told anew.
// What a list lacks is asked for by itself, so that its errors are those of
// GetCredential. wasReset tells that its password is known to have been reset, so
// that a list which knows no time of that is looked into.
//
// N reads of a domain that has M credentials cost 2 N requests at most, and where
// they come side by side ⌈M/100⌉ + 2. One alone costs one.
func (c *Client) ReadCredential(ctx context.Context, domain, guid string, wasReset bool) (*Credential, error) {
	return c.readCredential(ctx, domain, &reader{serving: once, wasReset: wasReset, guid: guid})
}

// FindCredential is ReadCredential for who reads the credential once more soon,
// as Terraform does after an import: its answer may be given again.
func (c *Client) FindCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	return c.readCredential(ctx, domain, &reader{serving: again, guid: guid})
}

// serving is how often what was read is given.
type serving int

const (
	once serving = iota
	again
)

func (c *Client) readCredential(ctx context.Context, domain string, r *reader) (*Credential, error) {
	of, err := CredentialRef(domain, r.guid).sendable(opGet, false)
	if err != nil {
		return nil, err
	}
	r.guid, r.ctx, r.left, r.came = of.GUID, ctx, transport.TimeLeft(ctx), make(chan *Credential, 1)
	reads := c.shared.of(domain)
	if credential := reads.ask(r); credential != nil {
		return credential, nil
	}
	credential, err := c.GetCredential(ctx, domain, of.GUID)
	reads.answered(r, credential)
	return credential, err
}

// sharedReads is what a client has read of each domain.
type sharedReads struct {
	client  *Client
	mu      sync.Mutex
	domains map[string]*domainReads
}

// of gives a domain's, whose name can be sent.
func (s *sharedReads) of(domain string) *domainReads {
	if normalized, err := NormalizeDomain(domain); err == nil {
		domain = normalized
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.domains == nil {
		s.domains = map[string]*domainReads{}
	}
	d, has := s.domains[domain]
	if !has {
		d = &domainReads{
			client: s.client, domain: domain, found: map[string]found{}, own: map[string]bool{}, waiting: map[*reader]struct{}{},
			worth: newWorth(), more: make(chan struct{}, 1),
		}
		s.domains[domain] = d
	}
	return d
}

// domainReads are the reads of one domain. Nobody knows how many are still to
// come, and not in which page a credential is: so each read brings two requests
// with it, and pages are walked only as far as that pays for them, and for a
// request by itself of whoever is waiting.
type domainReads struct {
	client *Client
	domain string

	mu       sync.Mutex
	asked    int // reads
	vain     int // how often, of late, nobody came for whom a page was put off
	spent    int // requests
	alone    int // reads by themselves that are under way
	found    map[string]found
	own      map[string]bool // those that this client changes: always read by themselves
	worth    *worth
	pages    int       // read so far
	items    int       // in them
	failures int       // of pages
	rest     time.Time // until when no page is asked for
	over     bool      // no page that is left is any use

	waiting map[*reader]struct{}
	more    chan struct{} // tells the walk of a further read
	walking bool
	page    *transport.PausableContext // the time of the page that is being read
	giveUp  context.CancelFunc         // of that page
	stood   time.Duration              // the time that earlier ones were queued
}

// found is a credential that was read.
type found struct {
	Credential
	alone bool // and not in a list
}

// reader waits for a list.
type reader struct {
	guid    string
	ctx     context.Context
	serving serving
	// wasReset: its password was, as far as the reader knows.
	wasReset bool
	left     time.Duration    // of its operation's time
	came     chan *Credential // nil: it is to be read by itself
	trial    lack             // what that is to tell about
}

// ask gives the credential from what was read or is being read, or nil where it
// is to be read by itself; then answered has to be called.
func (d *domainReads) ask(r *reader) *Credential {
	d.mu.Lock()
	d.asked++
	select {
	case d.more <- struct{}{}:
	default: // it is known already
	}
	if credential := d.serve(r); credential != nil {
		d.mu.Unlock()
		return credential
	}
	d.waiting[r] = struct{}{}
	// The first one may be the only one.
	if d.asked > 1 && d.mayBeListed(r.guid) && d.mayWalk() {
		d.walking = true
		go d.walk()
	}
	d.settle()
	stood := d.standstill()
	d.mu.Unlock()

	select {
	case credential := <-r.came:
		return credential
	default:
		return d.await(r, stood)
	}
}

// await waits for a list, for half of the time that there is: the other half is
// for reading it alone. The time that the list is queued for the rate limit does
// not count.
func (d *domainReads) await(r *reader, stood time.Duration) *Credential {
	began, resume := time.Now(), PauseTimeout(r.ctx)
	queued := func() time.Duration {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.standstill() - stood
	}
	defer func() { resume(max(0, time.Since(began)-queued())) }()
	timer := time.NewTimer(r.left / 2)
	defer timer.Stop()
	for {
		select {
		case credential := <-r.came:
			return credential
		case <-r.ctx.Done():
			return d.leave(r)
		case <-timer.C:
			if more := time.Until(began.Add(r.left/2 + queued())); more > 0 {
				timer.Reset(more)
				continue
			}
			return d.leave(r)
		}
	}
}

// leave takes a reader out of those who wait.
func (d *domainReads) leave(r *reader) *Credential {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, waits := d.waiting[r]; !waits {
		return <-r.came
	}
	d.dismiss(r)
	d.settle()
	return nil
}

// answered notes what came of a read by itself, nil where that was nothing.
func (d *domainReads) answered(r *reader, credential *Credential) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alone--
	d.worth.answered(r.guid, r.wasReset, r.trial, credential)
	if credential != nil && !d.own[r.guid] {
		d.worth.compare(*credential)
	}
	if credential != nil && !d.own[r.guid] && r.serving == again {
		d.found[r.guid] = found{Credential: *credential, alone: true}
	}
	d.settle()
}

// changes notes that this client is about to change a credential, if it can be sent.
func (s *sharedReads) changes(ref Ref) {
	if ref, err := ref.sendable("", false); err == nil {
		s.of(ref.Domain).changes(ref.GUID)
	}
}

// changes notes that this client is about to change a credential. What was read
// of it counts no more, and neither does what a list that is on its way says.
func (d *domainReads) changes(guid string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.own[guid] = true
	delete(d.found, guid)
	d.settle()
}

// mayBeListed tells whether a page that is left may have it.
func (d *domainReads) mayBeListed(guid string) bool { return !d.own[guid] && !d.worth.has(guid) }

// serve gives what was read of a credential.
func (d *domainReads) serve(r *reader) *Credential {
	f, has := d.found[r.guid]
	if !has || (!f.alone && !d.worth.good(r.guid, r.wasReset)) {
		return nil
	}
	if r.serving == once {
		delete(d.found, r.guid)
	}
	credential := f.Credential
	return &credential
}

// settle answers those who need not wait, or have nothing to wait for.
func (d *domainReads) settle() {
	d.over = d.over || d.worth.nothing()
	for r := range d.waiting {
		if credential := d.serve(r); credential != nil {
			delete(d.waiting, r)
			r.came <- credential
			continue
		}
		_, has := d.found[r.guid]
		switch {
		case has && d.worth.beingTried(r.guid, r.wasReset): // until that has told
		case d.mayBeListed(r.guid) && d.walking && !d.over:
		default:
			d.dismiss(r)
		}
	}
	if len(d.waiting) == 0 && d.giveUp != nil {
		d.giveUp() // nobody needs the page
	}
}

// dismiss has somebody read by himself.
func (d *domainReads) dismiss(r *reader) {
	delete(d.waiting, r)
	d.spent++
	d.alone++
	r.trial = d.worth.try(r.guid, r.wasReset)
	r.came <- nil
}
