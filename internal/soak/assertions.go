package main

import (
	"fmt"
	"strings"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// needless is how many resets an apply has asked for although it had its
// password already: an earlier answer came whole, and no attempt before it could
// have been running still.
func needless(entries []simulator.Entry, met map[int]metFault) (found []simulator.Entry) {
	answered, mayRun := make(map[string]bool), make(map[string]bool)
	for _, e := range entries {
		if e.Kind != simulator.KindReset {
			continue
		}
		if answered[e.GUID] && !mayRun[e.GUID] {
			found = append(found, e)
		}
		m, faulty := met[e.Seq]
		if whole(e, m, faulty) {
			answered[e.GUID] = true
		}
		if m.mayRun {
			mayRun[e.GUID] = true
		}
	}
	return found
}

// whole tells whether a reset's answer came as a client wants it.
func whole(e simulator.Entry, m metFault, faulty bool) bool {
	return e.Status == 200 && (!faulty || m.whole)
}

// lateLandings counts the requests that acted after their client had been told
// otherwise, and how many of these ended a password that had been answered with
// meanwhile.
func lateLandings(entries []simulator.Entry, met map[int]metFault) (landed, ended int) {
	for i, e := range entries {
		if !met[e.Seq].late || !e.Acted {
			continue
		}
		landed++
		for _, other := range entries[i+1:] {
			m, faulty := met[other.Seq]
			if other.Kind == simulator.KindReset && other.GUID == e.GUID && whole(other, m, faulty) && other.ActedAt.Before(e.ActedAt) {
				ended++
				break
			}
		}
	}
	return landed, ended
}

// resetsOf counts the resets of each credential.
func resetsOf(entries []simulator.Entry) map[string]int {
	resets := make(map[string]int)
	for _, e := range entries {
		if e.Kind == simulator.KindReset {
			resets[e.GUID]++
		}
	}
	return resets
}

// resetsIn counts them all.
func resetsIn(entries []simulator.Entry) (n int) {
	for _, resets := range resetsOf(entries) {
		n += resets
	}
	return n
}

// crashes is how often a screen tells of a crash. That a provider which was
// killed does not respond is none.
func crashes(screen string, killed bool) (found int) {
	for _, sign := range []string{"panic:", "goroutine "} {
		found += strings.Count(screen, sign)
	}
	if !killed {
		found += strings.Count(screen, "lugin did not respond")
	}
	return found
}

// excerpt is what the journal has of one credential.
func excerpt(guid string, entries []simulator.Entry, met map[int]metFault) string {
	var lines []string
	for _, e := range entries {
		if e.GUID != guid {
			continue
		}
		line := fmt.Sprintf("    %s request %d, %s: status %d", e.Time.Format("15:04:05.000"), e.Seq, e.Kind, e.Status)
		if m, faulty := met[e.Seq]; faulty {
			line += ", met " + m.name
		}
		if e.Acted {
			line += ", acted at " + e.ActedAt.Format("15:04:05.000")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
