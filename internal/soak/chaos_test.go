package main

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const nowhere = "http://127.0.0.1:9/"

func TestKindsAreFaultsWithNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	for _, k := range allFaults(nowhere) {
		if names[k.name] {
			t.Errorf("%s is there twice", k.name)
		}
		names[k.name] = true
		for n := range 50 {
			fault := k.fault(chance(1, n), simulator.Request{Time: time.Unix(1e9, 0)})
			if err := fault.Validate(); err != nil {
				t.Errorf("%s: %v", k.name, err)
			}
			if late := fault.Act == simulator.ActLate; late != k.late {
				t.Errorf("%s: lands late is %t", k.name, late)
			} else if late && (fault.ActAfter < earliestLanding || fault.ActAfter > latestLanding || fault.ActApart < 2*time.Second) {
				t.Errorf("%s: lands after %s, %s apart", k.name, fault.ActAfter, fault.ActApart)
			}
		}
	}
}

// What a request meets does not depend on the requests of others, nor on their
// order.
func TestChaosComesOutTheSame(t *testing.T) {
	t.Parallel()
	faults := allFaults(nowhere)
	requests := func(guid string) []simulator.Request {
		var all []simulator.Request
		for _, what := range []simulator.Kind{simulator.KindGet, simulator.KindReset, simulator.KindReset, simulator.KindGet, simulator.KindReset} {
			all = append(all, simulator.Request{Kind: what, GUID: guid})
		}
		return all
	}
	meets := func(c *chaos, all []simulator.Request) (names []string) {
		for i, r := range all {
			r.Seq = i
			delete(c.met, i)
			c.choose(r)
			names = append(names, c.met[i].purpose+": "+c.met[i].name)
		}
		return names
	}
	for round := range 100 {
		alone := meets(newChaos(1, round, faults), requests("a"))
		crowded := newChaos(1, round, faults)
		meets(crowded, append(requests("b"), requests("c")...))
		if got := meets(crowded, requests("a")); !slices.Equal(got, alone) {
			t.Fatalf("round %d: met %q, and alone %q", round, got, alone)
		}
	}
}

func TestChaosMeetsAllKindsInTheirShare(t *testing.T) {
	t.Parallel()
	faults := allFaults(nowhere)
	resets, refreshes := make(map[string]int), 0
	const requests = 20_000
	for n := range requests {
		c := newChaos(1, n, faults)
		guid := guidBy(chance(1, n))
		c.choose(simulator.Request{Seq: 1, Kind: simulator.KindGet, GUID: guid})
		c.choose(simulator.Request{Seq: 2, Kind: simulator.KindReset, GUID: guid})
		if m, faulty := c.met[1]; faulty {
			refreshes++
			if !m.passing && !c.blind {
				t.Errorf("a refresh meets %s in a round that is not blind", m.name)
			}
		}
		if m, faulty := c.met[2]; faulty {
			resets[m.name]++
		}
	}
	sum := 0
	for _, k := range faults {
		if resets[k.name] == 0 {
			t.Errorf("no reset meets %s", k.name)
		}
		sum += resets[k.name]
	}
	for what, share := range map[string][2]float64{
		"resets":    {float64(sum) / requests, shareOfResets},
		"refreshes": {float64(refreshes) / requests, shareOfRefreshes},
	} {
		if share[0] < share[1]-0.02 || share[0] > share[1]+0.02 {
			t.Errorf("of the %s, %.3f meet a fault, not %.3f", what, share[0], share[1])
		}
	}
}

func TestGUIDs(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := make(map[string]bool)
	for n := range 1000 {
		guid := guidBy(chance(1, "guid", n))
		if !form.MatchString(guid) || seen[guid] {
			t.Fatalf("%s", guid)
		}
		seen[guid] = true
	}
	if !seen[guidBy(chance(1, "guid", 0))] {
		t.Error("the same seed gives another one")
	}
	if seen[guidBy(chance(2, "guid", 0))] {
		t.Error("another seed gives the same")
	}
}

func TestKillsAreChosenInTheirShare(t *testing.T) {
	t.Parallel()
	const rounds, rotations = 5_000, 10
	names, sum := make(map[string]int), 0
	for n := range rounds {
		k := chooseKill(chance(1, n), rotations)
		if k == nil {
			continue
		}
		names[k.name]++
		sum++
		if k.after < 1 || k.after > rotations || k.later < 0 || k.later > 6*time.Second {
			t.Errorf("%s after %d resets and %s", k.name, k.after, k.later)
		}
	}
	if share := float64(sum) / rounds; share < shareOfKills-0.03 || share > shareOfKills+0.03 {
		t.Errorf("%.3f of the rounds are killed in", share)
	}
	if len(names) != len(kills()) {
		t.Errorf("killed were %v", names)
	}
	if chooseKill(chance(1, 1), 0) != nil {
		t.Error("a round without rotations is killed in")
	}
}
