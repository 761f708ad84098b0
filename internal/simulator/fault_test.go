package simulator_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// Each fault has its own look for a client of net/http, acts or does not, and is used up.
func TestFaults(t *testing.T) {
	t.Parallel()
	reset := simulator.KindReset
	body := "{}"
	const page, refusal, success = "<!DOCTYPE html>", `{"success":false,"message":"`, `{"success":true`
	type check func(*testing.T, response, error)
	status := func(want int, begins string) check {
		return func(t *testing.T, r response, err error) {
			t.Helper()
			equal(t, "error", err, nil)
			equal(t, "status", r.status, want)
			if !strings.HasPrefix(string(r.body), begins) {
				t.Errorf("body: got %s, want it to begin with %s", r.body, begins)
			}
		}
	}
	fails := func(want error) check {
		return func(t *testing.T, r response, err error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("error: got %v with %d bytes, want %v", err, len(r.body), want)
			}
		}
	}
	cut := fails(io.ErrUnexpectedEOF)
	for name, tc := range map[string]struct {
		fault  simulator.Fault
		check  check
		acted  bool
		status int // in the journal
	}{
		"page":                    {simulator.FaultStatus(reset, 502, false), status(502, page), false, 502},
		"page, acted":             {simulator.FaultStatus(reset, 502, true), status(502, page), true, 502},
		"envelope":                {simulator.FaultEnvelope(reset, 503, "Down", false), status(503, refusal), false, 503},
		"envelope, acted":         {simulator.FaultEnvelope(reset, 500, "Oh", true), status(500, refusal), true, 500},
		"server error":            {simulator.FaultServerError(reset, true), status(500, refusal+"An err"), true, 500},
		"body":                    {simulator.FaultBody(reset, 200, "", true), status(200, ""), true, 200},
		"redirect":                {simulator.FaultRedirect(reset, "/elsewhere"), status(302, page), false, 302},
		"lost":                    {simulator.FaultLost(reset, false), fails(io.EOF), false, 0},
		"lost, acted":             {simulator.FaultLost(reset, true), fails(io.EOF), true, 0},
		"connection reset":        {simulator.FaultConnectionReset(reset, false), fails(syscall.ECONNRESET), false, 0},
		"connection reset, acted": {simulator.FaultConnectionReset(reset, true), fails(syscall.ECONNRESET), true, 0},
		"cut":                     {simulator.FaultCut(reset), cut, true, 200},
		"cut at once":             {simulator.Fault{Cut: true}, cut, true, 200},
		"cut beyond the end":      {simulator.Fault{Cut: true, CutAfter: 1 << 20}, cut, true, 200},
		"cut of nothing":          {simulator.Fault{Cut: true, Body: new(string)}, cut, true, 200},
		"cut, and stall":          {simulator.FaultStop(reset), fails(context.DeadlineExceeded), true, 200},
		"delay":                   {simulator.FaultDelay(reset, time.Millisecond), status(200, success), true, 200},
		"no content":              {simulator.Fault{Status: 204}, status(204, ""), true, 204},
		"default of an error":     {simulator.Fault{Status: 400}, status(400, page), false, 400},
		"never":                   {simulator.Fault{Act: simulator.ActNever}, status(500, refusal), false, 500},
		"other body":              {simulator.Fault{Body: &body}, status(200, "{}"), true, 200},
		"size": {simulator.FaultSize(reset, 5000), func(t *testing.T, r response, err error) {
			t.Helper()
			equal(t, "error", err, nil)
			equal(t, "size", len(r.body), 5000)
			equal(t, "success", at(t, tree(t, r.body), "success"), any(true))
		}, true, 200},
		"gzip": {simulator.FaultGzip(reset), func(t *testing.T, r response, err error) {
			t.Helper()
			equal(t, "error", err, nil)
			equal(t, "Content-Encoding", r.header.Get("Content-Encoding"), "gzip")
			z, err := gzip.NewReader(bytes.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(z)
			equal(t, "error", err, nil)
			equal(t, "success", at(t, tree(t, plain), "success"), any(true))
		}, true, 200},
		"rate limit": {simulator.FaultRateLimit(reset, "12"), func(t *testing.T, r response, err error) {
			t.Helper()
			status(429, refusal+"Too many attempts")(t, r, err)
			equal(t, "Retry-After", r.header.Get("Retry-After"), "12")
			equal(t, "X-RateLimit-Remaining", r.header.Get("X-RateLimit-Remaining"), "0")
		}, false, 429},
		"rate limit without a time": {simulator.FaultRateLimit(reset, ""), func(t *testing.T, r response, _ error) {
			t.Helper()
			equal(t, "number of Retry-After", len(r.header.Values("Retry-After")), 0)
		}, false, 429},
		"headers": {
			simulator.Fault{Header: map[string]string{"Date": "", "X-Own": "1"}},
			func(t *testing.T, r response, err error) {
				t.Helper()
				status(200, success)(t, r, err)
				equal(t, "number of Date", len(r.header.Values("Date")), 0)
				equal(t, "X-Own", r.header.Get("X-Own"), "1")
			}, true, 200,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, simulator.Options{})
			before := f.live()
			f.Inject(tc.fault)
			equal(t, "pending before", f.PendingFaults(), 1)
			ctx, cancel := t.Context(), func() {}
			if tc.fault.Stall {
				ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
			}
			defer cancel()
			r, err := f.send(f.request(ctx, http.MethodPut, f.resetPath(), ""))
			tc.check(t, r, err)
			equal(t, "pending after", f.PendingFaults(), 0)
			e := f.lastEntry()
			equal(t, "acted", e.Acted, tc.acted)
			equal(t, "password changed", f.live() != before, tc.acted)
			equal(t, "status in the journal", e.Status, tc.status)
			tc.fault.Kind = ""
			equal(t, "fault in the journal", e.Fault, tc.fault.String())
			equal(t, "status of the next", f.do(http.MethodPut, f.resetPath(), "").status, 200)
			equal(t, "fault of the next", f.lastEntry().Fault, "")
		})
	}
}

