package acceptance

import (
	"regexp"
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
	password := w.password()
	for resets := 2; resets <= 3; resets++ {
		w.turnTimeRotating("time_rotating.monthly")
		screen := w.apply()
		screen.shows(t, passwordAddress+" will be updated in-place", "Plan: 1 to add, 2 to change, 0 to destroy")
		for _, attribute := range []string{"password_version", "rotation_reason"} {
			if !regexp.MustCompile(attribute + ` += \S+.* -> \(known after apply\)`).MatchString(screen.text) {
				t.Errorf("%s is known in the plan:\n%s", attribute, screen.text)
			}
		}
		password = w.checkNew(password, "rotation_triggers: monthly", resets)
	}
	w.planIsEmpty()
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
