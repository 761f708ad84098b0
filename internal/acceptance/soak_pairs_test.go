//go:build unix

package acceptance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// shareOfMuteRounds is that of the rounds in which the mail server takes no login: what a pair resets then waits.
const shareOfMuteRounds = 0.25

// soakPair is two credentials that take turns, and what a round wants of them.
type soakPair struct {
	service
	guids     [2]string
	logins    map[string]string // by GUID
	release   string            // the one that the configuration asks for
	asked     bool              // the release is new
	settled   bool              // before the apply that heals, the wanted password was stored and live
	stored    pairPassword      // at the end of the last round
	meanwhile pairPassword      // before the apply that heals
	worked    bool              // the mail server took that one
}

// pairPassword is the state of a pair's resource.
type pairPassword struct {
	storedPassword
	ID       string `json:"id"`
	Active   string `json:"active_credential_guid"`
	Previous string `json:"previous_credential_guid"`
}

func (p *soakPair) id() string {
	return p.credential.Domain + "/" + p.guids[0] + "," + p.guids[1]
}

// live is the password that the mail server takes.
func (p *soakPair) live(guid string) string { return p.LivePassword(p.credential.Domain, guid) }

// standby is the credential that is not active; before the creation, the first one is still to become it.
func (p *soakPair) standby(active string) string {
	if active == p.guids[0] {
		return p.guids[1]
	}
	return p.guids[0]
}

// addPairs adds pairs to the worker's configuration. Each has a login_check, so that there is a time between a reset
// and its rotation.
func (w *soakWorker) addPairs(n int) {
	w.t.Helper()
	host, port, _ := strings.Cut(w.service.SMTPAddr(), ":")
	w.write("pairs.tf", fmt.Sprintf(`
resource "smtp_credential_password_pair" "soak" {
  for_each          = local.pairs
  domain            = %[1]q
  credential_guids  = split(",", each.key)
  rotation_triggers = { release = each.value }
  login_check       = { host = %[4]q, port = %[5]s, security = "none", timeout = "2s" }
  timeouts          = { create = %[2]q, update = %[2]q, read = %[3]q }
}
`, w.service.credential.Domain, *soakTimeout, *soakTimeout/2, host, port))
	for i := range n {
		p := &soakPair{service: w.service, logins: map[string]string{}}
		for j := range p.guids {
			p.guids[j] = fmt.Sprintf("00000000-0000-4000-9000-%012d", 2*i+j)
			username := fmt.Sprintf("pair%d-%d", i, j)
			added, err := w.service.AddCredentialWithGUID(w.service.credential.Domain, username, p.guids[j])
			if err != nil {
				w.t.Fatal(err)
			}
			p.logins[added.GUID] = added.Login
		}
		w.pairs = append(w.pairs, p)
	}
}

// pairReleases is the map from each pair to its release, as HCL.
func (r *soakRound) pairReleases() string {
	var lines strings.Builder
	for _, p := range r.pairs {
		fmt.Fprintf(&lines, "%q = %q\n", strings.Join(p.guids[:], ","), p.release)
	}
	return lines.String()
}

func (r *soakRound) loginReply() simulator.LoginReply {
	if r.mailRefuses {
		return simulator.LoginReply{Code: 454, Message: "Try again later"}
	}
	return simulator.LoginReply{}
}

// storedPairs is by ID.
func (w *soakWorker) storedPairs() map[string]pairPassword {
	stored := make(map[string]pairPassword)
	for _, resource := range w.resources() {
		if resource.kind != "smtp_credential_password_pair" {
			continue
		}
		now := pairPassword{storedPassword: storedPassword{tainted: resource.tainted}}
		if err := json.Unmarshal(toJSON(w.t, resource.values), &now); err != nil {
			w.t.Fatal(err)
		}
		stored[now.ID] = now
	}
	return stored
}

// pairHistory is what a round did to one pair.
type pairHistory struct {
	soakPair
	now             pairPassword
	works           bool // the mail server takes the stored password now
	previousWorks   bool // it takes the password from before a rotation
	waits           bool // before the apply that heals, a new password waited for its login
	during, healing []simulator.Entry
	met             map[int]faultKind // by Entry.Seq
}

// activeReset must not be, beside what must not be for a single credential.
const activeReset = "resets of an active credential"

// findings is what must not be.
func (h *pairHistory) findings() (found []string) {
	during, healing := resetsIn(h.during), resetsIn(h.healing)
	of := func(guid string, resets []simulator.Entry) bool {
		return guid != "" && slices.ContainsFunc(resets, func(e simulator.Entry) bool { return e.GUID == guid })
	}
	changed := h.now.Password != h.stored.Password || h.now.Version != h.stored.Version
	turned := h.stored.Active != "" && h.now.Active != h.stored.Active
	single := func(resets []simulator.Entry) bool {
		return (&soakHistory{met: h.met}).needless(entriesOf(h.standby(h.stored.Active), resets))
	}
	for _, rule := range []struct {
		broken bool
		name   string
	}{
		{!h.works, countLost},
		{h.meanwhile.Active != "" && !h.worked && !h.landedLate(h.meanwhile.Active), countLost},
		{turned && !h.previousWorks && !of(h.stored.Active, during) && !of(h.stored.Active, healing), countLost},
		{!h.now.has(h.release), notStored},
		{!h.asked && (changed || len(during)+len(healing) > 0), unaskedRotation},
		{h.settled && len(healing) > 0, unaskedRotation},
		{h.asked && h.now.has(h.release) && h.now.Version <= h.stored.Version, unaskedRotation},
		{of(h.stored.Active, during) || of(h.meanwhile.Active, healing) && !h.meanwhile.tainted, activeReset},
		{single(during) || single(healing), needlessReset},
		{h.waits && len(healing) > 0, needlessReset},
	} {
		if rule.broken {
			found = append(found, rule.name)
		}
	}
	return slices.Compact(found)
}

