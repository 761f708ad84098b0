package transport

import (
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
)

// maxAnswer bounds an answer, in bytes. A page of 100 credentials has some 30 KiB.
const maxAnswer = 1 << 20

// Answer is a whole answer, read to its end.
type Answer struct {
	Status int
	Envelope
	// Oddity is why the body is not an envelope.
	Oddity     string // empty if it is one
	RetryAfter time.Duration
	Date       time.Time // the Date header, zero if there is none
}

// What keeps a body from being the API's envelope.
const (
	emptyBody   = "its body is empty"
	pageBody    = "its body is a page (HTML or XML), not JSON"
	otherBody   = "its body is not a JSON object of at most 1 MiB" // maxAnswer
	corruptBody = "its body is not compressed as it says it is"
)

// Envelope is what the API wraps its answers in. All of it is read leniently: an
// answer is not thrown away over a field that is not needed.
type Envelope struct {
	Success, Message, Error, Errors, Data json.RawMessage
	Pagination                            json.RawMessage // of a list of domains
	Records                               json.RawMessage // of a verification
}

// readAnswer reads an answer to its end. A body that breaks off changes nothing if the
// status already says that the server failed, or limits the rate: a 504 whose page is
// cut is a 504, after which no reset is repeated.
func readAnswer(response *http.Response, now time.Time) (*Answer, error) {
	defer response.Body.Close()
	date, _ := http.ParseTime(response.Header.Get("Date")) // RFC 9110, section 6.6.1
	a := &Answer{Status: response.StatusCode, Date: date.UTC()}
	// A Retry-After date goes by the server's own clock.
	a.RetryAfter = parseRetryAfter(response.Header.Get("Retry-After"), cmp.Or(a.Date, now))
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case isCorrupt(err): // it came to its end, and a repeat brings the same
		a.Oddity = corruptBody
	case err != nil && a.Status < 500 && a.Status != http.StatusTooManyRequests:
		return nil, err
	case err != nil, len(body) > maxAnswer:
		a.Oddity = otherBody
	default:
		a.Envelope, a.Oddity = parseEnvelope(body)
	}
	if a.Oddity == otherBody {
		a.Oddity = cmp.Or(contentCoding(response.Header), otherBody)
	}
	return a, nil
}

// codingNames are content codings that may be quoted: as short as those that IANA
// registers. What is longer is no coding, and may be anything.
var codingNames = regexp.MustCompile(`^[a-z0-9-]{1,12}(, ?[a-z0-9-]{1,12}){0,3}$`)

// contentCoding says how a body is compressed (RFC 9110, section 8.4), empty for not at
// all. net/http has removed the header if it is gzip, the one coding that it asks for.
func contentCoding(header http.Header) string {
	coding := strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ", "))
	switch {
	case coding == "", strings.EqualFold(coding, "identity"):
		return ""
	case codingNames.MatchString(coding):
		return fmt.Sprintf("its body is compressed as %q, which this provider did not ask for and cannot read", coding)
	default:
		return "its body is compressed in a way that this provider did not ask for and cannot read"
	}
}

// isCorrupt reports whether a body cannot be decompressed, other than because it broke off.
func isCorrupt(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// parseEnvelope reads a body as the API's envelope.
func parseEnvelope(body []byte) (_ Envelope, oddity string) {
	// Some PHP servers begin with a byte-order mark.
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	o, ok := jsonvalue.AsObject(trimmed)
	switch {
	case len(trimmed) == 0:
		return Envelope{}, emptyBody
	case trimmed[0] == '<':
		return Envelope{}, pageBody
	case !ok:
		return Envelope{}, otherBody
	}
	return Envelope{
		Success: o["success"], Message: o["message"], Error: o["error"], Errors: o["errors"], Data: o["data"],
		Pagination: o["pagination"], Records: o["records"],
	}, ""
}

// IsAPIError reports whether this is an error of the API's own, which has one of three
// forms: {"success":false,"message":…} everywhere, {"error":…,"message":…} from the
// domains endpoints, and {"error":…} if a domain's key is refused. Gateways use the last
// form too, so that it counts for no other status: a 404 could take a resource out of the
// state, and a 5xx would have a reset repeated before it has landed.
func (a *Answer) IsAPIError() bool {
	_, hasMessage := jsonvalue.AsString(a.Message)
	_, hasError := jsonvalue.AsString(a.Error)
	isRefused := a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden
	return hasMessage && a.failed() || hasError && jsonvalue.IsAbsent(a.Success) && (hasMessage || isRefused)
}

// Text is what the API says of an error.
func (e Envelope) Text() string {
	if text, ok := jsonvalue.AsString(e.Message); ok {
		return text
	}
	text, _ := jsonvalue.AsString(e.Error)
	return text
}

// failed reports whether the envelope denies its own success.
func (e Envelope) failed() bool {
	success := jsonvalue.AsBool(e.Success)
	return success != nil && !*success
}

// Fields reads {"field": ["…"]} and, because frameworks differ, {"field": "…"}.
func (e Envelope) Fields() map[string][]string {
	raw, _ := jsonvalue.AsObject(e.Errors)
	fields := make(map[string][]string, len(raw))
	for name, value := range raw {
		var list []string
		if s, ok := jsonvalue.AsString(value); ok {
			list = []string{s}
		} else if json.Unmarshal(value, &list) != nil {
			continue
		}
		fields[name] = list
	}
	return fields
}

// outcome classifies an answer by its status and its form. A delete may be answered
// with nothing.
func (a *Answer) outcome(e Effect) Outcome {
	switch {
	case a.Status >= 200 && a.Status < 300:
		if e == Deletes && a.Oddity == emptyBody || a.Oddity == "" && !a.failed() {
			return Success
		}
		return UnrecognizedSuccess
	case a.Status == http.StatusTooManyRequests:
		return RateLimited
	case a.Status == http.StatusInternalServerError, a.Status == http.StatusServiceUnavailable:
		if a.IsAPIError() {
			return ServerError
		}
		return ConnectionLost
	case a.Status == http.StatusBadGateway:
		return ConnectionLost
	case a.Status >= 500:
		return StillRunning
	case a.Status >= 400 && a.IsAPIError():
		return APIError
	case a.Status == http.StatusRequestTimeout, a.Status < 200:
		// A gateway's own timeout, or no answer to the request at all: the request may
		// have acted.
		return UnrecognizedSuccess
	default:
		return NonAPIError
	}
}
