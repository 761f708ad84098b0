package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// Landings that are to keep apart wait for each other, and for resets of any other kind.
func TestLandingsKeepApart(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	page := simulator.FaultStatus("", http.StatusBadGateway, false)
	late := simulator.FaultLate(simulator.KindReset, 5*time.Second, page)
	late.ActApart = 3 * time.Second
	late.Times = 2
	f.Inject(late)
	f.do(http.MethodPut, f.resetPath(), "")
	f.do(http.MethodPut, f.resetPath(), "")
	f.clock.Move(4 * time.Second)
	f.do(http.MethodPut, f.resetPath(), "") // 1 s before they would land
	f.clock.Move(2 * time.Second)
	f.ResetExternally(f.cred.Domain, f.cred.GUID) // 6 s, which puts them off once more
	for _, step := range []struct {
		move   time.Duration
		landed []bool // or acted before the answer
	}{
		{3*time.Second - time.Nanosecond, []bool{false, false, true}},
		{time.Nanosecond, []bool{true, false, true}},
		{3*time.Second - time.Nanosecond, []bool{true, false, true}},
		{time.Nanosecond, []bool{true, true, true}},
	} {
		f.clock.Move(step.move)
		for i, e := range f.Journal() {
			if e.Acted != step.landed[i] {
				t.Errorf("%s after the beginning, request %d: acted is %v", f.clock.Now().Sub(begin), i, e.Acted)
			}
		}
	}
	for i, want := range []time.Duration{9 * time.Second, 12 * time.Second, 4 * time.Second} {
		equal(t, "moment of the landing", f.Journal()[i].ActedAt.Sub(begin), want)
	}
}

// Another credential's resets put nothing off, and the first reset of all waits for none.
func TestLandingKeepsApartFromItsOwnCredentialAlone(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	other := f.AddCredential("example.com", "other")
	late := simulator.FaultLate(simulator.KindReset, 5*time.Second, simulator.FaultLost("", false))
	late.ActApart = time.Minute
	f.Inject(late)
	if _, err := f.send(f.request(t.Context(), http.MethodPut, f.resetPath(), "")); err == nil {
		t.Error("an answer has come")
	}
	f.ResetExternally(other.Domain, other.GUID)
	f.clock.Move(5 * time.Second)
	equal(t, "acted", f.lastEntry().Acted, true)
}

func TestNextLanding(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	check := func(want time.Duration, pending bool) {
		t.Helper()
		due, is := f.NextLanding()
		equal(t, "pending", is, pending)
		if pending {
			equal(t, "due", due.Sub(begin), want)
		}
	}
	check(0, false)
	page := simulator.FaultStatus("", http.StatusBadGateway, false)
	f.Inject(
		simulator.FaultLate(simulator.KindReset, 9*time.Second, page),
		simulator.FaultLate(simulator.KindReset, 4*time.Second, page),
	)
	f.do(http.MethodPut, f.resetPath(), "")
	f.do(http.MethodPut, f.resetPath(), "")
	check(4*time.Second, true)
	f.clock.Move(4 * time.Second)
	check(9*time.Second, true)
	f.ClearFaults()
	f.clock.Move(time.Hour)
	check(0, false)
}
