package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// unsaid stands for what this machine does not tell.
const unsaid = "–"

// median is the middle of what was measured, or between the two in the middle.
func median[T ~int64](samples []T) T {
	if len(samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// ratio is how many times as much one is as the other; 0 where either is not
// told.
func ratio[T ~int64](of, to T) float64 {
	if of == 0 || to == 0 {
		return 0
	}
	return float64(of) / float64(to)
}

// times writes a ratio.
func times(ratio float64) string {
	if ratio == 0 {
		return unsaid
	}
	return fmt.Sprintf("%.2f ×", ratio)
}

// duration writes one with about three digits.
func duration(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
}

// spread is the least and the most.
func spread(samples []time.Duration) string {
	return duration(slices.Min(samples)) + " to " + duration(slices.Max(samples))
}

// megabytes writes a size, in millions of bytes.
func megabytes(bytes int64) string {
	if bytes == 0 {
		return unsaid
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// thousands writes a number as people do.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
