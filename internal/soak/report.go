package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

// results is what a soak has come to. Its workers add to it side by side.
type results struct {
	mu sync.Mutex

	rounds, asked, stored, resets, reads int
	faults                               map[string]*faultCount
	kills                                map[string]int
	landed, ended, late, restored        int

	findings map[finding]int
}

// faultCount is how many requests met one kind of fault.
type faultCount struct{ resets, reads int }

// finding is something that must not be.
type finding string

// What may be found.
const (
	lostPassword    finding = "lost passwords"
	unaskedRotation finding = "unasked rotations"
	needlessReset   finding = "needless resets"
	seenSecret      finding = "secrets seen"
	leakedRequest   finding = "requests sent elsewhere"
	crashed         finding = "crashes"
	healFailed      finding = "heals that failed"
	planNotEmpty    finding = "plans that were not empty"
	wrongRequest    finding = "requests that a correct client never makes"
)

// allFindings is in the order of the report; what was lost has its own line.
func allFindings() []finding {
	return []finding{
		unaskedRotation, needlessReset, seenSecret, leakedRequest, crashed, healFailed, planNotEmpty, wrongRequest,
	}
}

func newResults() *results {
	return &results{faults: make(map[string]*faultCount), kills: make(map[string]int), findings: make(map[finding]int)}
}

// add changes the results.
func (t *results) add(change func(*results)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(t)
}

// meet counts a request that met a fault. Called within add.
func (t *results) meet(m metFault) {
	c := t.faults[m.name]
	if c == nil {
		c = new(faultCount)
		t.faults[m.name] = c
	}
	if m.purpose == purposeReset {
		c.resets++
	} else {
		c.reads++
	}
}

// clean tells whether nothing was found that must not be.
func (t *results) clean() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.findings) == 0
}

// report writes the results as a table.
func (t *results) report(w io.Writer, s settings) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var faulty faultCount
	for _, c := range t.faults {
		faulty.resets += c.resets
		faulty.reads += c.reads
	}
	var rows [][2]string
	row := func(name, format string, arguments ...any) {
		rows = append(rows, [2]string{name, fmt.Sprintf(format, arguments...)})
	}
	row("seed", "%d", s.seed)
	row("resources", "%d in each of %d workers", s.resources, s.workers)
	row("rounds", "%d", t.rounds)
	row("rotations asked for", "%d", t.asked)
	row("rotations stored", "%d", t.stored)
	row("reset requests", "%d, of which %d met a fault", t.resets, faulty.resets)
	row("resets per rotation", "%.2f", float64(t.resets)/float64(max(1, t.stored)))
	row("reads", "%d, of which %d met a fault", t.reads, faulty.reads)
	row("late landings", "%d, of which %d after the repeat was answered; %d rotations by late_reset", t.landed, t.ended, t.late)
	row("state files restored", "%d", t.restored)
	for _, name := range slices.Sorted(maps.Keys(t.kills)) {
		row(name, "%d", t.kills[name])
	}
	for _, name := range slices.Sorted(maps.Keys(t.faults)) {
		row("met: "+name, "%d resets, %d reads", t.faults[name].resets, t.faults[name].reads)
	}
	for _, f := range allFindings() {
		row(string(f), "%d", t.findings[f])
	}
	width := 0
	for _, r := range rows {
		width = max(width, len(r[0]))
	}
	for _, r := range rows {
		if _, err := fmt.Fprintf(w, "%-*s  %s\n", width, r[0], r[1]); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %d of %d rotations\n", lostPassword, t.findings[lostPassword], t.stored)
	return err
}
