package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Inject queues faults. The first request that a queued fault matches meets it; requests over the rate limit meet
// none. Inject panics if Fault.Validate refuses one: it is a mistake in the program.
func (s *Server) Inject(faults ...Fault) {
	for i := range faults {
		if err := faults[i].Validate(); err != nil {
			panic(fmt.Sprintf("simulator: Inject: faults[%d]: %v", i, err))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Times = max(1, f.Times)
		s.faults = append(s.faults, f)
	}
}

// PendingFaults is the number of requests that are still to meet a fault.
func (s *Server) PendingFaults() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.faults {
		n += f.Times
	}
	return n
}

// ClearFaults drops the faults that no request has met yet. Late landings stay.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// copyFaults is the faults that no request has met yet, each with the times that are left.
func (s *Server) copyFaults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Never nil: no faults are [] and not null.
	return append([]Fault{}, s.faults...)
}

// takeFault uses up the first queued fault for a request, or asks Options.Choose. nil: none. Called under s.mu.
func (s *Server) takeFault(e *Entry) *Fault {
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.matches(e) })
	if i < 0 {
		return s.chooseFault(e)
	}
	f := s.faults[i]
	if s.faults[i].Times--; s.faults[i].Times == 0 {
		s.faults = slices.Delete(s.faults, i, i+1)
	}
	return &f
}

// Request is one request as Options.Choose sees it. The journal has the same fields.
type Request struct {
	Seq          int
	Time         time.Time
	Kind         Kind
	Domain, GUID string
}

// chooseFault is the fault of Options.Choose. An invalid fault is a mistake in the program: the answer names it,
// because net/http swallows a panic.
func (s *Server) chooseFault(e *Entry) *Fault {
	if s.opts.Choose == nil {
		return nil
	}
	chosen := s.opts.Choose(Request{Seq: e.Seq, Time: e.Time, Kind: e.Kind, Domain: e.Domain, GUID: e.GUID})
	if chosen == nil {
		return nil
	}
	f := *chosen
	if err := f.Validate(); err != nil {
		page := htmlPage(http.StatusInternalServerError, "simulator: Options.Choose: "+err.Error())
		f = FaultBody("", page.status, string(page.body), false)
	}
	return &f
}

func acting(acted bool) Act {
	if acted {
		return ActBefore
	}
	return ActNever
}

// FaultStatus answers with a status and an HTML page, as a proxy or a load balancer does.
func FaultStatus(kind Kind, status int, acted bool) Fault {
	return Fault{Kind: kind, Status: status, Act: acting(acted)}
}

// FaultEnvelope answers with an error in the API's own envelope.
func FaultEnvelope(kind Kind, status int, message string, acted bool) Fault {
	return FaultBody(kind, status, string(failure(status, message).body), acted)
}

// FaultServerError is the API's own 500.
func FaultServerError(kind Kind, acted bool) Fault {
	return FaultBody(kind, http.StatusInternalServerError, string(serverError().body), acted)
}

// FaultBody answers with any status and body.
func FaultBody(kind Kind, status int, body string, acted bool) Fault {
	return Fault{Kind: kind, Status: status, Body: &body, Act: acting(acted)}
}

// FaultLost closes the connection without an answer.
func FaultLost(kind Kind, acted bool) Fault {
	return Fault{Kind: kind, Drop: true, Act: acting(acted)}
}

// FaultConnectionReset ends the connection with a TCP reset, without an answer.
func FaultConnectionReset(kind Kind, acted bool) Fault {
	return Fault{Kind: kind, RST: true, Act: acting(acted)}
}

// FaultCut acts and sends the beginning of the answer only.
func FaultCut(kind Kind) Fault {
	return Fault{Kind: kind, Cut: true, CutAfter: 20, Act: ActBefore}
}

// FaultStop acts, sends the beginning of the answer, and then nothing until the client leaves.
func FaultStop(kind Kind) Fault {
	f := FaultCut(kind)
	f.Stall = true
	return f
}

// FaultStall sends nothing until the client leaves.
func FaultStall(kind Kind, acted bool) Fault {
	return Fault{Kind: kind, Stall: true, Act: acting(acted)}
}

// FaultDelay acts and answers as usual, but only after d of real time.
func FaultDelay(kind Kind, d time.Duration) Fault {
	return Fault{Kind: kind, Delay: d, Act: ActBefore}
}

// FaultLate has the request act when after has passed on the server's clock. The client meets the fault how at once,
// such as FaultLost("", false); the Kind and Act of how do not count.
func FaultLate(kind Kind, after time.Duration, how Fault) Fault {
	how.Kind, how.Act, how.ActAfter = kind, ActLate, after
	return how
}

// FaultRateLimit is the API's 429. Retry-After is sent as it is given, nonsense too; if it is empty, it is left out.
func FaultRateLimit(kind Kind, retryAfter string) Fault {
	f := FaultBody(kind, http.StatusTooManyRequests, string(tooMany().body), false)
	f.Header = map[string]string{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}
	if retryAfter != "" {
		f.Header["Retry-After"] = retryAfter
	}
	return f
}

// FaultRedirect answers 302 with a Location.
func FaultRedirect(kind Kind, location string) Fault {
	return Fault{Kind: kind, Status: http.StatusFound, Header: map[string]string{"Location": location}, Act: ActNever}
}

// FaultEndless acts and answers with a body that never ends.
func FaultEndless(kind Kind) Fault {
	return Fault{Kind: kind, Endless: true, Act: ActBefore}
}

// FaultSize acts and answers as usual, in a body of at least size bytes.
func FaultSize(kind Kind, size int) Fault {
	return Fault{Kind: kind, Size: size, Act: ActBefore}
}

// FaultGzip acts and answers as usual, compressed.
func FaultGzip(kind Kind) Fault {
	return Fault{Kind: kind, Gzip: true, Act: ActBefore}
}
