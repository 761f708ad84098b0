package kirim

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// ReadCredential reads one credential as [Client.GetCredential] does, and may
// take the answer from a list: a domain's credentials come a hundred a request.
// What it gives was read after this client was made, after the last reset of the
// credential by this client, and is given once: who reads again is told anew.
// What a list lacks is asked for by itself, so that its errors are those of
// GetCredential.
//
// N reads of a domain that has M credentials cost 2 N requests at most, and where
// they come side by side ⌈M/100⌉ + 2. One alone costs one.
func (c *Client) ReadCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	return c.readCredential(ctx, domain, guid, once)
}

// FindCredential is ReadCredential for who reads the credential once more soon,
// as Terraform does after an import: its answer may be given again.
func (c *Client) FindCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	return c.readCredential(ctx, domain, guid, again)
}

// serving is how often what was read is given.
type serving int

const (
	once serving = iota
	again
)

func (c *Client) readCredential(ctx context.Context, domain, guid string, serving serving) (*Credential, error) {
	_, normalized, err := credentialPath(opGet, domain, guid)
	if err != nil {
		return nil, err
	}
	reads := c.shared.of(domain)
	if credential := reads.ask(ctx, normalized, serving); credential != nil {
		return credential, nil
	}
	credential, err := c.GetCredential(ctx, domain, guid)
	reads.answered(normalized, credential, serving)
	return credential, err
}

// listFailures is how often a page may fail before no more are asked for.
const listFailures = 3

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
			client: s.client, domain: domain,
			found: map[string]found{}, own: map[string]bool{}, listed: map[string]bool{}, waiting: map[*reader]struct{}{},
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
	spent    int // requests
	alone    int // reads by themselves that are under way
	found    map[string]found
	own      map[string]bool // those that this client changes: always read by themselves
	listed   map[string]bool
	pages    int  // read so far
	over     bool // no page that is left is any use
	failures int  // of pages

	waiting map[*reader]struct{}
	walking bool
	giveUp  context.CancelFunc // of the page that is being read
	clock   *allowance         // of that page
	stood   time.Duration      // the time that earlier ones were queued

	// told: one was read by itself, and tells: that said when its password
	// changed. bare: a list has one about which it does not say that.
	told, tells, bare bool
}

// found is a credential that was read.
type found struct {
	Credential
	alone bool // and not in a list
}

// reader waits for a list.
type reader struct {
	guid    string
	serving serving
	left    time.Duration    // of its operation's time
	came    chan *Credential // nil: it is to be read by itself
}

// ask gives the credential from what was read or is being read, or nil where it
// is to be read by itself; then answered has to be called.
func (d *domainReads) ask(ctx context.Context, guid string, serving serving) *Credential {
	d.mu.Lock()
	d.asked++
	if credential := d.serve(guid, serving); credential != nil {
		d.mu.Unlock()
		return credential
	}
	r := &reader{guid: guid, serving: serving, left: timeLeft(ctx), came: make(chan *Credential, 1)}
	d.waiting[r] = struct{}{}
	// The first one may be the only one.
	if d.asked > 1 && d.pays() && !d.walking && !d.own[guid] {
		d.walking = true
		go d.walk(context.WithoutCancel(ctx))
	}
	d.settle()
	stood := d.standstill()
	d.mu.Unlock()

	select {
	case credential := <-r.came:
		return credential
	default:
		return d.await(ctx, r, stood)
	}
}

// await waits for a list, for half of the time that there is: the other half is
// for reading it alone. The time that the list is queued for the rate limit does
// not count.
func (d *domainReads) await(ctx context.Context, r *reader, stood time.Duration) *Credential {
	began, resume := time.Now(), PauseTimeout(ctx)
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
		case <-ctx.Done():
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

// leave takes a reader out of those who wait. Where nobody is left, nobody needs
// the page.
func (d *domainReads) leave(r *reader) *Credential {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, waits := d.waiting[r]; !waits {
		return <-r.came
	}
	d.dismiss(r)
	if len(d.waiting) == 0 && d.giveUp != nil {
		d.giveUp()
	}
	return nil
}

// answered notes what came of a read by itself, nil where that was nothing.
func (d *domainReads) answered(guid string, credential *Credential, serving serving) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alone--
	if credential != nil {
		d.told, d.tells = true, d.tells || credential.TellsPasswordChange
		if !d.own[guid] && serving == again {
			d.found[guid] = found{Credential: *credential, alone: true}
		}
	}
	d.settle()
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

// walk reads page after page for as long as somebody waits for it.
func (d *domainReads) walk(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.waiting) > 0 && !d.over && d.pays() {
		d.pages++
		d.spent++
		page, err := d.read(ctx, d.pages)
		switch {
		case err == nil:
			d.take(page)
		case len(d.waiting) == 0 || kindOf(err) == KindCanceled:
			// Given up, and not failed; somebody may have come meanwhile.
			d.pages--
			d.spent--
		default:
			d.pages--
			d.fail(ctx, err)
			d.walking = false
		}
		d.settle()
		if !d.walking {
			return
		}
	}
	d.walking = false
	d.settle()
}

