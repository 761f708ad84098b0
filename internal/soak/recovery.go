package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// assert compares what is stored with what the service says, and with what was
// asked for.
func (r *round) assert(ctx context.Context) error {
	state, err := readState(r.dir)
	if err != nil {
		return err
	}
	during, healing := resetsOf(r.during), resetsOf(r.healing)
	for _, resource := range r.resources {
		now := state[resource.GUID]
		if err := r.judgePassword(ctx, resource, now); err != nil {
			return err
		}
		switch guid := resource.GUID; {
		case !r.asked[guid] && (during[guid]+healing[guid] > 0 || now.Password != resource.before.Password || now.Version != resource.before.Version):
			r.find(unaskedRotation, "%s, whose trigger has not changed\n%s", guid, r.excerpt(guid))
		case r.settled[guid] && healing[guid] > 0:
			r.find(unaskedRotation, "%s, whose stored password was the live one\n%s", guid, r.excerpt(guid))
		case r.asked[guid] && now.has(resource.wanted()):
			r.kept++
			if now.Version <= resource.before.Version {
				r.find(unaskedRotation, "%s, whose password_version went from %d to %d\n%s", guid, resource.before.Version, now.Version, r.excerpt(guid))
			}
		}
		if now.Reason == "late_reset" && now.Version != resource.before.Version {
			r.late++
		}
		resource.before = now
	}
	for _, e := range needless(r.during, r.met) {
		r.find(needlessReset, "request %d of %s\n%s", e.Seq, e.GUID, r.excerpt(e.GUID))
	}
	for _, e := range needless(r.healing, nil) {
		r.find(needlessReset, "request %d of %s, while healing\n%s", e.Seq, e.GUID, r.excerpt(e.GUID))
	}
	for _, violation := range r.server.Violations() {
		r.find(wrongRequest, "%s", violation)
	}
	if n := r.redirectTarget.requests.Swap(0); n > 0 {
		r.find(leakedRequest, "%d", n)
	}
	return nil
}

// loginPatience is how long the mail server may take.
const loginPatience = time.Minute

// judgePassword sees whether the stored password is the one that works.
func (r *round) judgePassword(ctx context.Context, resource *resource, now stored) error {
	ctx, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	err := r.server.Login(ctx, resource.Login, now.Password)
	if err != nil && !errors.Is(err, simulator.ErrRefused) {
		return err
	}
	switch {
	case err != nil || now.Password != r.server.LivePassword(domain, resource.GUID):
		if resource.lost != nil && *resource.lost == now {
			break // told already
		}
		resource.lost = &now
		r.find(lostPassword, "%s: stored for release %q, %q is wanted; the mail server takes it: %t\n%s",
			resource.GUID, now.Triggers.Release, resource.wanted(), err == nil, r.excerpt(resource.GUID))
	case !now.has(resource.wanted()):
		r.find(healFailed, "%s is stored for release %q, %q is wanted\n%s",
			resource.GUID, now.Triggers.Release, resource.wanted(), r.excerpt(resource.GUID))
	}
	return nil
}

func (r *round) excerpt(guid string) string {
	return excerpt(guid, slices.Concat(r.during, r.healing), r.met)
}

// count adds the round to the results.
func (r *round) count() {
	landed, ended := lateLandings(r.during, r.met)
	r.stored += r.kept
	r.results.add(func(t *results) {
		t.rounds++
		t.asked += len(r.asked)
		t.stored += r.kept
		t.landed += landed
		t.ended += ended
		t.late += r.late
		for _, m := range r.met {
			t.meet(m)
		}
		for _, entries := range [][]simulator.Entry{r.during, r.healing} {
			for _, e := range entries {
				if e.Kind == simulator.KindReset {
					t.resets++
				} else {
					t.reads++
				}
			}
		}
	})
}
