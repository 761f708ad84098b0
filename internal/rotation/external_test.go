package rotation_test

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

func TestTellsALateLandingFromOurs(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	after := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	never := time.Time{}
	for name, test := range map[string]struct {
		made              rotation.ChangeTime
		changed, modified time.Time
		want              bool
	}{
		"our own":                                {rotation.ChangeTime{Modified: at}, at, at, false},
		"our own, a second later":                {rotation.ChangeTime{Modified: at}, after(1), after(1), false},
		"a second later than modified_at":        {rotation.ChangeTime{Modified: at}, after(1), at, false},
		"two seconds later":                      {rotation.ChangeTime{Modified: at}, after(2), after(2), true},
		"a quarter of an hour later":             {rotation.ChangeTime{Modified: at}, after(900), after(900), true},
		"later than that: somebody else":         {rotation.ChangeTime{Modified: at}, after(901), after(901), false},
		"earlier":                                {rotation.ChangeTime{Modified: at}, after(-1), at, false},
		"the API does not say":                   {rotation.ChangeTime{Modified: at}, never, after(5), false},
		"by the Date":                            {rotation.ChangeTime{At: at}, after(2), never, true},
		"by the Date, our own, a second later":   {rotation.ChangeTime{At: at}, after(1), never, false},
		"no time to go by":                       {rotation.ChangeTime{}, after(2), after(2), false},
		"modified_at does not follow passwords":  {rotation.ChangeTime{Modified: after(-5000), At: at}, at, after(-5000), false},
		"it does not, and a landing":             {rotation.ChangeTime{Modified: after(-5000), At: at}, after(3), after(-5000), true},
		"a landing that leaves modified_at be":   {rotation.ChangeTime{Modified: at, At: at}, after(3), at, true},
		"it does not, and the Date is not known": {rotation.ChangeTime{Modified: after(-5000)}, after(3), after(-5000), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := rotation.Observed{PasswordChanged: test.changed, Modified: test.modified}
			if got := test.made.EndedByLateReset(seen, at.Add(rotation.LateResetWindow)); got != test.want {
				t.Errorf("overtaken: %t", got)
			}
			if got := test.made.Against(seen).EndedByLateReset(seen, at.Add(rotation.LateResetWindow)); got != test.want {
				t.Errorf("overtaken, by the one moment that is compared: %t", got)
			}
			if test.made.EndedByLateReset(seen, time.Time{}) {
				t.Error("overtaken by what cannot land any more")
			}
		})
	}
}

func TestTellsOthersResetsFromOurs(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	after := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	never, local := time.Time{}, at.Add(-24*time.Hour) // our clock is a day late
	for name, test := range map[string]struct {
		made                 rotation.ChangeTime
		changed, modified    time.Time
		external, superseded bool
	}{
		"our own":                                        {rotation.ChangeTime{Modified: at}, at, at, false, false},
		"our own, a second later":                        {rotation.ChangeTime{Modified: at}, after(1), after(1), false, false},
		"two seconds later":                              {rotation.ChangeTime{Modified: at}, after(2), after(2), false, true},
		"a minute later":                                 {rotation.ChangeTime{Modified: at}, after(60), after(60), false, true},
		"more than a minute later":                       {rotation.ChangeTime{Modified: at}, after(61), after(61), true, true},
		"earlier":                                        {rotation.ChangeTime{Modified: at}, after(-3600), at, false, false},
		"the API says nothing":                           {rotation.ChangeTime{Modified: at}, never, never, false, false},
		"only modified, later":                           {rotation.ChangeTime{Modified: at}, never, after(3600), false, true},
		"only modified, our own":                         {rotation.ChangeTime{Modified: at}, never, after(1), false, false},
		"modified later than changed":                    {rotation.ChangeTime{Modified: at}, at, after(3600), false, false},
		"the server never told its time":                 {rotation.ChangeTime{}, after(3600), after(3600), false, true},
		"the server never told its time, our own":        {rotation.ChangeTime{}, after(1 - 24*3600), after(1 - 24*3600), false, false},
		"its Date is two hours late, our own":            {rotation.ChangeTime{At: after(-7200 - 24*3600)}, after(-24 * 3600), never, false, false},
		"its Date is two hours late, a little later":     {rotation.ChangeTime{At: after(-7200 - 24*3600)}, after(60 - 24*3600), never, false, true},
		"its Date is two hours late, and a later change": {rotation.ChangeTime{At: after(-7200 - 24*3600)}, after(61 - 24*3600), never, true, true},
		"without modified_at":                            {rotation.ChangeTime{At: at}, after(61), never, true, true},
		"without modified_at, our own":                   {rotation.ChangeTime{At: at}, after(1), never, false, false},
		"a password that was there, and modified later":  {rotation.ChangeTime{At: at}, at, after(3600), false, false},
		"a password that was there, and modified before": {rotation.ChangeTime{At: at}, at, after(-3600), false, false},

		// modified_at that does not follow passwords: it says nothing of when
		// our own was made, the answer's Date does.
		"modified_at stands still":                           {rotation.ChangeTime{Modified: after(-9000), At: at}, at, after(-9000), false, false},
		"modified_at stands still, and a later change":       {rotation.ChangeTime{Modified: after(-9000), At: at}, after(61), after(-9000), true, true},
		"modified_at stands still, and no Date":              {rotation.ChangeTime{Modified: after(-9000)}, at, after(-9000), false, true},
		"modified_at was old in the answer alone":            {rotation.ChangeTime{Modified: after(-9000), At: at}, after(1), after(1), false, false},
		"modified_at was old in the answer, and is not told": {rotation.ChangeTime{Modified: after(-9000), At: at}, at, never, false, false},
		"modified_at was old in the answer, a later change":  {rotation.ChangeTime{Modified: after(-9000), At: at}, after(61), after(61), true, true},
		// A server whose Date is of another clock than its times.
		"Date is three hours ahead": {rotation.ChangeTime{Modified: at, At: after(10800)}, after(61), after(61), true, true},
		"Date is three hours late":  {rotation.ChangeTime{Modified: at, At: after(-10800)}, at, at, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := rotation.Observed{PasswordChanged: test.changed, Modified: test.modified}
			if got := test.made.ResetExternally(seen, local); got != test.external {
				t.Errorf("reset externally: %t", got)
			}
			if changed := test.made.ChangedSince(seen, local); changed && !test.superseded || test.external && !changed {
				t.Errorf("changed since: %t", changed)
			}
			if got := test.made.Superseded(seen, local); got != test.superseded {
				t.Errorf("superseded: %t", got)
			}
		})
	}
}

