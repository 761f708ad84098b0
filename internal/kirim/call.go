package kirim

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// call is one operation: a request and its repeats. It is the transport and
// the policy that go-retryablehttp works with, one for each operation, because
// what is decided after an attempt depends on all attempts before it.
type call struct {
	client *Client
	request
	path string // all of it, escaped
	body any    // []byte, or nil
	// passwords are not to be quoted; see WithPasswords.
	passwords []string

	began        time.Time
	refused      time.Duration // what it was asked to wait for the rate limit so far
	attempts     int
	failures     int // attempts that count against maxAttempts
	mayHaveActed bool
	mayStillRun  int // attempts that may act yet
	pause        time.Duration
	tooLong      bool   // the server asked for a wait longer than what is left
	denial       *Error // why the gate let no further attempt through

	// The last attempt's.
	connected bool // a connection was there, so that the request may have been sent
	outcome   outcome
	response  *http.Response // without its body, which is in answer
	answer    *answer
	took      time.Duration
	err       error
}

// do makes the request, repeats it as the policy says, and gives back an
// answer that is a success, or an *Error. Without an answer and an error, look has
// found what an earlier attempt did.
func (c *call) do(ctx context.Context) error {
	c.began = time.Now()
	if c.effort == (effort{}) {
		c.effort = usual
	}
	c.passwords, _ = ctx.Value(passwordsKey{}).([]string)
	address := c.client.base.String() + c.path
	if len(c.query) > 0 {
		address += "?" + c.query.Encode()
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, c.method, address, c.body)
	if err != nil {
		return &Error{Kind: KindArgument, Op: c.op, Reason: reasonUnmakeable}
	}
	request.SetBasicAuth(c.client.username, c.client.token)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.client.userAgent)
	if c.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	// A connection that has carried a password is not used again: net/http
	// prints what comes on one that is idle to the standard logger, and an answer
	// longer than its header says would come there, with the password in it.
	request.Close = c.effect == resets || c.effect == creates

	repeater := &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: c,
			// A redirect would carry the token, or a reset, somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     math.MaxInt32, // checkRetry has the last word
		CheckRetry:   c.checkRetry,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return c.pause },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := repeater.Do(request)
	if response != nil {
		_ = response.Body.Close() // it is in memory
	}
	switch {
	case c.outcome == denied:
		return c.denial
	case c.outcome == understood && c.answer != nil:
		return nil
	case c.outcome == alreadyDone:
		c.answer = nil
		return nil
	case c.outcome == unlooked:
		c.answer = nil
		e := c.fail(detailsOf(c.err).Kind, "")
		e.Err = c.err
		return e
	}
	// go-retryablehttp gives back ctx's own error where the pause was cut short.
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) && policy[c.outcome].verdict(c.effect) != final {
		if errors.Is(err, context.DeadlineExceeded) {
			return c.fail(KindTimeout, reasonOutOfTime+doingRepeat)
		}
		return c.fail(KindCanceled, reasonInterrupted+" while "+doingRepeat)
	}
	return c.failure()
}

// RoundTrip makes one attempt and reads the whole answer, so that an answer
// which breaks off is an outcome like any other.
func (c *call) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if ctx.Err() != nil {
		c.answer, c.err, c.connected = nil, ctx.Err(), false
		c.outcome = interrupted
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			c.outcome = outOfTime
		}
		return nil, c.err
	}
	if c.look != nil && c.mayHaveActed {
		if done, err := c.look(ctx); err != nil || done {
			c.outcome, c.err = alreadyDone, err
			if err != nil {
				c.outcome = unlooked
			}
			return nil, errLooked
		}
	}
	urgent, _ := ctx.Value(urgentKey{}).(bool)
	pass, err := c.client.gate.enter(ctx, applicant{c.began, c.refused, urgent}, func(wait time.Duration) { c.logQueue(ctx, wait) })
	if err != nil {
		c.denial, c.outcome, c.err = c.deny(err), denied, err
		return nil, err
	}
	told, err := c.attempt(ctx, request)
	c.client.gate.leave(pass, told)
	if told.limited && !pass.probe {
		c.refused += max(told.wait, longWait)
	}
	if err != nil {
		return nil, err
	}
	whole := *c.response
	whole.Body = io.NopCloser(bytes.NewReader(c.answer.body))
	return &whole, nil
}

// errLooked is for an attempt that was not made, for what the look before it gave.
var errLooked = errors.New("not repeated")

