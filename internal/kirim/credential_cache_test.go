package kirim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// readAll reads credentials, so many at a time, and gives what came of each.
func readAll(t *testing.T, client *Client, numbers []int, parallel int) map[int]error {
	t.Helper()
	var mu sync.Mutex
	results := map[int]error{}
	next := slices.Clone(numbers)
	sideBySide(t, len(numbers), parallel, func(ctx context.Context) error {
		mu.Lock()
		n := next[0]
		next = next[1:]
		mu.Unlock()
		defer func() { <-time.After(80 * time.Millisecond) }() // as Terraform plans what it has read
		credential, err := client.ReadCredential(WithTimeout(ctx, 2*time.Minute), testDomain, guid(n), false)
		if err == nil && (credential.GUID != guid(n) || credential.Username != fmt.Sprintf("u%d", n)) {
			t.Errorf("of %s came %+v", guid(n), credential)
		}
		mu.Lock()
		results[n] = err
		mu.Unlock()
		return err
	})
	return results
}

func pagesOf(m int) int { return (m + maxPageSize - 1) / maxPageSize }

func someOf(m, n int, seed uint64) []int { return rand.New(rand.NewPCG(seed, 1)).Perm(m)[:n] }

// TestReadsAreShared: N credentials of a domain that has M cost 2 N requests at
// most, and ⌈M/100⌉ + 2 where they are read side by side, as Terraform does.
func TestReadsAreShared(t *testing.T) {
	t.Parallel()
	for shape := range shapes {
		for _, c := range []struct{ m, n int }{
			{1, 1},
			{2, 2},
			{300, 1},
			{99, 99},
			{100, 100},
			{101, 101},
			{200, 150},
			{300, 300},
			{1000, 300},
			{1000, 1000},
			{2000, 4},
			{2000, 20},
			{3000, 3000},
		} {
			for _, parallel := range []int{1, 2, 10, 50} {
				t.Run(fmt.Sprintf("%s/%d of %d, %d at a time", shape, c.n, c.m, parallel), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						api := newCatalogue(t, shape, c.m)
						for n, err := range readAll(t, newClient(t, api), someOf(c.m, c.n, uint64(c.m+c.n)), parallel) {
							if err != nil {
								t.Fatalf("%d: %v", n, err)
							}
						}
						spent := api.lists + api.own
						switch most := pagesOf(c.m) + 2; {
						case c.n == 1 && (spent != 1 || api.own != 1):
							t.Errorf("one alone cost %d lists and %d by itself", api.lists, api.own)
						case spent > 2*c.n, parallel >= 10 && spent > most:
							t.Errorf("%d requests, %d of them lists; %d and %d are the most", spent, api.lists, 2*c.n, most)
						case api.lists > pagesOf(c.m):
							t.Errorf("%d lists of %d pages", api.lists, pagesOf(c.m))
						case spent > most+most/2:
							t.Errorf("one at a time costs %d requests, %d of them lists", spent, api.lists)
						}
					})
				})
			}
		}
	}
}

// TestReadsThatComeOneAfterAnotherAreShared: a CLI that works on ten resources at
// a time and is slower than the API asks for hardly two at once.
func TestReadsThatComeOneAfterAnotherAreShared(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 2, 10} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, "flat", 3000)
				api.latency = time.Millisecond
				client := newClient(t, api)
				processor := make(chan struct{}, 1)
				work := func() {
					processor <- struct{}{}
					<-time.After(4 * time.Millisecond)
					<-processor
				}
				numbers := make(chan int, 3000)
				for _, n := range someOf(3000, 3000, 7) {
					numbers <- n
				}
				began := time.Now()
				errs := sideBySide(t, 3000, parallel, func(ctx context.Context) error {
					work()
					defer work()
					_, err := client.ReadCredential(ctx, testDomain, guid(<-numbers), false)
					return err
				})
				if len(errs) > 0 {
					t.Error(errs[0])
				}
				most := pagesOf(3000) + 2
				if parallel < 10 {
					most += most / 2
				}
				if api.lists+api.own > most {
					t.Errorf("%d lists, %d by themselves", api.lists, api.own)
				}
				if took := time.Since(began); took > 26*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestCredentialsThatComeAndGoBetweenPages: a list whose pages shift lacks some,
