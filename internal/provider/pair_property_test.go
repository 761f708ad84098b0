package provider

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// firstPairSeed begins sequences that find each defect which this test was tried with. Among them are a provider that
// forgets a waiting password, one that revokes too early, and one that takes a lost private state for a rotation.
const firstPairSeed = 11

// The defaults are what `make test` has time for.
var (
	pairSeed  = flag.Uint64("pair.seed", firstPairSeed, "begin with the sequence of this `SEED`")
	pairRuns  = flag.Int("pair.runs", 16, "run `N` sequences, each of the next seed")
	pairSteps = flag.Int("pair.steps", 10, "take `N` steps in each")
)

// TestPairProperties drives one pair through random steps: changes, faults, kills, resets by others and moves of the
// clock. After each step it checks that the pair keeps its promises; see pairRun.check. Each sequence is a function of
// its seed.
func TestPairProperties(t *testing.T) {
	t.Parallel()
	// The providers make much garbage and hold little.
	before := debug.SetGCPercent(400)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	slots := make(chan struct{}, 16) // most of a sequence's time is waiting
	var all sync.WaitGroup
	for seed := *pairSeed; seed < *pairSeed+uint64(*pairRuns); seed++ {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newPairRun(t, seed).run() })
		})
	}
	all.Wait()
}

const pairDomain = "example.com"

// pairConfig is the configuration of the pair. An empty argument is null.
type pairConfig struct {
	guids       [2]string
	release     string // a trigger
	period      string
	revokeAfter string
	external    bool // rotate_on_external_change
	loginCheck  bool
	timeout     string
}

// pairRun is one sequence.
type pairRun struct {
	*core
	t        *testing.T
	seed     uint64
	dice     *rand.Rand
	clock    *movableClock
	service  *simulator.Server
	guids    [2]string
	config   pairConfig
	releases int
	known    pairKnowledge
	steps    []string // what has happened so far
	mailLate bool
}

// movableClock is the clock of the simulator and of all providers. It stands still unless a step moves it.
type movableClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *movableClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *movableClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newPairRun(t *testing.T, seed uint64) *pairRun {
	t.Helper()
	r := &pairRun{
		t: t, seed: seed, dice: rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, seed)))),
		clock: &movableClock{at: time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)},
		known: newPairKnowledge(),
	}
	// AUTH without TLS saves the handshakes, which are no part of this.
	service, err := simulator.Start(simulator.Options{Now: r.clock.now, Auth: simulator.AuthAlways})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if violations := service.Violations(); len(violations) > 0 {
			t.Errorf("requests that a correct client never makes: %s", violations)
		}
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	r.service = service
	for i := range r.guids {
		r.guids[i] = service.AddCredential(pairDomain, fmt.Sprintf("mailer%d", i)).GUID
	}
	r.core = newCore(t, service, pairType, r.clock.now)
	r.config = pairConfig{
		guids: r.guids, release: "0", external: r.chance(0.3), loginCheck: r.chance(0.6),
		timeout: pick(r, "4s", "4s", "4s", "12s"), // with 12s, a reset is sent again after its connection was lost
	}
	r.config.period, r.config.revokeAfter = pick(r, pairPeriods...), pick(r, pairRevocations...)
	r.observe()
	return r
}

// A revocation comes before the end of any period.
var (
	pairPeriods     = []string{"", "", "240h", "720h"}
	pairRevocations = []string{"", "30m", "48h", "48h"}
)

func (r *pairRun) chance(of float64) bool { return r.dice.Float64() < of }

func pick[T any](r *pairRun, from ...T) T { return from[r.dice.IntN(len(from))] }

func (r *pairRun) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.dice.Int64N(int64(most-least)))
}

func (r *pairRun) note(format string, arguments ...any) {
	r.steps = append(r.steps, r.clock.now().Format("Jan _2 15:04:05  ")+fmt.Sprintf(format, arguments...))
}

