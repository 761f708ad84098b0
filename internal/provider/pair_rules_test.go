package provider

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// pairState is what the rules look at in a state.
type pairState struct {
	active, previous          string // GUIDs
	password, reason, release string
	version                   int64
	rotated, next             time.Time
	revoke, revoked           time.Time // previous_revoke_at, previous_revoked_at
	revokeAfter               string
}

// pairStateOf is the zero value if there is no resource.
func pairStateOf(v tftypes.Value) (s pairState) {
	all := attributesIn(v)
	text := func(v tftypes.Value) (s string) {
		if v.IsKnown() && !v.IsNull() {
			_ = v.As(&s)
		}
		return s
	}
	moment := func(name string) time.Time {
		at, _ := time.Parse(time.RFC3339, text(all[name]))
		return at
	}
	if all == nil {
		return s
	}
	s.active, s.previous = text(all["active_credential_guid"]), text(all["previous_credential_guid"])
	s.password, s.reason = text(all["password"]), text(all["rotation_reason"])
	s.revokeAfter = text(all["revoke_previous_after"])
	s.rotated, s.next = moment("rotated_at"), moment("next_rotation_at")
	s.revoke, s.revoked = moment("previous_revoke_at"), moment("previous_revoked_at")
	var triggers map[string]tftypes.Value
	if value := all["rotation_triggers"]; value.IsKnown() && value.As(&triggers) == nil {
		s.release = text(triggers["release"])
	}
	var version *big.Float
	if value := all["password_version"]; value.IsKnown() && value.As(&version) == nil && version != nil {
		s.version, _ = version.Int64()
	}
	return s
}

func (r *pairRun) state() pairState { return pairStateOf(r.stored.value) }

// cause is whose reset has made a password.
type cause string

const (
	ours     cause = "this resource"
	landing  cause = "a late reset of this resource"
	external cause = "somebody else"
)

// pairKnowledge is what a bystander knows who sees all of the service, each state, and nothing of the private state.
type pairKnowledge struct {
	issued int          // passwords that the service has made
	seen   map[int]bool // resets, by Entry.Seq
	// Each of these is by GUID. A password that was active has ended if resetAsked or endedBy says so.
	newest     map[string]string    // the last password
	changed    map[string]time.Time // when that was made
	stored     map[string]string    // the last one that was active
	endedBy    map[string]cause     // whose reset has ended that one, if nobody had asked for it
	resetAsked map[string]bool      // this resource has asked for another one since
	waiting    map[string]string    // the one that waits for its login
	mayLand    map[string]bool      // earlier requests for it may have been running when it became active
	// privateLost: since the last rotation a provider was killed, and what it knew is lost.
	privateLost bool
	// outcomeUnknown: a request for it had no answer of its own, or none that was kept, since it was active.
	outcomeUnknown map[string]bool
	// leftAlone: it was due to be revoked and, being somebody else's, was left alone.
	leftAlone map[string]bool
}

func newPairKnowledge() pairKnowledge {
	return pairKnowledge{
		seen: map[int]bool{}, newest: map[string]string{}, changed: map[string]time.Time{},
		stored: map[string]string{}, endedBy: map[string]cause{}, resetAsked: map[string]bool{},
		waiting: map[string]string{}, mayLand: map[string]bool{}, outcomeUnknown: map[string]bool{},
		leftAlone: map[string]bool{},
	}
}

// reset learns of a new password.
func (k *pairKnowledge) reset(guid, password string, at time.Time, by cause) {
	k.issued++
	stored, wasActive := k.stored[guid]
	wasLive := stored == k.newest[guid] || stored == "" && !k.resetAsked[guid] // imported: it is not known
	if by != ours && wasActive && (wasLive || k.endedBy[guid] != "") {
		k.endedBy[guid] = by
	}
	k.newest[guid], k.changed[guid] = password, at
}

// hold learns that a state holds the password of a credential.
func (k *pairKnowledge) hold(s pairState) {
	k.stored[s.active], k.resetAsked[s.active] = s.password, false
	k.mayLand[s.active] = k.outcomeUnknown[s.active] || k.privateLost
	k.outcomeUnknown[s.active], k.privateLost = false, false
	delete(k.endedBy, s.active)
	delete(k.waiting, s.active)
	delete(k.leftAlone, s.active)
}