// and has others twice. What it lacks is asked for by itself; only its own 404
// says that it is gone.
func TestCredentialsThatComeAndGoBetweenPages(t *testing.T) {
	t.Parallel()
	for shape := range shapes {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, shape, 500)
				gone := map[int]bool{}
				api.change = func(c *catalogue, page int) {
					switch page {
					case 2, 4: // the first three go, and the pages shift down
						for _, n := range c.guids[:3] {
							gone[n] = true
						}
						c.guids = c.guids[3:]
					case 3: // two come, and they shift up
						c.guids = append([]int{1000, 1001}, c.guids...)
					}
				}
				results := readAll(t, newClient(t, api), someOf(500, 500, 1), 10)
				for n, err := range results {
					if err != nil && (!gone[n] || !IsNotFound(err, NounCredential)) {
						t.Errorf("%d: %v", n, err)
					}
				}
				if api.lists > 6 || api.own > 12 {
					t.Errorf("%d lists, %d by themselves", api.lists, api.own)
				}
			})
		})
	}
}

// TestAListThatFailsTakesNothingAway: each is read by itself then.
func TestAListThatFailsTakesNothingAway(t *testing.T) {
	t.Parallel()
	many := shapes["paginator"](items(10_000, 100), 1_000_000)
	for name, c := range map[string]struct {
		list  turn
		lists int // that are asked for at most
		most  time.Duration
	}{
		"refused":                  {answers(403, forbiddenBody), 1, 2 * time.Second},
		"500":                      {answers(500, brokenBody), 2, 3 * time.Second},
		"504":                      {answers(504, page), 2, 3 * time.Second},
		"lost":                     {loses, 2, 3 * time.Second},
		"cut":                      {cuts(200, `{"data":[`), 2, 3 * time.Second},
		"a page":                   {answers(200, page), 1, 2 * time.Second},
		"a success without a list": {answers(200, `{"success":true,"data":{}}`), 1, 2 * time.Second},
		"a redirect":               {answers(302, "", "Location", "/"), 1, 2 * time.Second},
		"never answered":           {hangs, 2, 25 * time.Second},
		"an empty one":             {answers(200, listBody[:len(`{"success":true,"data":[`)]+`]}`), 1, 2 * time.Second},
		"the same page for ever":   {answers(200, many), 2, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, "flat", 100)
				api.list = c.list
				began := time.Now()
				for n, err := range readAll(t, newClient(t, api), someOf(100, 100, 1), 10) {
					if err != nil {
						t.Fatalf("%d: %v", n, err)
					}
				}
				if api.own != 100 || api.lists > c.lists {
					t.Errorf("%d lists, %d by themselves", api.lists, api.own)
				}
				if took := time.Since(began); took > c.most {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestAPageThatFailsOnceIsTriedAgain: one answer that goes astray must not cost a
// request for each of thousands.
func TestAPageThatFailsOnceIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "paginator", 1000)
		api.list = answers(502, page)
		time.AfterFunc(400*time.Millisecond, func() {
			api.mu.Lock()
			defer api.mu.Unlock()
			api.list = nil
		})
		for n, err := range readAll(t, newClient(t, api), someOf(1000, 1000, 1), 10) {
			if err != nil {
				t.Fatalf("%d: %v", n, err)
			}
		}
		if api.lists+api.own > 150 {
			t.Errorf("%d lists, %d by themselves", api.lists, api.own)
		}
	})
}

// TestAListThatSaysLessOfSome: what is left out or left empty is looked for in the
// credential's own answer, once for all that lack the same.
// TestAListWithSomeThatWereNeverReset: what says that there was no change is
// compared once, and believed from then on.
// TestAListThatKnowsNoResetIsLookedInto, where the reader knows of one: the own
// answer of what was never reset says nothing about that.
// TestPagesThatAreSmallerThanAskedFor: the total tells that there are more.
func TestPagesThatAreSmallerThanAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "paginator", 100)
		api.most = 15
		for n, err := range readAll(t, newClient(t, api), someOf(100, 100, 1), 10) {
			if err != nil {
				t.Fatalf("%d: %v", n, err)
			}
		}
		if api.lists+api.own > 9 {
			t.Errorf("%d lists, %d by themselves", api.lists, api.own)
		}
	})
}

