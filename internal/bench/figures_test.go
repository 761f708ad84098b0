package main

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		samples []int64
		want    int64
	}{{nil, 0}, {[]int64{7}, 7}, {[]int64{9, 1, 5}, 5}, {[]int64{9, 1, 5, 7}, 6}} {
		if got := median(test.samples); got != test.want {
			t.Errorf("of %d it is %d, not %d", test.samples, got, test.want)
		}
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	limit := simulator.RateLimit{Requests: 60, Window: 10 * time.Second}
	for requests, want := range map[int]time.Duration{
		0: 0, 1: 0, 60: 0, 61: 10 * time.Second, 300: 40 * time.Second, 301: 50 * time.Second,
	} {
		if got := floor(requests, limit); got != want {
			t.Errorf("%d requests take %s at least, not %s", requests, got, want)
		}
	}
}

func TestRoundsOf(t *testing.T) {
	t.Parallel()
	for count, want := range map[int]int{1: 10, 100: 10, 1000: 5, 3000: 3} {
		if got := roundsOf(5, count); got != want {
			t.Errorf("%d resources: %d rounds, not %d", count, got, want)
		}
	}
}

func TestFiguresAreWritten(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		duration(4_560 * time.Microsecond): "4.56 ms",
		duration(25_210_000):               "25.2 ms",
		duration(350_400_000):              "350 ms",
		duration(8_912 * time.Millisecond): "8.91 s",
		thousands(7):                       "7",
		thousands(300):                     "300",
		thousands(3000):                    "3,000",
		thousands(1234567):                 "1,234,567",
		megabytes(15_640_000):              "15.6 MB",
		megabytes(0):                       unsaid,
		times(ratio[int64](11, 10)):        "1.10 ×",
		times(ratio[int64](0, 10)):         unsaid,
		times(ratio[int64](10, 0)):         unsaid,
	} {
		if got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	goals := newGoalTable()
	goals.compare("met as it is printed", 1.10, 1.104)
	goals.compare("missed", 1.10, 1.106)
	goals.compare("missed by far", 1.10, 10.5)
	goals.compare("not told", 1.10, 0)
	goals.judgeCount("requests", requestsGoal(3000), 32)
	goals.judgeCount("too many", requestsGoal(1), 4)
	const want = `| Goal                 | at most | measured | met |
|----------------------|--------:|---------:|----:|
| met as it is printed |  1.10 × |   1.10 × | yes |
| missed               |  1.10 × |   1.11 × |  no |
| missed by far        |  1.10 × |  10.50 × |  no |
| not told             |  1.10 × |        – |   – |
| requests             |      32 |       32 | yes |
| too many             |       3 |        4 |  no |
`
	if got := goals.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestGrowth(t *testing.T) {
	t.Parallel()
	wall := func(p planResult) time.Duration { return median(p.ours.wall) }
	at := func(count int, wall time.Duration) planResult {
		return planResult{count: count, ours: planSamples{wall: []time.Duration{wall}}}
	}
	r := results{plans: []planResult{at(3000, 36*time.Second), at(1, time.Second), at(1000, 10*time.Second)}}
	fewer, more, ok := r.largest()
	if !ok || fewer.count != 1000 || more.count != 3000 {
		t.Fatalf("the largest are %d and %d", fewer.count, more.count)
	}
	if got := times(growth(fewer, more, wall)); got != "1.20 ×" {
		t.Errorf("it grows by %s", got)
	}
}
