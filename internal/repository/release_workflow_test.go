package repository

import (
	"fmt"
	"slices"
)

// examineRelease lists what lets a release out that nobody has checked.
func examineRelease(name, id string, w *workflow) (problems []string) {
	report := func(format string, arguments ...any) {
		problems = append(problems, name+": "+fmt.Sprintf(format, arguments...))
	}
	j := w.Jobs[id]
	if environment(j) != "release" {
		report("%s is not of the environment release", id)
	}
	if w.Concurrency["cancel-in-progress"] != false {
		report("%s may be left half-done", id)
	}
	waits := waitsFor(w, id, nil)
	for _, check := range []string{"tag", "test", "lint", "release-check"} {
		if !slices.Contains(waits, check) {
			report("%s does not wait for %q", id, check)
		}
		if uses := w.Jobs[check].Uses; check != "tag" && uses != "./.github/workflows/"+check+".yml" {
			report("%s is not %s.yml, but %q", check, check, uses)
		}
	}
	for _, each := range append(waits, id) {
		if w.Jobs[each].If != "" {
			report("%s could run where a check failed, or be left out: %s", each, w.Jobs[each].If)
		}
	}
	return problems
}

// waitsFor are the jobs that a job needs, and those that they need.
func waitsFor(w *workflow, id string, known []string) []string {
	for _, needed := range w.Jobs[id].Needs {
		if !slices.Contains(known, needed) {
			known = waitsFor(w, needed, append(known, needed))
		}
	}
	return known
}