// run creates or imports the pair and takes the steps. A failed rule ends it.
func (r *pairRun) run() {
	if r.chance(0.2) {
		r.note("import")
		r.importID(pairDomain + "/" + r.guids[0] + "," + r.guids[1])
		r.known.hold(r.state())
		r.take(pairStep{command: command{apply: true}})
	} else {
		r.note("creation")
		r.take(pairStep{command: command{apply: true}})
	}
	for range *pairSteps {
		r.advance()
		r.disturb()
		r.take(r.nextStep())
		if r.chance(0.2) {
			r.heal()
		}
	}
	r.heal()
	r.t.Logf("The steps:\n%s", strings.Join(r.steps, "\n"))
}

// advance moves the clock, most often to either side of a moment that counts. Late landings act meanwhile.
func (r *pairRun) advance() {
	now, by := r.clock.now(), pick(r, r.between(2*time.Second, time.Minute), r.between(2*time.Minute, time.Hour),
		r.between(2*time.Minute, time.Hour), r.between(time.Hour, 60*time.Hour))
	state := r.state()
	for _, moment := range []time.Time{state.next, state.revoke} {
		if moment.After(now) && r.chance(0.3) {
			by = max(2*time.Second, moment.Sub(now)+r.between(-90*time.Second, 90*time.Second))
		}
	}
	r.clock.advance(by)
	r.observe()
}

// disturb changes the configuration, and does what others do.
func (r *pairRun) disturb() {
	state := r.state()
	if r.chance(0.4) {
		r.releases++
		r.config.release = fmt.Sprint(r.releases)
		r.note("release %s", r.config.release)
	} else if r.config.release != state.release && r.chance(0.3) {
		r.config.release = state.release
		r.note("back to release %q", r.config.release)
	}
	if r.chance(0.08) {
		r.config.revokeAfter = pick(r, pairRevocations...)
		r.note("revoke_previous_after = %q", r.config.revokeAfter)
	}
	if r.chance(0.05) {
		r.config.period = pick(r, pairPeriods...)
		r.note("rotation_period = %q", r.config.period)
	}
	if r.chance(0.08) {
		r.config.guids[0], r.config.guids[1] = r.config.guids[1], r.config.guids[0]
		r.note("another order of credential_guids")
	} else if r.chance(0.05) {
		r.config.guids = [2]string{strings.ToUpper(r.config.guids[0]), r.config.guids[1]}
		r.note("another spelling of credential_guids")
	}
	for i, guid := range r.guids {
		of := map[bool]float64{true: 0.04, false: 0.06}[guid == state.active]
		if r.known.waits(guid) {
			of = 0.25
		}
		if r.chance(of) {
			// Whose reset it was cannot be told within a minute of another one.
			if since := r.clock.now().Sub(r.known.changed[guid]); since < 2*time.Minute {
				r.clock.advance(2*time.Minute - since)
				r.observe()
			}
			r.note("credential %d is reset elsewhere", i+1)
			r.known.reset(guid, r.service.ResetExternally(pairDomain, guid), r.clock.now(), external)
			r.clock.advance(2 * time.Second) // times are in whole seconds
		}
	}
}

// pairStep is a command, and what goes wrong in it.
type pairStep struct {
	command
	fault       *simulator.Fault
	mailRefuses bool
	healthy     bool // nothing goes wrong, so that the command has to succeed
}

func (r *pairRun) nextStep() (s pairStep) {
	s.apply = !r.chance(0.08)
	s.noRefresh = r.chance(0.12)
	if s.apply && !s.noRefresh && r.chance(0.2) {
		by := r.between(time.Second, 40*time.Second)
		s.between = func() { r.clock.advance(by) }
	}
	if r.chance(0.06) {
		s.unknown = []string{"rotation_triggers"}
	}
	switch trouble := r.dice.Float64(); {
	case !s.apply || trouble < 0.45:
	case trouble < 0.65:
		s.fault = r.nextFault()
	case trouble < 0.75 && r.config.loginCheck:
		s.mailRefuses = true
	case trouble < 0.82 && r.config.loginCheck && !r.mailLate:
		r.note("passwords reach the mail server late from now on")
		r.setMailLate(true)
	case trouble < 0.92:
		s.kill = pick(r, providerBefore, providerAfter, providerAfter, cliAfter, cliAfter)
	}
	return s
}

