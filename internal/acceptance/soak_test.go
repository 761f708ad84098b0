//go:build unix

package acceptance

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// shortSeed brings every kill within the six rounds of the short soak.
const shortSeed = 158453

// The defaults are the short soak of `make test`. `make soak` sets the flags.
var (
	soakSeed      = flag.Uint64("soak.seed", shortSeed, "soak with this `SEED`; 0 takes one from the clock")
	soakRotations = flag.Int("soak.rotations", 36, "soak until `N` rotations are stored")
	soakPasswords = flag.Int("soak.passwords", 8, "give each worker `N` passwords, a quarter of them those of pairs")
	soakTimeout   = flag.Duration("soak.timeout", 5*time.Second, "`TIME` of a create or an update; a read has half")
)

const (
	soakWorkers         = 3   // side by side: most of their time is waiting
	shareOfRotations    = 0.8 // of a worker's credentials in each round, except the first: it creates all
	shareOfTracedRounds = 0.25
	shareOfPairs        = 0.25 // of a worker's passwords
)

// TestSoak rotates many passwords while requests fail and the CLI and the provider are killed. A plain apply heals each
// round. Then every stored password has to log in, and nothing may have rotated unasked.
func TestSoak(t *testing.T) {
	t.Parallel()
	if *soakRotations < 1 || *soakPasswords < 1 || *soakTimeout < time.Second {
		t.Fatal("-soak.rotations and -soak.passwords have to be 1 or more, -soak.timeout 1s or more")
	}
	s := &soak{seed: *soakSeed, counts: map[string]int{
		notStored: 0, unaskedRotation: 0, needlessReset: 0, activeReset: 0, countPairs: 0,
	}}
	if s.seed == 0 {
		s.seed = uint64(time.Now().Unix())
	}
	t.Logf("%s, seed %d: %d rotations", bench.CLIVersion, s.seed, *soakRotations)
	var workers sync.WaitGroup
	for number := range soakWorkers { //nolint:paralleltest // All workers have to run, whatever -parallel says.
		workers.Go(func() { t.Run(fmt.Sprintf("worker %d", number), func(t *testing.T) { s.work(t, number) }) })
	}
	workers.Wait()
	t.Log(s.report())
	if s.seed == shortSeed && min(s.counts[countFaults], s.counts[countKills], s.counts[countLandings],
		s.counts[countPairs], s.counts[countWaiting]) == 0 {
		t.Error("the short soak has to meet faults, kills, late landings, pairs and passwords that wait for a login")
	}
	if t.Failed() {
		t.Logf("To run the same again:\ngo test ./internal/acceptance -run '^TestSoak$' -v -timeout 0 "+
			"-soak.seed %d -soak.rotations %d -soak.passwords %d -soak.timeout %s",
			s.seed, *soakRotations, *soakPasswords, *soakTimeout)
	}
}

// soak is what the workers share.
type soak struct {
	seed   uint64
	mu     sync.Mutex
	counts map[string]int
}

const (
	countFaults   = "faults"
	countKills    = "kills"
	countLandings = "late landings"
	countLost     = "lost passwords"
	countResets   = "resets"
	countRestored = "state files restored"
	countStored   = "rotations stored"
	countPairs    = "rotations stored, of pairs"
	countWaiting  = "passwords of pairs that waited for their login"
)

func (s *soak) count(what string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what] += n
}

// report lists the counts by their names. The lost passwords come last.
func (s *soak) report() string {
	var text strings.Builder
	for _, what := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&text, "%-60s %6d\n", what, s.counts[what])
	}
	stored := s.counts[countStored]
	fmt.Fprintf(&text, "resets per rotation: %.2f\n", float64(s.counts[countResets])/float64(max(1, stored)))
	fmt.Fprintf(&text, "%s: %d of %d rotations", countLost, s.counts[countLost], stored)
	return text.String()
}

// dice depend on the seed and on the subject of a decision alone, whatever else runs, and however fast.
func (s *soak) dice(about ...any) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, s.seed, about))))
}

// soakWorker is a user with an account and a configuration. Workers know nothing of each other, so that each one does
// the same again with the same seed.
type soakWorker struct {
	*workspace
	soak        *soak
	number      int
	clock       *shifted
	provider    func() int // the provider's process
	faults      []faultKind
	credentials []*soakCredential
	pairs       []*soakPair
}

// soakCredential is a credential and what a round wants of it.
type soakCredential struct {
	service
	release string         // the one that the configuration asks for
	asked   bool           // the release is new
	settled bool           // before the apply that heals, the wanted password was stored and live
	stored  storedPassword // at the end of the last round
}

