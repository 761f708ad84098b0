package kirim

import "time"

// window is what is known of the API's rate limit and of the requests that are
// under way. It has no lock of its own, and is told the time.
type window struct {
	admitted int               // requests let through so far
	under    map[int]time.Time // those of them that are not over, since when
	last     time.Time         // when the last one was let through

	// known tells that remaining is: the smallest number that was told in this
	// window. toldAt is admitted at that moment, heard is that moment; what was let
	// through later and is told more has met a new window. opened is when it was
	// first told.
	known     bool
	remaining int
	toldAt    int
	heard     time.Time
	opened    time.Time
	probeAt   time.Time // when to see, once none remains

	// If answers do not say how many are left, the requests of a window are counted
	// (counts) once a 429 has told, or shown, how many there are: limit, 0 if that
	// is not known.
	counts bool
	limit  int
	told   bool
	served int // answers since the window opened

	// shut: a request was answered 429, shutAt is admitted at that moment. It
	// stays so, until after until, until somebody who was let through later got
	// through, openedBy; since tells since when nobody did, and ahead is the one
	// that has gone to see.
	shut     bool
	ahead    int
	shutAt   int
	openedBy int
	since    time.Time
	until    time.Time
	asked    bool // until is what the API asked for
	refusals int
}

// probePatience is how long the others wait for one that went ahead.
const probePatience = 10 * time.Second

// pass is what a request has that was let through.
type pass struct {
	number int
	// probe: none was left in the window, so that a 429 is no wonder.
	probe bool
}

// admit notes a request that goes.
func (w *window) admit(now time.Time) pass {
	w.admitted++
	if w.under == nil {
		w.under = map[int]time.Time{}
	}
	w.under[w.admitted] = now
	w.last = now
	if w.shut {
		w.ahead = w.admitted
	}
	return pass{number: w.admitted, probe: !w.shut && w.known && w.remaining == 0}
}

// closed tells whether nobody may go, for as long as the API has said.
func (w *window) closed(now time.Time) bool { return w.shut && now.Before(w.until) }

// over notes what came of a request.
func (w *window) over(now time.Time, p pass, told limits) {
	number := p.number
	delete(w.under, number)
	if number == w.ahead {
		w.ahead = 0
	}
	if told.limit > 0 {
		w.limit, w.told = told.limit, true
	}
	if told.came && !told.limited {
		w.served++
	}
	switch {
	case told.limited:
		w.close(now, number, told.wait)
	case told.came && w.shut && number > w.shutAt:
		w.open(now, number, told.remaining)
	case told.came && w.shut: // it was sent before
		if !w.told {
			w.limit = w.served // it got into the window that the 429 has ended
		}
	case told.remaining >= 0:
		w.learn(now, number, told.remaining)
	case p.probe && number > w.toldAt && told.came:
		// All of the window were used, and it got through: it began another one. Or
		// there are more in a window than a 429 has shown.
		if w.told {
			w.served = 1
		} else {
			w.limit = w.served
		}
		w.begin(now, w.limit-1)
	case w.known && told.sent:
		// It does not say; what was sent may have been counted.
		w.remaining = max(0, w.remaining-1)
	}
}

// close notes a 429.
func (w *window) close(now time.Time, number int, wait time.Duration) {
	if !w.shut && number <= w.openedBy {
		return // it was sent into a window that is over
	}
	if !w.shut {
		w.since, w.until, w.refusals = now, time.Time{}, 0
	}
	if !w.shut || number > w.shutAt { // one that was sent before tells nothing of who went ahead since
		w.shutAt, w.ahead = w.admitted, 0
		w.refusals++
	}
	w.shut = true
	if !w.told {
		w.limit = w.served
	}
	asked := wait > 0
	if !asked {
		wait = whenAllowed.pause(w.refusals, 0)
	}
	if until := now.Add(wait); until.After(w.until) {
		w.until, w.asked = until, asked
	}
}

// open notes that somebody got through after a 429.
func (w *window) open(now time.Time, number, remaining int) {
	w.shut, w.openedBy, w.served = false, number, 1
	w.counts = remaining < 0
	if w.counts && w.limit > 0 {
		remaining = w.limit - 1
	}
	w.known = remaining >= 0
	w.begin(now, remaining)
}

// begin notes a new window.
func (w *window) begin(now time.Time, remaining int) {
	w.remaining, w.toldAt, w.heard, w.opened, w.probeAt = remaining, w.admitted, now, now, time.Time{}
}

// learn notes how many requests are left.
func (w *window) learn(now time.Time, number, remaining int) {
	switch {
	case !w.known || w.counts || (number > w.toldAt && remaining >= w.remaining):
		w.known, w.counts = true, false
		w.begin(now, remaining)
	case remaining < w.remaining:
		w.remaining, w.toldAt, w.heard = remaining, w.admitted, now
	default: // answers come in any order
	}
}

// wait is how long the first in the queue has to, if nothing is heard until
// then.
func (w *window) wait(now time.Time) time.Duration {
	switch {
	case w.closed(now):
		return w.until.Sub(now)
	case w.shut && w.ahead == 0:
		return 0
	case w.shut:
		return w.last.Add(probePatience).Sub(now)
	case !w.known:
		return 0 // nobody is slowed down by a limit that has not shown itself
	}
	switch n := w.uncounted(); {
	case w.remaining > n:
		return 0
	case n > 0:
		return w.last.Add(probePatience).Sub(now)
	}
	// None remains. The answer says in whole seconds how long to wait, rounded up:
	// asked for at a whole number of seconds after the window began, the rounding
	// costs nothing.
	if w.probeAt.IsZero() {
		whole := now.Sub(w.opened).Truncate(time.Second)
		w.probeAt = w.opened.Add(whole)
		if whole == 0 || w.probeAt.Before(now) {
			w.probeAt = w.probeAt.Add(time.Second)
		}
	}
	return w.probeAt.Sub(now)
}

// uncounted is how many requests under way may be missing from what remains. One
// that was sent long before that was told has been counted: it hangs, and must
// not hold up the others.
func (w *window) uncounted() (n int) {
	for _, since := range w.under {
		if since.Add(probePatience).After(w.heard) {
			n++
		}
	}
	return n
}
