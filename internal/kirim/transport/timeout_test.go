package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestATimeoutThatIsPaused(t *testing.T) {
	t.Parallel()
	type key struct{}
	for name, c := range map[string]struct {
		paused  time.Duration // after 10 seconds
		counts  time.Duration
		outer   time.Duration // of another one around it
		runsOut time.Duration
	}{
		"not paused":                    {0, 0, 0, time.Minute},
		"paused":                        {3 * time.Minute, 0, 0, 4 * time.Minute},
		"paused, and half of it counts": {20 * time.Second, 10 * time.Second, 0, 70 * time.Second},
		"paused, and all of it counts":  {20 * time.Second, 20 * time.Second, 0, time.Minute},
		"more counts than is left":      {3 * time.Minute, time.Hour, 0, 190 * time.Second},
		"the outer one is paused too":   {3 * time.Minute, 0, 30 * time.Second, 210 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ctx := context.WithValue(t.Context(), key{}, "kept")
				if c.outer > 0 {
					outer, cancel := WithTimeout(ctx, c.outer)
					defer cancel()
					ctx = context.WithValue(outer, key{}, "kept")
				}
				ctx, cancel := WithTimeout(ctx, time.Minute)
				defer cancel()
				<-time.After(10 * time.Second)
				resume := PauseTimeout(ctx)
				again := PauseTimeout(ctx) // one within the other is one
				if c.paused > 0 {
					<-time.After(c.paused)
					if ctx.Err() != nil {
						t.Fatalf("it ran out while it was paused: %v", ctx.Err())
					}
				}
				again(0)
				resume(c.counts)
				child, cancelChild := context.WithCancel(ctx)
				defer cancelChild()
				<-child.Done()
				if took := time.Since(began); took != c.runsOut {
					t.Errorf("it ran out after %s, want %s", took, c.runsOut)
				}
				if !errors.Is(child.Err(), context.DeadlineExceeded) || !errors.Is(ctx.Err(), context.DeadlineExceeded) || ctx.Value(key{}) != "kept" {
					t.Errorf("got %v and %v", child.Err(), ctx.Err())
				}
			})
		})
	}
}

func TestATimeoutEndsWithItsParent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent, cancelParent := context.WithCancel(t.Context())
		ctx, cancel := WithTimeout(parent, time.Minute)
		defer cancel()
		defer PauseTimeout(ctx)(0)
		cancelParent()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Errorf("got %v", ctx.Err())
		}
		<-ctx.Done()

		own, cancel := WithTimeout(t.Context(), time.Minute)
		cancel()
		if !errors.Is(own.Err(), context.Canceled) {
			t.Errorf("got %v", own.Err())
		}
		<-own.Done()
		deadline, ok := own.Deadline()
		if !ok || time.Until(deadline) != time.Minute {
			t.Errorf("the deadline is %s", deadline)
		}
		PauseTimeout(t.Context())(time.Hour) // does nothing
	})
}
