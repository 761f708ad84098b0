package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// print writes the page, which is Markdown.
func (r *results) print(to io.Writer) error {
	sections := []string{r.machine.String(), "## Goals\n\n" + r.goals()}
	if len(r.plans) > 0 {
		sections = append(sections, "## Plans in which nothing has changed\n\n"+plansText+"\n"+r.planTable(),
			providerText+"\n"+r.providerTable(),
			"## Growth\n\n"+growthText+"\n"+r.growthTable())
	}
	sections = append(sections, "## Start and size\n\n"+startText+"\n"+r.startTable())
	if r.rotations != nil {
		sections = append(sections, "## Rotations under a rate limit\n\n"+r.rotations.String())
	}
	if len(r.gobench) > 0 {
		sections = append(sections, "## Go benchmarks\n\n```\n"+strings.Join(r.gobench, "\n")+"\n```\n")
	}
	_, err := io.WriteString(to, strings.Join(sections, "\n"))
	return err
}

const (
	plansText = `Medians; the candidates take turns. "idle" has the schema of "smtp" and does nothing: what "smtp" costs beyond it is its
own. The CPU of all is that of the CLI and the provider; a busy machine disturbs it less than the time.
`
	providerText = `The provider alone, from runs of their own: the CPU of all processes of one plan, the peak memory of the largest.
`
	growthText = `Time and provider CPU for each resource, and how they grow with their number: 1.00 × is linear.
`
	startText = `Medians, without a CLI. The binaries are stripped.
`
)

// String is the machine as a list.
func (m machine) String() string {
	lines := []string{
		"- " + m.date.UTC().Format(time.DateOnly),
		fmt.Sprintf("- %s, %d cores", m.platform, m.cores),
	}
	if m.processor != "" {
		lines[1] += ", " + m.processor
	}
	if m.memory != 0 {
		lines[1] += fmt.Sprintf(", %.0f GiB of memory", float64(m.memory)/(1<<30))
	}
	return strings.Join(append(lines, "- "+m.golang+", "+m.cli), "\n") + "\n"
}

func (r *results) goals() string {
	t := newGoalTable()
	for _, p := range r.plans {
		of := " of " + thousands(p.count) + ", "
		t.compare("plan"+of+"time, against time_static", planGoal, ratio(median(p.ours.wall), median(p.reference.wall)))
		t.compare("plan"+of+"provider CPU, against time_static", planGoal, ratio(median(p.ours.cpu), median(p.reference.cpu)))
		t.compare("plan"+of+"peak memory, against time_static", planGoal, ratio(median(p.ours.peak), median(p.reference.peak)))
		t.compare("plan"+of+"CPU of all, against time_static", planGoal, ratio(median(p.ours.total), median(p.reference.total)))
		t.compare("plan"+of+"time, against idle", idleGoal, ratio(median(p.ours.wall), median(p.idle.wall)))
		t.judgeCount("plan"+of+"requests of its refresh", requestsGoal(p.count), p.requests)
	}
	if fewer, more, ok := r.largest(); ok {
		t.compare(fmt.Sprintf("time for each of %s resources, against each of %s", thousands(more.count), thousands(fewer.count)),
			growthGoal, growth(fewer, more, func(p planResult) time.Duration { return median(p.ours.wall) }))
	}
	ours, reference := r.starts[0], r.starts[1]
	t.compare("start to handshake", startGoal, ratio(median(ours.handshake), median(reference.handshake)))
	t.compare("memory at the handshake", startGoal, ratio(median(ours.resident), median(reference.resident)))
	t.compare("size of the binary", sizeGoal, ratio(ours.size, reference.size))
	if r.rotations != nil {
		t.compare(fmt.Sprintf("%s rotations, against the floor", thousands(r.rotations.count)), rotationGoal,
			ratio(r.rotations.resets, floor(r.rotations.count, r.rotations.limit)))
	}
	return t.String()
}

// rows gives the lines of a table about plans: of each number of resources, of
// each candidate, with what it is compared to.
func (r *results) rows(header []string, cells func(p planResult, of, reference planSamples) []string) string {
	t := table{header: append([]string{"Resources", "provider"}, header...)}
	for _, p := range r.plans {
		for _, candidate := range []struct {
			name string
			planSamples
		}{{"smtp", p.ours}, {"idle", p.idle}, {"time_static", p.reference}} {
			t.add(append([]string{thousands(p.count), candidate.name}, cells(p, candidate.planSamples, p.reference)...)...)
		}
	}
	return t.String()
}

