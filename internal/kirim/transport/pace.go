package transport

import (
	"math/rand/v2"
	"time"
)

// pace spaces out requests if 429s tell of no limit, as those of nginx's limit_req do
// not. There, a request gets through if it comes late enough after the last one that did.
// The pace closes in on the shortest spacing that gets through.
type pace struct {
	slow time.Duration // the shortest spacing known to get through, 0 for no pace
	fast time.Duration // the longest known to be refused
	last time.Time     // when the last request that got through was admitted
}

// spacing is the time from one request to the next. sure: it is known to get through.
func (p *pace) spacing(sure bool) time.Duration {
	if sure || p.slow-p.fast < p.slow/16 { // any closer would be refused too often
		return p.slow
	}
	return (p.slow + p.fast) / 2
}

// gotThrough notes a request that got through, by the time of its admission.
func (p *pace) gotThrough(admitted time.Time) {
	spacing := admitted.Sub(p.last)
	if spacing <= 0 { // its answer was overtaken
		return
	}
	if p.spacing(false) == p.slow {
		p.fast -= p.fast / 128 // so that it is tried again: the limit may have risen
	}
	p.slow, p.last = min(p.slow, spacing), admitted
}

// refused notes a 429 that tells of no limit.
func (p *pace) refused(admitted time.Time) {
	if !p.last.IsZero() {
		p.fast = max(admitted.Sub(p.last), 0)
	}
}

// begin sets the pace by the first request that gets through after several 429s in a row.
// average is the time a request since that happened last. It is the shorter one under a
// limit that lets many requests through at once, and then none for the rest of a window.
func (p *pace) begin(admitted time.Time, average time.Duration) {
	p.slow = min(admitted.Sub(p.last), average, longestPause)
	p.fast = min(p.fast, p.slow/2)
}

// pause is how long to wait after so many 429s in a row, if they do not say. It begins
// short and grows fast, to suit a limit a second and one a minute. Up to a quarter of it
// is random.
func (p *pace) pause(refusals int) time.Duration {
	pause := min(max(p.slow/4, firstPause/16)<<min(2*(refusals-1), 10), longestPause)
	return pause - rand.N(pause/4) //nolint:gosec // G404: a pause is no secret.
}