// landedLate reports whether a reset of a credential has acted after a later one was answered.
func (h *pairHistory) landedLate(guid string) bool {
	var answered simulator.Entry
	for _, e := range resetsIn(entriesOf(guid, h.during)) {
		if e.Status == 200 && e.ActedAt.After(answered.ActedAt) {
			answered = e
		}
	}
	return slices.ContainsFunc(resetsIn(entriesOf(guid, h.during)), func(e simulator.Entry) bool {
		return e.Acted && e.ActedAt.After(answered.ActedAt)
	})
}

// judgePair reports what must not be, and notes the new state.
func (r *soakRound) judgePair(p *soakPair, now pairPassword) {
	h := pairHistory{
		soakPair: *p, now: now, met: r.met,
		during: p.entries(r.during), healing: p.entries(r.healing),
		previousWorks: p.live(p.stored.Active) == p.stored.Password,
		works: p.live(now.Active) == now.Password &&
			r.service.Login(r.context(), p.logins[now.Active], now.Password) == nil,
	}
	resets := resetsIn(h.during)
	if r.mailRefuses && !r.kill.sent && len(resets) > 0 && !p.meanwhile.tainted {
		last := resets[len(resets)-1]
		fault, faulty := r.met[last.Seq]
		h.waits = p.meanwhile.Active == p.stored.Active && last.Status == 200 && (!faulty || fault.whole) &&
			!h.landedLate(last.GUID)
	}
	if h.waits {
		r.soak.count(countWaiting, 1)
	}
	for _, finding := range h.findings() {
		r.soak.count(finding, 1)
		excerpt := soakHistory{during: h.during, healing: h.healing, met: r.met}
		r.t.Errorf("round %d: %s: pair %s, active before %s, meanwhile %s, now %s, of which release %q is wanted and "+
			"release %q is stored\n%s", r.number, finding, p.id(), p.stored.Active, p.meanwhile.Active, now.Active,
			p.release, now.Triggers.Release, excerpt.excerpt())
	}
	p.stored = now
}

func TestSoakFindingsOfPairs(t *testing.T) {
	t.Parallel()
	const first, second = "a", "b"
	met := map[int]faultKind{8: {name: "lost", mayRun: true}, 9: {name: "cut"}}
	reset := func(seq int, guid string) simulator.Entry {
		at := moment.Add(time.Duration(seq) * time.Second)
		return simulator.Entry{Seq: seq, Kind: simulator.KindReset, GUID: guid, Status: 200, Acted: true, ActedAt: at}
	}
	for name, test := range map[string]struct {
		change func(*pairHistory)
		want   string
	}{
		"a rotation": {func(*pairHistory) {}, ""},
		"nothing asked, nothing done": {func(h *pairHistory) {
			h.asked, h.release, h.during, h.now, h.meanwhile = false, "1", nil, h.stored, h.stored
		}, ""},
		"lost":                 {func(h *pairHistory) { h.works = false }, countLost},
		"lost before the heal": {func(h *pairHistory) { h.worked = false }, countLost},
		"ended by a late one": {func(h *pairHistory) {
			late := reset(8, second)
			late.Status, late.ActedAt = 0, moment.Add(time.Hour)
			h.worked, h.settled, h.during = false, false, []simulator.Entry{late, h.during[0]}
		}, ""},
		"the previous one is lost": {func(h *pairHistory) { h.previousWorks = false }, countLost},
		"not stored":               {func(h *pairHistory) { h.release = "3" }, notStored},
		"reset unasked": {func(h *pairHistory) {
			h.asked, h.now, h.release = false, h.stored, "1"
		}, unaskedRotation},
		"healed without need": {func(h *pairHistory) {
			h.healing = []simulator.Entry{reset(3, first)}
		}, unaskedRotation},
		"the active one is reset": {func(h *pairHistory) { h.during[0].GUID = first }, activeReset},
		"two resets": {func(h *pairHistory) {
			h.during = append(h.during, reset(3, second))
		}, needlessReset},
		"again after a lost answer": {func(h *pairHistory) {
			h.during = []simulator.Entry{reset(8, second), reset(10, second)}
		}, ""},
		"reset while it waits": {func(h *pairHistory) {
			h.waits, h.settled, h.meanwhile, h.healing = true, false, h.stored, []simulator.Entry{reset(3, second)}
		}, needlessReset},
	} {
		h := &pairHistory{works: true, previousWorks: true, during: []simulator.Entry{reset(2, second)}, met: met}
		h.guids, h.asked, h.release, h.settled, h.worked = [2]string{first, second}, true, "2", true, true
		h.stored = pairPassword{storedPassword{Password: "old", Version: 10}, "", first, ""}
		h.stored.Triggers.Release = "1"
		h.now = pairPassword{storedPassword{Password: "new", Version: 20}, "", second, first}
		h.now.Triggers.Release = "2"
		h.meanwhile = h.now
		test.change(h)
		if got := strings.Join(h.findings(), ", "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
	}
}

// entries are the requests for either of the pair's credentials.
func (p *soakPair) entries(all []simulator.Entry) []simulator.Entry {
	other := func(e simulator.Entry) bool { return !slices.Contains(p.guids[:], e.GUID) }
	return slices.DeleteFunc(slices.Clone(all), other)
}
