package password

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// TestLogTellsOfWhatEndsInAnotherWay has what no test with a CLI comes to
// easily.
func TestLogTellsOfWhatEndsInAnotherWay(t *testing.T) {
	t.Parallel()
	began := time.Unix(0, 0)
	session := &Session{Secrets: []string{"the-token"}, Now: func() time.Time { return began.Add(1500 * time.Millisecond) }}
	op := operation{what: "rotation", ref: testRef, reason: "created", began: began, attempts: 3}
	for name, c := range map[string]struct {
		outcome string
		why     error
		want    []string
		not     string
	}{
		"stored":     {"stored", nil, []string{`"outcome":"stored"`, `"attempts":3`, `"duration_ms":1500`, `"rotation_reason":"created"`}, "because"},
		"not stored": {"not stored", nil, []string{`"outcome":"not stored"`}, "may_have_acted"},
		"overtaken":  {"overtaken", errors.New("it quotes the-token"), []string{`"outcome":"overtaken"`, `"because":"it quotes ***"`, `"may_have_acted":false`}, "status"},
		"failed": {
			"failed", &kirim.Error{Kind: kirim.KindServer, Status: 504, Attempts: 2, MayHaveActed: true},
			[]string{`"outcome":"failed"`, `"kind":"server"`, `"status":504`, `"attempts":5`, `"may_have_acted":true`},
			"the-token",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			session.logEnd(tflogtest.RootLogger(t.Context(), &out), op, c.outcome, c.why)
			for _, want := range append(c.want, `"@level":"info","@message":"rotation ended"`, testRef.Normalized().GUID) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s is missing: %s", want, out.String())
				}
			}
			if strings.Contains(out.String(), c.not) {
				t.Errorf("%s is told: %s", c.not, out.String())
			}
		})
	}
}