// TestAListThatTellsLessIsNotRelied upon: whether a password was reset elsewhere
// must not go unseen because lists leave it out.
// TestWhatAListMarksAsDeletedIsAskedForByItself, since nobody says what that
// means.
func TestWhatAListMarksAsDeletedIsAskedForByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 50)
		api.deleted[7], api.deleted[8] = true, true
		for n, err := range readAll(t, newClient(t, api), someOf(50, 50, 1), 10) {
			if err != nil {
				t.Errorf("%d: %v", n, err)
			}
		}
		if api.lists != 1 || api.own > 3 || api.own < 2 {
			t.Errorf("%d lists, %d by themselves", api.lists, api.own)
		}
	})
}

// TestWhoGivesUpTakesNothingAway from the others, and no page is read that no reader
// waits for.
func TestWhoGivesUpTakesNothingAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 300)
		api.latency = 5 * time.Second
		client := newClient(t, api)
		began := time.Now()
		var wait sync.WaitGroup
		for n := range 10 {
			ctx := t.Context()
			if n%2 == 1 {
				ctx = cancelAfter(t, time.Second)
			}
			wait.Go(func() {
				_, err := client.ReadCredential(ctx, testDomain, guid(n*10), false)
				if (err != nil) != (n%2 == 1) || (err != nil && Details(err).Kind != KindCanceled) {
					t.Errorf("%d: %v", n, err)
				}
				if err != nil && time.Since(began) != time.Second {
					t.Errorf("%d gave up after %s", n, time.Since(began))
				}
			})
		}
		wait.Wait()
		lists := api.lists
		for range 3 { // all of them give up
			ctx := cancelAfter(t, time.Second)
			wait.Go(func() {
				if _, err := client.ReadCredential(ctx, testDomain, guid(299), false); Details(err).Kind != KindCanceled {
					t.Errorf("got %v", err)
				}
			})
			wait.Go(func() {
				if _, err := client.ReadCredential(ctx, testDomain, guid(250), false); Details(err).Kind != KindCanceled {
					t.Errorf("got %v", err)
				}
			})
		}
		wait.Wait()
		synctest.Wait()
		if _, err := client.ReadCredential(t.Context(), testDomain, guid(298), false); err != nil {
			t.Error(err)
		}
		if lists < 1 || api.lists > lists+5 {
			t.Errorf("%d lists, then %d", lists, api.lists)
		}
	})
}

// TestNothingReadBeforeAWriteIsServedAfterIt, be it in a list that was on its
// way meanwhile.
func TestNothingReadBeforeAWriteIsServedAfterIt(t *testing.T) {
	t.Parallel()
	for name, pause := range map[string]time.Duration{"read before": 10 * time.Second, "being read": 60 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, "flat", 90)
				api.latency = 100 * time.Millisecond
				client := newClient(t, api)
				done := make(chan struct{})
				go func() {
					defer close(done)
					readAll(t, client, someOf(90, 90, 1), 10)
				}()
				<-time.After(pause)
				for _, n := range []int{3, 4} {
					reset, err := client.ResetPassword(t.Context(), testDomain, guid(n))
					if err != nil {
						t.Fatal(err)
					}
					if reset.Credential.GUID != guid(n) {
						t.Errorf("got %+v", reset.Credential)
					}
				}
				api.mu.Lock()
				want := api.stamp
				api.mu.Unlock()
				for range 2 {
					for _, n := range []int{3, 4} {
						credential, err := client.ReadCredential(t.Context(), testDomain, guid(n), false)
						if err != nil || credential.LastPasswordChanged.Unix() != want {
							t.Errorf("got %+v, %v", credential, err)
						}
					}
				}
				<-done
			})
		})
	}
}

// TestSharedReadsWithinARateLimit: waiting for the limit costs nobody his time,
// and one who may not wait as long as the API asks is told so.
func TestSharedReadsWithinARateLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait    string
		timeout time.Duration
		kind    Kind
	}{
		"a wait":          {"50", time.Minute, KindUnexpected},
		"a wait too long": {"3600", time.Minute, KindRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, "flat", 300)
				client := newClient(t, api)
				readAll(t, client, []int{0, 1}, 2)
				limited := answers(429, limitedBody, "Retry-After", c.wait)
				api.list, api.one = limited, limited
				time.AfterFunc(40*time.Second, func() {
					api.mu.Lock()
					defer api.mu.Unlock()
					api.list, api.one = nil, nil
				})
				began := time.Now()
				errs := sideBySide(t, 20, 10, func(ctx context.Context) error {
					ctx = WithTimeout(ctx, c.timeout)
					_, err := client.ReadCredential(ctx, testDomain, guid(150+int(time.Since(began))%100), false)
					return err
				})
				if c.kind == KindUnexpected {
					if len(errs) > 0 {
						t.Errorf("%d failed, such as: %v", len(errs), errs[0])
					}
					between(t, "it took", time.Since(began), 50*time.Second, 51*time.Second)
					return
				}
				for _, err := range errs {
					if e := asError(t, err); e.Kind != c.kind || !strings.Contains(e.Reason, "asks to wait 1h0m0s") {
						t.Errorf("got %v", err)
					}
				}
				if len(errs) != 20 || time.Since(began) > time.Second {
					t.Errorf("%d errors after %s", len(errs), time.Since(began))
				}
			})
		})
	}
}

