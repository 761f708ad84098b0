package rotation

import (
	"fmt"
	"maps"
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

// Compare decides whether a change of the triggers calls for a rotation. A different
// map does: another value, a new key, a lost key. A first map, or no map any more, does
// not: neither an import nor new triggers for a credential in use may cut anybody off.
func (before Triggers) Compare(after Triggers) Decision {
	switch {
	case before.none() || after.none():
		// A first map never rotates, even if it is not known yet.
		return Decision{Action: Keep}
	case before.Unknown || after.Unknown:
		return Decision{Action: Undecided}
	}
	all := maps.Clone(before.Values)
	maps.Copy(all, after.Values)
	var changed []string
	unknown := Keep
	for _, key := range slices.Sorted(maps.Keys(all)) {
		old, had := before.Values[key]
		value, has := after.Values[key]
		switch {
		case had && value.Unknown:
			unknown = Undecided
		case had != has || old != value:
			changed = append(changed, key)
		}
	}
	// A value that is not known yet may add its key to the reason.
	return first(
		Decision{Action: unknown},
		Decision{rotateIf(len(changed) > 0), reasonTriggers + ": " + names(changed)},
	)
}

// names lists keys for rotation_reason, which is shown on screens and in logs. It
// lists ten at most, and counts the rest. Keys that are hard to read in a list are
// quoted: empty ones, and those with a comma, a line break or an escape sequence.
func names(keys []string) string {
	const most = 10
	var shown []string
	for _, key := range keys[:min(len(keys), most)] {
		if runes := []rune(key); len(runes) > 200 {
			key = string(runes[:200]) + "…"
		}
		quoted := strconv.Quote(key)
		if key == "" || strings.Contains(key, ",") || strings.TrimSpace(key) != key || quoted != `"`+key+`"` {
			key = quoted
		}
		shown = append(shown, key)
	}
	list := strings.Join(shown, ", ")
	if more := len(keys) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
