package transport

import (
	"testing"
	"time"
)

// TestThePaceClosesInOnWhatGetsThrough by what gets through and what is refused, and looks
// again when the limit has risen.
func TestThePaceClosesInOnWhatGetsThrough(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := pace{}
	p.gotThrough(now)
	if p.spacing(false) != 0 || p.spacing(true) != 0 {
		t.Errorf("a limit that has not shown itself spaces out by %s", p.spacing(false))
	}
	p.refused(now.Add(150 * time.Millisecond))
	now = now.Add(800 * time.Millisecond)
	p.begin(now, time.Hour)
	p.gotThrough(now)
	for limit, want := range []time.Duration{200 * time.Millisecond, 20 * time.Millisecond} {
		const passes = 500
		refused := 0
		for range passes {
			spacing := p.spacing(false)
			if spacing < want {
				p.refused(now.Add(spacing))
				refused++
				spacing = p.spacing(true)
			}
			now = now.Add(spacing)
			p.gotThrough(now)
		}
		if p.slow < want || p.slow > want*9/8 || refused > passes/4 {
			t.Errorf("limit %d of one each %s: the pace is %s after %d were refused", limit, want, p.slow, refused)
		}
	}
}

// TestAPaceThatBeginsGoesByAWindowsAverage if many got through at once, and then none for
// long.
func TestAPaceThatBeginsGoesByAWindowsAverage(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct{ pause, average, want time.Duration }{
		"one each interval":          {200 * time.Millisecond, time.Second, 200 * time.Millisecond},
		"many in a window":           {time.Minute, time.Second, time.Second},
		"others have used it nearly": {time.Minute, time.Minute, longestPause},
	} {
		p := pace{last: now, fast: time.Minute}
		p.begin(now.Add(c.pause), c.average)
		if p.slow != c.want || p.fast > c.want/2 {
			t.Errorf("%s: slow %s, fast %s, want %s", name, p.slow, p.fast, c.want)
		}
	}
}

// TestAnAnswerThatWasOvertakenChangesNoPace: nor does one that is refused before anything
// got through.
func TestAnAnswerThatWasOvertakenChangesNoPace(t *testing.T) {
	t.Parallel()
	now := time.Now()
	want := pace{slow: time.Second, fast: time.Second / 2, last: now}
	p := want
	if p.gotThrough(now.Add(-time.Millisecond)); p != want {
		t.Errorf("got %+v", p)
	}
	if p.refused(now.Add(-time.Millisecond)); p.fast != 0 {
		t.Errorf("got %+v", p)
	}
	p = pace{}
	if p.refused(now); p != (pace{}) {
		t.Errorf("got %+v", p)
	}
}

func TestPausesThatAreNotToldBeginShortAndGrow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slow     time.Duration
		refusals int
		want     time.Duration
	}{
		{0, 1, time.Second / 16},
		{0, 2, time.Second / 4},
		{0, 3, time.Second},
		{0, 4, 4 * time.Second},
		{0, 5, longestPause},
		{0, 1 << 30, longestPause},
		{time.Nanosecond, 1, time.Second / 16},
		{time.Second, 1, time.Second / 4},
		{longestPause, 9, longestPause},
	} {
		p := pace{slow: c.slow}
		seen := map[time.Duration]bool{}
		for range 100 {
			pause := p.pause(c.refusals)
			if pause > c.want || pause < c.want*3/4 {
				t.Errorf("%+v: %s", c, pause)
			}
			seen[pause] = true
		}
		if len(seen) < 2 {
			t.Errorf("%+v: nothing is left to chance", c)
		}
	}
}