func TestFaultsChooseTheirRequests(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	other := f.AddCredential("other.example", "myuser")
	f.Inject(
		simulator.Fault{Kind: simulator.KindGet, Status: 501, Times: 2},
		simulator.Fault{Domain: "other.example", Status: 502},
		simulator.Fault{GUID: f.cred.GUID, Status: 503},
		simulator.Fault{Status: 504},
	)
	equal(t, "pending", f.PendingFaults(), 5)
	otherPath := "/api/domains/other.example/credentials/" + other.GUID
	for i, step := range []struct {
		method, path string
		want         int
	}{
		{http.MethodDelete, otherPath, 502},
		{http.MethodGet, otherPath, 501},
		{http.MethodPut, f.resetPath(), 503},
		{http.MethodGet, f.credentialPath(), 501},
		{http.MethodGet, f.credentialPath(), 504},
		{http.MethodGet, f.credentialPath(), 200},
		{http.MethodGet, otherPath, 200},
	} {
		r := f.do(step.method, step.path, "")
		if r.status != step.want {
			t.Errorf("request %d, %s %s: got %d, want %d", i, step.method, step.path, r.status, step.want)
		}
	}
}

// With a fault that acts, a wrong request still does not act.
func TestFaultDoesNotActForAWrongRequest(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.Inject(simulator.FaultStatus(simulator.KindReset, 502, true))
	r := f.request(t.Context(), http.MethodPut, f.resetPath(), "")
	r.SetBasicAuth("demo", "wrong")
	res, err := f.send(r)
	equal(t, "error", err, nil)
	equal(t, "status", res.status, 502)
	equal(t, "acted", f.lastEntry().Acted, false)
	equal(t, "passwords made", len(f.IssuedPasswords()), 1)
}

