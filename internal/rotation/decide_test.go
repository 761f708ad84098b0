package rotation_test

import (
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

var none = rotation.Triggers{}

func known(pairs ...string) rotation.Triggers {
	values := map[string]rotation.Value{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = rotation.Value{Text: pairs[i+1]}
	}
	return rotation.Triggers{Values: values}
}

func with(triggers rotation.Triggers, key string, value rotation.Value) rotation.Triggers {
	triggers.Values[key] = value
	return triggers
}

func TestDecide(t *testing.T) {
	t.Parallel()
	unknown, null := rotation.Value{Unknown: true}, rotation.Value{Null: true}
	keep := rotation.Decision{Action: rotation.Keep}
	undecided := rotation.Decision{Action: rotation.Undecided}
	rotate := func(reason string) rotation.Decision {
		return rotation.Decision{Action: rotation.Rotate, Reason: reason}
	}
	for name, test := range map[string]struct {
		before, after rotation.Triggers
		unfinished    bool
		want          rotation.Decision
	}{
		"nothing at all":                       {none, none, false, keep},
		"the same":                             {known("a", "1"), known("a", "1"), false, keep},
		"another value":                        {known("a", "1"), known("a", "2"), false, rotate("rotation_triggers: a")},
		"a new key":                            {known("a", "1"), known("a", "1", "b", "1"), false, rotate("rotation_triggers: b")},
		"a lost key":                           {known("a", "1", "b", "1"), known("b", "1"), false, rotate("rotation_triggers: a")},
		"several, sorted":                      {known("z", "1", "b", "1"), known("z", "2", "a", "1"), false, rotate("rotation_triggers: a, b, z")},
		"a key that is renamed":                {known("a", "1"), known("b", "1"), false, rotate("rotation_triggers: a, b")},
		"taken up":                             {none, known("a", "1"), false, keep},
		"taken up, empty":                      {none, known(), false, keep},
		"given up":                             {known("a", "1"), none, false, keep},
		"an empty map becomes a full one":      {known(), known("a", "1"), false, keep},
		"a full map becomes an empty one":      {known("a", "1"), known(), false, keep},
		"an empty map becomes none":            {known(), none, false, keep},
		"an empty map becomes an unknown one":  {known(), rotation.Triggers{Unknown: true}, false, keep},
		"an empty map, a value to come":        {known(), with(known(), "a", unknown), false, keep},
		"a null value is a trigger":            {with(known(), "a", null), with(known(), "b", null), false, rotate("rotation_triggers: a, b")},
		"the last of two keys is left":         {known("a", "1", "b", "1"), known("a", "1"), false, rotate("rotation_triggers: b")},
		"a value becomes null":                 {known("a", "1"), with(known(), "a", null), false, rotate("rotation_triggers: a")},
		"null becomes an empty string":         {with(known(), "a", null), known("a", ""), false, rotate("rotation_triggers: a")},
		"null stays null":                      {with(known(), "a", null), with(known(), "a", null), false, keep},
		"an unknown value":                     {known("a", "1"), with(known(), "a", unknown), false, undecided},
		"an unknown map":                       {known("a", "1"), rotation.Triggers{Unknown: true}, false, undecided},
		"an unknown map taken up":              {none, rotation.Triggers{Unknown: true}, false, keep},
		"an unknown value taken up":            {none, with(known(), "a", unknown), false, keep},
		"an unknown value beside a change":     {known("a", "1", "b", "1"), with(known("b", "2"), "a", unknown), false, rotate("")},
		"a new key of unknown value":           {known("a", "1"), with(known("a", "1"), "b", unknown), false, rotate("rotation_triggers: b")},
		"unfinished":                           {none, none, true, rotate("unfinished_rotation")},
		"unfinished, and a changed trigger":    {known("a", "1"), known("a", "2"), true, rotate("rotation_triggers: a")},
		"unfinished, and an unknown trigger":   {known("a", "1"), with(known(), "a", unknown), true, rotate("")},
		"unfinished, and triggers that are up": {known("a", "1"), none, true, rotate("unfinished_rotation")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := rotation.Decide(rotation.Input{Before: test.before, After: test.after, Unfinished: test.unfinished})
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestTheFirstReasonCounts(t *testing.T) {
	t.Parallel()
	unknown := rotation.Triggers{Unknown: true}
	due := rotation.Clock{Before: rotation.Timing{Period: 1}, After: rotation.Timing{Period: 1}, Due: true}
	everything := func(change func(*rotation.Input)) rotation.Input {
		in := rotation.Input{
			Adoptable: rotation.Yes, Before: known("a", "1"), After: known("a", "2"), Unfinished: true, LateReset: true,
			ExternalReset: true, FollowExternal: rotation.Yes, Clock: due,
		}
		change(&in)
		return in
	}
	for name, test := range map[string]struct {
		change func(*rotation.Input)
		want   rotation.Decision
	}{
		"all of them": {func(*rotation.Input) {}, rotation.Decision{Action: rotation.Adopt, Reason: "adopted"}},
		"nothing to adopt": {
			func(in *rotation.Input) { in.Adoptable = rotation.No },
			rotation.Decision{Action: rotation.Rotate, Reason: "rotation_triggers: a"},
		},
		"triggers are the same": {
			func(in *rotation.Input) { in.Adoptable, in.After = rotation.No, in.Before },
			rotation.Decision{Action: rotation.Rotate, Reason: "unfinished_rotation"},
		},
		"nothing is unfinished": {
			func(in *rotation.Input) { in.Adoptable, in.After, in.Unfinished = rotation.No, in.Before, false },
			rotation.Decision{Action: rotation.Rotate, Reason: "late_reset"},
		},
		"nothing has landed late": {
			func(in *rotation.Input) {
				in.Adoptable, in.After, in.Unfinished, in.LateReset = rotation.No, in.Before, false, false
			},
			rotation.Decision{Action: rotation.Rotate, Reason: "external_change"},
		},
		"others are not followed": {
			func(in *rotation.Input) {
				in.Adoptable, in.After, in.FollowExternal = rotation.No, in.Before, rotation.No
				in.Unfinished, in.LateReset = false, false
			},
			rotation.Decision{Action: rotation.Rotate, Reason: "rotation_period"},
		},
		"whether something is adopted is not known": {
			func(in *rotation.Input) { in.Adoptable = rotation.Unknown }, rotation.Decision{Action: rotation.Rotate},
		},
		"triggers are not known": {
			func(in *rotation.Input) { in.Adoptable, in.After = rotation.No, unknown }, rotation.Decision{Action: rotation.Rotate},
		},
		"only whether others are followed is not known, and nobody was seen": {
			func(in *rotation.Input) { *in = rotation.Input{FollowExternal: rotation.Unknown} },
			rotation.Decision{Action: rotation.Undecided},
		},
		"something has landed late, and whether others are followed is not known": {
			func(in *rotation.Input) { *in = rotation.Input{FollowExternal: rotation.Unknown, LateReset: true} },
			rotation.Decision{Action: rotation.Rotate, Reason: "late_reset"},
		},
		"others are followed, and nobody was seen": {
			func(in *rotation.Input) { *in = rotation.Input{FollowExternal: rotation.Yes} }, rotation.Decision{},
		},
		"somebody was seen, and is not followed": {
			func(in *rotation.Input) { *in = rotation.Input{ExternalReset: true} }, rotation.Decision{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rotation.Decide(everything(test.change)); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestDecideCreation(t *testing.T) {
	t.Parallel()
	for existing, want := range map[rotation.Tristate]rotation.Decision{
		rotation.No:      {Action: rotation.Rotate, Reason: "created"},
		rotation.Yes:     {Action: rotation.Adopt, Reason: "adopted"},
		rotation.Unknown: {Action: rotation.Rotate},
	} {
		if got := rotation.DecideCreation(existing); got != want {
			t.Errorf("%v: got %+v, want %+v", existing, got, want)
		}
	}
}

func TestNextVersionIsTheMomentAndAlwaysLarger(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ before, now, want int64 }{
		{0, 1_800_000_000, 1_800_000_000},             // the first, or after an import
		{1_700_000_000, 1_800_000_000, 1_800_000_000}, // as time goes by
		{1_800_000_000, 1_800_000_000, 1_800_000_001}, // within the same second
		{1_900_000_000, 1_800_000_000, 1_900_000_001}, // a clock that was set back
		{0, -5, 1}, // a clock that was never set
	} {
		if got := rotation.NextVersion(test.before, test.now); got != test.want {
			t.Errorf("after %d, at %d: got %d, want %d", test.before, test.now, got, test.want)
		}
	}
}
