package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	var asked []simulator.Request
	f := start(t, simulator.Options{
		RateLimit: simulator.RateLimit{Requests: 4},
		Choose: func(r simulator.Request) *simulator.Fault {
			asked = append(asked, r)
			if r.Kind != simulator.KindReset {
				return nil
			}
			// The fault's own choice of requests does not count.
			fault := simulator.FaultStatus(simulator.KindGet, http.StatusBadGateway, true)
			fault.Domain, fault.Times = "other.example", 5
			return &fault
		},
	})
	before := f.live()
	f.Inject(simulator.FaultStatus("", http.StatusTeapot, false))
	for i, step := range []struct {
		method, path string
		want         int
	}{
		{http.MethodPut, f.resetPath(), http.StatusTeapot}, // a queued fault comes first
		{http.MethodPut, f.resetPath(), http.StatusBadGateway},
		{http.MethodGet, f.credentialPath(), http.StatusOK},
		{http.MethodPut, f.resetPath(), http.StatusBadGateway},
		{http.MethodPut, f.resetPath(), http.StatusTooManyRequests},
	} {
		if got := f.do(step.method, step.path, "").status; got != step.want {
			t.Errorf("request %d: got %d, want %d", i+1, got, step.want)
		}
	}
	of := func(seq int, kind simulator.Kind) simulator.Request {
		return simulator.Request{Seq: seq, Time: begin, Kind: kind, Domain: f.cred.Domain, GUID: f.cred.GUID}
	}
	want := []simulator.Request{of(2, simulator.KindReset), of(3, simulator.KindGet), of(4, simulator.KindReset)}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %+v, want %+v", asked, want)
	}
	entries := f.Journal()
	equal(t, "fault in the journal", entries[1].Fault, "status 502, acts before")
	equal(t, "acted", entries[1].Acted, true)
	equal(t, "moment", entries[1].ActedAt, begin)
	equal(t, "no fault in the journal", entries[2].Fault, "")
	equal(t, "password changed", f.live() != before, true)
	equal(t, "pending faults", f.PendingFaults(), 0)
}

// It may be set, changed and taken away while the service runs.
func TestChooseLater(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	late := simulator.FaultLate("", time.Second, simulator.FaultStatus("", http.StatusBadGateway, false))
	f.SetOptions(func(o *simulator.Options) {
		o.Choose = func(simulator.Request) *simulator.Fault { return &late }
	})
	equal(t, "status with a choice", f.do(http.MethodPut, f.resetPath(), "").status, http.StatusBadGateway)
	f.SetOptions(func(o *simulator.Options) { o.Choose = nil })
	equal(t, "status without", f.do(http.MethodPut, f.resetPath(), "").status, http.StatusOK)
	f.clock.Move(time.Second)
	equal(t, "landed", f.Journal()[0].Acted, true)
}

func TestChooseIsValidated(t *testing.T) {
	t.Parallel()
	invalid := func(simulator.Request) *simulator.Fault { return &simulator.Fault{Status: 1} }
	f := start(t, simulator.Options{Choose: invalid})
	before := f.live()
	r := f.do(http.MethodPut, f.resetPath(), "")
	equal(t, "status", r.status, http.StatusInternalServerError)
	if want := "Options.Choose: status: 1 is not between"; !strings.Contains(string(r.body), want) {
		t.Errorf("the answer does not say %q: %s", want, r.body)
	}
	equal(t, "live password", f.live(), before)
}
