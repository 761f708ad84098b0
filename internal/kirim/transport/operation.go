// Package transport carries one operation over the wire: a request and its repeats,
// whichever endpoint it is for. It decides what is repeated (policy), keeps to the
// API's rate limit, and reports what happened. It knows no endpoint.
package transport

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Client sends requests. It is safe for concurrent use. A process needs one client:
// all of its operations share what is known of the API's reachability and rate limit.
type Client struct {
	// RoundTripper carries the requests. It must report to httptrace as net/http's own
	// does: an attempt that fails without a GotConn counts as one that was never sent.
	RoundTripper http.RoundTripper

	proxy  *url.URL // nil for none
	logger *slog.Logger
	now    func() time.Time

	outage     outage
	limiter    rateLimiter
	limitNoted sync.Once // that the rate limit was met
}

// New makes a client. roundTripper is nil for a pooled one of TLS 1.2 or later that uses
// the proxy, which is nil for none. now tells when an answer came; durations are measured
// by the system's clock.
func New(roundTripper http.RoundTripper, proxy *url.URL, logger *slog.Logger, now func() time.Time) *Client {
	c := &Client{RoundTripper: roundTripper, proxy: proxy, logger: logger, now: now, limiter: rateLimiter{
		news: make(chan struct{}), window: window{remaining: unknown, inFlight: map[int]time.Time{}},
	}}
	if roundTripper == nil {
		c.RoundTripper = c.newRoundTripper()
	}
	return c
}

// Operation is a request that may be repeated.
type Operation struct {
	Request *http.Request
	Effect  Effect
	Budget  Budget
	// Look reports whether an earlier attempt has done what is asked. It is called
	// before a repeat, if an attempt before it may have acted; nil for no look.
	Look func(context.Context) (bool, error)
	// About says in the log what the operation is about.
	About []slog.Attr
}

// Result is what became of an operation.
type Result struct {
	// Outcome is the last attempt's, or what kept a further attempt from being made.
	Outcome Outcome
	// Answer is nil if none came.
	Answer *Answer
	// Connected: the last attempt had a connection, so that it may have been sent.
	Connected bool
	// Proxy is the host and port of the proxy that is used, empty for none.
	Proxy string
	// Attempts counts the requests that were made.
	Attempts int
	// MayHaveActed: an attempt may have changed something.
	MayHaveActed bool
	// MayStillRun counts the attempts that may still change something.
	MayStillRun int
	// Took is how long the last attempt took.
	Took time.Duration
	// AskedToWait is a wait that the API asked for and that is longer than what the
	// operation has left; 0 for none.
	AskedToWait time.Duration
	// AskedBefore: it is the waits before it, too, that are longer than that.
	AskedBefore bool
	// Err is the cause, nil if it says no more than the outcome.
	Err error
}

// run is an operation under way. It is the transport and the policy of a
// go-retryablehttp client of its own: each decision depends on all attempts so far.
type run struct {
	Operation
	Result
	client *Client

	began      time.Time
	urgent     bool          // it goes before others in the queue for the rate limit
	limitedFor time.Duration // how long its 429s asked it to wait so far, probes left out
	failures   int           // attempts that count against Budget.Attempts
	pause      time.Duration // before the next attempt
}

// Do makes the request, and repeats it as the policy says.
func (c *Client) Do(operation Operation) *Result {
	ctx := operation.Request.Context()
	r := &run{Operation: operation, client: c, began: time.Now()}
	if c.proxy != nil {
		r.Proxy = c.proxy.Host // without its user name and password
	}
	// A connection that has carried a password is not used again. net/http prints what
	// comes on an idle one to the standard logger: an answer longer than its header says
	// would come there, with the password in it.
	r.Request.Close = r.Effect == Resets || r.Effect == Creates
	repeater := &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: r,
			// A redirect would carry the token, or a reset, somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     math.MaxInt32, // checkRetry decides
		CheckRetry:   r.checkRetry,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return r.pause },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	_, err := repeater.Do(&retryablehttp.Request{Request: r.Request}) //nolint:bodyclose // RoundTrip leaves none.
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {    // in a pause, if not in an attempt
		r.stop(ended)
	}
	return &r.Result
}

// stop notes why no further attempt is made.
func (r *run) stop(err error) {
	r.Outcome, r.Err = Canceled, nil
	if tooLong, ok := errors.AsType[waitTooLongError](err); ok {
		r.Outcome, r.AskedToWait, r.AskedBefore = WaitTooLong, tooLong.asked, tooLong.before
	} else if errors.Is(err, context.DeadlineExceeded) {
		r.Outcome = TimedOut
	}
}

var errNotSent = errors.New("the request was not sent")