// nextFault is what one reset meets, or the read before it.
func (r *pairRun) nextFault() *simulator.Fault {
	const reset, sorry = simulator.KindReset, "An error occurred while processing the request."
	const before, never, late = simulator.ActBefore, simulator.ActNever, simulator.ActLate
	fault := pick(r,
		simulator.Fault{Drop: true, Act: before}, simulator.Fault{Drop: true, Act: never},
		simulator.Fault{Drop: true, Act: late}, simulator.Fault{Status: 502, Act: before},
		simulator.Fault{Status: 502, Act: never}, simulator.Fault{Status: 502, Act: late},
		simulator.Fault{Status: 504, Act: before}, simulator.Fault{Status: 504, Act: never},
		simulator.Fault{Status: 504, Act: late}, simulator.Fault{Status: 403}, simulator.FaultCut(reset),
		simulator.FaultBody(reset, 200, `{"success":true,"data":{}}`, true),
		simulator.FaultEnvelope(reset, 500, sorry, true), simulator.FaultEnvelope(reset, 500, sorry, false),
	)
	fault.Kind, fault.Times = reset, pick(r, 1, 1, 6)
	if r.chance(0.1) {
		fault = simulator.FaultEnvelope(simulator.KindGet, 500, sorry, false)
		fault.Times = pick(r, 1, 2, 6)
	}
	if fault.Act == late {
		fault.Times, fault.ActAfter = 1, r.between(5*time.Second, 10*time.Minute)
		fault.ActApart = 3 * time.Second // within two seconds, two resets cannot be told apart
	}
	return &fault
}

func (r *pairRun) setMailLate(late bool) {
	r.mailLate = late
	r.service.SetOptions(func(o *simulator.Options) {
		o.SyncDelay = 0
		if late {
			o.SyncDelay = 100_000 * time.Hour
		}
	})
}

// heal ends all trouble. Then one apply has to succeed, and the plan after it has to be empty.
func (r *pairRun) heal() {
	if r.mailLate {
		r.setMailLate(false)
	}
	for due, pending := r.service.NextLanding(); pending; due, pending = r.service.NextLanding() {
		r.clock.advance(due.Sub(r.clock.now()) + 2*time.Second)
		r.observe()
	}
	r.note("all trouble ends")
	r.take(pairStep{command: command{apply: true}})
	if out := r.take(pairStep{}); out.changes {
		r.fail("the plan after the apply that heals is not empty: %s", r.difference(out))
	}
}

// take runs a step's command and checks the rules.
func (r *pairRun) take(s pairStep) *outcome {
	s.config = r.arguments()
	o := pairObservation{pairStep: s, before: r.state(), late: r.mailLate, planned: r.clock.now()}
	o.standby = r.standby(o.before.active)
	o.waits = r.known.waits(o.standby)
	o.healthy = s.kill == noKill && s.fault == nil && !s.mailRefuses && !r.mailLate
	if s.fault != nil {
		r.service.Inject(*s.fault)
	}
	r.service.SetOptions(func(options *simulator.Options) {
		options.LoginReply = simulator.LoginReply{}
		if s.mailRefuses {
			options.LoginReply = simulator.LoginReply{Code: 454, Message: "Try again later"}
		}
	})
	earlier := len(r.service.Journal())
	o.out = r.core.run(s.command)
	o.applied = r.clock.now()
	r.service.ClearFaults()
	o.requests = r.service.Journal()[earlier:]
	o.refreshed, o.after = pairStateOf(o.out.refreshed.value), r.state()
	r.note("%s", o.String())
	r.observe()
	for _, broken := range r.check(&o) {
		r.fail("%s", broken)
	}
	if r.t.Failed() {
		r.t.FailNow()
	}
	r.known.learn(&o)
	return o.out
}

