package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// request is a reset, with what it met ("": nothing).
type request struct {
	guid   string
	met    kind
	status int
	acted  int // second; 0: not
}

func journalOf(requests []request) ([]simulator.Entry, map[int]metFault) {
	var entries []simulator.Entry
	met := make(map[int]metFault)
	for i, r := range requests {
		e := simulator.Entry{Seq: i + 1, Kind: simulator.KindReset, GUID: r.guid, Status: r.status}
		if r.acted > 0 {
			e.Acted, e.ActedAt = true, time.Unix(int64(r.acted), 0)
		}
		if r.met.name != "" {
			met[e.Seq] = metFault{kind: r.met, purpose: purposeReset}
		}
		entries = append(entries, e)
	}
	return entries, met
}

func TestNeedlessResets(t *testing.T) {
	t.Parallel()
	lost := kind{name: "lost", mayRun: true}
	broken, slow := kind{name: "500"}, kind{name: "slow", whole: true}
	for name, test := range map[string]struct {
		requests []request
		want     int
	}{
		"none":                      {nil, 0},
		"one for each":              {[]request{{"a", kind{}, 200, 1}, {"b", kind{}, 200, 1}}, 0},
		"repeated after a failure":  {[]request{{"a", broken, 500, 1}, {"a", kind{}, 200, 2}}, 0},
		"a second one":              {[]request{{"a", kind{}, 200, 1}, {"a", kind{}, 200, 2}}, 1},
		"after a slow answer":       {[]request{{"a", slow, 200, 1}, {"a", kind{}, 200, 2}}, 1},
		"after a failure before":    {[]request{{"a", broken, 500, 1}, {"a", kind{}, 200, 2}, {"a", kind{}, 200, 3}}, 1},
		"because one may still run": {[]request{{"a", lost, 0, 0}, {"a", kind{}, 200, 2}, {"a", kind{}, 200, 3}}, 0},
		"because another's may":     {[]request{{"b", lost, 0, 0}, {"a", kind{}, 200, 2}, {"a", kind{}, 200, 3}}, 1},
		"a slow answer not awaited": {[]request{{"a", slow, 0, 1}, {"a", kind{}, 200, 2}}, 0},
	} {
		if got := needless(journalOf(test.requests)); len(got) != test.want {
			t.Errorf("%s: %d, not %d", name, len(got), test.want)
		}
	}
}

func TestLateLandings(t *testing.T) {
	t.Parallel()
	late := kind{name: "late", mayRun: true, late: true}
	for name, test := range map[string]struct {
		requests      []request
		landed, ended int
	}{
		"before the repeat":          {[]request{{"a", late, 0, 3}, {"a", kind{}, 200, 6}}, 1, 0},
		"after the repeat":           {[]request{{"a", late, 0, 9}, {"a", kind{}, 200, 6}}, 1, 1},
		"after another's":            {[]request{{"a", late, 0, 9}, {"b", kind{}, 200, 6}}, 1, 0},
		"after one that is lost":     {[]request{{"a", late, 0, 9}, {"a", kind{name: "lost"}, 0, 6}}, 1, 0},
		"never":                      {[]request{{"a", late, 0, 0}, {"a", kind{}, 200, 6}}, 0, 0},
		"two, after the same repeat": {[]request{{"a", late, 0, 9}, {"a", late, 0, 12}, {"a", kind{}, 200, 6}}, 2, 2},
	} {
		landed, ended := lateLandings(journalOf(test.requests))
		if landed != test.landed || ended != test.ended {
			t.Errorf("%s: %d landed and %d ended another, not %d and %d", name, landed, ended, test.landed, test.ended)
		}
	}
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	for screen, want := range map[string][2]int{
		"Apply complete!":                     {0, 0},
		"panic: oh\n\ngoroutine 1 [running]:": {2, 2},
		"Error: Plugin did not respond":       {1, 0},
	} {
		if got := [2]int{crashes(screen, false), crashes(screen, true)}; got != want {
			t.Errorf("%q: %v, not %v", screen, got, want)
		}
	}
}

