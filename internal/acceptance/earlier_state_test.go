package acceptance

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestAStateOfAnEarlierVersionIsReadAsItIs has a state that 0.1.0 wrote: nothing is
// planned for it, its period comes due, and revoke_on_destroy ends its password.
func TestAStateOfAnEarlierVersionIsReadAsItIs(t *testing.T) {
	t.Parallel()
	const guid, stored = "6f9619ff-8b86-4011-b42d-00c04fc964ff", "<HO54$o%5Ud3EC6gsZFS%gi&"
	raw, err := os.ReadFile("testdata/state-0.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	state := string(raw)
	if bench.Tofu {
		state = strings.ReplaceAll(state, "registry.terraform.io", "registry.opentofu.org")
	}
	c := newClock(moment)
	s := startClockedService(t, c, simulator.Options{})
	if _, err := s.AddCredentialWithGUID("example.com", "newsletter", guid); err != nil {
		t.Fatal(err)
	}
	s.ResetExternally("example.com", guid) // in the place of the reset that the state tells of
	w := newWorkspace(t, s, s.providerBlock()+`
resource "smtp_credential_password" "this" {
  domain            = "example.com"
  credential_guid   = "`+guid+`"
  rotation_triggers = { version = "1" }
  rotation_period   = "720h"
  revoke_on_destroy = true
}
`)
	w.write("terraform.tfstate", state)
	w.planIsEmpty()
	if got := w.password(); got != stored {
		t.Error("another password is stored")
	}
	if s.resets() != 0 {
		t.Errorf("%d resets", s.resets())
	}
	c.advance(720 * time.Hour)
	w.apply().shows(t, `"rotation_period"`, "was due for rotation at 2026-06-19T12:00:00Z")
	if password := w.password(); password == stored || s.Login(t.Context(), "newsletter@example.com", password) != nil {
		t.Error("the stored password is not the new one")
	}
	w.destroy()
	w.checkResets(2)
}
