package main

import "fmt"

// What is aimed at: so many times as much as the reference, at the most.
const (
	planGoal     = 1.10 // a plan, against time_static
	idleGoal     = 1.05 // a plan, against a resource that does nothing
	growthGoal   = 1.00 // a resource among more, against one among fewer
	startGoal    = 1.10 // the start, against hashicorp/time
	sizeGoal     = 1.30 // the binary, against hashicorp/time's
	rotationGoal = 1.10 // rotations, against the floor
)

// requestsGoal is how many requests the refresh of so many resources may need:
// one for each page of a list, and two.
func requestsGoal(count int) int { return (count+99)/100 + 2 }

// goalTable has a line for each goal.
type goalTable struct{ table }

func newGoalTable() *goalTable {
	return &goalTable{table{header: []string{"Goal", "at most", "measured", "met"}}}
}

// compare compares as it prints, to two digits.
func (t *goalTable) compare(what string, limit, measured float64) {
	if measured == 0 {
		t.add(what, times(limit), unsaid, unsaid)
		return
	}
	t.add(what, times(limit), times(measured), yes(fmt.Sprintf("%.2f", measured) <= fmt.Sprintf("%.2f", limit)))
}

func (t *goalTable) judgeCount(what string, limit, measured int) {
	t.add(what, thousands(limit), thousands(measured), yes(measured <= limit))
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "no"
}
