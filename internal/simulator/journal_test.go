package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestJournalEntry(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	r := f.request(t.Context(), http.MethodGet, f.listPath()+"?limit=5", "")
	r.Header.Set("User-Agent", "somebody/1")
	if _, err := f.send(r); err != nil {
		t.Fatal(err)
	}
	e := f.lastEntry()
	equal(t, "Seq", e.Seq, 1)
	equal(t, "Time", e.Time, begin)
	equal(t, "Kind", e.Kind, simulator.KindList)
	equal(t, "Method", e.Method, http.MethodGet)
	equal(t, "Path", e.Path, f.listPath())
	equal(t, "RawQuery", e.RawQuery, "limit=5")
	equal(t, "Domain", e.Domain, "example.com")
	equal(t, "User-Agent", e.Header.Get("User-Agent"), "somebody/1")
	equal(t, "Authorization", e.Header.Get("Authorization"), "(redacted)")
	if !strings.HasPrefix(e.RemoteAddr, "127.0.0.1:") {
		t.Errorf("RemoteAddr: got %q", e.RemoteAddr)
	}

	e.Header.Set("User-Agent", "changed in the copy")
	equal(t, "User-Agent", f.lastEntry().Header.Get("User-Agent"), "somebody/1")
	f.ClearJournal()
	equal(t, "length after ClearJournal", len(f.Journal()), 0)
	f.do(http.MethodGet, f.credentialPath(), "")
	equal(t, "Seq after ClearJournal", f.lastEntry().Seq, 2)
	equal(t, "GUID", f.lastEntry().GUID, f.cred.GUID)
}

// While a request stalls its entry is there, without a status.
func TestWaitForSeesArrivals(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.Inject(simulator.FaultStall(simulator.KindReset, true))
	ctx, cancel := context.WithCancel(t.Context())
	var client sync.WaitGroup
	client.Go(func() {
		if _, err := f.send(f.request(ctx, http.MethodPut, f.resetPath(), "")); !errors.Is(err, context.Canceled) {
			t.Errorf("the stalled request: got %v", err)
		}
	})
	before := f.live()
	err := f.WaitFor(t.Context(), func(entries []simulator.Entry) bool { return len(entries) == 1 && entries[0].Acted })
	equal(t, "error", err, nil)
	equal(t, "status", f.lastEntry().Status, 0)
	if f.live() == "" || len(f.IssuedPasswords()) != 2 {
		t.Errorf("the stalled reset has not acted: %q, before %q", f.live(), before)
	}
	cancel()
	client.Wait()
}

func TestWaitForEnds(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.do(http.MethodGet, f.credentialPath(), "")
	never := func([]simulator.Entry) bool { return false }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := f.WaitFor(ctx, never)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), f.credentialPath()) {
		t.Errorf("with a context that has ended: got %v", err)
	}

	looked := make(chan struct{})
	var once sync.Once
	waited := make(chan error)
	go func() {
		waited <- f.WaitFor(context.WithoutCancel(t.Context()), func([]simulator.Entry) bool {
			once.Do(func() { close(looked) })
			return false
		})
	}()
	<-looked
	equal(t, "Close", f.Close(), nil)
	equal(t, "a second Close", f.Close(), nil)
	equal(t, "error after Close", <-waited, simulator.ErrClosed)
	if _, err := f.send(f.request(t.Context(), http.MethodGet, f.credentialPath(), "")); err == nil {
		t.Error("a closed server answers")
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f := start(t, simulator.Options{Transcript: &b})
	f.Inject(simulator.FaultLost(simulator.KindReset, false))
	if _, err := f.send(f.request(t.Context(), http.MethodPut, f.resetPath(), "")); err == nil {
		t.Error("a lost answer has come")
	}
	f.do(http.MethodGet, f.credentialPath(), "")
	equal(t, "Close", f.Close(), nil) // after which nothing writes
	want := fmt.Sprintf("PUT %s no answer\nGET %s 200\n", f.resetPath(), f.credentialPath())
	equal(t, "transcript", b.String(), want)
}