// RoundTrip makes one attempt and reads the whole answer, so that an answer that
// breaks off is an outcome like any other.
func (r *run) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if r.Look != nil && r.MayHaveActed {
		if done, err := r.Look(ctx); done || err != nil {
			r.Answer, r.Outcome, r.Err = nil, AlreadyDone, err
			if err != nil {
				r.Outcome = LookFailed
			}
			return nil, errNotSent
		}
	}
	number, probe, err := r.client.limiter.acquire(ctx, r)
	if err != nil {
		if r.Outcome != RateLimited {
			r.Answer = nil // it was about something else
		}
		r.stop(err)
		return nil, errNotSent
	}
	response, limit, err := r.attempt(ctx, request)
	r.client.limiter.release(number, limit)
	if limit.limited && !probe {
		r.limitedFor += max(limit.wait, time.Second)
	}
	return response, err
}

// attempt sends the request. It returns the response without its body, and what the
// attempt says of the rate limit. The rest is in r.
func (r *run) attempt(ctx context.Context, request *http.Request) (_ *http.Response, limit limitInfo, _ error) {
	started := time.Now()
	// An interrupt does not take back a request that changes something: its answer may be
	// the only copy of a password.
	parent, timeout := context.WithoutCancel(ctx), TimeLeft(ctx)
	if r.Effect == Reads {
		parent, timeout = ctx, min(timeout, r.Budget.ReadTimeout)
	}
	attempt, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	r.Answer, r.Connected, limit = nil, false, limitInfo{remaining: unknown}
	r.Attempts++
	request = request.WithContext(httptrace.WithClientTrace(attempt, &httptrace.ClientTrace{
		GetConn: func(string) { r.Connected = false },
		GotConn: func(httptrace.GotConnInfo) { r.Connected = true },
	}))
	if request.GetBody != nil { // an earlier attempt has read it
		request.Body, _ = request.GetBody()
	}
	response, err := r.client.RoundTripper.RoundTrip(request)
	if err == nil {
		r.Connected = true
		r.client.outage.ended()
		r.Answer, err = readAnswer(response, r.client.now())
		limit = limitOf(response, r.Answer)
	}
	limit.unsent = !r.Connected
	r.Took = time.Since(started)
	spend(ctx, r.Took)
	r.Outcome, r.Err = r.classify(ctx, response != nil, err), presentable(err)
	if r.Effect != Reads && r.Connected {
		r.MayHaveActed = r.MayHaveActed || policy[r.Outcome].acted
		if policy[r.Outcome].running {
			r.MayStillRun++
		}
	}
	r.logAttempt(ctx)
	if err != nil {
		return nil, limit, err
	}
	response.Body = http.NoBody // it is in r.Answer
	return response, limit, nil
}

// classify names what became of an attempt. answering: its answer had begun.
func (r *run) classify(ctx context.Context, answering bool, err error) Outcome {
	timedOut := errors.Is(err, context.DeadlineExceeded)
	switch {
	case err == nil:
		return r.Answer.outcome(r.Effect)
	case !r.Connected && isUntrusted(err):
		return Untrusted
	case r.Effect == Reads && errors.Is(ctx.Err(), context.Canceled):
		return Canceled
	case timedOut && TimeLeft(ctx) <= 0:
		return TimedOut
	case errors.Is(err, proxyRefusal(http.StatusProxyAuthRequired)),
		errors.Is(err, proxyRefusal(http.StatusUnauthorized)): // tinyproxy says this instead
		return ProxyUnauthorized
	case !r.Connected && r.Proxy != "":
		return ProxyFailed
	case !r.Connected:
		return Unreachable
	case timedOut:
		return StillRunning
	case answering:
		return Truncated
	case strings.Contains(err.Error(), "malformed HTTP"): // net/http has no type for that
		return UnrecognizedSuccess // the first line of the answer; a repeat brings the same
	default:
		return ConnectionLost
	}
}

// checkRetry is called by go-retryablehttp after each attempt. It decides by the policy
// and keeps within the operation's time.
func (r *run) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	decision := policy[r.Outcome].decision(r.Effect)
	switch decision {
	case noRetry:
		return false, nil
	case soon, afterLanding:
		if r.failures++; r.failures >= r.Budget.Attempts {
			return false, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	r.pause = 0
	if decision == whenAllowed { // the rate limiter has a pause for all
		return true, nil
	}
	retryAfter := time.Duration(0)
	if r.Answer != nil {
		retryAfter = r.Answer.RetryAfter
	}
	attempts := r.failures // 429s have no part in the pauses after failures
	if decision == duringOutage {
		attempts = r.Attempts
	}
	r.pause = decision.pause(attempts, retryAfter)
	switch {
	case decision == duringOutage && r.pause >= r.client.outage.failed():
		return false, nil
	case TimeLeft(ctx) <= r.pause+minAttemptTime:
		if r.pause == retryAfter {
			r.AskedToWait = retryAfter
		}
		return false, nil
	}
	spend(ctx, r.pause)
	r.log(ctx, "waiting to repeat a request", waitAttr(r.pause))
	return true, nil
}