// live is the password that the mail server takes.
func (c *soakCredential) live() string { return c.LivePassword(c.credential.Domain, c.credential.GUID) }

// work goes on until the worker's share of the rotations is stored, or something is found.
func (s *soak) work(t *testing.T, number int) {
	t.Helper()
	w, stored := s.newWorker(t, number), 0
	for round := 1; stored < (*soakRotations+soakWorkers-1)/soakWorkers && !t.Failed(); round++ {
		stored += w.newRound(round).run()
	}
}

func (s *soak) newWorker(t *testing.T, number int) *soakWorker {
	t.Helper()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the provider followed a redirect: %s %s", r.Method, r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	c := &shifted{}
	server := startService(t, simulator.Options{Now: c.now, Auth: simulator.AuthAlways})
	w := &soakWorker{soak: s, number: number, clock: c, faults: faultKinds(elsewhere.URL)}
	// Not newWorkspace: findable makes the provider a process of its own, which can be killed.
	w.workspace = &workspace{t: t, service: server, dir: t.TempDir()}
	w.provider = w.findable()
	w.env = w.startEnv
	w.write("main.tf", server.providerBlock()+fmt.Sprintf(`
resource "smtp_credential_password" "soak" {
  for_each          = local.releases
  domain            = %[1]q
  credential_guid   = each.key
  rotation_triggers = { release = each.value }
  timeouts          = { create = %[2]q, update = %[2]q, read = %[3]q }
}
`, server.credential.Domain, *soakTimeout, *soakTimeout/2))
	pairs := int(shareOfPairs * float64(*soakPasswords))
	w.addPairs(pairs)
	for i := range *soakPasswords - pairs {
		guid := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		added, err := server.AddCredentialWithGUID(server.credential.Domain, fmt.Sprintf("user%d", i), guid)
		if err != nil {
			t.Fatal(err)
		}
		w.credentials = append(w.credentials, &soakCredential{service: service{Server: server.Server, credential: added}})
	}
	return w
}

// soakRound is an apply in which things go wrong, the apply that heals it, and a plan, which has to be empty.
type soakRound struct {
	*soakWorker
	number        int
	asked         int // rotations
	traced        bool
	mailRefuses   bool // no new password of a pair is taken during the apply in which things go wrong
	kill          *soakKill
	refreshFaults []faultKind
	requests      map[[2]string]int // how many have arrived, by purpose and GUID
	met           map[int]faultKind // by Entry.Seq
	during        []simulator.Entry // the apply in which things go wrong
	healing       []simulator.Entry // the apply that heals
}

// newRound decides what happens in a round.
func (w *soakWorker) newRound(number int) *soakRound {
	r := &soakRound{soakWorker: w, number: number, requests: make(map[[2]string]int), met: make(map[int]faultKind)}
	dice := w.soak.dice("round", w.number, number)
	for _, c := range w.credentials {
		if c.asked = dice.Float64() < shareOfRotations || number == 1; c.asked {
			c.release = strconv.Itoa(number)
			r.asked++
		}
	}
	for _, p := range w.pairs {
		if p.asked = dice.Float64() < shareOfRotations || number == 1; p.asked {
			p.release = strconv.Itoa(number)
			r.asked++
		}
	}
	r.mailRefuses = dice.Float64() < shareOfMuteRounds && number > 1
	r.traced = dice.Float64() < shareOfTracedRounds
	r.kill = chooseKill(dice, r.asked)
	r.refreshFaults = w.faults
	if dice.Float64() >= shareOfBlindRounds {
		r.refreshFaults = slices.DeleteFunc(slices.Clone(w.faults), func(k faultKind) bool { return !k.passing })
	}
	return r
}

