package kirim

import (
	"math/rand/v2"
	"time"
)

// effect is what a request may change at the server.
type effect int

const (
	reads   effect = iota // changes nothing
	resets                // makes a new password and ends the one before
	creates               // makes something new, a second one if it is repeated
	writes                // changes what is there, to the same however often
	deletes               // takes something away, however often
)

// outcome is what became of one attempt.
type outcome int

const (
	understood   outcome = iota // a success in the API's envelope
	refused                     // a 4xx in the API's envelope
	foreign                     // a redirect, or a 4xx that is not the API's
	doubtful                    // a 2xx that is not understood
	unsent                      // no connection: refused, no route, no such host
	blocked                     // a proxy that refuses to connect
	untrusted                   // a certificate that does not hold, or no TLS
	cut                         // an answer that broke off
	finished                    // 500 or 503 in the API's envelope
	lost                        // connection lost before any answer; 502; 500 or 503 in another dress
	unfinished                  // 504 or any other 5xx; a read's own time ran out
	limited                     // 429
	alreadyDone                 // an earlier attempt has made what is asked for
	unlooked                    // whether it has could not be seen
	denied                      // the gate did not let it through in time
	outOfTime                   // the operation's own time ran out
	interrupted                 // the caller gave up
	outcomeCount int     = iota
)

// verdict is what follows from an outcome.
type verdict int

const (
	final       verdict = iota
	soon                // repeat, with growing pauses
	landed              // repeat, but not before the last attempt has landed
	unreachable         // repeat, for as long as outagePatience says
	whenAllowed         // repeat when the gate lets it through, however often
)

// rule is one line of the table of what is repeated.
type rule struct {
	reads, resets, creates verdict
	writes                 verdict // and deletes
	// acted: a request that changes something may have done so.
	acted bool
	// running: it may do so yet, although nobody waits for it any more.
	running bool
}

// policy is what is repeated, and the only place that says so.
//
// Each reset ends the password before it, so that a repeat is safe only where
// the attempt before it cannot act any more: an older call that lands late
// ends the password that the newer one answered with. A create is repeated after a
// look (request.look) at what the attempt before it made. A write or a delete may be
// repeated at once: a late one changes nothing more.
var policy = [outcomeCount]rule{
	understood: {final, final, final, final, true, false},
	// The API has made up its mind.
	refused: {final, final, final, final, false, false},
	// It was not the API who answered; asking the wrong one again is no help.
	foreign:  {final, final, final, final, false, false},
	doubtful: {final, final, final, final, true, false},
	// Nothing was sent, so that nothing can have happened.
	unsent:    {unreachable, unreachable, unreachable, unreachable, false, false},
	blocked:   {final, final, final, final, false, false},
	untrusted: {final, final, final, final, false, false},
	// The server has answered, so it is done with the request.
	cut:      {soon, soon, soon, soon, true, false},
	finished: {soon, soon, soon, soon, true, false},
	// It may still be running: give it the time to land. Should it take longer
	// than that, it ends the password that the repeat answers with; whoever
	// resets is told (Reset.MayStillRun), and has to look.
	lost: {soon, landed, landed, soon, true, true},
	// It most likely still runs, for nobody knows how long.
	unfinished:  {soon, final, final, final, true, true},
	limited:     {whenAllowed, whenAllowed, whenAllowed, whenAllowed, false, false},
	alreadyDone: {final, final, final, final, true, false},
	unlooked:    {final, final, final, final, true, false},
	denied:      {final, final, final, final, false, false},
	outOfTime:   {final, final, final, final, true, true},
	interrupted: {final, final, final, final, true, true},
}

func (r rule) verdict(e effect) verdict {
	return [...]verdict{reads: r.reads, resets: r.resets, creates: r.creates, writes: r.writes, deletes: r.writes}[e]
}

const (
	// maxAttempts bounds what is repeated after failures of the server or of the
	// connection to it; attempts that met a rate limit or no server at all are
	// not counted.
	maxAttempts = 6
	// Pauses double from firstPause up to longestPause; up to half of each is
	// left to chance, so that many resources do not come back as one.
	firstPause, longestPause = time.Second, 15 * time.Second
	// landingPause is what a reset whose connection was lost gets to land.
	// Another landingJitter is left to chance.
	landingPause, landingJitter = 5 * time.Second, time.Second
	// readPatience is how long one attempt at a read may take. A reset's
	// attempt has all of the operation's time: giving up on it early would
	// throw away the password that it answers with.
	readPatience = 30 * time.Second
	// outagePatience is how long connections are tried in vain, counted once
	// for all calls until one is answered, so that a wrong base URL is told
	// soon.
	outagePatience = 30 * time.Second
	// What one attempt at a connection may take of that, and one at TLS over it.
	dialPatience, handshakePatience = 10 * time.Second, 5 * time.Second
)

// effort is how much is tried for one operation.
type effort struct {
	attempts int           // after failures of the server or of the connection to it
	patience time.Duration // with one attempt at a read
}

var (
	usual = effort{maxAttempts, readPatience}
	// little is for what there is another way for.
	little = effort{2, 10 * time.Second}
)

// pause is how long to wait before the next attempt; attempts counts those
// made, retryAfter is what the API asked for (0: nothing).
func (v verdict) pause(attempts int, retryAfter time.Duration) time.Duration {
	if v == landed {
		return max(landingPause+rand.N(landingJitter), retryAfter) //nolint:gosec // G404: a pause is no secret.
	}
	if retryAfter > 0 {
		return retryAfter
	}
	pause := min(firstPause<<min(attempts-1, 10), longestPause)
	return pause - rand.N(pause/2) //nolint:gosec // G404: a pause is no secret.
}