// attempt sends the request, and gives what came of it as far as the rate limit
// goes. The rest is in c.
func (c *call) attempt(ctx context.Context, request *http.Request) (told limits, err error) {
	attempt, cancel := c.attemptContext(ctx)
	defer cancel()

	c.connected = false
	attempt = httptrace.WithClientTrace(attempt, &httptrace.ClientTrace{
		GetConn: func(string) { c.connected = false },
		GotConn: func(httptrace.GotConnInfo) { c.connected = true },
	})
	c.attempts++
	started := time.Now()
	response, err := c.client.transport.RoundTrip(request.WithContext(attempt))
	answering := err == nil
	var received *answer
	told = limits{remaining: -1}
	if answering {
		c.connected = true
		c.client.outage.over()
		received, err = receive(response, c.client.now())
		told = limitsOf(response, received)
	}
	told.sent = c.connected
	c.response, c.answer, c.err = response, received, err
	c.outcome = c.classify(ctx, attempt, answering)
	c.took = time.Since(started)
	if c.effect != reads && c.connected {
		c.mayHaveActed = c.mayHaveActed || policy[c.outcome].acted
		if policy[c.outcome].running {
			c.mayStillRun++
		}
	}
	c.logAttempt(ctx)
	return told, err
}

// attemptContext gives one attempt its time. A reset that is under way is
// not taken back by an interrupt: its answer is the only copy of a password.
func (c *call) attemptContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.effect == reads {
		return context.WithTimeout(ctx, c.effort.patience)
	}
	detached := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(detached, deadline)
	}
	return context.WithCancel(detached)
}

// classify names what became of the attempt.
func (c *call) classify(ctx, attempt context.Context, answering bool) outcome {
	if c.err == nil {
		return c.answer.outcome(c.effect)
	}
	var proxy *proxyError
	switch {
	case errors.As(c.err, &proxy) && proxy.status < 500:
		return blocked
	case !c.connected && isUntrusted(c.err):
		return untrusted
	case ctx.Err() != nil && c.effect == reads && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return interrupted
	case deadlinePassed(ctx, c.err):
		return outOfTime
	case !c.connected:
		return unsent
	case attempt.Err() != nil:
		return unfinished
	case answering:
		return cut
	case isNoHTTP(c.err):
		// Asking again would bring the same.
		return doubtful
	default:
		return lost
	}
}

// isNoHTTP tells whether net/http could not read the first line of what came: it has
// no type for that.
func isNoHTTP(err error) bool { return strings.Contains(err.Error(), "malformed HTTP") }

// deadlinePassed tells whether an attempt ended because the operation's own
// time was over. The operation's context is not asked whether it is done: a
// reset outlives its cancellation, and the attempt's timer may fire first.
func deadlinePassed(ctx context.Context, err error) bool {
	deadline, ok := ctx.Deadline()
	return ok && errors.Is(err, context.DeadlineExceeded) && time.Until(deadline) <= 0
}

// isUntrusted tells whether a TLS handshake failed because the other end is not
// who it should be, or does not speak TLS as it should. Once a connection is
// there, the same errors mean that it was lost, and prove nothing about what
// the server did before.
func isUntrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var alert *net.OpError
	return errors.As(err, &certificate) ||
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error") ||
		strings.HasPrefix(err.Error(), "tls: ") // most of crypto/tls's errors have no type of their own
}

// checkRetry is asked by go-retryablehttp after each attempt; it decides by
// the policy and keeps within the operation's time.
func (c *call) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	verdict := policy[c.outcome].verdict(c.effect)
	var retryAfter time.Duration
	if c.answer != nil {
		retryAfter = c.answer.retryAfter
	}
	count := c.attempts
	switch verdict {
	case final:
		return false, nil
	case soon, landed:
		if c.failures++; c.failures >= c.effort.attempts {
			return false, nil
		}
		count = c.failures
	case unreachable, whenAllowed:
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if verdict == whenAllowed {
		c.pause = 0 // the gate has one for all
		return true, nil
	}
	c.pause = verdict.pause(count, retryAfter)
	if verdict == unreachable && c.pause >= c.client.outage.failed() {
		return false, nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= c.pause {
		c.tooLong = c.pause == retryAfter
		return false, nil
	}
	c.logWait(ctx, "waiting to repeat a request", c.pause, c.because())
	return true, nil
}

// deny makes the error for a request that the gate did not let through.
func (c *call) deny(err error) *Error {
	if c.outcome != limited {
		c.answer = nil // it was about something else
	}
	doing := doingRepeat
	if c.attempts == 0 {
		doing = doingQueue
	}
	var away *turnedAway
	switch {
	case errors.As(err, &away):
		e := c.fail(KindRateLimited, away.Error())
		if away.asked {
			e.RetryAfter = away.wait
		}
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return c.fail(KindTimeout, reasonOutOfTime+doing)
	default:
		return c.fail(KindCanceled, reasonInterrupted+" while "+doing)
	}
}
