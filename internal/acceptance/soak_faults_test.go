//go:build unix

package acceptance

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// faultKind is one way in which a request goes wrong.
type faultKind struct {
	name  string
	fault simulator.Fault
	// vary changes the fault for one request.
	vary func(f *simulator.Fault, dice *rand.Rand)
	// whole: the answer comes, and the client has no reason to doubt it.
	whole bool
	// mayRun: the client cannot know whether the request still runs, and sends it again. A further reset after a whole
	// answer can be its duty then.
	mayRun bool
	// passing: a read that asks again succeeds within its time.
	passing bool
}

// faultKinds is every way in which a request goes wrong.
func faultKinds(redirectTarget string) (kinds []faultKind) {
	add := func(k faultKind, f simulator.Fault, acts ...simulator.Act) {
		k.fault = f
		if len(acts) == 0 {
			kinds = append(kinds, k)
		}
		for _, act := range acts {
			varied := k
			varied.fault.Act = act
			varied.name += ", acts " + string(act)
			if act == simulator.ActLate {
				varied.vary = landLate
			}
			kinds = append(kinds, varied)
		}
	}
	const before, never, late = simulator.ActBefore, simulator.ActNever, simulator.ActLate

	for _, status := range []int{500, 503} {
		fault := simulator.FaultEnvelope("", status, "An error occurred while processing the request.", false)
		add(faultKind{name: fmt.Sprintf("%d of the API", status), passing: true}, fault, before, never)
	}
	for _, status := range []int{500, 502, 503} {
		kind := faultKind{name: fmt.Sprintf("%d page", status), mayRun: true, passing: true}
		add(kind, simulator.Fault{Status: status}, before, never, late)
	}
	add(faultKind{name: "504 page", passing: true}, simulator.Fault{Status: 504}, before, never, late)
	add(faultKind{name: "no answer", mayRun: true, passing: true}, simulator.Fault{Drop: true}, before, never, late)
	add(faultKind{name: "TCP reset", mayRun: true, passing: true}, simulator.Fault{RST: true}, before, never, late)
	add(faultKind{name: "silence"}, simulator.Fault{Stall: true}, before, never, late)
	add(faultKind{name: "answer cut", passing: true}, simulator.FaultCut(""))
	slow := func(f *simulator.Fault, dice *rand.Rand) { f.Delay = between(dice, *soakTimeout/250, *soakTimeout/6) }
	add(faultKind{name: "slow answer", vary: slow, whole: true, passing: true}, simulator.Fault{})
	add(faultKind{name: "gzip", whole: true, passing: true}, simulator.FaultGzip(""))

	add(faultKind{name: "429, wait in seconds", passing: true}, simulator.FaultRateLimit("", "1"))
	add(faultKind{name: "429, no wait told", passing: true}, simulator.FaultRateLimit("", ""))
	// The provider goes by the real clock, which the service's is ahead of.
	date := func(f *simulator.Fault, _ *rand.Rand) {
		*f = simulator.FaultRateLimit("", time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat))
	}
	add(faultKind{name: "429, wait as a date", vary: date, passing: true}, simulator.Fault{})

	body := func(text string) simulator.Fault { return simulator.FaultBody("", http.StatusOK, text, true) }
	add(faultKind{name: "success false"}, body(`{"success":false,"message":"It did not work."}`), before, never)
	add(faultKind{name: "no password"}, body(`{"success":true,"data":{}}`))
	add(faultKind{name: "empty password"}, body(`{"success":true,"data":{"new_password":""}}`))
	add(faultKind{name: "wrong types"},
		body(`{"success":true,"data":{"new_password":["x"],"credential":7,"user_smtp_guid":{}}}`))
	for _, text := range []string{"null", "[]", "<html><body>Welcome</body></html>", ""} {
		add(faultKind{name: fmt.Sprintf("body %q", text)}, body(text))
	}
	add(faultKind{name: "body of 2 MiB"}, simulator.FaultSize("", 2<<20))
	add(faultKind{name: "body of 20 MB"}, simulator.FaultSize("", 20_000_000))
	add(faultKind{name: "body without end"}, simulator.FaultEndless(""))
	add(faultKind{name: "gzip bomb"}, simulator.Fault{Gzip: true, Size: 20_000_000})

	add(faultKind{name: "redirect"}, simulator.FaultRedirect("", redirectTarget))
	for _, status := range []int{401, 403, 404} {
		add(faultKind{name: fmt.Sprintf("%d page", status)}, simulator.Fault{Status: status})
	}
	add(faultKind{name: "403 of the API"}, simulator.FaultEnvelope("", 403, "This action is unauthorized.", false))
	return kinds
}

// landLate has a request act late, and apart from other resets of its credential: the API counts whole seconds, so that
// nobody could tell them apart otherwise.
func landLate(f *simulator.Fault, dice *rand.Rand) {
	f.ActAfter, f.ActApart = between(dice, time.Second, time.Second+*soakTimeout/3), 2500*time.Millisecond
}

func between(dice *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(dice.Int64N(int64(most-least)))
}

// A confirm is a read after a reset of the same round. A refresh that fails ends its apply before anything rotates: in
// most rounds it meets passing faults alone.
const (
	shareOfResets       = 0.35 // that meet a fault
	shareOfConfirms     = 0.35
	shareOfRefreshes    = 0.12
	shareOfBlindRounds  = 0.1 // in which a refresh meets all faults
	shareOfKilledRounds = 0.5 // in some of them the apply ends before its kill
)

