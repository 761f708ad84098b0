package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// controlPrefix is where the control endpoint is. Its requests are not in the journal and count against no limit.
const controlPrefix = "/_simulator/"

// controlError is what the control endpoint refuses, with the status that it answers.
type controlError struct {
	status int
	text   string
}

func (e *controlError) Error() string { return e.text }

// nothing is the result of what is answered without a body.
type nothing struct{}

func badRequest(format string, args ...any) error {
	return &controlError{status: http.StatusBadRequest, text: fmt.Sprintf(format, args...)}
}

// ControlRequest is one thing that the control endpoint takes.
type ControlRequest struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"` // an example; nil: it takes none
	Does   string          `json:"does"`
}

// controlRoute is a ControlRequest with what it does.
type controlRoute struct {
	ControlRequest
	status int
	do     func(s *Server, body []byte) (any, error)
}

// controlRoutes is everything that the control endpoint takes. Done from first to last, the examples work.
func controlRoutes() []controlRoute {
	var routes []controlRoute
	add := func(method, name, body, does string, status int, do func(*Server, []byte) (any, error)) {
		r := controlRoute{status: status, do: do}
		r.Method, r.Path, r.Does = method, controlPrefix+name, does
		if body != "" {
			r.Body = json.RawMessage(body)
		}
		routes = append(routes, r)
	}
	add(http.MethodGet, "", "", "lists what is taken here", http.StatusOK,
		func(*Server, []byte) (any, error) { return ControlRequests(), nil })
	add(http.MethodGet, "journal", "", "lists the requests to the API so far", http.StatusOK,
		func(s *Server, _ []byte) (any, error) { return s.Journal(), nil })
	add(http.MethodDelete, "journal", "", "empties the journal", http.StatusNoContent,
		func(s *Server, _ []byte) (any, error) { s.ClearJournal(); return nothing{}, nil })
	add(http.MethodPost, "faults", `[{"kind":"reset","status":502,"act":"before","times":2}]`,
		"queues faults", http.StatusOK, (*Server).controlFaults)
	add(http.MethodGet, "faults", "", "lists the faults that no request has met yet", http.StatusOK,
		func(s *Server, _ []byte) (any, error) { return s.copyFaults(), nil })
	add(http.MethodDelete, "faults", "", "drops those faults", http.StatusNoContent,
		func(s *Server, _ []byte) (any, error) { s.ClearFaults(); return nothing{}, nil })
	add(http.MethodPost, "credentials",
		`{"domain":"example.com","username":"other","guid":"92703823-f3a4-48e2-8e87-7adf25454800"}`,
		"adds a credential; guid may be left out", http.StatusCreated, (*Server).controlCredential)
	add(http.MethodGet, "credentials", "", "lists domains and credentials", http.StatusOK,
		func(s *Server, _ []byte) (any, error) { return s.inventory(), nil })
	add(http.MethodPost, "reset-elsewhere", `{"domain":"example.com","guid":"92703823-f3a4-48e2-8e87-7adf25454800"}`,
		"resets a password as somebody else would", http.StatusNoContent, (*Server).controlReset)
	return routes
}

// ControlRequests is what the control endpoint takes, one for each method and path.
func ControlRequests() []ControlRequest {
	var requests []ControlRequest
	for _, r := range controlRoutes() {
		requests = append(requests, r.ControlRequest)
	}
	return requests
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	for _, route := range controlRoutes() {
		pattern := route.Method + " " + route.Path
		if route.Path == controlPrefix {
			// That path alone, and not everything under it.
			pattern += "{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := readBody(r)
			if err == nil {
				var result any
				if result, err = route.do(s, body); err == nil {
					writeControl(w, route.status, result)
					return
				}
			}
			refused := &controlError{status: http.StatusBadRequest, text: err.Error()}
			if known, ok := errors.AsType[*controlError](err); ok {
				refused = known
			}
			writeControl(w, refused.status, map[string]string{"error": refused.text})
		})
	}
	mux.ServeHTTP(w, r)
}

func writeControl(w http.ResponseWriter, status int, v any) {
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	a := jsonAnswer(status, v)
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// strictly decodes one JSON value into v and names what does not belong.
func strictly(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return badRequest("%s: must be %s, not %s", wrong.Field, wrong.Type, wrong.Value)
	}
	if err != nil {
		return badRequest("%v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badRequest("something follows the JSON value")
	}
	return nil
}

// required is a field that must not be empty.
type required struct {
	name  string
	value *string
}

// strictlyWith is strictly for a v that holds the fields, and names the first of them that is empty.
func strictlyWith(body []byte, v any, fields ...required) error {
	if err := strictly(body, v); err != nil {
		return err
	}
	for _, f := range fields {
		if *f.value == "" {
			return badRequest("%s: is required", f.name)
		}
	}
	return nil
}

func (s *Server) controlFaults(body []byte) (any, error) {
	var raw []json.RawMessage
	if err := strictly(body, &raw); err != nil {
		return nil, badRequest("a list of faults: %v", err)
	}
	faults := make([]Fault, len(raw))
	for i := range raw {
		if err := strictly(raw[i], &faults[i]); err != nil {
			return nil, badRequest("faults[%d]: %v", i, err)
		}
	}
	s.Inject(faults...)
	return map[string]int{"pending": s.PendingFaults()}, nil
}

// inventoryJSON is what the account holds, without its passwords.
type inventoryJSON struct {
	Domains     []string     `json:"domains"`
	Credentials []Credential `json:"credentials"`
}

func (s *Server) inventory() inventoryJSON {
	s.lock()
	defer s.mu.Unlock()
	inv := inventoryJSON{Domains: []string{}, Credentials: []Credential{}}
	for name := range s.account.domains {
		inv.Domains = append(inv.Domains, name)
	}
	slices.Sort(inv.Domains)
	for _, c := range s.account.credentials {
		inv.Credentials = append(inv.Credentials, c.Credential)
	}
	return inv
}

func (s *Server) controlCredential(body []byte) (any, error) {
	var wanted struct {
		Domain   string `json:"domain"`
		Username string `json:"username"`
		GUID     string `json:"guid"`
	}
	err := strictlyWith(body, &wanted, required{"domain", &wanted.Domain}, required{"username", &wanted.Username})
	if err != nil {
		return nil, err
	}
	c, err := s.AddCredentialWithGUID(wanted.Domain, wanted.Username, wanted.GUID)
	if err != nil {
		return nil, &controlError{status: http.StatusConflict, text: err.Error()}
	}
	return c, nil
}

func (s *Server) controlReset(body []byte) (any, error) {
	var wanted struct {
		Domain string `json:"domain"`
		GUID   string `json:"guid"`
	}
	err := strictlyWith(body, &wanted, required{"domain", &wanted.Domain}, required{"guid", &wanted.GUID})
	if err != nil {
		return nil, err
	}
	if s.ResetElsewhere(wanted.Domain, wanted.GUID) == "" {
		return nil, &controlError{status: http.StatusNotFound, text: "guid: no such credential in that domain"}
	}
	return nothing{}, nil
}
