package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// TestDefectsAreExplained has what no command brings about. The framework hands over
// what Configure has made, and what the client refuses of the settings was refused
// before.
func TestDefectsAreExplained(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	if data := configured("something", &diags); data != nil || len(diags) != 1 {
		t.Fatalf("got %v, with %v", data, diags)
	}
	if got := diags[0].Detail(); diags[0].Summary() != "Unexpected provider data" || !strings.Contains(got, "Please report it") {
		t.Errorf("got %s", got)
	}
	if got := unusable(errors.New("username: it is empty")); !strings.HasPrefix(got, "Username: it is empty.\n\nNothing was asked") ||
		!strings.Contains(got, "KIRIMEMAIL_USERNAME") {
		t.Errorf("got %s", got)
	}
}
