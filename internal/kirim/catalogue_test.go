package kirim

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// catalogue is a transport in memory: a domain with credentials, of which each
// page may come in another shape, and everything takes a while.
type catalogue struct {
	t       *testing.T
	dress   func(items string, total int) string
	latency time.Duration
	// change is called before each page is made, with its number, from 1.
	change func(c *catalogue, page int)
	// list and one answer in place of the API where they are set.
	list, one turn
	// bare leaves last_password_changed out of lists, silent everywhere.
	bare, silent bool
	// most is how many it has on a page at most; 0: as many as are asked for.
	most int
	// spell gives the fields of a credential, in a list or by itself.
	spell func(n int, listed bool) string

	mu         sync.Mutex
	guids      []int
	deleted    map[int]bool // marked so in lists
	stamp      int64        // last_password_changed of all
	lists, own int
}

func newCatalogue(t *testing.T, shape string, count int) *catalogue {
	t.Helper()
	c := &catalogue{t: t, dress: shapes[shape], latency: 50 * time.Millisecond, deleted: map[int]bool{}, stamp: 1_700_000_000}
	for n := range count {
		c.guids = append(c.guids, n)
	}
	return c
}

func (c *catalogue) RoundTrip(request *http.Request) (*http.Response, error) {
	connected(request)
	answer := c.compare(request)
	if err := elapse(request.Context(), c.latency); err != nil {
		return nil, err
	}
	return answer(request)
}

func (c *catalogue) compare(request *http.Request) turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	told := []string{"X-RateLimit-Remaining", "1000000"}
	if request.Method == http.MethodPut {
		c.stamp += 100
		return answers(200, strings.Replace(resetBody, testGUID, path.Base(path.Dir(request.URL.Path)), 1), told...)
	}
	if strings.HasSuffix(request.URL.Path, "/credentials") {
		c.lists++
		if c.list != nil {
			return c.list
		}
		return answers(200, c.page(request), told...)
	}
	c.own++
	if c.one != nil {
		return c.one
	}
	for _, n := range c.guids {
		if guid(n) == path.Base(request.URL.Path) {
			return answers(200, `{"success":true,"data":`+c.item(n, false)+`}`, told...)
		}
	}
	return answers(404, `{"success":false,"message":"Credential not found"}`, told...)
}

func (c *catalogue) page(request *http.Request) string {
	number, _ := strconv.Atoi(request.URL.Query().Get("page"))
	limit, _ := strconv.Atoi(request.URL.Query().Get("limit"))
	if limit != maxPageSize || number < 1 {
		c.t.Errorf("a list was asked for by %s", request.URL.RawQuery)
	}
	if c.change != nil {
		c.change(c, number)
	}
	if c.most > 0 {
		limit = min(limit, c.most)
	}
	from := min((number-1)*limit, len(c.guids))
	var list []string
	for _, n := range c.guids[from:min(from+limit, len(c.guids))] {
		list = append(list, c.item(n, true))
	}
	return c.dress("["+strings.Join(list, ",")+"]", len(c.guids))
}

func (c *catalogue) item(n int, listed bool) string {
	if c.spell != nil {
		return fmt.Sprintf(`{"user_smtp_guid":%q,%s}`, guid(n), c.spell(n, listed))
	}
	changed := fmt.Sprintf(`,"last_password_changed":%d`, c.stamp)
	if c.silent || c.bare && listed {
		changed = ""
	}
	return fmt.Sprintf(`{"user_smtp_guid":%q,"username":"u%d","is_deleted":%t%s}`, guid(n), n, c.deleted[n], changed)
}

func elapse(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sideBySide makes n calls, so many at a time, and gives their errors.
func sideBySide(t *testing.T, n, parallel int, call func(ctx context.Context) error) (errs []error) {
	t.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	work := make(chan struct{})
	for range parallel {
		wait.Go(func() {
			for range work {
				if err := call(t.Context()); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	for range n {
		work <- struct{}{}
	}
	close(work)
	wait.Wait()
	return errs
}
