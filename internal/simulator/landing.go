package simulator

import (
	"slices"
	"time"
)

// landing is a request that acts after its answer.
type landing struct {
	at    time.Time
	apart time.Duration
	entry *Entry
	call  *call
}

// land lets the landings that are due act, and leaves the others in order. Called under s.mu.
func (s *Server) land(now time.Time) {
	for {
		slices.SortStableFunc(s.landings, func(a, b landing) int { return a.at.Compare(b.at) })
		if len(s.landings) == 0 || s.landings[0].at.After(now) {
			return
		}
		l := &s.landings[0]
		if free := s.freeAt(l); free.After(l.at) {
			l.at = free
			continue
		}
		due := *l
		s.landings = s.landings[1:]
		if s.act(due.call, due.at).acted {
			due.entry.acted(due.at)
			s.announce()
		}
	}
}

// freeAt is the time when the last reset of the landing's credential is Fault.ActApart ago. It is zero without such a
// reset, and without that option. Called under s.mu.
func (s *Server) freeAt(l *landing) time.Time {
	c := s.account.find(l.call.domain, l.call.guid)
	if l.apart <= 0 || c == nil || c.changed.IsZero() {
		return time.Time{}
	}
	return c.changed.Add(l.apart)
}

// NextLanding is the time, by Options.Now, when the next late landing is due, and whether there is one. Another reset
// may still put it off: see Fault.ActApart.
func (s *Server) NextLanding() (due time.Time, pending bool) {
	s.lock()
	defer s.mu.Unlock()
	if len(s.landings) == 0 {
		return time.Time{}, false
	}
	return s.landings[0].at, true
}
