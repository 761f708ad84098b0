package main

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// judged is a round of one credential, whose state is made up.
func judged(t *testing.T, change func(r *round, now *stored)) map[finding]int {
	t.Helper()
	l := &worker{settings: settings{resources: 1}, number: 1, results: newResults(), log: io.Discard}
	if err := l.open(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	resource := l.resources[0]
	resource.release = 2
	now := stored{GUID: resource.GUID, Password: l.server.ResetExternally(domain, resource.GUID), Version: 20}
	now.Triggers.Release = "2"
	resource.before = stored{GUID: resource.GUID, Password: "another one", Version: 10}
	r := &round{worker: l, number: 1, asked: map[string]bool{resource.GUID: true}, settled: make(map[string]bool)}
	r.during = []simulator.Entry{{Seq: 1, Kind: simulator.KindReset, GUID: resource.GUID, Status: 200, Acted: true}}
	change(r, &now)
	raw, err := json.Marshal(map[string]any{"resources": []any{map[string]any{"instances": []any{map[string]any{"attributes": now}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, stateName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.assert(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l.results.findings
}

func TestRoundIsJudged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(r *round, now *stored)
		want   map[finding]int
	}{
		"as it should be": {func(*round, *stored) {}, nil},
		"another password is stored": {
			func(_ *round, now *stored) { now.Password = "dead" },
			map[finding]int{lostPassword: 1},
		},
		"somebody else has reset it since": {
			func(r *round, now *stored) { r.server.ResetExternally(domain, now.GUID) },
			map[finding]int{lostPassword: 1},
		},
		"nothing is stored": {
			func(_ *round, now *stored) { *now = stored{} },
			map[finding]int{lostPassword: 1},
		},
		"lost before": {
			func(r *round, now *stored) {
				now.Password = "dead"
				told := *now
				r.resources[0].lost, r.resources[0].before = &told, told
				r.asked, r.during = nil, nil
			},
			nil,
		},
		"an old release is stored": {
			func(_ *round, now *stored) { now.Triggers.Release = "1" },
			map[finding]int{healFailed: 1},
		},
		"rotated unasked": {
			func(r *round, _ *stored) { r.asked = nil },
			map[finding]int{unaskedRotation: 1},
		},
		"reset unasked": {
			func(r *round, now *stored) { r.asked, r.resources[0].before = nil, *now },
			map[finding]int{unaskedRotation: 1},
		},
		"nothing asked and nothing done": {
			func(r *round, now *stored) { r.asked, r.during, r.resources[0].before = nil, nil, *now },
			nil,
		},
		"healed where nothing was wrong": {
			func(r *round, now *stored) { r.settled[now.GUID], r.healing = true, r.during },
			map[finding]int{unaskedRotation: 1},
		},
		"a version that does not grow": {
			func(r *round, now *stored) { r.resources[0].before.Version = now.Version },
			map[finding]int{unaskedRotation: 1},
		},
		"two resets for one": {
			func(r *round, _ *stored) { r.during = append(r.during, r.during...) },
			map[finding]int{needlessReset: 1},
		},
		"a request elsewhere": {
			func(r *round, _ *stored) { r.redirectTarget.server.Handler.ServeHTTP(nil, nil) },
			map[finding]int{leakedRequest: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := judged(t, test.change); !maps.Equal(got, test.want) {
				t.Errorf("found %v, not %v", got, test.want)
			}
		})
	}
}