// An endless fault ends when the client leaves, and when the server is closed.
func TestEndlessFaultsEnd(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"stall":   simulator.FaultStall(simulator.KindReset, true),
		"delay":   simulator.FaultDelay(simulator.KindReset, time.Hour),
		"endless": simulator.FaultEndless(simulator.KindReset),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, closed := range []bool{false, true} {
				f := start(t, simulator.Options{})
				f.Inject(fault)
				ctx, cancel := context.WithCancel(t.Context())
				var client sync.WaitGroup
				client.Go(func() {
					if r, err := f.send(f.request(ctx, http.MethodPut, f.resetPath(), "")); err == nil {
						t.Errorf("an answer has come: %d with %d bytes", r.status, len(r.body))
					}
				})
				acted := func(entries []simulator.Entry) bool { return len(entries) == 1 && entries[0].Acted }
				equal(t, "error of WaitFor", f.WaitFor(t.Context(), acted), nil)
				if !closed {
					cancel()
					client.Wait()
				}
				// Returns only when no request is under way any more.
				equal(t, "error of Close", f.Close(), nil)
				cancel()
				client.Wait()
			}
		})
	}
}

// The server notices by itself that the client of a stalled request has left.
func TestStallEndsWithItsClient(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	f := start(t, simulator.Options{Transcript: writerFunc(func([]byte) { close(over) })})
	f.Inject(simulator.FaultStall(simulator.KindReset, false))
	ctx, cancel := context.WithCancel(t.Context())
	var client sync.WaitGroup
	client.Go(func() { _, _ = f.send(f.request(ctx, http.MethodPut, f.resetPath(), "")) })
	arrived := func(entries []simulator.Entry) bool { return len(entries) == 1 && entries[0].Fault != "" }
	equal(t, "error of WaitFor", f.WaitFor(t.Context(), arrived), nil)
	cancel()
	<-over
	client.Wait()
}

type writerFunc func([]byte)

func (w writerFunc) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func TestEndlessBodySends(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.Inject(simulator.FaultEndless(simulator.KindReset))
	res, err := f.http.Do(f.request(t.Context(), http.MethodPut, f.resetPath(), ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	n, err := io.CopyN(io.Discard, res.Body, 3<<20)
	equal(t, "error", err, nil)
	equal(t, "bytes read", n, 3<<20)
}

func TestFaultJSON(t *testing.T) {
	t.Parallel()
	body := "{}"
	all := simulator.Fault{
		Kind: simulator.KindReset, Domain: "example.com", GUID: "g", Times: 3,
		Act: simulator.ActLate, ActAfter: 90 * time.Second, ActApart: 2 * time.Second, Delay: time.Millisecond,
		Status: 502, Header: map[string]string{"A": "b"}, Body: &body, Size: 10, Gzip: true, Cut: true, CutAfter: 5,
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"act_after":"1m30s"`, `"act_apart":"2s"`, `"delay":"1ms"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	var read simulator.Fault
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, all) {
		t.Errorf("got %+v, want %+v", read, all)
	}
}

func TestFaultValidate(t *testing.T) {
	t.Parallel()
	for field, fault := range map[string]simulator.Fault{
		"kind":      {Kind: "rotate"},
		"times":     {Times: -1},
		"act":       {Act: "later"},
		"act_after": {Act: simulator.ActLate},
		"act_apart": {Act: simulator.ActLate, ActAfter: 1, ActApart: -1},
		"delay":     {Delay: -1},
		"status":    {Status: 99},
		"size":      {Size: -1},
		"cut_after": {CutAfter: 3},
		"drop":      {Drop: true, Stall: true},
		"drop, rst": {Stall: true, Cut: true, Endless: true},
	} {
		err := fault.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	after, apart := simulator.Fault{ActAfter: 1}, simulator.Fault{ActApart: 1}
	equal(t, "act_after without act", after.Validate().Error(), "act_after: only if act is after")
	equal(t, "act_apart without act", apart.Validate().Error(), "act_apart: only if act is after")

	f := start(t, simulator.Options{})
	defer func() {
		if text, ok := recover().(string); !ok || !strings.Contains(text, "faults[1]: status") {
			t.Errorf("Inject: got %v", text)
		}
		equal(t, "pending", f.PendingFaults(), 0)
	}()
	f.Inject(simulator.Fault{}, simulator.Fault{Status: 1})
}
