package kirim

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds an answer, in bytes. A page of 100 credentials has some 30
// KiB.
const maxAnswer = 1 << 20

// What can be odd about an answer before anything is read in it.
var (
	errEmpty     = errors.New(oddEmpty)
	errTooLarge  = errors.New(oddTooLarge)
	errBrokenOff = errors.New(oddBrokenOff)
	errGarbled   = errors.New(oddGarbled)
)

// answer is a whole answer, read to its end.
type answer struct {
	status     int
	body       []byte
	envelope   envelope
	oddity     error // why the body is not an envelope
	retryAfter time.Duration
	limits     limits
	date       time.Time // the Date header's; zero where there is none
}

// receive reads an answer to its end. Where the status has said already that
// the request failed at the server or is one too many, a body that breaks off
// takes nothing away from that: a 504 whose page is cut is a 504, after which no
// reset may be repeated.
func receive(response *http.Response, now time.Time) (*answer, error) {
	defer response.Body.Close()
	a := &answer{status: response.StatusCode, date: serverTime(response.Header)}
	// A Retry-After date goes by the server's own clock.
	sent := a.date
	if sent.IsZero() {
		sent = now
	}
	a.retryAfter = parseRetryAfter(response.Header.Get("Retry-After"), sent)
	a.limits = readLimits(response, sent, a.retryAfter)
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case isGarbled(err):
		// It came to its end: what makes it so will do so again.
		a.oddity = errGarbled
	case err != nil && (a.status >= 500 || a.status == http.StatusTooManyRequests):
		a.oddity = errBrokenOff
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		a.oddity = errTooLarge
	default:
		a.body = body
		a.envelope, a.oddity = parseEnvelope(body)
	}
	return a, nil
}

// isGarbled tells whether a body cannot be decompressed, other than because it
// broke off.
func isGarbled(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

// serverTime is the moment of the answer by the server's own clock (RFC 9110,
// section 6.6.1), zero where it does not say.
func serverTime(header http.Header) time.Time {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// refuses tells whether the answer is the API's own "no".
func (a *answer) refuses() bool { return a.oddity == nil && a.envelope.refused() }

// outcome names what an answer means, by its status and its dress. What was deleted
// may be answered with nothing.
func (a *answer) outcome(e effect) outcome {
	switch {
	case e == deletes && a.status >= 200 && a.status < 300 && errors.Is(a.oddity, errEmpty):
		return understood
	case a.status >= 200 && a.status < 300:
		if a.oddity != nil || a.envelope.failed() {
			return doubtful
		}
		return understood
	case a.status == http.StatusTooManyRequests:
		return limited
	case a.status == http.StatusInternalServerError, a.status == http.StatusServiceUnavailable:
		if a.refuses() {
			return finished
		}
		return lost
	case a.status == http.StatusBadGateway:
		return lost
	case a.status >= 500:
		return unfinished
	case a.status >= 400 && a.refuses():
		return refused
	case a.status == http.StatusRequestTimeout, a.status < 200:
		// A gateway's own patience, or no answer to the request at all: nobody
		// knows what became of it.
		return doubtful
	default:
		return foreign
	}
}

// strangeness says why an answer is not one of the API's, quoting nothing of
// its body, which may hold a password.
func (a *answer) strangeness() string {
	switch {
	case a.status < 200:
		return reasonNoAnswer
	case a.status >= 300 && a.status < 400:
		return reasonRedirect
	case a.status < 300 && a.oddity == nil:
		return reasonContradicts
	case a.status < 300:
		return reasonSuccessBut + a.oddity.Error()
	case a.oddity != nil:
		return reasonForeign + ": " + a.oddity.Error()
	default:
		return reasonForeign + ": " + oddForm
	}
}