// learn learns from a command that has kept the rules.
func (k *pairKnowledge) learn(o *pairObservation) {
	for _, e := range o.resets() {
		k.resetAsked[e.GUID] = true
		k.outcomeUnknown[e.GUID] = k.outcomeUnknown[e.GUID] || e.Fault != "" || o.kill != noKill
	}
	switch {
	case o.after.active != o.before.active:
		k.hold(o.after)
		k.leftAlone = map[string]bool{}
	case o.kill == providerBefore && o.out.asked, o.kill == providerAfter && o.out.asked:
		k.privateLost, k.waiting, k.leftAlone = true, map[string]string{}, map[string]bool{}
	case o.kill == cliAfter && o.out.asked:
	case o.out.failed && (o.mailRefuses || o.late) && o.allAnswered() && len(o.resets()) > 0:
		k.waiting[o.standby] = k.newest[o.standby]
	}
	if o.warnsOf(diagnostics.NotRevoked.Summary) && o.kill == noKill {
		k.leftAlone[o.after.previous] = true
	}
}

// pairObservation is a command, and all that can be seen of it.
type pairObservation struct {
	pairStep
	out                      *outcome
	before, refreshed, after pairState
	requests                 []simulator.Entry
	planned, applied         time.Time
	late                     bool // new passwords do not reach the mail server

	standby string
	waits   bool // a password of the standby waits for its login alone, as far as can be known
	// What may come, and what has to come if nothing goes wrong.
	rotateAllowed, rotateRequired bool
	revokeAllowed, revokeRequired bool
	revokeUndecided               bool   // the plan may leave it to the apply
	tellsExternal                 bool   // the plan has to tell that the active password was reset elsewhere
	reason                        string // of the rotation that has to come
}

func (o *pairObservation) String() string {
	text := "plan"
	if o.apply {
		text = "apply"
	}
	add := func(is bool, format string, arguments ...any) {
		if is {
			text += fmt.Sprintf(", "+format, arguments...)
		}
	}
	add(o.noRefresh, "-refresh=false")
	add(o.unknown != nil, "%s not known while planning", o.unknown)
	add(o.applied.After(o.planned), "%s between plan and apply", o.applied.Sub(o.planned))
	add(o.fault != nil, "fault: %v, %d times", o.fault, times(o.fault))
	add(o.mailRefuses, "the mail server answers 454")
	add(o.late, "the mail server knows no new password")
	add(o.kill != noKill && o.out.asked, "SIGKILL to %s", o.kill)
	text += ":"
	for _, e := range o.requests {
		text += fmt.Sprintf(" %s %.4s %d,", e.Kind, e.GUID, e.Status)
	}
	add(o.out.failed, "failed")
	for _, d := range o.out.diagnostics {
		text += fmt.Sprintf("\n                      %s: %s", d.Severity, d.Summary)
	}
	a := o.after
	return text + fmt.Sprintf("\n                      active %.4s, previous %.4s, version %d, release %q, reason %q, "+
		"previous_revoke_at %s, previous_revoked_at %s",
		a.active, a.previous, a.version, a.release, a.reason, clockTime(a.revoke), clockTime(a.revoked))
}

func times(f *simulator.Fault) int {
	if f == nil {
		return 0
	}
	return max(1, f.Times)
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("Jan _2 15:04:05")
}

func (o *pairObservation) resets() []simulator.Entry {
	other := func(e simulator.Entry) bool { return e.Kind != simulator.KindReset }
	return slices.DeleteFunc(slices.Clone(o.requests), other)
}

// allAnswered reports whether the last reset was answered well.
func (o *pairObservation) allAnswered() bool {
	resets := o.resets()
	return len(resets) == 0 || resets[len(resets)-1].Status == 200 && resets[len(resets)-1].Fault == ""
}

// expect says what may and what has to come of a command.
func (r *pairRun) expect(o *pairObservation) {
	b, k, c := o.before, &r.known, &r.config
	rotate := func(allowed, required bool, reason string) {
		if required && !o.rotateRequired {
			o.rotateRequired = true
			if !o.rotateAllowed { // else what may come first may be the reason
				o.reason = reason
			}
		}
		o.rotateAllowed = o.rotateAllowed || allowed
	}
	triggered := b.release != "" && c.release != "" && b.release != c.release
	rotate(triggered, triggered, "rotation_triggers: release")
	foreign, since := k.endedBy[b.active] == external, k.changed[b.active].Sub(b.rotated)
	landed := k.endedBy[b.active] == landing
	rotate(landed, landed && !o.noRefresh && !k.privateLost, "late_reset")
	// The provider cannot tell these apart from a late reset of its own.
	rotate(foreign && k.mayLand[b.active] && since < 16*time.Minute, false, "")
	told := !o.noRefresh && !k.privateLost && since > time.Minute+2*time.Second
	rotate(foreign && c.external, foreign && c.external && told, "external_change")
	o.tellsExternal = foreign && told && b.password != ""
	if period, err := time.ParseDuration(c.period); err == nil {
		due := b.rotated.Add(period)
		rotate(!due.After(o.applied), !o.noRefresh && !due.After(o.planned), "rotation_period")
	}
	after, err := time.ParseDuration(c.revokeAfter)
	if err != nil || b.previous == "" || !b.revoked.IsZero() || k.leftAlone[b.previous] {
		return
	}
	due := b.rotated.Add(after)
	o.revokeAllowed = !due.After(o.applied)
	o.revokeRequired = !o.noRefresh && !due.After(o.planned)
	o.revokeUndecided = o.revokeAllowed || c.revokeAfter != b.revokeAfter && !due.After(o.planned.Add(time.Hour))
}