func TestExcerptNamesWhatWasMet(t *testing.T) {
	t.Parallel()
	entries, met := journalOf([]request{{"a", kind{name: "lost"}, 0, 3}, {"b", kind{}, 200, 1}})
	text := excerpt("a", entries, met)
	if !strings.Contains(text, "request 1, reset: status 0, met lost, acted at") || strings.Contains(text, "request 2") {
		t.Errorf("%s", text)
	}
}

func TestSecretsAreFoundInAllTheirForms(t *testing.T) {
	t.Parallel()
	passwords := []string{`a<b>&"\secret12345`, "abcdefgh-one", "abcdefgh-two"}
	s := newSecrets(passwords)
	careful, err := json.Marshal(passwords[0])
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"":                                0,
		"abcdefg":                         0,
		"abcdefgh-three":                  0,
		"abcdefgh-two":                    1,
		"x abcdefgh-one abcdefgh-two y":   2,
		"it is " + passwords[0] + ".":     1,
		string(careful):                   1,
		`{"p":"a<b>&\"\\secret12345"}`:    1,
		strings.Repeat("abcdefgh-", 1000): 0,
	} {
		if got := s.countIn([]byte(text)); got != want {
			t.Errorf("%q: %d, not %d", text, got, want)
		}
	}
	if plain, err := base64.StdEncoding.DecodeString(basic("u", "t")); err != nil || string(plain) != "u:t" {
		t.Errorf("%q, %v", plain, err)
	}
}

const stateOfOne = `{"resources":[{"instances":[{"index_key":"g","attributes":{"credential_guid":"g","password":"p",
"password_version":5,"rotation_triggers":{"release":"3"}}}]}]}`

func TestHalfWrittenStateIsRestored(t *testing.T) {
	t.Parallel()
	half := stateOfOne[:len(stateOfOne)/2]
	for name, test := range map[string]struct {
		files    map[string]string
		restored bool
		stored   int
	}{
		"none yet":            {nil, false, 0},
		"whole":               {map[string]string{stateName: stateOfOne, stateName + ".backup": half}, false, 1},
		"half":                {map[string]string{stateName: half, stateName + ".backup": stateOfOne}, true, 1},
		"empty":               {map[string]string{stateName: "", stateName + ".backup": stateOfOne}, true, 1},
		"half and no backup":  {map[string]string{stateName: half}, true, 0},
		"empty and no backup": {map[string]string{stateName: ""}, true, 0},
	} {
		dir := t.TempDir()
		for file, content := range test.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		all, restored, err := recoverState(dir)
		if err != nil || restored != test.restored || len(all) != test.stored {
			t.Errorf("%s: %v, restored is %t, %v", name, all, restored, err)
		}
		if test.stored > 0 && !all["g"].has("3") {
			t.Errorf("%s: %+v", name, all)
		}
		if again, err := readState(dir); err != nil || len(again) != test.stored {
			t.Errorf("%s: afterwards %v, %v", name, again, err)
		}
	}
}

func TestTaintedIsNotStored(t *testing.T) {
	t.Parallel()
	all, err := parseState([]byte(strings.Replace(stateOfOne, `{"index_key"`, `{"status":"tainted","index_key"`, 1)))
	if err != nil || all["g"].Password != "p" || all["g"].has("3") {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	sum := newResults()
	sum.add(func(t *results) {
		t.stored, t.resets = 4, 6
		t.meet(metFault{kind: kind{name: "silence"}, purpose: purposeReset})
		t.meet(metFault{kind: kind{name: "silence"}, purpose: purposeRefresh})
		t.kills["SIGKILL to the CLI"]++
	})
	if !sum.clean() {
		t.Error("it is not clean")
	}
	sum.add(func(t *results) { t.findings[lostPassword]++ })
	if sum.clean() {
		t.Error("a lost password is clean")
	}
	var text strings.Builder
	if err := sum.report(&text, settings{seed: 9}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`(?m)^seed +9$`, `(?m)^resets per rotation +1\.50$`, `(?m)^met: silence +1 resets, 1 reads$`, `(?m)^SIGKILL to the CLI +1$`,
		`(?m)^unasked rotations +0$`, `(?m)^lost passwords: 1 of 4 rotations$`,
	} {
		if !regexp.MustCompile(line).MatchString(text.String()) {
			t.Errorf("the report does not show %s:\n%s", line, text.String())
		}
	}
}