// run returns how many rotations the round has stored.
func (r *soakRound) run() (stored int) {
	began, earlier := time.Now(), len(r.service.Journal())
	var releases strings.Builder
	for _, c := range r.credentials {
		fmt.Fprintf(&releases, "%q = %q\n", c.credential.GUID, c.release)
	}
	r.write("releases.tf", fmt.Sprintf("locals {\n  releases = {\n%s  }\n  pairs = {\n%s  }\n}\n",
		releases.String(), r.pairReleases()))

	r.service.SetOptions(func(o *simulator.Options) { o.Choose, o.LoginReply = r.choose, r.loginReply() })
	r.apply("the apply in which things go wrong", r.kill)
	r.service.SetOptions(func(o *simulator.Options) { o.Choose, o.LoginReply = nil, simulator.LoginReply{} })
	for due, pending := r.service.NextLanding(); pending; due, pending = r.service.NextLanding() {
		r.clock.advance(due.Sub(r.clock.now()))
	}
	r.during = r.service.Journal()[earlier:]
	state := r.recoverState()
	for _, c := range r.credentials {
		now := state[c.credential.GUID]
		c.settled = now.has(c.release) && now.Password == c.live()
	}
	pairs := r.storedPairs()
	for _, p := range r.pairs {
		p.meanwhile = pairs[p.id()]
		p.worked = p.live(p.meanwhile.Active) == p.meanwhile.Password
		p.settled = p.meanwhile.has(p.release) && p.worked
	}

	if s := r.apply("the apply that heals", &soakKill{}); s.code != 0 {
		r.t.Errorf("round %d: the apply that heals ended with %d:\n%s", r.number, s.code, s.text)
	}
	r.healing = r.service.Journal()[earlier+len(r.during):]
	state = r.recoverState()
	for _, c := range r.credentials {
		r.judge(c, state[c.credential.GUID])
		if c.asked && c.stored.has(c.release) {
			stored++
		}
	}
	pairs = r.storedPairs()
	for _, p := range r.pairs {
		r.judgePair(p, pairs[p.id()])
		if p.asked && p.stored.has(p.release) {
			stored++
			r.soak.count(countPairs, 1)
		}
	}
	if s := r.command("the plan after it", &soakKill{}, "plan", "-detailed-exitcode"); s.code != 0 {
		r.t.Errorf("round %d: the plan is not empty (exit status %d):\n%s", r.number, s.code, s.text)
	}
	r.addCounts(stored)
	r.t.Logf("round %d: %d rotations asked for, %d stored; %d faults; kill %q, sent: %t; %s", r.number, r.asked, stored,
		len(r.met), r.kill.name, r.kill.sent, time.Since(began).Round(100*time.Millisecond))
	return stored
}

func (r *soakRound) apply(what string, kill *soakKill) screen {
	return r.command(what, kill, "apply", "-auto-approve", "-parallelism="+strconv.Itoa(*soakPasswords))
}

// command runs the CLI and kills. Nothing that it has started is left.
func (r *soakRound) command(what string, kill *soakKill, arguments ...string) screen {
	command := exec.CommandContext(r.context(), bench.CLI, append(arguments, "-no-color", "-input=false")...)
	log := filepath.Join(r.dir, "trace.log")
	command.Dir, command.Env = r.dir, r.env
	if r.traced {
		command.Env = append(slices.Clone(r.env), "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output bytes.Buffer
	command.Stdout, command.Stderr, command.WaitDelay = &output, &output, time.Second
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // ProcessState has the exit status.
		// A provider whose CLI is killed goes on while a reset is under way.
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}()
	kill.send(ended, command.Process.Pid, r.provider)
	<-ended
	s := screen{output.String(), command.ProcessState.ExitCode()}
	secrets := append(r.service.secrets(), basicValue(r.service.Username(), r.service.Token()))
	checkNoSecret(r.t, "the screen of "+what, s.text, secrets)
	if crashed(s.text, kill) {
		r.t.Errorf("round %d: a crash is on the screen of %s:\n%s", r.number, what, s.text)
	}
	if r.traced {
		text, err := os.ReadFile(log)
		if err != nil {
			r.t.Fatal(err)
		}
		checkNoSecret(r.t, "the log of "+what, string(text), secrets)
		_ = os.Remove(log)
	}
	return s
}

// judge reports what must not be, and notes the new state.
func (r *soakRound) judge(c *soakCredential, now storedPassword) {
	guid := c.credential.GUID
	h := soakHistory{
		soakCredential: *c, now: now, works: now.Password == c.live() && c.mailServerTakes(r.context(), now.Password),
		during: entriesOf(guid, r.during), healing: entriesOf(guid, r.healing), met: r.met,
	}
	for _, finding := range h.findings() {
		r.soak.count(finding, 1)
		r.t.Errorf("round %d: %s: %s, of which release %q is wanted and release %q is stored\n%s",
			r.number, finding, guid, c.release, now.Triggers.Release, h.excerpt())
	}
	c.stored = now
}

func (r *soakRound) addCounts(stored int) {
	requests := slices.Concat(r.during, r.healing)
	resets := len(resetsIn(requests))
	r.soak.count("rounds", 1)
	r.soak.count("rotations asked for", r.asked)
	r.soak.count(countStored, stored)
	r.soak.count(countResets, resets)
	r.soak.count("reads", len(requests)-resets)
	r.soak.count(countFaults, len(r.met))
	for _, e := range r.during {
		if e.Acted && r.met[e.Seq].fault.Act == simulator.ActLate {
			r.soak.count(countLandings, 1)
		}
	}
	if r.kill.sent {
		r.soak.count(countKills, 1)
		r.soak.count("kill: "+r.kill.name, 1)
	}
}
