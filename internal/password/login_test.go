package password

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// TestWhenAnAdoptedPasswordCameToBe: when it was changed, or else when its credential was.
func TestWhenAnAdoptedPasswordCameToBe(t *testing.T) {
	t.Parallel()
	const created, modified, changed = "2026-05-20T10:00:00Z", "2026-05-20T12:00:00Z", "2026-05-20T11:00:00Z"
	for name, test := range map[string]struct{ changed, modified, created, want string }{
		"the API tells of the password":   {changed, modified, created, changed},
		"the API tells of the credential": {"", modified, created, modified},
		"it was never modified":           {"", "", created, created},
		"the API tells nothing":           {"", "", "", ""},
	} {
		p := privateState{ChangeTime: rotation.ChangeTime{Changed: parsedTime(types.StringValue(test.changed))}}
		state := &Model{}
		state.ModifiedAt, state.CreatedAt = types.StringValue(test.modified), types.StringValue(test.created)
		want, _ := time.Parse(time.RFC3339, test.want)
		if got := p.lastChange(state); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
