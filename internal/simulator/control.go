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

// serveControl answers GET and DELETE journal, POST faults, GET and POST credentials, POST reset-elsewhere.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	handle := func(pattern string, status int, do func(body []byte) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := readBody(r)
			if err == nil {
				var result any
				if result, err = do(body); err == nil {
					writeControl(w, status, result)
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
	handle("GET "+controlPrefix+"journal", http.StatusOK, func([]byte) (any, error) { return s.Journal(), nil })
	handle("DELETE "+controlPrefix+"journal", http.StatusNoContent, func([]byte) (any, error) {
		s.ClearJournal()
		return nothing{}, nil
	})
	handle("POST "+controlPrefix+"faults", http.StatusOK, s.controlFaults)
	handle("GET "+controlPrefix+"credentials", http.StatusOK, func([]byte) (any, error) { return s.inventory(), nil })
	handle("POST "+controlPrefix+"credentials", http.StatusCreated, s.controlCredential)
	handle("POST "+controlPrefix+"reset-elsewhere", http.StatusNoContent, s.controlReset)
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
	if err := strictly(body, &wanted); err != nil {
		return nil, err
	}
	switch {
	case wanted.Domain == "":
		return nil, badRequest("domain: is required")
	case wanted.Username == "":
		return nil, badRequest("username: is required")
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
	if err := strictly(body, &wanted); err != nil {
		return nil, err
	}
	switch {
	case wanted.Domain == "":
		return nil, badRequest("domain: is required")
	case wanted.GUID == "":
		return nil, badRequest("guid: is required")
	}
	if s.ResetElsewhere(wanted.Domain, wanted.GUID) == "" {
		return nil, &controlError{status: http.StatusNotFound, text: "guid: no such credential in that domain"}
	}
	return nothing{}, nil
}