// check returns the rules that a command has broken.
func (r *pairRun) check(o *pairObservation) (broken []string) {
	breaks := func(is bool, format string, arguments ...any) {
		if is {
			broken = append(broken, fmt.Sprintf(format, arguments...))
		}
	}
	for _, rule := range o.out.broken {
		breaks(true, "core refuses it: %s", rule)
	}
	r.checkSecrets(o, breaks)
	if o.before.active == "" {
		breaks(o.out.failed || o.after.active != r.guids[0], "the creation fails")
		breaks(len(o.resets()) != 1, "a creation with %d resets", len(o.resets()))
		if len(broken) == 0 {
			r.known.hold(o.after)
		}
	} else {
		r.expect(o)
		r.checkResets(o, breaks)
		r.checkRotation(o, breaks)
		r.checkRevocation(o, breaks)
		r.checkPlan(o, breaks)
	}
	r.checkLogins(o, breaks)
	return broken
}

type breaks func(is bool, format string, arguments ...any)

// checkSecrets: no password is in a diagnostic.
func (r *pairRun) checkSecrets(o *pairObservation, breaks breaks) {
	secrets := append(r.service.IssuedPasswords(), r.service.Token())
	for _, d := range o.out.diagnostics {
		for _, secret := range secrets {
			breaks(strings.Contains(d.Summary+d.Detail, secret), "a secret is in %q", d.Summary)
		}
	}
}

// checkResets: each reset was asked for, and there is one for each that was.
func (r *pairRun) checkResets(o *pairObservation, breaks breaks) {
	resets := o.resets()
	most, answered := 1, false
	for _, e := range resets {
		breaks(e.GUID == o.before.active, "the active credential is reset")
		breaks(answered, "a reset is repeated although it was answered")
		if e.Fault != "" {
			most++
		}
		answered = answered || e.Fault == "" && e.Status == 200
	}
	breaks(len(resets) > most, "%d resets, of which %d met a fault", len(resets), most-1)
	breaks(len(resets) > 0 && !o.rotateAllowed && !o.revokeAllowed, "a reset that nothing asks for")
	breaks(len(resets) > 0 && !o.apply, "a plan resets")
	k := &r.known
	breaks(len(resets) > 0 && o.waits, "another reset although the new password waits for its login alone")
	if !o.rotateAllowed && len(resets) > 0 {
		breaks(o.before.previous == "", "a revocation without a previous one")
		breaks(k.stored[o.standby] == "", "the end of a password that this resource never held")
		breaks(k.endedBy[o.standby] != "", "the end of a password of %s", k.endedBy[o.standby])
	}
}

// waits reports whether a password waits for its login, as far as this can be known without the private state.
func (k *pairKnowledge) waits(guid string) bool {
	return k.waiting[guid] != "" && k.waiting[guid] == k.newest[guid]
}

// checkRotation: the state changes hands as a whole or not at all.
func (r *pairRun) checkRotation(o *pairObservation, breaks breaks) {
	b, a := o.before, o.after
	rotated := a.active != b.active
	healthy := o.apply && o.healthy
	breaks(healthy && o.out.failed, "a command fails although nothing goes wrong")
	breaks(healthy && o.rotateRequired && !rotated, "no rotation, although it is due (%s)", o.reason)
	if !rotated {
		breaks(a.password != b.password || a.version != b.version || a.reason != b.reason ||
			!a.rotated.Equal(b.rotated) || a.previous != b.previous, "the password changes without a rotation")
		if o.out.failed && o.rotateRequired {
			breaks(a != o.refreshed && a != b, "a rotation that fails changes the state")
		}
		return
	}
	breaks(!o.rotateAllowed, "a rotation that nothing asks for")
	breaks(o.out.failed, "a rotation is stored, and the command fails")
	breaks(a.active != o.standby || a.previous != b.active, "active is %.4s, previous %.4s", a.active, a.previous)
	breaks(a.version <= b.version, "password_version goes from %d to %d", b.version, a.version)
	breaks(a.password != r.known.newest[a.active], "what is stored is not the last password of the active credential")
	breaks(o.reason != "" && a.reason != o.reason, "the reason is %q, not %q", a.reason, o.reason)
	breaks(!a.rotated.Equal(o.applied.Truncate(time.Second)), "rotated_at is %s at %s", a.rotated, o.applied)
	breaks(!a.revoked.IsZero(), "the previous one counts as revoked after a rotation")
	breaks(a.release != r.config.release, "the release of the rotation is not stored")
	breaks(len(o.resets()) == 0 && !o.waits, "a rotation without a reset")
	if r.config.revokeAfter == "" {
		breaks(!a.revoke.IsZero(), "previous_revoke_at without revoke_previous_after")
	}
}

