package transport

import (
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		header string
		want   time.Duration
	}{
		"absent":                         {"", 0},
		"seconds":                        {"120", 2 * time.Minute},
		"seconds in white space":         {" 7\t", 7 * time.Second},
		"leading zeros":                  {"007", 7 * time.Second},
		"zero":                           {"0", 0},
		"one second":                     {"1", time.Second},
		"a year":                         {"31536000", maxRetryAfter},
		"more than a year":               {"31536001", maxRetryAfter},
		"more than 64 bits":              {strings.Repeat("9", 40), 0},
		"negative":                       {"-1", 0},
		"a sign":                         {"+5", 0},
		"a fraction":                     {"1.5", 0},
		"a word":                         {"soon", 0},
		"other digits":                   {"١٢", 0},
		"an HTTP date":                   {"Wed, 01 Jul 2026 12:01:30 GMT", 90 * time.Second},
		"an HTTP date of RFC 850":        {"Wednesday, 01-Jul-26 12:01:30 GMT", 90 * time.Second},
		"an HTTP date of asctime":        {"Wed Jul  1 12:01:30 2026", 90 * time.Second},
		"an HTTP date that is past":      {"Wed, 01 Jul 2026 11:59:59 GMT", 0},
		"an HTTP date that is now":       {"Wed, 01 Jul 2026 12:00:00 GMT", 0},
		"an HTTP date in ten years":      {"Mon, 07 Jul 2036 12:00:00 GMT", maxRetryAfter},
		"an HTTP date beyond a Duration": {"Fri, 01 Jan 9999 12:00:00 GMT", maxRetryAfter},
		"a date of another form":         {"2026-07-01T12:01:30Z", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := parseRetryAfter(c.header, now); got != c.want {
				t.Errorf("%q: %s, want %s", c.header, got, c.want)
			}
		})
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", " 120 ", "-1", "1e3", "99999999999999999999", "Wed, 01 Jul 2026 12:01:30 GMT", "Wed Jul  1 12:01:30 2026", "Fri, 01 Jan 9999 12:00:00 GMT", "٧"} {
		f.Add(seed, int64(1782907200))
	}
	f.Fuzz(func(t *testing.T, header string, unix int64) {
		now := time.Unix(unix%253402300799, 0)
		got := parseRetryAfter(header, now)
		if got < 0 || got > maxRetryAfter {
			t.Fatalf("%q: %s", header, got)
		}
		want := time.Duration(0)
		header = strings.TrimSpace(header)
		seconds, ok := new(big.Int).SetString(header, 10)
		if at, err := http.ParseTime(header); err == nil {
			want = min(max(at.Sub(now), 0), maxRetryAfter)
		} else if ok && seconds.IsUint64() && !strings.ContainsAny(header, "+-_") {
			most := big.NewInt(int64(maxRetryAfter / time.Second))
			if seconds.Cmp(most) > 0 {
				seconds = most
			}
			want = time.Duration(seconds.Int64()) * time.Second
		}
		if got != want {
			t.Fatalf("%q: %s, want %s", header, got, want)
		}
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		decision   retryDecision
		attempts   int
		retryAfter time.Duration
		want       [2]time.Duration
	}{
		"the first":                              {soon, 1, 0, [2]time.Duration{500 * time.Millisecond, time.Second}},
		"the second is twice as long":            {soon, 2, 0, [2]time.Duration{time.Second, 2 * time.Second}},
		"the fourth":                             {soon, 4, 0, [2]time.Duration{4 * time.Second, 8 * time.Second}},
		"it grows no further":                    {soon, 5, 0, [2]time.Duration{7500 * time.Millisecond, 15 * time.Second}},
		"not after very many either":             {soon, math.MaxInt32, 0, [2]time.Duration{7500 * time.Millisecond, 15 * time.Second}},
		"an unreachable server":                  {duringOutage, 1, 0, [2]time.Duration{500 * time.Millisecond, time.Second}},
		"what the API asks for":                  {soon, 1, 3 * time.Second, [2]time.Duration{3 * time.Second, 3 * time.Second}},
		"what the API asks for, and not more":    {soon, 9, time.Second, [2]time.Duration{time.Second, time.Second}},
		"a lost reset":                           {afterLanding, 1, 0, [2]time.Duration{5 * time.Second, 6 * time.Second}},
		"a lost reset lands no slower next time": {afterLanding, 5, 0, [2]time.Duration{5 * time.Second, 6 * time.Second}},
		"a lost reset lands whatever is asked":   {afterLanding, 1, time.Second, [2]time.Duration{5 * time.Second, 6 * time.Second}},
		"a lost reset, and more is asked for":    {afterLanding, 1, time.Minute, [2]time.Duration{time.Minute, time.Minute}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := map[time.Duration]bool{}
			for range 200 {
				got := c.decision.pause(c.attempts, c.retryAfter)
				if got < c.want[0] || got > c.want[1] {
					t.Errorf("pause: %s, want %s", got, c.want)
				}
				seen[got] = true
			}
			if c.want[0] != c.want[1] && len(seen) < 2 {
				t.Error("nothing is left to chance")
			}
		})
	}
}

func TestOutageCountsFromItsFirstFailureUntilSomethingAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outage
		if got := o.left(); got != 30*time.Second {
			t.Errorf("before: %s", got)
		}
		if got := o.failed(); got != 30*time.Second {
			t.Errorf("at the first failure: %s", got)
		}
		<-time.After(20 * time.Second)
		if got := o.failed(); got != 10*time.Second {
			t.Errorf("20 s later: %s", got)
		}
		<-time.After(20 * time.Second)
		if got := o.left(); got != -10*time.Second {
			t.Errorf("40 s later: %s", got)
		}
		o.ended()
		if got := o.failed(); got != 30*time.Second {
			t.Errorf("after an answer: %s", got)
		}
	})
}

// TestADateToWaitForGoesByTheServersClock: a client whose clock is off must not
// wait too long, or not at all.
func TestADateToWaitForGoesByTheServersClock(t *testing.T) {
	t.Parallel()
	server := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, local := range map[string]time.Time{"behind": server.Add(-10 * time.Minute), "ahead": server.Add(10 * time.Minute)} {
		header := http.Header{"Retry-After": {server.Add(time.Minute).Format(http.TimeFormat)}, "Date": {server.Format(http.TimeFormat)}}
		got, err := readAnswer(&http.Response{StatusCode: 429, Header: header, Body: http.NoBody}, local)
		if err != nil || got.RetryAfter != time.Minute {
			t.Errorf("%s: %v, %v, want a minute", name, got.RetryAfter, err)
		}
		header.Del("Date")
		if got, err = readAnswer(&http.Response{StatusCode: 429, Header: header, Body: http.NoBody}, server); err != nil || got.RetryAfter != time.Minute {
			t.Errorf("%s, without a Date: %v, %v, want a minute", name, got.RetryAfter, err)
		}
	}
}
