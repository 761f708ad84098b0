//go:build unix

package acceptance

import (
	"maps"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// awaitStandbys waits until the reset of one case's standby has acted without an answer, and
// the new password of another's is being tried at the mail server.
func (p *pairs) awaitStandbys(resets int, tried string, tries int) {
	p.t.Helper()
	if err := p.service.awaitReset(p.t.Context(), resets, true); err != nil {
		p.t.Fatal(err)
	}
	if err := p.service.WaitFor(p.t.Context(), func([]simulator.Entry) bool {
		n := 0
		for _, login := range p.service.Logins() {
			if login.Username == tried && !login.OK {
				n++
			}
		}
		return n > tries
	}); err != nil {
		p.t.Fatal(err)
	}
}

// TestAPairWhoseApplyIsKilled between its steps keeps the active login, and the next apply
// goes on: killed while the standby is reset, while its new password is tried, and while the
// previous one is ended.
func TestAPairWhoseApplyIsKilled(t *testing.T) {
	t.Parallel()
	clock, served := &shifted{}, &shifted{}
	s := startService(t, simulator.Options{Now: clock.now})
	// The provider that the test serves rotates. The built one goes by the real clock, and
	// revokes after 1s. The served one's clock is a second behind until then, so that the
	// previous password is due, however soon the revoking apply follows.
	s.now = served.now
	served.advance(-time.Second)
	const atReset, atCheck, takenBack = "at the reset", "at the check", "taken back"
	p := newPairs(t, s, map[string]variables{atReset: nil, atCheck: nil, takenBack: nil})
	p.give("login", p.patientLogin("5m"), atCheck)
	provider := p.findable()
	p.create()
	stored := turned{0, none, "created", [2]int{1, 0}}
	for _, victim := range []string{"the provider", "the CLI"} {
		clock.advance(2 * time.Minute)
		before := p.attributes()
		p.give("version", victim)
		standby := 1 - stored.active
		p.spoil(atReset, standby, simulator.FaultStall(simulator.KindReset, true))
		p.spoil(takenBack, 1, simulator.FaultStall(simulator.KindReset, true))
		s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
		login, refused, resets := p.members[atCheck][standby].Login, 0, s.resets()
		for _, tried := range s.Logins() {
			if tried.Username == login && !tried.OK {
				refused++
			}
		}
		apply := p.start("apply", "-auto-approve", "-no-color", "-input=false")
		p.awaitStandbys(resets+3, login, refused)
		process := apply.command.Process.Pid
		if victim == "the provider" {
			process = provider()
		}
		apply.signal(process, syscall.SIGKILL)
		s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
		stored.resets[standby]++
		p.checkPair(atReset, stored)
		p.checkPair(atCheck, stored)
		if !maps.Equal(p.attributes(), before) {
			t.Errorf("%s: the state has changed", victim)
		}

		p.give("version", "1", takenBack)
		shown := p.apply()
		if strings.Contains(shown.text, stoppedWarning) || strings.Contains(shown.text, externalWarning) {
			t.Errorf("%s: it warns of a live password:\n%s", victim, shown.text)
		}
		stored.resets[standby]++
		stored = turned{standby, 1 - standby, "rotation_triggers: version", stored.resets}
		for _, name := range []string{atReset, atCheck} {
			p.checkPair(name, stored)
			p.checkTakes(name, [2]bool{true, true})
		}
	}
	p.checkPair(takenBack, turned{0, none, "created", [2]int{1, 2}})

	clock.advance(2 * time.Minute)
	served.advance(time.Second)
	p.give("revoke_after", "1s", atReset, atCheck)
	resets, previous := s.resets(), stored.previous
	for _, name := range []string{atReset, atCheck} {
		p.spoil(name, previous, simulator.FaultStall(simulator.KindReset, true))
	}
	apply := p.startApply(resets+2, true)
	apply.signal(provider(), syscall.SIGKILL)
	p.apply()
	for _, name := range []string{atReset, atCheck} {
		if got := p.asked(name, previous, simulator.KindReset) - stored.resets[previous]; got < 1 || got > 2 {
			t.Errorf("%s: %d resets of the previous one", name, got)
		}
		revoked := stored
		revoked.resets[previous] = p.asked(name, previous, simulator.KindReset)
		if p.checkPair(name, revoked); p.takes(name, previous) {
			t.Errorf("%s: the previous password works", name)
		}
	}
	p.checkPlanEmpty()
}

// TestAPairWhoseApplyIsInterrupted keeps a new password that is being tried, for the next
// apply. A destroy with revoke_on_destroy ends that password, too.
func TestAPairWhoseApplyIsInterrupted(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	const goesOn, destroyed = "goes on", "destroyed"
	p := newPairs(t, s, map[string]variables{goesOn: nil, destroyed: {"revoke": true}})
	p.give("login", p.patientLogin("5m"))
	p.startBuiltProvider()
	p.create()
	before := p.attributes()

	p.give("version", "2")
	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = time.Hour })
	apply := p.start("apply", "-auto-approve", "-no-color", "-input=false")
	if err := s.WaitFor(t.Context(), func([]simulator.Entry) bool {
		tried := map[string]bool{}
		for _, login := range s.Logins() {
			tried[login.Username] = true
		}
		return tried[p.members[goesOn][1].Login] && tried[p.members[destroyed][1].Login]
	}); err != nil {
		t.Fatal(err)
	}
	apply.signal(apply.command.Process.Pid, syscall.SIGINT)
	if !maps.Equal(p.attributes(), before) {
		t.Error("the state has changed")
	}
	waiting := p.live(destroyed, 1)

	s.SetOptions(func(o *simulator.Options) { o.SyncDelay = 0 })
	p.must("destroy", "-auto-approve", "-target", p.address(destroyed))
	p.checkResets(destroyed, [2]int{2, 2})
	if p.live(destroyed, 1) == waiting {
		t.Error("the password that was waiting works after the destruction")
	}
	delete(p.own, destroyed)
	p.configure()
	p.apply()
	p.checkPair(goesOn, turned{1, 0, "rotation_triggers: version", [2]int{1, 1}})
	p.checkTakes(goesOn, [2]bool{true, true})
	p.checkPlanEmpty()
}
