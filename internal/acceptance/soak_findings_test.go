//go:build unix

package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// soakHistory is what a round did to one credential.
type soakHistory struct {
	soakCredential
	now             storedPassword
	works           bool // the mail server takes what is stored now
	during, healing []simulator.Entry
	met             map[int]faultKind // by Entry.Seq
}

// What must not be, beside countLost.
const (
	notStored       = "releases that are not stored"
	unaskedRotation = "unasked rotations"
	needlessReset   = "needless resets"
)

// findings is what must not be.
func (h *soakHistory) findings() (found []string) {
	during, healing := resetsIn(h.during), resetsIn(h.healing)
	changed := h.now.Password != h.stored.Password || h.now.Version != h.stored.Version
	for _, rule := range []struct {
		broken bool
		name   string
	}{
		{!h.works, countLost},
		{!h.now.has(h.release), notStored},
		{!h.asked && (changed || len(during)+len(healing) > 0), unaskedRotation},
		{h.settled && len(healing) > 0, unaskedRotation},
		{h.asked && h.now.has(h.release) && h.now.Version <= h.stored.Version, unaskedRotation},
		{h.needless(during) || h.needless(healing), needlessReset},
	} {
		if rule.broken {
			found = append(found, rule.name)
		}
	}
	return slices.Compact(found)
}

// needless reports whether an apply asked for a reset although it had the password: an earlier answer came whole, and
// no attempt before it could still run.
func (h *soakHistory) needless(resets []simulator.Entry) bool {
	answered, mayRun := false, false
	for _, e := range resets {
		if answered && !mayRun {
			return true
		}
		fault, faulty := h.met[e.Seq]
		answered = answered || e.Status == 200 && (fault.whole || !faulty)
		mayRun = mayRun || fault.mayRun
	}
	return false
}

// excerpt is the journal of the credential.
func (h *soakHistory) excerpt() string {
	var lines strings.Builder
	for _, e := range slices.Concat(h.during, h.healing) {
		fmt.Fprintf(&lines, "%s %s: status %d, acted: %t, met %q\n",
			e.Time.Format("15:04:05.000"), e.Kind, e.Status, e.Acted, h.met[e.Seq].name)
	}
	return lines.String()
}

func entriesOf(guid string, entries []simulator.Entry) []simulator.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e simulator.Entry) bool { return e.GUID != guid })
}

func resetsIn(entries []simulator.Entry) []simulator.Entry {
	other := func(e simulator.Entry) bool { return e.Kind != simulator.KindReset }
	return slices.DeleteFunc(slices.Clone(entries), other)
}

// crashed reports whether a screen shows a crash. A killed provider that does not respond is none.
func crashed(text string, k *soakKill) bool {
	return strings.Contains(text, "panic:") || strings.Contains(text, "goroutine ") ||
		strings.Contains(text, "lugin did not respond") && (!k.sent || k.signal != syscall.SIGKILL)
}

// storedPassword is the state of one credential's resource.
type storedPassword struct {
	Password string `json:"password"`
	Version  int64  `json:"password_version"`
	GUID     string `json:"credential_guid"`
	Triggers struct {
		Release string `json:"release"`
	} `json:"rotation_triggers"`
	tainted bool
}

// has reports whether a password is stored for a release.
func (s *storedPassword) has(release string) bool {
	return s.Password != "" && !s.tainted && s.Triggers.Release == release
}

// recoverState reads the state file. If a killed CLI has left half of it, the backup takes its place, as a user would
// see to. Without a backup, nothing was stored before.
func (w *soakWorker) recoverState() map[string]storedPassword {
	file := filepath.Join(w.dir, "terraform.tfstate")
	if text, err := os.ReadFile(file); err == nil && !json.Valid(text) {
		w.soak.count(countRestored, 1)
		_ = os.Remove(file)
		_ = os.Rename(file+".backup", file)
	}
	stored := make(map[string]storedPassword)
	for _, resource := range w.workspace.credentials() {
		now := storedPassword{tainted: resource.tainted}
		if err := json.Unmarshal(toJSON(w.t, resource.values), &now); err != nil {
			w.t.Fatal(err)
		}
		stored[now.GUID] = now
	}
	return stored
}

