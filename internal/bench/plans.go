package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
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

// planSamples are what an candidate's plans have cost.
type planSamples struct {
	// wall and total are from plans without the rusage, total being the CPU's
	// time of the CLI and all that it has started.
	wall, total []time.Duration
	// cpu and peak are the provider's: of all the processes of one plan, and of
	// the largest one, in bytes.
	cpu  []time.Duration
	peak []int64
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

// measurePlans measures all candidates by turns, and each round begins with another
// one, so that whatever else the machine does meets all of them alike. The rounds
// with the rusage come first: they warm up what the others find.
func (b *bench) measurePlans(ctx context.Context, count int) (r planResult, err error) {
	r.count = count
	server, err := simulate(count)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	environment := account(server)

	ours, err := b.makeState(ctx, b.ours, environment, count)
	if err != nil {
		return r, fmt.Errorf("%s: %w", b.ours.name, err)
	}
	reference, err := b.makeState(ctx, b.reference, environment, count)
	if err != nil {
		return r, fmt.Errorf("%s: %w", b.reference.name, err)
	}
	turns := []struct {
		*candidate
		state   string
		samples *planSamples
	}{{b.ours, ours, &r.ours}, {b.idle, ours, &r.idle}, {b.reference, reference, &r.reference}}

	rounds := roundsOf(b.rounds, count)
	for round := range (rounds + 1) / 2 {
		for _, turn := range turns {
			used, err := b.gaugePlan(ctx, turn.candidate, environment, count, turn.state)
			if err != nil {
				return r, fmt.Errorf("%s: %w", turn.name, err)
			}
			turn.samples.cpu = append(turn.samples.cpu, used.cpu)
			turn.samples.peak = append(turn.samples.peak, used.peak)
			b.say("%s resources, usage, round %d: %s, %s of CPU, %s", thousands(count), round+1, turn.name, duration(used.cpu), megabytes(used.peak))
		}
	}
	for round := range rounds {
		for i := range turns {
			turn := turns[(round+i)%len(turns)]
			server.ClearJournal()
			spent, err := b.emptyPlan(ctx, turn.plain, environment, count, turn.state, firstRelease)
			if err != nil {
				return r, fmt.Errorf("%s: %w", turn.name, err)
			}
			requests, err := served(server)
			if err != nil {
				return r, fmt.Errorf("%s: %w", turn.name, err)
			}
			if turn.candidate == b.ours {
				r.requests = max(r.requests, requests)
			}
			turn.samples.wall = append(turn.samples.wall, spent.wall)
			turn.samples.total = append(turn.samples.total, spent.cpu)
			b.say("%s resources, round %d of %d: %s, %s", thousands(count), round+1, rounds, turn.name, duration(spent.wall))
		}
	}
	return r, nil
}

// gaugePlan makes a plan behind the rusage.
func (b *bench) gaugePlan(ctx context.Context, e *candidate, environment []string, count int, state string) (u usage, err error) {
	notes, err := os.CreateTemp(b.temporary(), "usage-")
	if err != nil {
		return u, err
	}
	defer notes.Close()
	environment = append([]string{"BENCH_PROVIDER=" + e.binary, "BENCH_USAGE=" + notes.Name()}, environment...)
	if _, err := b.emptyPlan(ctx, e.gauged, environment, count, state, firstRelease); err != nil {
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