func TestTellsAPossibleChange(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	after := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	never := time.Time{}
	for name, test := range map[string]struct {
		made              rotation.ChangeTime
		changed, modified time.Time
		want              bool
	}{
		"our own":                             {rotation.ChangeTime{Modified: at, At: at}, at, at, false},
		"our own, a second later":             {rotation.ChangeTime{Modified: at, At: at}, after(1), after(1), false},
		"our own, answered slowly":            {rotation.ChangeTime{Modified: at, At: after(9)}, after(8), after(8), false},
		"two seconds later":                   {rotation.ChangeTime{Modified: at, At: at}, after(2), after(2), true},
		"an hour later":                       {rotation.ChangeTime{Modified: at, At: at}, after(3600), after(3600), true},
		"modified later, and not changed":     {rotation.ChangeTime{Modified: at, At: at}, never, after(3600), false},
		"the server never told its time":      {rotation.ChangeTime{}, after(2), after(2), false},
		"two seconds later than an adoption":  {rotation.ChangeTime{At: at}, after(2), at, true},
		"without modified_at, two seconds on": {rotation.ChangeTime{At: at}, after(2), never, true},
	} {
		if got := test.made.ChangedSince(rotation.Observed{PasswordChanged: test.changed, Modified: test.modified}, at); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestOutcomeOf has the data that a killed apply leaves: our own clock, and the
// modified_at of the last answer, if there was one.
func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	after := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	never := time.Time{}
	for name, test := range map[string]struct {
		modified     time.Time
		changed, now time.Time
		local        time.Time
		want         rotation.Outcome
	}{
		"not changed":                           {at, at, at, after(1), rotation.OutcomeUnchanged},
		"not changed, a second apart":           {at, after(1), after(1), after(-20), rotation.OutcomeUnchanged},
		"changed two seconds later":             {at, after(2), after(2), at, rotation.OutcomeChanged},
		"changed an hour later":                 {at, after(3600), after(3600), after(40), rotation.OutcomeChanged},
		"the API does not say":                  {at, never, after(3600), at, rotation.OutcomeUnknown},
		"clocks that differ":                    {at, after(2), after(2), after(61), rotation.OutcomeUnknown},
		"clocks that differ, and nothing since": {at, at, at, after(-61), rotation.OutcomeUnknown},
		"modified_at does not follow":           {at, after(2), at.Add(-time.Hour), at, rotation.OutcomeUnknown},
		"without modified_at, just now":         {never, after(2), never, at, rotation.OutcomeUnknown},
		"without modified_at, long before":      {never, after(-61), never, at, rotation.OutcomeUnknown},
		"without modified_at, long after":       {never, after(3600), never, at, rotation.OutcomeUnknown},
	} {
		seen := rotation.Observed{PasswordChanged: test.changed, Modified: test.now}
		if got := rotation.OutcomeOf(test.modified, false, seen, test.local); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
		found := rotation.OutcomeUnknown
		if name == "without modified_at, long before" {
			found = rotation.OutcomeUnchanged
		}
		if got := rotation.OutcomeOf(never, true, seen, test.local); test.modified.IsZero() && got != found {
			t.Errorf("%s, a password that was there before: %d, want %d", name, got, found)
		}
	}
}

// TestAnImpossibleTimeProvesNothing: a time later than its own answer causes neither a
// rotation nor a warning, and prevents a revocation.
func TestAnImpossibleTimeProvesNothing(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	after := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	for name, test := range map[string]struct {
		made          rotation.ChangeTime
		changed, date time.Time
		possible      bool // it counts
		superseded    bool
		another       bool // it is ours, by another clock
	}{
		"90 s later than its answer":            {rotation.ChangeTime{At: at}, after(90), after(10), false, true, true},
		"a second later than its answer":        {rotation.ChangeTime{At: at}, after(61), after(60), false, true, true},
		"hours later than its answer":           {rotation.ChangeTime{At: at}, after(25200), after(10), false, true, true},
		"later, and too late after ours":        {rotation.ChangeTime{At: at}, after(90), after(61), false, true, false},
		"as late as its answer":                 {rotation.ChangeTime{At: at}, after(90), after(90), true, true, false},
		"before its answer":                     {rotation.ChangeTime{At: at}, after(90), after(900), true, true, false},
		"an answer without a Date":              {rotation.ChangeTime{At: at}, after(90), time.Time{}, true, true, false},
		"later, by the clock that ours is of":   {rotation.ChangeTime{Modified: at, At: at}, after(90), after(10), false, true, false},
		"later, ours is known by it":            {rotation.ChangeTime{Changed: at}, after(90), after(10), false, true, false},
		"ours, by the clock that is ahead":      {rotation.ChangeTime{Changed: after(90)}, after(90), after(10), false, true, false},
		"the same, once it can be true":         {rotation.ChangeTime{Changed: after(90)}, after(90), after(100), false, false, false},
		"ours, a second later":                  {rotation.ChangeTime{At: at}, after(1), at, false, false, true},
		"nobody knows when ours was made by it": {rotation.ChangeTime{}, after(90), after(10), false, true, false},
	} {
		modified := test.changed
		if test.made.Modified.IsZero() {
			modified = at.Add(-time.Hour)
		}
		seen := rotation.Observed{PasswordChanged: test.changed, Modified: modified, At: test.date}
		local := at.Add(-24 * time.Hour)
		for what, got := range map[string]bool{
			"reset externally": test.made.ResetExternally(seen, local), "changed since": test.made.ChangedSince(seen, local),
		} {
			if got != test.possible {
				t.Errorf("%s: %s: %t", name, what, got)
			}
		}
		if got := test.made.EndedByLateReset(seen, after(900)); got != (test.possible && test.made.Changed.IsZero()) {
			t.Errorf("%s: overtaken: %t", name, got)
		}
		if got := test.made.Superseded(seen, local); got != test.superseded {
			t.Errorf("%s: superseded: %t", name, got)
		}
		if got := test.made.OfAnotherClock(seen); got != test.another {
			t.Errorf("%s: of another clock: %t", name, got)
		}
	}
	changed := rotation.Observed{PasswordChanged: after(90), Modified: after(90), At: after(10)}
	if got := rotation.OutcomeOf(at, false, changed, at); got != rotation.OutcomeUnknown {
		t.Errorf("a change that cannot be true is outcome %d", got)
	}
	if got := rotation.OutcomeOf(after(90), false, changed, after(90)); got != rotation.OutcomeUnchanged {
		t.Errorf("the reset's own time, of the same clock, is outcome %d", got)
	}
}

func TestEarlier(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	made := rotation.ChangeTime{At: at}
	for seconds, want := range map[int]bool{60: false, 0: false, -60: false, -61: true, -3600: true} {
		if got := made.Earlier(rotation.Observed{PasswordChanged: at.Add(time.Duration(seconds) * time.Second)}); got != want {
			t.Errorf("%d s: %t", seconds, got)
		}
	}
	if made.Earlier(rotation.Observed{}) || (rotation.ChangeTime{}).Earlier(rotation.Observed{PasswordChanged: at}) {
		t.Error("earlier where there is nothing to compare")
	}
}

func TestSameDifference(t *testing.T) {
	t.Parallel()
	for other, want := range map[time.Duration]bool{
		90 * time.Second: true, 88 * time.Second: true, 92 * time.Second: true, 87 * time.Second: false, 93 * time.Second: false, -90 * time.Second: false,
	} {
		if got := rotation.SameDifference(90*time.Second, other); got != want {
			t.Errorf("90 s and %s: %t", other, got)
		}
	}
}
