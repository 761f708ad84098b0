package transport

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if left := TimeLeft(t.Context()); left != math.MaxInt64 {
			t.Errorf("without a timeout: %s", left)
		}
		spend(t.Context(), time.Hour) // does nothing
		ctx := WithTimeout(t.Context(), time.Minute)
		deadline, cancel := context.WithTimeout(ctx, 50*time.Second)
		defer cancel()
		<-time.After(20 * time.Second)
		if left := TimeLeft(ctx); left != time.Minute {
			t.Errorf("after a wait: %s", left)
		}
		if left := TimeLeft(deadline); left != 30*time.Second {
			t.Errorf("with a deadline: %s", left)
		}
		spend(deadline, 40*time.Second)
		if left := TimeLeft(deadline); left != 20*time.Second {
			t.Errorf("with little of the timeout left: %s", left)
		}
		if left := TimeLeft(context.WithoutCancel(deadline)); left != 20*time.Second {
			t.Errorf("detached: %s", left)
		}
		if left := TimeLeft(WithTimeout(ctx, time.Hour)); left != time.Hour {
			t.Errorf("with another timeout: %s", left)
		}
	})
}

// TestATimeoutIsUsedUpByAttemptsAndTheirPauses, and by nothing else.
func TestATimeoutIsUsedUpByAttemptsAndTheirPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		late := func(status int, body string, headers ...string) turn {
			return after(10*time.Second, answers(status, body, headers...))
		}
		client := newClient(t, newWire(t, late(500, brokenBody, "Retry-After", "5"), late(429, limitedBody, "Retry-After", "7"), late(200, resetBody)))
		ctx := WithTimeout(t.Context(), time.Minute)
		if err := reset(ctx, client); err != nil {
			t.Fatal(err)
		}
		if left := TimeLeft(ctx); left != 25*time.Second {
			t.Errorf("%s are left", left)
		}
		client = newClient(t, newWire(t, hangs))
		if e := asResult(t, reset(ctx, client)); e.Outcome != TimedOut || e.Took != 25*time.Second || TimeLeft(ctx) != 0 {
			t.Errorf("got %+v, %s are left", e, TimeLeft(ctx))
		}
		if e := asResult(t, get(ctx, newClient(t, newWire(t)))); e.Outcome != TimedOut || e.Attempts != 0 {
			t.Errorf("with no time left: %+v", e)
		}
	})
}
