package rotation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Value is the value of a trigger. The zero value is the empty string.
type Value struct {
	// Unknown means that the value is not known yet, Null that it is null.
	Unknown, Null bool
	Text          string
}

// Triggers are the rotation_triggers of a state or of a plan.
type Triggers struct {
	// Unknown means that the whole map is not known yet.
	Unknown bool
	// Values is empty for no map and for an empty map, the usual default of a module's
	// variable.
	Values map[string]Value
}

func (t Triggers) none() bool { return !t.Unknown && len(t.Values) == 0 }

// Change is the difference between two sets of triggers.
type Change struct {
	Action Action
	// Keys are the new, lost and changed triggers, sorted.
	Keys []string
	// Complete means that Keys cannot grow once all values are known.
	Complete bool
}

// Compare decides whether a change of the triggers calls for a rotation. A different
// map does: another value, a new key, a lost key. A first map, or no map any more, does
// not: neither an import nor new triggers for a credential in use may cut anybody off.
func (before Triggers) Compare(after Triggers) Change {
	switch {
	case before.none() || after.none():
		// A first map never rotates, even if it is not known yet.
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

// names lists the keys for rotation_reason, which is shown on screens and in logs. It
// lists ten at most, and counts the rest. Keys that are hard to read in a list are
// quoted: empty ones, and those with a comma, a line break or an escape sequence.
func (c Change) names() string {
	const mostNames = 10
	names := make([]string, min(len(c.Keys), mostNames))
	for i, key := range c.Keys[:len(names)] {
		key = shorten(key, 200)
		names[i] = key
		quoted := strconv.Quote(key)
		if key == "" || strings.Contains(key, ",") || strings.TrimSpace(key) != key || quoted != `"`+key+`"` {
			names[i] = quoted
		}
	}
	all := strings.Join(names, ", ")
	if more := len(c.Keys) - len(names); more > 0 {
		all += fmt.Sprintf(" and %d more", more)
	}
	return all
}