// choose is a simulator.Options.Choose, which has one call at a time. What a request meets is a function of the seed,
// the worker, the round, the credential, the purpose, and the number of such requests before it.
func (r *soakRound) choose(request simulator.Request) *simulator.Fault {
	purpose, share, faults := "refresh", shareOfRefreshes, r.refreshFaults
	switch {
	case request.Kind == simulator.KindReset:
		purpose, share, faults = "reset", shareOfResets, r.faults
		if r.kill.resets--; r.kill.resets == 0 {
			close(r.kill.due)
		}
	case r.requests[[2]string{"reset", request.GUID}] > 0:
		purpose, share, faults = "confirm", shareOfConfirms, r.faults
	}
	same := [2]string{purpose, request.GUID}
	dice := r.soak.dice(r.soakWorker.number, r.number, purpose, request.GUID, r.requests[same])
	r.requests[same]++
	if dice.Float64() >= share {
		return nil
	}
	kind := faults[dice.IntN(len(faults))]
	r.met[request.Seq] = kind
	r.soak.count("met by a "+purpose+": "+kind.name, 1)
	fault := kind.fault
	if kind.vary != nil {
		kind.vary(&fault, dice)
	}
	return &fault
}

// soakKill is a signal in the middle of an apply. The zero value never comes.
type soakKill struct {
	name   string
	victim func(cli, provider int) int // a process, or a group if it is negative
	signal syscall.Signal
	resets int           // how many have to arrive yet
	due    chan struct{} // closed when the last of these has arrived
	later  time.Duration // the wait from there
	sent   bool
}

var soakKills = []soakKill{
	{name: "SIGKILL to the provider", signal: syscall.SIGKILL, victim: func(_, provider int) int { return provider }},
	{name: "SIGKILL to the CLI", signal: syscall.SIGKILL, victim: func(cli, _ int) int { return cli }},
	{name: "SIGKILL to the group", signal: syscall.SIGKILL, victim: func(cli, _ int) int { return -cli }},
	{name: "SIGTERM to the group", signal: syscall.SIGTERM, victim: func(cli, _ int) int { return -cli }},
	{name: "SIGINT to the group", signal: syscall.SIGINT, victim: func(cli, _ int) int { return -cli }},
}

// chooseKill chooses one for a round of so many rotations.
func chooseKill(dice *rand.Rand, rotations int) *soakKill {
	if dice.Float64() >= shareOfKilledRounds || rotations == 0 {
		return &soakKill{}
	}
	k := soakKills[dice.IntN(len(soakKills))]
	k.resets, k.due = 1+dice.IntN(rotations), make(chan struct{})
	if dice.IntN(2) == 0 {
		k.later = between(dice, 0, *soakTimeout/4)
	}
	return &k
}

// send waits for the moment and sends the signal, unless the command has ended by then.
func (k *soakKill) send(ended <-chan struct{}, cli int, provider func() int) {
	select {
	case <-k.due:
	case <-ended:
		return
	}
	select {
	case <-time.After(k.later):
		k.sent = syscall.Kill(k.victim(cli, provider()), k.signal) == nil
	case <-ended:
	}
}

// TestSoakFaultsAndKills decides many rounds. Every fault and every kill comes, in its share, and what one credential
// meets does not depend on the requests of another.
func TestSoakFaultsAndKills(t *testing.T) {
	t.Parallel()
	const rounds = 3_000
	w := &soakWorker{soak: &soak{counts: make(map[string]int)}, faults: faultKinds("http://127.0.0.1:9/")}
	w.credentials = []*soakCredential{{service: service{credential: simulator.Credential{GUID: "a"}}}}
	kills, met := make(map[string]int), [3]int{}
	for number := range rounds {
		alone, crowded := w.newRound(number), w.newRound(number)
		kills[alone.kill.name]++
		for seq, kind := range []simulator.Kind{simulator.KindGet, simulator.KindReset, simulator.KindGet} {
			request := simulator.Request{Seq: seq, Kind: kind, GUID: "a"}
			fault := alone.choose(request)
			crowded.choose(simulator.Request{Seq: -1, Kind: simulator.KindReset, GUID: "b"})
			crowded.choose(request)
			if got, want := crowded.met[seq].name, alone.met[seq].name; got != want {
				t.Fatalf("round %d, %s: meets %q beside another credential, and %q alone", number, kind, got, want)
			}
			if fault == nil {
				continue
			}
			met[seq]++
			if err := fault.Validate(); err != nil {
				t.Fatalf("%s: %v", alone.met[seq].name, err)
			}
		}
		if k := alone.met[0]; k.name != "" && !k.passing && len(alone.refreshFaults) < len(w.faults) {
			t.Fatalf("round %d: the refresh meets %q", number, k.name)
		}
	}
	for _, kind := range w.faults {
		if w.soak.counts["met by a reset: "+kind.name] == 0 {
			t.Errorf("no reset meets %q", kind.name)
		}
	}
	if len(kills) != len(soakKills)+1 {
		t.Errorf("the kills are %v", kills)
	}
	for what, share := range map[string][2]float64{
		"refreshes meet a fault": {float64(met[0]) / rounds, shareOfRefreshes},
		"resets meet a fault":    {float64(met[1]) / rounds, shareOfResets},
		"confirms meet a fault":  {float64(met[2]) / rounds, shareOfConfirms},
		"rounds have a kill":     {1 - float64(kills[""])/rounds, shareOfKilledRounds * shareOfRotations},
	} {
		if share[0] < share[1]-0.03 || share[0] > share[1]+0.03 {
			t.Errorf("%.3f of the %s, not %.3f", share[0], what, share[1])
		}
	}
}
