package kirim

import (
	"context"
	"sync"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// creation is an item that this client may have made.
type creation interface {
	item
	// created is when it was made, zero if the API does not say, and asOf the time of the
	// answer that says so, by the same clock.
	created() (at, asOf time.Time)
}

// create makes something new, and decodes the data of the answer. If an attempt may have
// acted, and no usable answer came, create looks for what it made, before each repeat and
// at the end: the API may make a second one otherwise. list returns what there is, and
// isLike reports whether an item is like the new one.
func create[T creation](
	ctx context.Context, c *Client, r request, decode decoder[T],
	list func(context.Context) ([]T, error), isLike func(T) bool,
) (made *T, err error) {
	there := c.creations(r)
	errBefore := rememberBefore(ctx, there, list)
	began := time.Now()
	look := func(ctx context.Context) (bool, error) {
		if errBefore != nil {
			return false, errBefore
		}
		all, err := list(ctx)
		for _, one := range all {
			if isLike(one) && there.isNew(one) && c.isYounger(one, time.Since(began)) && there.claim(one) {
				made = &one
				return true, nil
			}
		}
		return false, err
	}
	r.effect, r.look = transport.Creates, look
	reply, err := c.do(ctx, r)
	if err == nil && reply.Answer == nil {
		return made, nil
	}
	if err == nil {
		created, ok := decode(reply.Answer.Data, reply.Answer.Date)
		switch {
		case !ok || created.key() == "":
			err = reply.incomplete("it does not show what was made")
		case !there.claim(created):
			return nil, reply.incomplete("another resource of this same apply has what was made")
		default:
			return &created, nil
		}
	}
	if e := Details(err); e.MayHaveActed && lookAgain(ctx, e.MayStillRun, look) {
		return made, nil
	}
	return nil, err
}

// minLookTime is what looking again may take if the operation's own time is up.
const minLookTime = 15 * time.Second

// lookAgain looks for what a failed request may have made, even if the caller has given up
// or its time is up: the next apply would make a second one. If the request may still be
// running, lookAgain gives it time to land.
func lookAgain(ctx context.Context, running bool, look func(context.Context) (bool, error)) bool {
	ctx = transport.WithTimeout(context.WithoutCancel(ctx), max(transport.TimeLeft(ctx), minLookTime))
	found, err := look(ctx)
	if found || err != nil || !running || !transport.Pause(ctx, transport.LandingPause) {
		return found
	}
	found, _ = look(ctx)
	return found
}

// creations is what the creates of one list share, so that no two claim the same item.
type creations struct {
	mu     sync.Mutex
	before map[string]bool // the keys of what was there before the first of them
	err    error           // why that is not known
	made   map[string]bool // the keys of what they have made
}

// creations returns what the creates of a list share.
func (c *Client) creations(r request) *creations {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := r.ref.ID() + r.path
	if c.lists[list] == nil {
		c.lists[list] = &creations{made: map[string]bool{}}
	}
	return c.lists[list]
}

// listTimeout is for the list before the first create. Without that list a create can be
// made, too: it matters only if the answer is lost.
const listTimeout = time.Minute

// rememberBefore notes the keys of what is there before the first create of a list. Times
// do not tell what was made just before, because the API counts whole seconds.
func rememberBefore[T item](
	ctx context.Context, there *creations, list func(context.Context) ([]T, error),
) error {
	there.mu.Lock()
	defer there.mu.Unlock()
	if there.before != nil { // also after a failure: a list that hangs holds up one create alone
		return there.err
	}
	var all []T
	all, there.err = list(transport.WithTimeout(ctx, min(listTimeout, transport.TimeLeft(ctx)/2)))
	there.before = map[string]bool{}
	for _, one := range all {
		there.before[one.key()] = true
	}
	return there.err
}

// isNew reports whether an item was not there before.
func (there *creations) isNew(one item) bool {
	there.mu.Lock()
	defer there.mu.Unlock()
	return !there.before[one.key()]
}

// forget has a create of this same process take for its own what is made anew by the same
// key: a domain that is replaced keeps its name.
func (there *creations) forget(key string) {
	there.mu.Lock()
	defer there.mu.Unlock()
	delete(there.before, key)
}

// claim notes that a create has made an item. It returns false if another one has it
// already.
func (there *creations) claim(one item) bool {
	there.mu.Lock()
	defer there.mu.Unlock()
	again := there.made[one.key()]
	there.made[one.key()] = true
	return !again
}

// clockSkew is how much older an item may look than it is: the API counts whole seconds,
// and its database may have a clock of its own. What is older is known (rememberBefore).
const clockSkew = 30 * time.Second

// isYounger reports whether an item may have been made within a time that has just passed.
func (c *Client) isYounger(one creation, passed time.Duration) bool {
	at, asOf := one.created()
	if asOf.IsZero() {
		asOf = c.config.Now()
	}
	return at.IsZero() || asOf.Sub(at) < passed+clockSkew
}
