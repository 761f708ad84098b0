package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// How many of the requests meet a fault, by what they are for. A refresh that
// fails ends its apply before anything rotates, so that most rounds have it meet
// only what passes.
const (
	shareOfResets    = 0.35
	shareOfRefreshes = 0.12
	shareOfConfirms  = 0.35
	shareOfBlind     = 0.1 // rounds in which a refresh may fail
)

// What a request is for.
const (
	purposeReset   = "reset"
	purposeRefresh = "refresh"
	purposeConfirm = "confirm" // a read of a credential that this round has reset
)

// chaos says what each request of a round meets: a function of the seed, the
// round, the credential, what the request is for, and how many of these came
// before it.
type chaos struct {
	seed    uint64
	round   int
	blind   bool
	all     []kind
	passing []kind

	mu     sync.Mutex
	before map[purpose]int
	met    map[int]metFault
}

// purpose is what a request is for, of one credential.
type purpose struct{ what, guid string }

// metFault is what a request has met, and what for.
type metFault struct {
	kind
	purpose string
}

func newChaos(seed uint64, round int, faults []kind) *chaos {
	passing := slices.DeleteFunc(slices.Clone(faults), func(k kind) bool { return !k.passing })
	return &chaos{
		seed: seed, round: round, blind: chance(seed, "blind", round).Float64() < shareOfBlind,
		all: faults, passing: passing,
		before: make(map[purpose]int), met: make(map[int]metFault),
	}
}

// choose is for simulator.Options.Choose.
func (c *chaos) choose(r simulator.Request) *simulator.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	is := c.purposeOf(r)
	n := c.before[is]
	c.before[is]++
	dice := chance(c.seed, c.round, is.guid, is.what, n)
	k := c.pick(is.what, dice)
	if k == nil {
		return nil
	}
	c.met[r.Seq] = metFault{kind: *k, purpose: is.what}
	fault := k.fault(dice, r)
	return &fault
}

func (c *chaos) purposeOf(r simulator.Request) purpose {
	reset := purpose{purposeReset, r.GUID}
	switch {
	case r.Kind == simulator.KindReset:
		return reset
	case c.before[reset] > 0:
		return purpose{purposeConfirm, r.GUID}
	default:
		return purpose{purposeRefresh, r.GUID}
	}
}

// pick is nil where the request meets nothing.
func (c *chaos) pick(what string, dice *rand.Rand) *kind {
	share, faults := shareOfResets, c.all
	switch what {
	case purposeConfirm:
		share = shareOfConfirms
	case purposeRefresh:
		share = shareOfRefreshes
		if !c.blind {
			faults = c.passing
		}
	}
	if dice.Float64() >= share {
		return nil
	}
	return &faults[dice.IntN(len(faults))]
}

// faults is what the requests have met, by their number in the journal.
func (c *chaos) faults() map[int]metFault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.met)
}