// fail notes that a page could not be read. Whoever waits for it reads by himself;
// whoever comes later tries it again, unless it is of no use.
func (d *domainReads) fail(ctx context.Context, err error) {
	d.failures++
	switch kindOf(err) {
	case KindServer, KindConnection, KindTimeout:
		d.over = d.failures >= listFailures
	default:
		d.over = true
	}
	d.client.log.LogAttrs(ctx, slog.LevelInfo, "could not list credentials, each is read by itself",
		slog.String("domain", d.domain), slog.Bool("to be tried again", !d.over))
}

// read reads one page, which may take as long as whoever has the most time. It
// is called with the lock, and does not hold it meanwhile.
func (d *domainReads) read(ctx context.Context, number int) (*CredentialPage, error) {
	left := time.Duration(0)
	for r := range d.waiting {
		left = max(left, r.left)
	}
	d.clock, d.giveUp = newAllowance(ctx, left)
	clock, giveUp := d.clock, d.giveUp
	d.mu.Unlock()
	defer func() {
		giveUp()
		d.mu.Lock()
		d.stood += clock.standstill()
		d.clock, d.giveUp = nil, nil
	}()
	return d.client.listCredentials(clock, d.domain, number, MaxPageSize, little)
}

// take takes over what a page says.
func (d *domainReads) take(page *CredentialPage) {
	fresh := false
	for _, credential := range page.Credentials {
		guid := credential.GUID
		fresh = fresh || !d.listed[guid]
		d.listed[guid] = true
		// What is marked as deleted is for its own answer to tell.
		if d.own[guid] || d.found[guid].alone || credential.Deleted {
			continue
		}
		d.found[guid] = found{Credential: credential}
		d.bare = d.bare || !credential.TellsPasswordChange
	}
	// A server that leaves the page's number unheeded would be asked for ever.
	d.over = d.over || page.Last || !fresh
}

// pays tells whether one more page is paid for, with a request left for each who
// waits.
func (d *domainReads) pays() bool { return d.spent+1+len(d.waiting) <= 2*d.asked }

// serve gives what was read of a credential. A list that does not say when the
// password changed is only as good as the credential's own answer where that
// does not say it either.
func (d *domainReads) serve(guid string, serving serving) *Credential {
	f, has := d.found[guid]
	if !has || (!f.alone && !f.TellsPasswordChange && (!d.told || d.tells)) {
		return nil
	}
	if serving == once {
		delete(d.found, guid)
	}
	credential := f.Credential
	return &credential
}

// settle answers those who need not wait, or have nothing to wait for.
func (d *domainReads) settle() {
	if d.bare && d.told && d.tells {
		d.over = true // lists say less
	}
	for r := range d.waiting {
		if credential := d.serve(r.guid, r.serving); credential != nil {
			delete(d.waiting, r)
			r.came <- credential
			continue
		}
		_, listed := d.found[r.guid]
		if !d.own[r.guid] && (d.walking && !d.over || listed && !d.told && d.alone > 0) {
			continue
		}
		d.dismiss(r)
	}
}

// dismiss has somebody read by himself.
func (d *domainReads) dismiss(r *reader) {
	delete(d.waiting, r)
	d.spent++
	d.alone++
	r.came <- nil
}

// standstill is how long pages were queued for the rate limit so far.
func (d *domainReads) standstill() time.Duration {
	if d.clock == nil {
		return d.stood
	}
	return d.stood + d.clock.standstill()
}