// fail reports a broken rule with the steps that led to it.
func (r *pairRun) fail(format string, arguments ...any) {
	r.t.Helper()
	r.t.Errorf("%s\n\nThe steps:\n%s\n\nTo run them again:\n"+
		"go test ./internal/provider -run TestPairProperties -pair.seed %d -pair.runs 1 -pair.steps %d",
		fmt.Sprintf(format, arguments...), strings.Join(r.steps, "\n"), r.seed, *pairSteps)
}

// observe learns of the passwords that the service has made since.
func (r *pairRun) observe() {
	issued := r.service.IssuedPasswords()
	made := issued[r.known.issued:]
	var acted []simulator.Entry
	for _, e := range r.service.Journal() {
		if e.Kind == simulator.KindReset && e.Acted && !r.known.seen[e.Seq] {
			acted = append(acted, e)
		}
	}
	slices.SortStableFunc(acted, func(a, b simulator.Entry) int { return a.ActedAt.Compare(b.ActedAt) })
	if r.known.issued == 0 { // the first ones come with the credentials
		for i, guid := range r.guids {
			r.known.reset(guid, made[i], r.clock.now(), external)
		}
		return
	}
	if len(made) != len(acted) {
		r.t.Fatalf("%d passwords by %d resets", len(made), len(acted))
	}
	for i, e := range acted {
		r.known.seen[e.Seq] = true
		by := ours
		if strings.Contains(e.Fault, "acts after") {
			by = landing
			r.note("a reset of %s lands late", r.name(e.GUID))
		}
		r.known.reset(e.GUID, made[i], e.ActedAt, by)
	}
}

// standby is the credential that is not active.
func (r *pairRun) standby(active string) string {
	if active == r.guids[0] {
		return r.guids[1]
	}
	return r.guids[0]
}

// name is a credential's place in the pair.
func (r *pairRun) name(guid string) string {
	return fmt.Sprint("credential ", slices.Index(r.guids[:], guid)+1)
}

// arguments are the configuration as the protocol has it.
func (r *pairRun) arguments() attributeValues {
	types := r.object.AttributeTypes
	text := func(s string) tftypes.Value {
		if s == "" {
			return tftypes.NewValue(tftypes.String, nil)
		}
		return tftypes.NewValue(tftypes.String, s)
	}
	object := func(name string, set map[string]tftypes.Value) tftypes.Value {
		of := types[name].(tftypes.Object)
		for part, of := range of.AttributeTypes {
			if _, has := set[part]; !has {
				set[part] = tftypes.NewValue(of, nil)
			}
		}
		return tftypes.NewValue(of, set)
	}
	c := r.config
	given := attributeValues{
		"domain": text(pairDomain),
		"credential_guids": tftypes.NewValue(types["credential_guids"],
			[]tftypes.Value{text(c.guids[0]), text(c.guids[1])}),
		"rotation_period":           text(c.period),
		"revoke_previous_after":     text(c.revokeAfter),
		"rotate_on_external_change": tftypes.NewValue(tftypes.Bool, c.external),
		"timeouts": object("timeouts", map[string]tftypes.Value{
			"create": text(c.timeout), "update": text(c.timeout), "read": text("30s"),
		}),
	}
	if c.release != "" {
		given["rotation_triggers"] = tftypes.NewValue(types["rotation_triggers"],
			map[string]tftypes.Value{"release": text(c.release)})
	}
	if c.loginCheck {
		host, port, _ := strings.Cut(r.service.SMTPAddr(), ":")
		var number int64
		_, _ = fmt.Sscan(port, &number)
		given["login_check"] = object("login_check", map[string]tftypes.Value{
			"host": text(host), "port": tftypes.NewValue(tftypes.Number, number), "security": text("none"),
			"timeout": text("4s"),
		})
	}
	return given
}
