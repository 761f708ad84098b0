package password

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// TestLogTellsOfWhatEndsInAnotherWay has what no test with a CLI comes to
// easily.
func TestLogTellsOfWhatEndsInAnotherWay(t *testing.T) {
	t.Parallel()
	began := time.Unix(0, 0)
	session := &Session{Secrets: []string{"the-token"}, Now: func() time.Time { return began.Add(1500 * time.Millisecond) }}
	result := resetResult{operation: operation{what: rotates, ref: testRef, reason: "created", began: began, resets: 2, attempts: 3}}
	overtaken := result
	overtaken.unfinished = errors.New("it quotes the-token")
	for name, c := range map[string]struct {
		result *resetResult
		lost   bool
		want   []string
	}{
		"stored":     {&result, false, []string{`"outcome":"stored"`, `"resets":2`, `"attempts":3`, `"duration_ms":1500`, `"rotation_reason":"created"`}},
		"not stored": {&result, true, []string{`"outcome":"not stored"`}},
		"overtaken":  {&overtaken, false, []string{`"outcome":"overtaken"`, `"because":"it quotes ***"`, `"may_have_acted":false`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			session.logSaved(tflogtest.RootLogger(t.Context(), &out), c.result, c.lost)
			for _, want := range append(c.want, `"@level":"info","@message":"rotation ended"`, testRef.Normalized().GUID) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s is missing: %s", want, out.String())
				}
			}
		})
	}
}
