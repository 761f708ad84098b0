package simulator_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestSyncDelay(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{SyncDelay: time.Minute})
	taken := func(password string) bool {
		t.Helper()
		err := f.Login(t.Context(), f.cred.Login, password)
		if err != nil && !errors.Is(err, simulator.ErrRefused) {
			t.Fatal(err)
		}
		return err == nil
	}
	old := f.live()
	first := at(t, tree(t, f.do(http.MethodPut, f.resetPath(), "").body), "data", "new_password").(string)
	f.clock.Move(40 * time.Second)
	second := f.ResetExternally(f.cred.Domain, f.cred.GUID)
	for _, step := range []struct {
		move time.Duration
		live string
	}{
		{0, old},
		{19 * time.Second, old},   // 59 s after the first reset
		{time.Second, first},      // 60 s
		{39 * time.Second, first}, // 59 s after the second
		{time.Second, second},
	} {
		f.clock.Move(step.move)
		for _, password := range []string{old, first, second} {
			equal(t, "taken after "+f.clock.Now().Sub(begin).String(), taken(password), password == step.live)
		}
		equal(t, "live password", f.live(), step.live)
	}
}

// The first password of a new credential takes as long as a reset's.
func TestSyncDelayOfACreation(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{SyncDelay: time.Minute, RemoteSynced: simulator.SyncedFalse})
	made := at(t, tree(t, f.do(http.MethodPost, f.listPath(), `{"username":"new"}`).body), "data")
	equal(t, "remote_synced", at(t, made, "remote_synced"), any(false))
	password := at(t, made, "password").(string)
	err := f.Login(t.Context(), "new@example.com", password)
	equal(t, "refused at first", errors.Is(err, simulator.ErrRefused), true)
	f.clock.Move(time.Minute)
	equal(t, "error after a minute", f.Login(t.Context(), "new@example.com", password), nil)
}

// A delay that is set later does not take a password back that the mail server has.
func TestSyncDelaySetLater(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	live := f.ResetExternally(f.cred.Domain, f.cred.GUID)
	f.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	equal(t, "live password", f.live(), live)
	next := f.ResetExternally(f.cred.Domain, f.cred.GUID)
	equal(t, "live password after a reset", f.live(), live)
	f.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	equal(t, "live password without a delay", f.live(), next)
}

func TestLateLanding(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		how    simulator.Fault
		status int // 0: no answer
	}{
		"lost":        {simulator.FaultLost("", false), 0},
		"bad gateway": {simulator.FaultStatus("", http.StatusBadGateway, false), http.StatusBadGateway},
		"nothing":     {simulator.Fault{}, http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, simulator.Options{})
			f.Inject(simulator.FaultLate(simulator.KindReset, 10*time.Second, tc.how))
			old := f.live()
			res, err := f.send(f.request(t.Context(), http.MethodPut, f.resetPath(), ""))
			equal(t, "no answer", err != nil, tc.status == 0)
			equal(t, "status", res.status, tc.status)
			equal(t, "acted", f.lastEntry().Acted, false)
			equal(t, "live password", f.live(), old)

			// The repeat answers, and the first request lands after it.
			f.clock.Move(6 * time.Second)
			answered := at(t, tree(t, f.do(http.MethodPut, f.resetPath(), "").body), "data", "new_password").(string)
			equal(t, "live password after the repeat", f.live(), answered)
			f.clock.Move(4*time.Second - time.Nanosecond)
			equal(t, "live password just before the landing", f.live(), answered)
			f.clock.Move(time.Hour)
			issued := f.IssuedPasswords()
			equal(t, "number of passwords", len(issued), 3)
			equal(t, "live password after the landing", f.live(), issued[2])
			equal(t, "acted after the landing", f.Journal()[0].Acted, true)
			landed := at(t, tree(t, f.do(http.MethodGet, f.credentialPath(), "").body), "data")
			want := stampOf(begin.Add(10 * time.Second))
			equal(t, "last_password_changed", at(t, landed, "last_password_changed"), want)
			equal(t, "modified_at", at(t, landed, "modified_at"), want)
		})
	}
}

func TestLateCreateAndDelete(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	timeout := simulator.FaultStatus("", http.StatusGatewayTimeout, false)
	f.Inject(
		simulator.FaultLate(simulator.KindCreate, time.Minute, timeout),
		simulator.FaultLate(simulator.KindDelete, time.Second, timeout),
	)
	count := func() int { return len(at(t, tree(t, f.do(http.MethodGet, f.listPath(), "").body), "data").([]any)) }
	f.do(http.MethodPost, f.listPath(), `{"username":"late"}`)
	f.do(http.MethodDelete, f.credentialPath(), "")
	equal(t, "credentials before", count(), 1)
	f.clock.Move(time.Second)
	equal(t, "credentials after the deletion", count(), 0)
	f.clock.Move(time.Minute)
	equal(t, "credentials after the creation", count(), 1)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{RateLimit: simulator.RateLimit{Requests: 2, Window: 10 * time.Second}})
	f.Inject(simulator.FaultServerError(simulator.KindReset, false))
	type seen struct {
		status                  int
		limit, remaining, retry string
	}
	look := func(method, path string) seen {
		r := f.do(method, path, "")
		h := r.header
		return seen{r.status, h.Get("X-RateLimit-Limit"), h.Get("X-RateLimit-Remaining"), h.Get("Retry-After")}
	}
	equal(t, "first", look(http.MethodGet, f.credentialPath()), seen{200, "2", "1", ""})
	f.clock.Move(3500 * time.Millisecond)
	equal(t, "second, to nowhere", look(http.MethodGet, "/"), seen{404, "2", "0", ""})
	before := f.live()
	equal(t, "third", look(http.MethodPut, f.resetPath()), seen{429, "2", "0", "7"})
	equal(t, "password after a 429", f.live(), before)
	equal(t, "faults after a 429", f.PendingFaults(), 1)
	f.clock.Move(6500*time.Millisecond - time.Nanosecond)
	equal(t, "just before the window's end", look(http.MethodPut, f.resetPath()), seen{429, "2", "0", "1"})
	f.clock.Move(time.Nanosecond)
	equal(t, "in the next window", look(http.MethodPut, f.resetPath()), seen{500, "2", "1", ""})
	equal(t, "the windows", fmt.Sprint(f.served()), "[2/2 1/0]")
	f.SetOptions(func(o *simulator.Options) { o.RateLimit.ToldLate = true })
	equal(t, "told late", look(http.MethodGet, f.credentialPath()), seen{200, "", "", ""})
	equal(t, "told", look(http.MethodGet, f.credentialPath()), seen{429, "2", "0", "10"})
	f.SetOptions(func(o *simulator.Options) { o.RateLimit = simulator.RateLimit{} })
	equal(t, "without a limit", look(http.MethodGet, f.credentialPath()), seen{200, "", "", ""})
}

// served is how many requests were served and refused in each window.
func (f *fixture) served() (windows []string) {
	for _, w := range f.Windows() {
		windows = append(windows, fmt.Sprintf("%d/%d", w.Served, w.Refused))
	}
	return windows
}