// TestAListThatHangsLeavesTheTimeForReadingAlone: it ends soon, and counts against the
// time of no reader.
func TestAListThatHangsLeavesTheTimeForReadingAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 300)
		client := newClient(t, api)
		readAll(t, client, []int{0}, 1)
		api.list = hangs
		api.one = after(3*time.Second, answers(200, strings.Replace(getBody, testGUID, guid(150), 1)))
		began := time.Now()
		if _, err := client.ReadCredential(WithTimeout(t.Context(), 4*time.Second), testDomain, guid(150), false); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 4*time.Second+3*time.Second+api.latency {
			t.Errorf("it took %s", took)
		}
		api.one = hangs
		began = time.Now()
		_, err := client.ReadCredential(WithTimeout(t.Context(), 4*time.Second), testDomain, guid(160), false)
		if Details(err).Kind != KindTimeout || time.Since(began) != 4*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // a deadline holds for the list too
		defer cancel()
		other := newClient(t, api)
		_, _ = other.ReadCredential(ctx, testDomain, guid(1), false)
		began = time.Now()
		if _, err := other.ReadCredential(ctx, testDomain, guid(2), false); Details(err).Kind != KindTimeout || time.Since(began) > time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// TestWhatWasReadIsGivenOnce: a second refresh is told anew, but the one after an
// import is not.
func TestWhatWasReadIsGivenOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 60)
		client := newClient(t, api)
		spent := func() int { return api.lists + api.own }
		for n := range 60 {
			if _, err := client.FindCredential(t.Context(), testDomain, guid(n)); err != nil {
				t.Fatal(err)
			}
		}
		if spent() != 2 {
			t.Errorf("%d requests to find them", spent())
		}
		readAll(t, client, someOf(60, 60, 1), 10)
		if spent() != 2 {
			t.Errorf("%d requests to find and read them", spent())
		}
		api.guids = api.guids[1:]
		if _, err := client.ReadCredential(t.Context(), testDomain, guid(0), false); !IsNotFound(err, NounCredential) {
			t.Errorf("what is gone since: %v", err)
		}
		readAll(t, client, someOf(60, 60, 1)[:20], 10)
		if spent() < 4 {
			t.Errorf("%d requests to read them once more", spent())
		}
	})
}

// TestAListOnItsWayIsNotServedAfterAWrite to one of its credentials, which nobody has read yet.
func TestAListOnItsWayIsNotServedAfterAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 90)
		api.latency = 100 * time.Millisecond
		client := newClient(t, api)
		done := make(chan struct{})
		go func() {
			defer close(done)
			readAll(t, client, []int{0, 1, 2}, 3)
		}()
		<-time.After(60 * time.Millisecond) // the list is on its way
		if _, err := client.ResetPassword(t.Context(), testDomain, guid(7)); err != nil {
			t.Fatal(err)
		}
		<-done
		api.mu.Lock()
		want := api.stamp
		api.mu.Unlock()
		find := client.FindCredential
		read := func(ctx context.Context, domain, guid string) (*Credential, error) {
			return client.ReadCredential(ctx, domain, guid, false)
		}
		for name, look := range map[string]func(context.Context, string, string) (*Credential, error){"find": find, "read": read} {
			credential, err := look(t.Context(), testDomain, guid(7))
			if err != nil || credential.LastPasswordChanged.Unix() != want {
				t.Errorf("%s: got %+v, %v, want %d", name, credential, err, want)
			}
		}
		if api.lists != 1 {
			t.Errorf("%d lists", api.lists)
		}
	})
}

