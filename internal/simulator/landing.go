package simulator

import (
	"slices"
	"time"
)

// landing is a request that acts later than it was answered.
type landing struct {
	at    time.Time
	apart time.Duration
	entry *Entry
	call  *call
}

// land lets everything act that is due. Called under s.mu.
func (s *Server) land(now time.Time) {
	for {
		s.sortLandings()
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

func (s *Server) sortLandings() {
	slices.SortStableFunc(s.landings, func(a, b landing) int { return a.at.Compare(b.at) })
}

// freeAt is when the last reset of the landing's credential is far enough away, zero where there was none or where no
// distance is to be kept. Called under s.mu.
func (s *Server) freeAt(l *landing) time.Time {
	c := s.account.find(l.call.domain, l.call.guid)
	if l.apart <= 0 || c == nil || c.changed.IsZero() {
		return time.Time{}
	}
	return c.changed.Add(l.apart)
}

// NextLanding is when the next late landing is due, by Options.Now, and whether there is one at all. By then another
// reset may have put it off: see Fault.ActApart.
func (s *Server) NextLanding() (due time.Time, pending bool) {
	s.lock()
	defer s.mu.Unlock()
	if len(s.landings) == 0 {
		return time.Time{}, false
	}
	s.sortLandings()
	return s.landings[0].at, true
}
