package acceptance

import (
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// timeRotatingBlock has a rotation that hashicorp/time keeps.
const timeRotatingBlock = `
resource "time_rotating" "monthly" {
  rotation_days = 30
}
`

// TestTimeRotatingDrivesTheRotation goes through rotations of time_rotating,
// beside a trigger that stays.
func TestTimeRotatingDrivesTheRotation(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+timeRotatingBlock+
		s.passwordBlock(`rotation_triggers = { monthly = time_rotating.monthly.id, owner = "ann" }`)+dependentBlock)
	w.must("init", "-no-color", "-input=false")
	w.apply()
	w.planIsEmpty()
	password := w.password()
	for resets := 2; resets <= 4; resets++ {
		w.turnTimeRotating("time_rotating.monthly")
		planned := change(t, w.plan(), passwordAddress)
		if !unknown(planned, "password") || !unknown(planned, "rotation_reason") {
			t.Errorf("no rotation is planned: %v", planned.After)
		}
		w.checkResets(resets - 1)
		w.apply()
		password = w.checkRotated(password, "rotation_triggers: monthly", resets)
	}
}

// turnTimeRotating makes time_rotating due: its next refresh takes it for gone,
// and it is created anew. Its id is a time in whole seconds, and has to become
// another.
func (w *workspace) turnTimeRotating(address string) {
	w.t.Helper()
	id, _ := w.values(address)["id"].(string)
	made, err := time.Parse(time.RFC3339, id)
	if err != nil {
		w.t.Fatal(err)
	}
	waitForSecond(w.t, made.Unix()+1)
	w.editState("time_rotating", "rotation_rfc3339", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
}
