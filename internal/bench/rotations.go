package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// rotationResult is about rotations under a rate limit.
type rotationResult struct {
	count    int
	limit    simulator.RateLimit
	resets   time.Duration // from the first reset's arrival to the last one's answer
	command  time.Duration // the whole apply
	refused  []int         // requests that met the limit, by windows since the first reset
	requests int
}

// floor is the least time in which so many requests can be served: the last of
// them has to wait for the window that has a place for it.
func floor(requests int, limit simulator.RateLimit) time.Duration {
	windows := (requests + limit.Requests - 1) / limit.Requests
	return time.Duration(max(0, windows-1)) * limit.Window
}

// measureRotations changes the trigger of all resources under the rate limit.
// The apply refreshes nothing, because its reads would take places of the same
// windows: how many there are is shown by the plans.
func (b *bench) measureRotations(ctx context.Context) (r *rotationResult, err error) {
	r = &rotationResult{count: b.rotations, limit: b.limit}
	server, err := simulate(r.count)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	environment := account(server)
	state, err := b.makeState(ctx, b.ours, environment, r.count)
	if err != nil {
		return nil, err
	}
	server.ClearJournal()
	server.SetOptions(func(o *simulator.Options) { o.RateLimit = b.limit })
	b.say("%d rotations under %d requests in %s: at least %s", r.count, b.limit.Requests, b.limit.Window, floor(r.count, b.limit))
	apply := arguments("apply", r.count, state, secondRelease, "-refresh=false", "-auto-approve")
	spent, err := b.cli(ctx, b.ours.plain, environment, apply...)
	if err != nil {
		return nil, err
	}
	r.command = spent.wall
	if err := r.read(server.Journal()); err != nil {
		return nil, err
	}
	server.SetOptions(func(o *simulator.Options) { o.RateLimit = simulator.RateLimit{} })
	_, err = b.emptyPlan(ctx, b.ours.plain, environment, r.count, state, secondRelease)
	return r, err
}

// read takes the figures from the simulator's journal.
func (r *rotationResult) read(journal []simulator.Entry) error {
	r.requests = len(journal)
	rotated := map[string]bool{}
	var first, last time.Time
	for _, entry := range journal {
		if entry.Kind != simulator.KindReset {
			continue
		}
		if first.IsZero() {
			first = entry.Time
		}
		switch entry.Status {
		case http.StatusOK:
			if rotated[entry.GUID] {
				return fmt.Errorf("%s was rotated twice", entry.GUID)
			}
			rotated[entry.GUID] = true
			if entry.ActedAt.After(last) {
				last = entry.ActedAt
			}
		case http.StatusTooManyRequests:
			window := int(entry.Time.Sub(first) / r.limit.Window)
			for len(r.refused) <= window {
				r.refused = append(r.refused, 0)
			}
			r.refused[window]++
		default:
			return fmt.Errorf("a reset was answered with %d", entry.Status)
		}
	}
	if len(rotated) != r.count {
		return fmt.Errorf("%d of %d were rotated", len(rotated), r.count)
	}
	r.resets = last.Sub(first)
	return nil
}