func (r *results) planTable() string {
	return r.rows([]string{"time", "from, to", "for each", "× time_static", "CPU of all", "× time_static"},
		func(p planResult, of, reference planSamples) []string {
			wall, total := median(of.wall), median(of.total)
			return []string{
				duration(wall), spread(of.wall), duration(p.each(wall)), times(ratio(wall, median(reference.wall))),
				duration(total), times(ratio(total, median(reference.total))),
			}
		})
}

func (r *results) providerTable() string {
	return r.rows([]string{"CPU", "for each", "× time_static", "peak", "× time_static"},
		func(p planResult, of, reference planSamples) []string {
			cpu, peak := median(of.cpu), median(of.peak)
			return []string{
				duration(cpu), duration(p.each(cpu)), times(ratio(cpu, median(reference.cpu))),
				megabytes(peak), times(ratio(peak, median(reference.peak))),
			}
		})
}

// each is a resource's part.
func (p planResult) each(of time.Duration) time.Duration { return of / time.Duration(p.count) }

// largest are the two largest numbers of resources that were planned.
func (r *results) largest() (fewer, more planResult, ok bool) {
	if len(r.plans) < 2 {
		return fewer, more, false
	}
	sorted := slices.SortedFunc(slices.Values(r.plans), func(a, b planResult) int { return a.count - b.count })
	return sorted[len(sorted)-2], sorted[len(sorted)-1], true
}

// growth is how many times as much a resource costs among more.
func growth(fewer, more planResult, of func(planResult) time.Duration) float64 {
	return ratio(more.each(of(more)), fewer.each(of(fewer)))
}

func (r *results) growthTable() string {
	t := table{header: []string{"Resources", "smtp", "idle", "time_static", "CPU of smtp", "CPU of idle", "CPU of time_static"}}
	columns := []func(planResult) time.Duration{
		func(p planResult) time.Duration { return median(p.ours.wall) },
		func(p planResult) time.Duration { return median(p.idle.wall) },
		func(p planResult) time.Duration { return median(p.reference.wall) },
		func(p planResult) time.Duration { return median(p.ours.cpu) },
		func(p planResult) time.Duration { return median(p.idle.cpu) },
		func(p planResult) time.Duration { return median(p.reference.cpu) },
	}
	row := func(name string, cell func(column func(planResult) time.Duration) string) {
		cells := []string{name}
		for _, column := range columns {
			cells = append(cells, cell(column))
		}
		t.add(cells...)
	}
	for _, p := range r.plans {
		row(thousands(p.count), func(column func(planResult) time.Duration) string { return duration(p.each(column(p))) })
	}
	if fewer, more, ok := r.largest(); ok {
		row(thousands(more.count)+" against "+thousands(fewer.count), func(column func(planResult) time.Duration) string {
			return times(growth(fewer, more, column))
		})
	}
	return t.String()
}

func (r *results) startTable() string {
	t := table{header: []string{"Provider", "start to handshake", "from, to", "×", "memory then", "×", "binary", "×"}}
	reference := r.starts[1]
	for _, s := range r.starts {
		handshake, resident := median(s.handshake), median(s.resident)
		t.add(s.name, duration(handshake), spread(s.handshake), times(ratio(handshake, median(reference.handshake))),
			megabytes(resident), times(ratio(resident, median(reference.resident))),
			megabytes(s.size), times(ratio(s.size, reference.size)))
	}
	return t.String()
}

// String tells of the rotations.
func (r *rotationResult) String() string {
	least := floor(r.count, r.limit)
	t := table{header: []string{"Rotations", "floor", "first reset to last answer", "×", "whole apply", "requests", "refused with 429"}}
	refused := 0
	for _, n := range r.refused {
		refused += n
	}
	t.add(thousands(r.count), duration(least), duration(r.resets), times(ratio(r.resets, least)), duration(r.command),
		thousands(r.requests), thousands(refused))
	text := fmt.Sprintf("Under %d requests in %s, by an apply that refreshes nothing. The floor is when the last window opens.\n",
		r.limit.Requests, r.limit.Window)
	if refused > 0 {
		text += fmt.Sprintf("Refused, by windows of %s since the first reset: %s.\n", r.limit.Window, strings.Trim(fmt.Sprint(r.refused), "[]"))
	}
	return text + "\n" + t.String()
}
