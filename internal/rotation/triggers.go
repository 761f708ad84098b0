package rotation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Value is one trigger's value; the zero value is the empty string.
type Value struct {
	// Unknown tells that the value is not known yet, Null that it is null.
	Unknown, Null bool
	Text          string
}

// Triggers are the rotation_triggers of a state or of a plan.
type Triggers struct {
	// Unknown tells that the whole map is not known yet.
	Unknown bool
	// Values are empty if there are no triggers: no map, or an empty one, which a
	// module's variable is by default.
	Values map[string]Value
}

func (t Triggers) none() bool { return !t.Unknown && len(t.Values) == 0 }

// Change is what became of the triggers.
type Change struct {
	Action Action
	// Keys are the triggers that are new, lost or changed, sorted.
	Keys []string
	// Complete tells that no further key can join Keys once everything is
	// known.
	Complete bool
}

// Compare tells whether going from one set of triggers to another calls for a
// rotation. One map that becomes a different map does: another value, a new
// key, a lost key. Taking triggers up, or giving them up, does not: neither an
// import nor triggers added to a credential in use may cut anybody off.
func (before Triggers) Compare(after Triggers) Change {
	switch {
	case before.none() || after.none():
		// Also where the map to come is unknown: from none, whatever it turns
		// out to be is no rotation.
		return Change{Action: Keep, Complete: true}
	case before.Unknown || after.Unknown:
		return Change{Action: Undecided}
	}
	change := Change{Action: Keep, Complete: true}
	undecided := false
	for key, value := range after.Values {
		old, had := before.Values[key]
		switch {
		case !had, !value.Unknown && old != value:
			change.Keys = append(change.Keys, key)
		case value.Unknown:
			undecided = true
		}
	}
	for key := range before.Values {
		if _, has := after.Values[key]; !has {
			change.Keys = append(change.Keys, key)
		}
	}
	slices.Sort(change.Keys)
	change.Complete = !undecided
	switch {
	case len(change.Keys) > 0:
		change.Action = Rotate
	case undecided:
		change.Action = Undecided
	}
	return change
}

// names lists the keys for rotation_reason, which goes onto screens and into
// logs: ten at most, and how many more there are. What would be lost there, or would be taken for something else (nothing
// at all, a line break, a terminal's escape sequence, a comma), is quoted.
func (c Change) names() string {
	const mostNames = 10
	names := make([]string, min(len(c.Keys), mostNames))
	for i, key := range c.Keys[:len(names)] {
		key = shorten(key, 200)
		names[i] = key
		if quoted := strconv.Quote(key); key == "" || strings.Contains(key, ",") || strings.TrimSpace(key) != key || quoted != `"`+key+`"` {
			names[i] = quoted
		}
	}
	all := strings.Join(names, ", ")
	if more := len(c.Keys) - len(names); more > 0 {
		all += fmt.Sprintf(" and %d more", more)
	}
	return all
}
