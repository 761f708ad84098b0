package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// shareOfRotations is how many of the resources a round asks a new password of.
const shareOfRotations = 0.8

// round is an apply in which things go wrong, and the apply that heals it.
type round struct {
	*worker

	number  int
	asked   map[string]bool // by GUID
	settled map[string]bool // nothing was left to be healed
	kill    *kill
	traced  bool
	chaos   *chaos
	met     map[int]metFault
	during  []simulator.Entry // the apply in which things go wrong
	healing []simulator.Entry
	kept    int // rotations that were asked for and are stored
	late    int // rotations by late_reset
	notes   []string
}

func (l *worker) round(ctx context.Context, number int) error {
	r := &round{worker: l, number: number, asked: make(map[string]bool), settled: make(map[string]bool)}
	r.choose()
	if err := l.configure(); err != nil {
		return err
	}
	began := time.Now()
	for _, step := range []func(context.Context) error{r.spoil, r.finish, r.heal, r.assert, r.replan} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.count()
	l.say("round %d: %d rotations asked for; %d resets, %d faults%s; %d resets to heal it; %s",
		number, len(r.asked), resetsIn(r.during), len(r.met), strings.Join(r.notes, ""), resetsIn(r.healing),
		time.Since(began).Round(100*time.Millisecond))
	return nil
}

// choose decides what the round is to be.
func (r *round) choose() {
	dice := chance(r.seed, "round", r.number)
	for _, resource := range r.resources {
		// The first round creates them all.
		if dice.Float64() < shareOfRotations || r.number == 1 {
			resource.release++
			r.asked[resource.GUID] = true
		}
	}
	r.kill = chooseKill(dice, len(r.asked))
	r.traced = r.number%r.traceEvery == 0
	r.chaos = newChaos(r.seed, r.number, allFaults(r.redirectTarget.url))
}

// find notes something that must not be.
func (r *round) find(what finding, format string, arguments ...any) {
	r.results.add(func(t *results) { t.findings[what]++ })
	r.say("round %d: %s: %s", r.number, what, fmt.Sprintf(format, arguments...))
}

// spoil applies while things go wrong.
func (r *round) spoil(ctx context.Context) error {
	r.server.ClearJournal()
	r.server.SetOptions(func(o *simulator.Options) { o.Choose = r.chaos.choose })
	result, err := r.apply(ctx, r.kill, "the apply in which things go wrong")
	r.server.SetOptions(func(o *simulator.Options) { o.Choose = nil })
	if err != nil {
		return err
	}
	if k := result.killed; k != nil {
		r.results.add(func(t *results) { t.kills[k.name]++ })
		r.notes = append(r.notes, ", "+k.name)
	}
	return nil
}

// apply applies, and looks at what it showed.
func (r *round) apply(ctx context.Context, k *kill, what string) (run, error) {
	var environment []string
	log := filepath.Join(r.dir, "trace.log")
	if r.traced {
		environment = []string{"TF_LOG=TRACE", "TF_LOG_PATH=" + log}
	}
	result, err := r.cli(ctx, k, environment, "apply", "-auto-approve", "-parallelism="+strconv.Itoa(len(r.resources)))
	if err != nil {
		return run{}, err
	}
	r.look(what, result)
	if !r.traced {
		return result, nil
	}
	text, err := os.ReadFile(log) //nolint:gosec // G304: a file of our own.
	if err != nil {
		return run{}, err
	}
	if n := r.secrets().countIn(text); n > 0 {
		r.find(seenSecret, "%d in the log of %s", n, what)
	}
	return result, os.Remove(log)
}

// look looks for what may not be on a screen.
func (r *round) look(what string, result run) {
	if n := r.secrets().countIn(result.screen); n > 0 {
		r.find(seenSecret, "%d on the screen of %s", n, what)
	}
	if crashes(string(result.screen), result.killed != nil && result.killed.signal == syscall.SIGKILL) > 0 {
		r.find(crashed, "%s\n%s", what, result.screen)
	}
}

// finish waits until all that is still under way has landed, and sees what is
// stored by then.
func (r *round) finish(ctx context.Context) error {
	for {
		due, pending := r.server.NextLanding()
		if !pending {
			break
		}
		if !pass(ctx, time.Until(due)) {
			return ctx.Err()
		}
	}
	r.during, r.met = r.server.Journal(), r.chaos.faults()
	state, restored, err := recoverState(r.dir)
	if err != nil {
		return err
	}
	if restored {
		r.results.add(func(t *results) { t.restored++ })
		r.notes = append(r.notes, ", state file restored")
	}
	for _, resource := range r.resources {
		s := state[resource.GUID]
		r.settled[resource.GUID] = s.has(resource.wanted()) && s.Password == r.server.LivePassword(domain, resource.GUID)
	}
	return nil
}

// heal applies while nothing goes wrong.
func (r *round) heal(ctx context.Context) error {
	result, err := r.apply(ctx, nil, "the apply that heals")
	if err != nil {
		return err
	}
	if result.code != 0 {
		r.find(healFailed, "exit status %d:\n%s", result.code, result.screen)
	}
	r.healing = r.server.Journal()[len(r.during):]
	return nil
}

// replan sees that nothing is left to be done.
func (r *round) replan(ctx context.Context) error {
	result, err := r.cli(ctx, nil, nil, "plan", "-detailed-exitcode")
	if err != nil {
		return err
	}
	r.look("the plan after it", result)
	if result.code != 0 {
		r.find(planNotEmpty, "exit status %d:\n%s", result.code, result.screen)
	}
	return nil
}
