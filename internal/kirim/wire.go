package kirim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// envelope is what the API wraps its answers in. All of it is read leniently:
// a field of another type than documented is as good as absent, because an
// answer is never thrown away over a field that is not needed.
type envelope struct{ Success, Message, Error, Errors, Data json.RawMessage }

// parseEnvelope reads a body as the API's envelope. The error is for a body
// that is not one JSON object; it quotes nothing of the body, which may hold a
// password.
func parseEnvelope(body []byte) (envelope, error) {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))) // some PHP servers begin with a byte-order mark
	switch {
	case len(trimmed) == 0:
		return envelope{}, errEmpty
	case trimmed[0] == '<':
		return envelope{}, errors.New(oddPage)
	case trimmed[0] != '{' || !json.Valid(trimmed):
		return envelope{}, errors.New(oddNoObject)
	}
	o, ok := asObject(trimmed)
	if !ok {
		return envelope{}, errors.New(oddObject)
	}
	return envelope{Success: o["success"], Message: o["message"], Error: o["error"], Errors: o["errors"], Data: o["data"]}, nil
}

// refused tells whether this is the API's own "no". Two dresses are known:
// {"success":false,"message":…} everywhere, and {"error":…,"message":…} from
// the domains endpoints.
func (e envelope) refused() bool {
	if _, ok := asString(e.Message); !ok {
		return false
	}
	if e.failed() {
		return true
	}
	_, ok := asString(e.Error)
	return ok && absent(e.Success)
}

// failed tells whether the envelope denies its own success.
func (e envelope) failed() bool {
	success := asBool(e.Success)
	return success != nil && !*success
}

// message is the API's message, unclean.
func (e envelope) message() string {
	s, _ := asString(e.Message)
	return s
}

// fields reads {"field": ["…"]} and, because frameworks differ, {"field": "…"}.
func (e envelope) fields() map[string][]string {
	raw, _ := asObject(e.Errors)
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
