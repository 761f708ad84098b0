package transport

import (
	"math/rand/v2"
	"time"
)

// Effect is what a request may change at the server.
type Effect int

// The effects.
const (
	Reads   Effect = iota // changes nothing
	Resets                // makes a new password and ends the one before
	Creates               // makes something new, and a second one if it is repeated
	Writes                // changes what is there; a repeat changes nothing more
	Deletes               // takes something away; a repeat changes nothing more
)

// Outcome is the result of one attempt.
type Outcome int

// The outcomes.
const (
	Success             Outcome = iota // a 2xx in the API's envelope
	APIError                           // a 4xx in the API's envelope
	NonAPIError                        // a redirect, or a 4xx that is not the API's
	UnrecognizedSuccess                // a 2xx that is not understood, or no HTTP
	Unreachable                        // no connection: refused, no route, no such host
	ProxyFailed                        // no connection by way of the proxy
	ProxyUnauthorized                  // the proxy's 407, or 401
	Untrusted                          // a certificate that does not hold, or no TLS
	Truncated                          // the answer broke off
	ServerError                        // 500 or 503 in the API's envelope
	ConnectionLost                     // lost before any answer; 502; 500 or 503 in another form
	StillRunning                       // 504 or any other 5xx; the time for an attempt at a read ran out
	RateLimited                        // 429
	AlreadyDone                        // an earlier attempt did what is asked, as Look found
	LookFailed                         // Look could not find out
	WaitTooLong                        // the rate limit does not allow it in time
	TimedOut                           // the operation's own time ran out
	Canceled                           // the caller gave up
	outcomeCount        int     = iota
)

// retryDecision is what follows from an outcome.
type retryDecision int

const (
	noRetry      retryDecision = iota
	soon                       // with growing pauses
	afterLanding               // not before the last attempt has landed
	duringOutage               // for as long as outageTimeout says
	whenAllowed                // when the rate limiter allows it, however often
)

// rule is one line of the table of what is repeated.
type rule struct {
	reads, resets, creates retryDecision
	writes                 retryDecision // and deletes
	// acted: a request that changes something may have done so.
	acted bool
	// running: it may still do so, although nothing waits for its answer.
	running bool
}

// policy is what is repeated, and the only place that says so.
//
// Each reset ends the password before it. So a reset is repeated only if the attempt
// before it cannot act any more: if an older call lands late, it ends the password
// that the newer one answered with. A create is repeated after a look for what the
// attempt before it made (Operation.Look). A write or a delete that lands late
// changes nothing more.
var policy = [outcomeCount]rule{
	Success: {noRetry, noRetry, noRetry, noRetry, true, false},
	// The API does not change its mind.
	APIError: {noRetry, noRetry, noRetry, noRetry, false, false},
	// It was not the API that answered; the same server answers the repeat.
	NonAPIError:         {noRetry, noRetry, noRetry, noRetry, false, false},
	UnrecognizedSuccess: {noRetry, noRetry, noRetry, noRetry, true, false},
	// Nothing was sent, so nothing can have happened.
	Unreachable: {duringOutage, duringOutage, duringOutage, duringOutage, false, false},
	ProxyFailed: {duringOutage, duringOutage, duringOutage, duringOutage, false, false},
	// Each repeat is a failed login, and directories lock accounts after a few.
	ProxyUnauthorized: {noRetry, noRetry, noRetry, noRetry, false, false},
	Untrusted:         {noRetry, noRetry, noRetry, noRetry, false, false},
	// The server has answered, so it is done with the request.
	Truncated:   {soon, soon, soon, soon, true, false},
	ServerError: {soon, soon, soon, soon, true, false},
	// It may still be running, and gets time to land. If it takes longer than that, it
	// ends the password that the repeat answers with; Result.MayStillRun says so.
	ConnectionLost: {soon, afterLanding, afterLanding, soon, true, true},
	// It most likely still runs, for an unknown time.
	StillRunning: {soon, noRetry, noRetry, noRetry, true, true},
	RateLimited:  {whenAllowed, whenAllowed, whenAllowed, whenAllowed, false, false},
	AlreadyDone:  {noRetry, noRetry, noRetry, noRetry, true, false},
	LookFailed:   {noRetry, noRetry, noRetry, noRetry, true, false},
	WaitTooLong:  {noRetry, noRetry, noRetry, noRetry, false, false},
	TimedOut:     {noRetry, noRetry, noRetry, noRetry, true, true},
	Canceled:     {noRetry, noRetry, noRetry, noRetry, true, true},
}

func (r rule) decision(e Effect) retryDecision {
	return []retryDecision{Reads: r.reads, Resets: r.resets, Creates: r.creates, Writes: r.writes, Deletes: r.writes}[e]
}

const (
	// Pauses double from firstPause up to longestPause. Up to half of each is random,
	// so that many resources do not come back as one.
	firstPause, longestPause = time.Second, 15 * time.Second
	// LandingPause is how long a request whose connection was lost gets to land. Another
	// landingJitter is random.
	LandingPause, landingJitter = 5 * time.Second, time.Second
	// outageTimeout is how long connections may fail, counted once for all operations
	// until one is answered: a wrong base URL is reported soon.
	outageTimeout = 30 * time.Second
	// dialTimeout and handshakeTimeout are for one attempt at a connection, and at TLS
	// over it.
	dialTimeout, handshakeTimeout = 10 * time.Second, 5 * time.Second
	// minAttemptTime has to be left for a further attempt. The answer to a reset that is
	// sent at the last moment comes too late, and with it the password.
	minAttemptTime = 500 * time.Millisecond
)

// Budget is how much is tried for one operation.
type Budget struct {
	// Attempts after failures of the server or of the connection to it. Attempts that
	// met a rate limit, or no server at all, do not count.
	Attempts int
	// ReadTimeout is for one attempt at a read. All other attempts have the operation's
	// whole time: to give up early throws away the password that is in the answer.
	ReadTimeout time.Duration
}

// DefaultBudget is for operations that no others can replace.
var DefaultBudget = Budget{6, 30 * time.Second}

// pause is how long to wait before the next attempt. attempts counts the earlier
// ones, retryAfter is what the API asked for (0: nothing).
func (d retryDecision) pause(attempts int, retryAfter time.Duration) time.Duration {
	if d == afterLanding {
		return max(LandingPause+rand.N(landingJitter), retryAfter) //nolint:gosec // G404: a pause is no secret.
	}
	if retryAfter > 0 {
		return retryAfter
	}
	pause := min(firstPause<<min(attempts-1, 10), longestPause)
	return pause - rand.N(pause/2) //nolint:gosec // G404: a pause is no secret.
}
