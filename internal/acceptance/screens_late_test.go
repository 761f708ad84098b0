package acceptance

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// overtaking gives a simulator.Options.Choose by which the first reset of a
// credential is lost, and lands after the second has acted; all after that fail.
func overtaking(c *clock) func(simulator.Request) *simulator.Fault {
	resets := map[string]int{}
	return func(request simulator.Request) *simulator.Fault {
		if request.Kind != simulator.KindReset {
			return nil
		}
		var fault simulator.Fault
		resets[request.GUID]++
		switch resets[request.GUID] {
		case 1:
			fault = simulator.FaultLate(simulator.KindReset, 2*time.Second, simulator.FaultLost("", false))
		case 2:
			c.advance(2 * time.Second) // this one acts at the moment before
			return nil
		default:
			fault = simulator.FaultStatus(simulator.KindReset, 504, true)
		}
		return &fault
	}
}

// TestScreensOfALateReset has a lost attempt end the password that the next one
// was answered with, and no other to be had.
func TestScreensOfALateReset(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"created": nil, "rotated": nil})
	created := g.cases["created"]
	delete(g.cases, "created")
	g.hang()
	g.apply()
	g.cases["created"] = created
	release := 1
	g.view("late-reset", func() {
		release++
		g.change("release", release)
		g.SetOptions(func(o *simulator.Options) { o.Choose = overtaking(g.clock) })
	}, "apply", "-auto-approve", "-parallelism=1") // they share the clock
	g.SetOptions(func(o *simulator.Options) { o.Choose = nil })
	g.apply()
	g.planIsEmpty()
}

// TestScreensOfTimesThatDisagree has an API by which each password has changed
// since it was made.
func TestScreensOfTimesThatDisagree(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{PasswordChangedLag: 5 * time.Second}, map[string]variables{"shop": nil})
	g.apply()
	release := 1
	g.view("times-disagree", func() {
		release++
		g.change("release", release)
		g.spoil("shop", simulator.FaultLost(simulator.KindReset, true))
	}, "apply", "-auto-approve")
}

// TestScreensOfATimeThatCannotBeRead has an API that says in words when passwords
// changed.
func TestScreensOfATimeThatCannotBeRead(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	g.apply()
	g.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			credential["last_password_changed"] = "this noon"
		})
	})
	g.view("unreadable-time", func() {}, "plan")
	g.planIsEmpty()
}
