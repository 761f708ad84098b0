package kirim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// envelope is what the API wraps its answers in. All of it is read leniently:
// a field of another type than documented is as good as absent, because an
// answer is never thrown away over a field that is not needed.
type envelope struct {
	Success json.RawMessage `json:"success"`
	Message json.RawMessage `json:"message"`
	Error   json.RawMessage `json:"error"`
	Errors  json.RawMessage `json:"errors"`
	Data    json.RawMessage `json:"data"`
}

// parseEnvelope reads a body as the API's envelope. The error is for a body
// that is not one JSON object; it quotes nothing of the body, which may hold a
// password.
func parseEnvelope(body []byte) (envelope, error) {
	var e envelope
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))) // some PHP servers begin with a byte-order mark
	switch {
	case len(trimmed) == 0:
		return e, errors.New(oddEmpty)
	case trimmed[0] == '<':
		return e, errors.New(oddPage)
	case trimmed[0] != '{' || !json.Valid(trimmed):
		return e, errors.New(oddNoObject)
	}
	if err := json.Unmarshal(trimmed, &e); err != nil {
		return e, errors.New(oddObject)
	}
	return e, nil
}

// refused tells whether this is the API's own "no". Two dresses are known:
// {"success":false,"message":…} everywhere, and {"error":…,"message":…} from
// the domains endpoints.
func (e envelope) refused() bool {
	if _, ok := asString(e.Message); !ok {
		return false
	}
	if isFalse(e.Success) {
		return true
	}
	_, ok := asString(e.Error)
	return ok && absent(e.Success)
}

// message is the API's message, unclean.
func (e envelope) message() string {
	s, _ := asString(e.Message)
	return s
}

// fields reads {"field": ["…"]} and, because frameworks differ, {"field": "…"}.
func (e envelope) fields() map[string][]string {
	var raw map[string]json.RawMessage
	if json.Unmarshal(e.Errors, &raw) != nil {
		return nil
	}
	fields := make(map[string][]string, len(raw))
	for name, value := range raw {
		var list []string
		if s, ok := asString(value); ok {
			list = []string{s}
		} else if json.Unmarshal(value, &list) != nil {
			continue
		}
		fields[name] = list
	}
	return fields
}

func absent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}

func isFalse(raw json.RawMessage) bool { return string(raw) == "false" }

// isTrue takes the number that some databases have for it, too.
func isTrue(raw json.RawMessage) bool { return string(raw) == "true" || string(raw) == "1" }

func asString(raw json.RawMessage) (string, bool) {
	if absent(raw) {
		return "", false
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

func asBool(raw json.RawMessage) *bool {
	var b *bool
	if json.Unmarshal(raw, &b) != nil {
		return nil
	}
	return b
}

// asTime reads a time in each form that the vendor's descriptions show: Unix
// seconds as a number or as a string of digits, and ISO 8601 / RFC 3339. Zero,
// null, absent and unreadable values are the zero time: "never", or unknown.
func asTime(raw json.RawMessage) time.Time {
	text, ok := asString(raw)
	if !ok {
		text = string(raw)
	}
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return unixTime(seconds)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, text); err == nil {
			return unixTime(float64(t.Unix()))
		}
	}
	return time.Time{}
}

// maxUnix is the last second of the year 9999: beyond it a time has no RFC 3339
// form.
const maxUnix = 253402300799

func unixTime(seconds float64) time.Time {
	if math.IsNaN(seconds) || seconds < 1 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// decodeAny reads free-form JSON; numbers stay json.Number, so that none is
// rounded.
func decodeAny(raw json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return v, nil
}
