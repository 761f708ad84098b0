package kirim

import (
	"errors"
	"log/slog"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

const (
	// listFailures is how often a page may fail before no more are asked for.
	listFailures = 3
	// listPause is how long none is asked for after one that failed.
	listPause = time.Second
	// nextPatience is for somebody to come with the next read: Terraform plans a
	// resource in between. After vainWaits for nobody, none are made any more.
	nextPatience = 250 * time.Millisecond
	vainWaits    = 2
)

// walk reads page after page for as long as somebody waits for it.
func (d *domainReads) walk() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.walking && d.wanted() && !d.over && d.afford() {
		page, err := d.read(d.pages + 1)
		switch {
		case err == nil:
			d.pages++
			d.rest = time.Time{}
			d.take(page)
		case !errors.Is(err, errGivenUp):
			d.fail(err)
			// Whoever waits for it reads by himself; whoever comes later tries again.
			d.walking = false
		}
		d.settle()
	}
	d.walking = false
	d.settle()
}

// errGivenUp is for a page that nobody waited for any more.
var errGivenUp = errors.New("given up")

// read reads one page, which may take as long as whoever has the most time. It
// is called with the lock, and does not hold it meanwhile.
func (d *domainReads) read(number int) (*pageOf[Credential], error) {
	var one *reader
	left := time.Duration(0)
	for r := range d.waiting {
		one, left = r, max(left, r.left)
	}
	// The page is nobody's: it goes on where that one gives up, and its time is not
	// that one's.
	d.spent++
	d.rest = time.Now().Add(listPause) // in case that it fails
	clock, giveUp := transport.WithOwnTimeout(one.ctx, left)
	d.page, d.giveUp = clock, giveUp
	d.mu.Unlock()
	page, err := d.client.listCredentials(clock, d.domain, number, transport.SmallBudget)
	attempts := 1
	if err != nil {
		attempts = max(detailsOf(err).Attempts, 1)
		if clock.Err() != nil {
			err = errGivenUp
		} else {
			d.client.log.LogAttrs(clock, slog.LevelDebug, "could not list credentials; whoever waits for the list reads by itself",
				slog.String("domain", d.domain), slog.String("because", err.Error()))
		}
	}
	giveUp()
	d.mu.Lock()
	d.spent += attempts - 1
	d.stood += clock.PausedFor()
	d.page, d.giveUp = nil, nil
	return page, err
}

// fail notes that a page could not be read. One answer that goes astray must not
// cost a request for each of thousands; the API's own no is its last word, and
// what hangs does so again.
func (d *domainReads) fail(err error) {
	d.failures++
	switch detailsOf(err).Kind {
	case KindTimeout,
		KindUnauthorized, KindForbidden, KindNotFound, KindRejected, KindArgument, KindCertificate:
		d.over = true
	default:
		d.over = d.failures >= listFailures
	}
}

// take takes over what a page says.
func (d *domainReads) take(page *pageOf[Credential]) {
	fresh := false
	for _, credential := range page.items {
		fresh = d.worth.listed(credential) || fresh
		if !d.own[credential.GUID] { // else one may be from before our change
			d.worth.compare(credential)
		}
		// What is marked as deleted is for its own answer to tell.
		if !d.own[credential.GUID] && !d.found[credential.GUID].alone && !credential.Deleted {
			d.found[credential.GUID] = found{Credential: credential}
		}
	}
	d.items += page.count
	// A server that leaves the page's number unheeded would be asked for ever.
	d.over = d.over || page.isLast(d.items) || !fresh
}

// afford tells whether one more page is paid for, if need be after a while: others
// are about to ask, as long as the CLI is not one that asks for one at a time, and
// pay for it. It does not hold the lock meanwhile.
func (d *domainReads) afford() bool {
	asked, patience := d.asked, time.NewTimer(nextPatience)
	defer patience.Stop()
	for !d.pays() && d.wanted() && d.vain < vainWaits {
		d.mu.Unlock()
		came := true
		select {
		case <-d.more:
		case <-patience.C:
			came = false
		}
		d.mu.Lock()
		if !came {
			d.vain++
			break
		}
		if d.asked > asked { // and not the one that began this walk
			d.vain = 0
		}
	}
	return d.wanted() && d.pays()
}

// wanted tells whether anybody waits for a page: some wait to hear whether what
// was listed of their credential is worth anything.
func (d *domainReads) wanted() bool {
	for r := range d.waiting {
		if _, listed := d.found[r.guid]; !listed {
			return true
		}
	}
	return false
}

// pays tells whether one more page is paid for, with a request left for each who
// waits.
func (d *domainReads) pays() bool { return d.spent+1+len(d.waiting) <= 2*d.asked }

// mayWalk tells whether a walk may begin.
func (d *domainReads) mayWalk() bool {
	return !d.walking && !d.over && (d.pays() || d.vain < vainWaits) && !time.Now().Before(d.rest)
}

// standstill is how long pages were queued for the rate limit so far.
func (d *domainReads) standstill() time.Duration {
	if d.page == nil {
		return d.stood
	}
	return d.stood + d.page.PausedFor()
}
