package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestReadUsage(t *testing.T) {
	t.Parallel()
	got, err := readUsage("started\nended 20000000 16000000\nstarted\nstarted\nended 30000000 85000000\nended 10000000 15000000\n")
	if want := (usage{cpu: 60 * time.Millisecond, peak: 85_000_000}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for notes, wrong := range map[string]string{
		"":                              "no provider was started",
		"started\nended 1 1\nstarted\n": "was killed",
		"started\nended 1":              `"ended 1"`,
	} {
		if _, err := readUsage(notes); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("of %q it says %v", notes, err)
		}
	}
}

func TestReadProc(t *testing.T) {
	t.Parallel()
	const status = "Name:\tx\nVmPeak:\t 1278268 kB\nVmHWM:\t   15640 kB\nVmRSS:\t   15000 kB\n"
	if got, found := kilobytes(status, "VmHWM"); !found || got != 15640*1024 {
		t.Errorf("VmHWM is %d", got)
	}
	if _, found := kilobytes(status, "VmSwap"); found {
		t.Error("VmSwap is not there")
	}
	if got := processorName("processor\t: 0\nmodel name\t: A B 1.0 GHz\n\nprocessor\t: 1\nmodel name\t: A B 1.0 GHz\n"); got != "A B 1.0 GHz" {
		t.Errorf("the processor is %q", got)
	}
	if got := processorName("processor : 0\n"); got != "" {
		t.Errorf("the processor is %q", got)
	}
}

func TestBenchmarkLines(t *testing.T) {
	t.Parallel()
	const screen = `goos: linux
BenchmarkDecide
BenchmarkDecide-2   	  500000	      2000 ns/op	     300 B/op	       5 allocs/op
PASS
ok  	example.com/rotation	1.2s
?   	example.com	[no test files]
`
	got := benchmarkLines(screen)
	if len(got) != 1 || !strings.HasPrefix(got[0], "BenchmarkDecide-2") || !strings.HasSuffix(got[0], "allocs/op") {
		t.Errorf("got %q", got)
	}
}

func TestReadRotations(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	reset := func(guid string, at time.Duration, status int) simulator.Entry {
		return simulator.Entry{Kind: simulator.KindReset, GUID: guid, Time: start.Add(at), ActedAt: start.Add(at + time.Second), Status: status}
	}
	journal := []simulator.Entry{
		{Kind: simulator.KindGet, Time: start.Add(-time.Minute), Status: http.StatusOK},
		reset("a", 0, http.StatusOK), reset("b", time.Second, http.StatusTooManyRequests),
		reset("b", 11*time.Second, http.StatusTooManyRequests), reset("b", 12*time.Second, http.StatusOK),
	}
	r := rotationResult{count: 2, limit: simulator.RateLimit{Requests: 1, Window: 10 * time.Second}}
	if err := r.read(journal); err != nil {
		t.Fatal(err)
	}
	if r.resets != 13*time.Second || r.requests != 5 || len(r.refused) != 2 || r.refused[1] != 1 {
		t.Errorf("got %+v", r)
	}
	for wrong, journal := range map[string][]simulator.Entry{
		"1 of 2":   {reset("a", 0, http.StatusOK)},
		"twice":    {reset("a", 0, http.StatusOK), reset("a", 0, http.StatusOK)},
		"with 500": {reset("a", 0, http.StatusInternalServerError)},
	} {
		if err := (&rotationResult{count: 2, limit: r.limit}).read(journal); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("it says %v, not %q", err, wrong)
		}
	}
}

func TestMultiply(t *testing.T) {
	t.Parallel()
	state := func(instances string) string {
		return `{"lineage":"x","resources":[{"instances":[` + instances + `],"type":"y"}]}`
	}
	one := `{"attributes":{"id":"example.com/` + guid(0) + `"},"index_key":0}`
	other := `{"attributes":{"id":"example.com/` + guid(1) + `"},"index_key":1}`
	got, err := multiply([]byte(state(one)), 2)
	if want := state(one + "," + other); err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	for _, state := range []string{"", `{}`, state(""), state(one + "," + one)} {
		if _, err := multiply([]byte(state), 2); err == nil {
			t.Errorf("%q is taken", state)
		}
	}
}
