package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// planResult is about plans of one number of resources, in which nothing has
// changed.
type planResult struct {
	count                 int
	ours, idle, reference planSamples
	requests              int // of a refresh of ours
}

// planSamples are what an entrant's plans have cost.
type planSamples struct {
	wall []time.Duration // without the gauge
	cpu  []time.Duration // of all the processes of one plan
	peak []int64         // of the largest process, in bytes
}

// roundsOf tells how often plans of so many resources are made: a short one
// tells less, and costs less.
func roundsOf(rounds, count int) int {
	switch {
	case count <= 100:
		return 2 * rounds
	case count <= 1000:
		return rounds
	default:
		return (rounds + 1) / 2
	}
}

// measurePlans measures all entrants by turns, so that whatever else the machine
// does meets all of them alike. The rounds with the gauge come first: they warm
// up what the others find.
func (b *bench) measurePlans(ctx context.Context, count int) (r planResult, err error) {
	r.count = count
	server, err := simulate(count)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	environment := account(server)

	ours, reference := b.state("smtp", count), b.state("time", count)
	for e, state := range map[*entrant]string{b.ours: ours, b.reference: reference} {
		b.say("%d resources: %s, apply", count, e.name)
		if _, err := b.cli(ctx, e.plain, environment, arguments("apply", count, state, "1", "-auto-approve")...); err != nil {
			return r, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	turns := []struct {
		*entrant
		state   string
		samples *planSamples
	}{{b.ours, ours, &r.ours}, {b.idle, ours, &r.idle}, {b.reference, reference, &r.reference}}

	rounds := roundsOf(b.rounds, count)
	for round := range (rounds + 1) / 2 {
		for _, turn := range turns {
			used, err := b.gaugePlan(ctx, turn.entrant, environment, count, turn.state)
			if err != nil {
				return r, fmt.Errorf("%s: %w", turn.name, err)
			}
			turn.samples.cpu = append(turn.samples.cpu, used.cpu)
			turn.samples.peak = append(turn.samples.peak, used.peak)
			b.say("%d resources, usage, round %d: %s, %s of CPU, %s", count, round+1, turn.name, duration(used.cpu), megabytes(used.peak))
		}
	}
	for round := range rounds {
		for _, turn := range turns {
			server.ClearJournal()
			took, err := b.emptyPlan(ctx, turn.plain, environment, count, turn.state, "1")
			if err != nil {
				return r, fmt.Errorf("%s: %w", turn.name, err)
			}
			requests, err := served(server)
			if err != nil {
				return r, fmt.Errorf("%s: %w", turn.name, err)
			}
			if turn.entrant == b.ours {
				r.requests = max(r.requests, requests)
			}
			turn.samples.wall = append(turn.samples.wall, took)
			b.say("%d resources, round %d of %d: %s, %s", count, round+1, rounds, turn.name, duration(took))
		}
	}
	return r, nil
}

// state is the file of a state that was applied once.
func (b *bench) state(name string, count int) string {
	return filepath.Join(b.dir, fmt.Sprintf("%s-%d.tfstate", name, count))
}

// gaugePlan makes a plan behind the gauge.
func (b *bench) gaugePlan(ctx context.Context, e *entrant, environment []string, count int, state string) (u usage, err error) {
	notes, err := os.CreateTemp(b.temporary(), "usage-")
	if err != nil {
		return u, err
	}
	defer notes.Close()
	environment = append([]string{"BENCH_PROVIDER=" + e.binary, "BENCH_USAGE=" + notes.Name()}, environment...)
	if _, err := b.emptyPlan(ctx, e.gauged, environment, count, state, "1"); err != nil {
		return u, err
	}
	raw, err := io.ReadAll(notes)
	if err != nil {
		return u, err
	}
	return readUsage(string(raw))
}

// served counts the requests in the journal, each of which must have been one
// that a correct client makes, and answered with success.
func served(server *simulator.Server) (requests int, err error) {
	if violations := server.Violations(); len(violations) > 0 {
		return 0, fmt.Errorf("requests that a correct client never makes, the first: %s", violations[0])
	}
	journal := server.Journal()
	for _, entry := range journal {
		if entry.Status != http.StatusOK {
			return 0, fmt.Errorf("%s %s was answered with %d", entry.Method, entry.Path, entry.Status)
		}
	}
	return len(journal), nil
}
