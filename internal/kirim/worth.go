package kirim

import "time"

// worth judges what lists say by what credentials say by themselves: a list may
// leave out, or leave empty, what a credential's own answer has, and then a reset
// by somebody else would go unseen. What an item of a list lacks is no fault
// where the own answers lack it too, such as the time of a change that never was.
type worth struct {
	// items is what each one that was listed lacks.
	items map[string]lack
	// own is what own answers lack, poor what items lack that had it in an own
	// answer.
	own, poor map[lack]bool
	// trials are the own answers under way that are to tell about what items lack.
	trials map[lack]int
	useful int // items that are not poor
	// listChanges and ownChanges are when passwords changed, by lists and by own
	// answers. contradicted tells that the two do not agree about one of them.
	listChanges, ownChanges map[string]time.Time
	contradicted            bool
}

func newWorth() *worth {
	return &worth{
		items: map[string]lack{}, own: map[lack]bool{}, poor: map[lack]bool{}, trials: map[lack]int{},
		listChanges: map[string]time.Time{}, ownChanges: map[string]time.Time{},
	}
}

// lack is what an answer does not say of a credential, a bit for each.
type lack uint8

const (
	lacksUsername lack = 1 << iota
	lacksCreated
	lacksModified
	lacksChange     // does not speak of the password's changes
	lacksChangeTime // says that there was none
	// lacksReset: either of these, although there was one, as the reader knows. What
	// was never reset proves nothing about it.
	lacksReset
)

// seenBy is what lacks for somebody who knows whether the password was reset.
func (l lack) seenBy(wasReset bool) lack {
	if wasReset && l&(lacksChange|lacksChangeTime) != 0 {
		return l | lacksReset
	}
	return l
}

func lacking(c Credential) (l lack) {
	if c.Username == "" {
		l |= lacksUsername
	}
	if c.CreatedAt.IsZero() {
		l |= lacksCreated
	}
	if c.ModifiedAt.IsZero() {
		l |= lacksModified
	}
	switch {
	case !c.TellsPasswordChange:
		l |= lacksChange
	case c.LastPasswordChanged.IsZero():
		l |= lacksChangeTime
	}
	return l
}

// listed notes an item of a list, and tells whether it is a new one.
func (w *worth) listed(c Credential) (fresh bool) {
	_, has := w.items[c.GUID]
	l := lacking(c)
	w.items[c.GUID] = l
	if !has && !w.poor[l] && !w.poor[l.seenBy(true)] {
		w.useful++
	}
	return !has
}

func (w *worth) has(guid string) bool {
	_, has := w.items[guid]
	return has
}

// good tells whether the item of a credential that was listed says as much as
// the credential's own answer would.
func (w *worth) good(guid string, wasReset bool) bool {
	if w.contradicted {
		return false
	}
	l := w.items[guid].seenBy(wasReset)
	if l == 0 || w.poor[l] {
		return l == 0
	}
	for own := range w.own {
		if l&^own == 0 {
			return true
		}
	}
	return false
}

// try notes that a credential is to be read by itself. What it gives is for
// answered.
func (w *worth) try(guid string, wasReset bool) (trial lack) {
	trial = w.items[guid].seenBy(wasReset)
	w.trials[trial]++
	return trial
}

// beingTried tells whether an own answer is under way that may tell about the
// item of a credential. The first of all may.
func (w *worth) beingTried(guid string, wasReset bool) bool {
	l := w.items[guid].seenBy(wasReset)
	return !w.contradicted && !w.poor[l] && (w.trials[l] > 0 || len(w.own) == 0 && w.trials[0] > 0)
}

// answered notes a credential's own answer, nil where there was none.
func (w *worth) answered(guid string, wasReset bool, trial lack, c *Credential) {
	w.trials[trial]--
	if c == nil {
		return
	}
	own := lacking(*c).seenBy(wasReset)
	w.own[own] = true
	item, has := w.items[guid]
	if l := item.seenBy(wasReset); has && l&^own != 0 && !w.poor[l] {
		// The same credential, twice: nothing is better.
		w.poor[l] = true
		w.useful = 0
		for _, other := range w.items {
			if !w.poor[other] && !w.poor[other.seenBy(true)] {
				w.useful++
			}
		}
	}
}

// nothing tells that no item of all that were listed is of use.
func (w *worth) nothing() bool { return w.contradicted || len(w.items) > 0 && w.useful == 0 }

// compare notes when a password changed, by a list or by the credential's own
// answer. Lists that once say otherwise than that are not believed any more.
func (w *worth) compare(c Credential) {
	mine, others := w.ownChanges, w.listChanges
	if c.Listed {
		mine, others = others, mine
	}
	mine[c.GUID] = c.LastPasswordChanged
	other := others[c.GUID]
	if !other.IsZero() && !c.LastPasswordChanged.IsZero() && !other.Equal(c.LastPasswordChanged) {
		w.contradicted = true
	}
}