func TestSoakFindings(t *testing.T) {
	t.Parallel()
	type history = soakHistory
	reset := func(seq, status int) simulator.Entry {
		return simulator.Entry{Seq: seq, Kind: simulator.KindReset, Status: status}
	}
	whole, lost, slow, cut := reset(0, 200), reset(1, 0), reset(2, 200), reset(3, 200)
	met := map[int]faultKind{lost.Seq: {mayRun: true}, slow.Seq: {whole: true}, cut.Seq: {}}
	entries := func(resets ...simulator.Entry) []simulator.Entry { return resets }
	for name, test := range map[string]struct {
		change func(h *history)
		want   string
	}{
		"all is well":                   {func(*history) {}, ""},
		"a dead password":               {func(h *history) { h.works = false }, countLost},
		"nothing is stored":             {func(h *history) { h.now = storedPassword{} }, notStored},
		"an old release is stored":      {func(h *history) { h.now.Triggers.Release = "1" }, notStored},
		"it is tainted":                 {func(h *history) { h.now.tainted = true }, notStored},
		"another one is stored unasked": {func(h *history) { h.asked, h.during = false, nil }, unaskedRotation},
		"reset unasked":                 {func(h *history) { h.asked, h.stored = false, h.now }, unaskedRotation},
		"nothing asked, nothing done":   {func(h *history) { h.asked, h.stored, h.during = false, h.now, nil }, ""},
		"healed":                        {func(h *history) { h.healing = entries(whole) }, ""},
		"healed without need":           {func(h *history) { h.settled, h.healing = true, h.during }, unaskedRotation},
		"a version that does not grow":  {func(h *history) { h.stored.Version = h.now.Version }, unaskedRotation},
		"two resets":                    {func(h *history) { h.during = entries(whole, whole) }, needlessReset},
		"two resets while healing":      {func(h *history) { h.healing = entries(whole, whole) }, needlessReset},
		"again after a slow answer":     {func(h *history) { h.during = entries(slow, whole) }, needlessReset},
		"again after a cut answer":      {func(h *history) { h.during = entries(cut, whole) }, ""},
		"again, as one may still run":   {func(h *history) { h.during = entries(lost, whole, whole) }, ""},
	} {
		h := &history{now: storedPassword{Password: "new", Version: 20}, works: true, during: entries(whole), met: met}
		h.release, h.asked, h.stored = "2", true, storedPassword{Password: "old", Version: 10}
		h.now.Triggers.Release = "2"
		test.change(h)
		if got := strings.Join(h.findings(), ", "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
	}
	const gone = "Plugin did not respond"
	killed := &soakKill{sent: true, signal: syscall.SIGKILL}
	if crashed("", killed) || crashed(gone, killed) || !crashed("panic: oh", killed) || !crashed(gone, &soakKill{}) {
		t.Error("a crash is not found, or one is found where there is none")
	}
}

func TestSoakRestoresAHalfWrittenState(t *testing.T) {
	t.Parallel()
	const whole = `{"resources":[{"type":"smtp_credential_password","instances":[{"attributes":{"credential_guid":"g",
"password":"p","rotation_triggers":{"release":"3"}}}]}]}`
	for name, test := range map[string]struct {
		state, backup, password string
		restored                int
	}{
		"whole":               {whole, whole[:50], "p", 0},
		"half":                {whole[:50], whole, "p", 1},
		"half, and no backup": {whole[:50], "", "", 1},
	} {
		w := &soakWorker{workspace: &workspace{t: t, dir: t.TempDir()}, soak: &soak{counts: make(map[string]int)}}
		w.write("terraform.tfstate", test.state)
		if test.backup != "" {
			w.write("terraform.tfstate.backup", test.backup)
		}
		password, restored := w.recoverState()["g"].Password, w.soak.counts[countRestored]
		if password != test.password || restored != test.restored {
			t.Errorf("%s: the password is %q, restored: %d", name, password, restored)
		}
	}
}