// TestAListWithoutTimesOfChangesIsEnoughToPeek, and not to read.
func TestAListWithoutTimesOfChangesIsEnoughToPeek(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 90)
		api.bare = true
		client := newClient(t, api)
		for n := range 90 {
			if _, err := client.PeekCredential(t.Context(), testDomain, guid(n)); err != nil {
				t.Fatal(err)
			}
		}
		if api.lists != 1 || api.own != 1 {
			t.Errorf("peeked by %d lists and %d by themselves", api.lists, api.own)
		}
		credential, err := client.ReadCredential(t.Context(), testDomain, guid(7), false)
		if err != nil || credential.Listed || credential.LastPasswordChanged.IsZero() {
			t.Errorf("read %+v, %v", credential, err)
		}
	})
}

// TestWhatWasReadIsFoundForNothing, until this client resets it.
func TestWhatWasReadIsFoundForNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newCatalogue(t, "flat", 60)
		client := newClient(t, api)
		readAll(t, client, someOf(60, 60, 1), 10)
		before := api.lists + api.own
		find := func(n int) {
			if _, err := client.FindCredential(t.Context(), testDomain, guid(n)); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 60 {
			find(n)
		}
		if spent := api.lists + api.own - before; spent > 1 { // the first was read by itself
			t.Errorf("%d requests to find what was read", spent)
		}
		before = api.own
		client.changes(CredentialRef(testDomain, guid(7)))
		find(7)
		if api.own != before+1 {
			t.Error("what was read before a reset was served after it")
		}
	})
}

func TestANameThatCannotBeSentIsNotReadEither(t *testing.T) {
	t.Parallel()
	client := newClient(t, newWire(t))
	for _, c := range [][2]string{{"", testGUID}, {testDomain, "7"}} {
		_, err := client.ReadCredential(t.Context(), c[0], c[1], false)
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindArgument || e.Op != "read the credential" {
			t.Errorf("got %v", err)
		}
	}
}

// TestSharedReadsForgetNobody: whatever becomes of lists and of single reads, and
// whoever gives up, each read comes to an end.
func TestSharedReadsForgetNobody(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				random := rand.New(rand.NewPCG(seed, 2))
				pick := func(n int) int {
					mu.Lock()
					defer mu.Unlock()
					return random.IntN(n)
				}
				api := newCatalogue(t, "paginator", 700)
				api.change = func(c *catalogue, _ int) {
					c.bare = pick(5) == 0
					c.list = []turn{nil, nil, nil, nil, answers(500, brokenBody), hangs, loses}[pick(7)]
				}
				client := newClient(t, api)
				sideBySide(t, 300, 1+pick(20), func(ctx context.Context) error {
					ctx, cancel := context.WithCancel(WithTimeout(ctx, time.Duration(1+pick(60))*time.Second))
					defer cancel()
					if pick(5) == 0 {
						time.AfterFunc(time.Duration(pick(5000))*time.Millisecond, cancel)
					}
					n := pick(700)
					if pick(10) == 0 {
						_, err := client.ResetPassword(ctx, testDomain, guid(n))
						return err
					}
					credential, err := client.ReadCredential(ctx, testDomain, guid(n), false)
					if err == nil && credential.GUID != guid(n) {
						t.Errorf("of %s came %+v", guid(n), credential)
					}
					return err
				})
				synctest.Wait()
				d := client.domainCache(testDomain)
				if len(d.waiting) != 0 || d.walking || d.alone != 0 {
					t.Errorf("%d wait, walking %t, %d alone", len(d.waiting), d.walking, d.alone)
				}
				if d.spent > 2*d.asked {
					t.Errorf("%d requests for %d reads", d.spent, d.asked)
				}
			})
		})
	}
}

// TestWhatWasFoundIsReadOnceMoreForNothing: Terraform reads what it has imported.
func TestWhatWasFoundIsReadOnceMoreForNothing(t *testing.T) {
	t.Parallel()
	for _, count := range []int{50, 350} {
		synctest.Test(t, func(t *testing.T) {
			api := newCatalogue(t, "flat", count)
			client := newClient(t, api)
			if _, err := client.FindCredential(t.Context(), testDomain, guid(count-1)); err != nil {
				t.Fatal(err)
			}
			credential, err := client.ReadCredential(t.Context(), testDomain, guid(count-1), false)
			if err != nil || credential.Listed || api.lists != 0 || api.own != 1 {
				t.Errorf("of %d: %d lists, %d by themselves: %+v, %v", count, api.lists, api.own, credential, err)
			}
		})
	}
}
