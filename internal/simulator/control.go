package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// controlPrefix is the path of the control endpoint. Its requests are not in the journal and count against no limit.
const controlPrefix = "/_simulator/"

// ControlRequest is one request that the control endpoint takes.
type ControlRequest struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"` // an example; nil: it takes none
	Does   string          `json:"does"`
}

type controlHandler func(s *Server, body []byte) answer

// controlRoute is a ControlRequest with its handler.
type controlRoute struct {
	method, name, does string
	example            string // of a body
	do                 controlHandler
}

// controlRoutes is every request that the control endpoint takes. In this order, the examples work.
func controlRoutes() []controlRoute {
	const (
		faults     = `[{"kind":"reset","status":502,"act":"before","times":2}]`
		guid       = `"guid":"92703823-f3a4-48e2-8e87-7adf25454800"`
		credential = `{"domain":"example.com","username":"other",` + guid + `}`
		reset      = `{"domain":"example.com",` + guid + `}`
		records    = `{"domain":"example.com","dkim":true,"spf":true,"mx":true}`
	)
	return []controlRoute{
		{"GET", "", "lists what is taken here", "", shows(func(*Server) []ControlRequest { return ControlRequests() })},
		{"GET", "journal", "lists the requests to the API so far", "", shows((*Server).Journal)},
		{"DELETE", "journal", "empties the journal", "", runs((*Server).ClearJournal)},
		{"POST", "faults", "queues faults", faults, (*Server).controlFaults},
		{"GET", "faults", "lists the faults that no request has met yet", "", shows((*Server).copyFaults)},
		{"DELETE", "faults", "drops those faults", "", runs((*Server).ClearFaults)},
		{"POST", "credentials", "adds a credential; guid may be left out", credential, (*Server).controlCredential},
		{"GET", "credentials", "lists domains and credentials", "", shows((*Server).inventory)},
		{"GET", "webhooks", "lists webhooks", "", shows((*Server).Webhooks)},
		{"POST", "records", "says which DNS records of a domain are right", records, (*Server).controlRecords},
		{"POST", "reset-elsewhere", "resets a password as somebody else would, and tells it", reset, (*Server).controlReset},
	}
}

// shows is the handler that answers with the result of get.
func shows[T any](get func(*Server) T) controlHandler {
	return func(s *Server, _ []byte) answer { return jsonAnswer(http.StatusOK, get(s)) }
}

// runs is the handler that calls f and answers without a body.
func runs(f func(*Server)) controlHandler {
	return func(s *Server, _ []byte) answer {
		f(s)
		return answer{status: http.StatusNoContent}
	}
}

// ControlRequests is every request that the control endpoint takes.
func ControlRequests() []ControlRequest {
	var requests []ControlRequest
	for _, r := range controlRoutes() {
		request := ControlRequest{Method: r.method, Path: controlPrefix + r.name, Does: r.does}
		if r.example != "" {
			request.Body = json.RawMessage(r.example)
		}
		requests = append(requests, request)
	}
	return requests
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	for _, route := range controlRoutes() {
		pattern := route.method + " " + controlPrefix + route.name
		if route.name == "" {
			// Without that, the pattern takes every path under it.
			pattern += "{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			a := controlFailure(http.StatusBadRequest, "the body cannot be read")
			if body, err := readBody(r); err == nil {
				a = route.do(s, body)
			}
			maps.Copy(w.Header(), a.header)
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body)
		})
	}
	mux.ServeHTTP(w, r)
}

func controlFailure(status int, format string, args ...any) answer {
	return jsonAnswer(status, map[string]string{"error": fmt.Sprintf(format, args...)})
}

// strictly decodes one JSON value into v. Its error names the field that does not belong.
func strictly(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fmt.Errorf("%s: must be %s, not %s", wrong.Field, wrong.Type, wrong.Value)
	}
	if err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func (s *Server) controlFaults(body []byte) answer {
	var raw []json.RawMessage
	if err := strictly(body, &raw); err != nil {
		return controlFailure(http.StatusBadRequest, "a list of faults: %v", err)
	}
	faults := make([]Fault, len(raw))
	for i := range raw {
		if err := strictly(raw[i], &faults[i]); err != nil {
			return controlFailure(http.StatusBadRequest, "faults[%d]: %v", i, err)
		}
	}
	s.Inject(faults...)
	return jsonAnswer(http.StatusOK, map[string]int{"pending": s.PendingFaults()})
}

// inventoryJSON is the account without its passwords.
type inventoryJSON struct {
	Domains     []string     `json:"domains"`
	Credentials []Credential `json:"credentials"`
}

func (s *Server) inventory() inventoryJSON {
	s.lock()
	defer s.mu.Unlock()
	// Never nil: an empty list is [] and not null.
	inv := inventoryJSON{Domains: []string{}, Credentials: []Credential{}}
	for _, d := range s.account.domains {
		inv.Domains = append(inv.Domains, d.Name)
	}
	slices.Sort(inv.Domains)
	for _, c := range s.account.credentials {
		inv.Credentials = append(inv.Credentials, c.Credential)
	}
	return inv
}

func (s *Server) controlCredential(body []byte) answer {
	var wanted struct {
		Domain   string `json:"domain"`
		Username string `json:"username"`
		GUID     string `json:"guid"`
	}
	switch err := strictly(body, &wanted); {
	case err != nil:
		return controlFailure(http.StatusBadRequest, "%v", err)
	case wanted.Domain == "":
		return controlFailure(http.StatusBadRequest, "domain: is required")
	case wanted.Username == "":
		return controlFailure(http.StatusBadRequest, "username: is required")
	}
	c, err := s.AddCredentialWithGUID(wanted.Domain, wanted.Username, wanted.GUID)
	if err != nil {
		return controlFailure(http.StatusConflict, "%v", err)
	}
	return jsonAnswer(http.StatusCreated, c)
}

func (s *Server) controlReset(body []byte) answer {
	var wanted struct {
		Domain string `json:"domain"`
		GUID   string `json:"guid"`
	}
	switch err := strictly(body, &wanted); {
	case err != nil:
		return controlFailure(http.StatusBadRequest, "%v", err)
	case wanted.Domain == "":
		return controlFailure(http.StatusBadRequest, "domain: is required")
	case wanted.GUID == "":
		return controlFailure(http.StatusBadRequest, "guid: is required")
	}
	password := s.ResetExternally(wanted.Domain, wanted.GUID)
	if password == "" {
		return controlFailure(http.StatusNotFound, "guid: no such credential in that domain")
	}
	return jsonAnswer(http.StatusOK, map[string]string{"new_password": password})
}

func (s *Server) controlRecords(body []byte) answer {
	var wanted struct {
		Domain string `json:"domain"`
		Records
	}
	switch err := strictly(body, &wanted); {
	case err != nil:
		return controlFailure(http.StatusBadRequest, "%v", err)
	case wanted.Domain == "":
		return controlFailure(http.StatusBadRequest, "domain: is required")
	case !s.SetRecords(wanted.Domain, wanted.Records):
		return controlFailure(http.StatusNotFound, "domain: no such domain")
	}
	return answer{status: http.StatusNoContent}
}