// checkRevocation: the previous password ends once, when it is time.
func (r *pairRun) checkRevocation(o *pairObservation, breaks breaks) {
	b, a, k := o.before, o.after, &r.known
	if a.active != b.active {
		return
	}
	if b.revoked.IsZero() && !a.revoked.IsZero() {
		breaks(!o.revokeAllowed, "the previous one counts as revoked before its time")
		breaks(k.stored[a.previous] != "" && k.newest[a.previous] == k.stored[a.previous],
			"the previous one counts as revoked, and its password is live")
	}
	breaks(!b.revoked.IsZero() && !a.revoked.Equal(b.revoked), "previous_revoked_at changes without a rotation")
	if !o.apply || !o.healthy || !o.revokeRequired || o.rotateRequired {
		return
	}
	// Nobody can tell a reset of a killed apply from somebody else's.
	certain := !k.resetAsked[b.previous] && k.endedBy[b.previous] == "" && k.stored[b.previous] != "" &&
		!k.privateLost
	breaks(certain && (a.revoked.IsZero() || len(o.resets()) != 1),
		"the previous one is due, and is not revoked by one reset")
	breaks(o.waits && k.stored[b.previous] != "" && a.revoked.IsZero(),
		"the previous one is due, and its end is not noted")
}

// checkLogins: the active password works, and the previous one until its time.
func (r *pairRun) checkLogins(o *pairObservation, breaks breaks) {
	a, k := o.after, &r.known
	live := func(guid string) string { return r.service.LivePassword(pairDomain, guid) }
	if a.password != "" && k.endedBy[a.active] == "" {
		breaks(a.password != live(a.active), "the active password does not log in")
	}
	isPrevious := func(e simulator.Entry) bool { return e.GUID == a.previous }
	if k.stored[a.previous] == "" || !a.revoked.IsZero() || k.endedBy[a.previous] != "" ||
		k.resetAsked[a.previous] || slices.ContainsFunc(o.resets(), isPrevious) {
		return
	}
	breaks(k.stored[a.previous] != live(a.previous), "the previous password does not log in before its time")
}

// checkPlan: a plan shows what changes hands, and nothing else is unknown.
func (r *pairRun) checkPlan(o *pairObservation, breaks breaks) {
	if o.out.plan == nil || o.unknown != nil {
		return
	}
	plan := pairStateOf(tftypes.NewValue(r.object, map[string]tftypes.Value(o.out.plan)))
	breaks(r.known.endedBy[o.before.active] == "" && o.warnsOf(diagnostics.MaybeDead.Summary),
		"the plan warns that the active password may have ended, which nothing has touched")
	if plan.active != o.before.active {
		breaks(!o.rotateAllowed, "the plan rotates, and nothing asks for it")
		breaks(plan.active != o.standby || plan.previous != o.before.active || plan.reason == "",
			"a plan that rotates: active %.4s, previous %.4s, reason %q", plan.active, plan.previous, plan.reason)
		if stale := r.known.waiting[o.standby] != "" && !o.waits; !o.noRefresh && !r.known.privateLost && !stale {
			users := o.before.revoked.IsZero() && !o.waits
			breaks(users != o.warnsOf(diagnostics.CutsOff.Summary),
				"the standby may have users: %t, and the plan warns of the opposite", users)
		}
		return
	}
	breaks(!o.noRefresh && o.rotateRequired && !o.out.failed, "the plan does not rotate, although it has to (%s)",
		o.reason)
	for name, value := range o.out.plan {
		if !value.IsFullyKnown() && (name != "previous_revoked_at" || !o.revokeUndecided) {
			breaks(true, "%s is unknown in a plan that does not rotate", name)
		}
	}
	breaks(o.tellsExternal && !o.out.failed && !o.warnsOf(diagnostics.External.Summary),
		"the plan does not tell that the active password was reset elsewhere")
}

// warnsOf reports whether a diagnostic has this summary.
func (o *pairObservation) warnsOf(summary string) bool {
	return slices.ContainsFunc(o.out.diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Summary == summary })
}

// difference is what a plan changes.
func (r *pairRun) difference(out *outcome) string {
	var names []string
	for name, was := range attributesIn(out.refreshed.value) {
		if !out.plan[name].Equal(was) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
