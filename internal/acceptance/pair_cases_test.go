package acceptance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// pairs is a workspace with a managed pair for each case, on two credentials of its own.
type pairs struct {
	*cases // its guids are those of the first credentials
	// own are the variables of each case, from which pairArguments take their values.
	own     map[string]variables
	members map[string][2]simulator.Credential
	// seen are the passwords of the two credentials that the test has seen last.
	seen map[string]*[2]string
	// expressions replace those of pairArguments.
	expressions map[string]string
	// provider is the block that configures the provider.
	provider string
	// further is more of the configuration; dependentsBlock at first.
	further string
}

// pairArguments are the arguments of a pair, by the variables of its case.
var pairArguments = map[string]string{
	"for_each":                  "local.own",
	"domain":                    `try(each.value.domain, "example.com")`,
	"credential_guids":          "each.value.guids",
	"existing_password":         "try(each.value.existing, null)",
	"rotation_triggers":         "try({ version = each.value.version }, null)",
	"rotation_period":           "try(each.value.period, null)",
	"rotation_schedule":         "try(each.value.schedule, null)",
	"rotate_on_external_change": "try(each.value.follow, null)",
	"login_check":               "try(each.value.login, null)",
	"revoke_previous_after":     "try(each.value.revoke_after, null)",
	"revoke_on_destroy":         "try(each.value.revoke, null)",
	"timeouts":                  "try(each.value.timeouts, null)",
}

const (
	pairType        = "smtp_credential_password_pair"
	dependentsBlock = `
resource "terraform_data" "dependent" {
  for_each = local.own
  input = try(nonsensitive(sha256("${smtp_credential_password_pair.case[each.key].login} ${
    smtp_credential_password_pair.case[each.key].password}")), "none yet")
}
`
)

// newPairs makes the credentials, and a configuration that is not applied yet.
func newPairs(t *testing.T, s service, own map[string]variables) *pairs {
	t.Helper()
	p := &pairs{
		cases: &cases{newWorkspace(t, s, ""), map[string]string{}, nil, pairType + ".case"},
		own:   own, members: map[string][2]simulator.Credential{}, seen: map[string]*[2]string{},
		provider: s.providerBlock(), further: dependentsBlock,
	}
	for n, name := range slices.Sorted(maps.Keys(own)) {
		if own[name] == nil {
			own[name] = variables{}
		}
		one := s.AddCredential("example.com", fmt.Sprintf("one%d", n))
		two := s.AddCredential("example.com", fmt.Sprintf("two%d", n))
		p.members[name], p.guids[name] = [2]simulator.Credential{one, two}, one.GUID
		p.seen[name] = &[2]string{p.live(name, 0), p.live(name, 1)}
		own[name]["version"] = cmp.Or[any](own[name]["version"], "1")
		own[name]["guids"] = []string{one.GUID, two.GUID}
	}
	p.write("own.tf", "")
	p.configure()
	return p
}

// configure writes what the cases are now.
func (p *pairs) configure() {
	p.t.Helper()
	arguments := maps.Clone(pairArguments)
	maps.Copy(arguments, p.expressions)
	p.write("main.tf", p.provider+resourceBlock(pairType, "case", arguments)+p.further)
	p.local("own", p.own)
}

// give sets a variable of some cases, or of all if none is named; nil takes it away.
func (p *pairs) give(variable string, value any, names ...string) {
	p.t.Helper()
	for name, own := range p.own {
		switch {
		case len(names) > 0 && !slices.Contains(names, name):
		case value == nil:
			delete(own, variable)
		default:
			own[variable] = value
		}
	}
	p.configure()
}

// patientLogin is a login_check at the service's mail server.
func (p *pairs) patientLogin(timeout string) variables {
	return loginAt(p.service.SMTPAddr(),
		variables{"ca_certificate": string(p.service.CACertificate()), "timeout": timeout})
}

// id is that of a case whose credentials are named in their order.
func (p *pairs) id(name string) string {
	return "example.com/" + p.members[name][0].GUID + "," + p.members[name][1].GUID
}

// live is the password of one of a case's credentials that the mail server takes.
func (p *pairs) live(name string, member int) string {
	return p.service.LivePassword("example.com", p.members[name][member].GUID)
}

// resetElsewhere resets the password of one of a case's credentials as somebody else.
func (p *pairs) resetElsewhere(name string, member int) {
	p.service.ResetExternally("example.com", p.members[name][member].GUID)
}

// spoil queues faults for the requests about one of a case's credentials.
func (p *pairs) spoil(name string, member int, faults ...simulator.Fault) {
	for _, fault := range faults {
		fault.GUID = p.members[name][member].GUID
		p.service.Inject(fault)
	}
}

// asked is how many requests of a kind there were about one of a case's credentials.
func (p *pairs) asked(name string, member int, kind simulator.Kind) (n int) {
	for _, entry := range p.service.Journal() {
		if entry.Kind == kind && entry.GUID == p.members[name][member].GUID {
			n++
		}
	}
	return n
}

// checkResets checks how many resets there were of each of a case's credentials.
func (p *pairs) checkResets(name string, want [2]int) {
	p.t.Helper()
	got := [2]int{p.asked(name, 0, simulator.KindReset), p.asked(name, 1, simulator.KindReset)}
	if got != want {
		p.t.Errorf("%s: resets %v, want %v", name, got, want)
	}
}

// takes tells whether the mail server takes the password of one of a case's credentials
// that the test has seen last.
func (p *pairs) takes(name string, member int) bool {
	return p.service.Login(p.t.Context(), p.members[name][member].Login, p.seen[name][member]) == nil
}

// checkTakes checks which of the passwords that the test has seen last are taken.
func (p *pairs) checkTakes(name string, want [2]bool) {
	p.t.Helper()
	if got := [2]bool{p.takes(name, 0), p.takes(name, 1)}; got != want {
		p.t.Errorf("%s: the mail server takes the passwords: %v, want %v", name, got, want)
	}
}

// turned is a pair after a turn: which credential is active and which was so before, or
// none, why, and how many resets there were of each.
type turned struct {
	active, previous int
	reason           string
	resets           [2]int
}

// none is the previous credential of a pair that has not rotated.
const none = -1

// checkPair checks what is stored of a case, and that the mail server takes it.
func (p *pairs) checkPair(name string, want turned) {
	p.t.Helper()
	values := p.values(p.address(name))
	active := p.members[name][want.active]
	attributes := variables{
		"id":                     p.id(name),
		"active_credential_guid": active.GUID, "previous_credential_guid": nil,
		"username": active.Username, "login": active.Login, "rotation_reason": want.reason,
	}
	if want.previous != none {
		attributes["previous_credential_guid"] = p.members[name][want.previous].GUID
	}
	p.checkStored(name, attributes)
	p.checkResets(name, want.resets)
	p.seen[name][want.active], _ = values["password"].(string)
	if !p.takes(name, want.active) {
		p.t.Errorf("%s: the mail server refuses the stored password", name)
	}
}

// create applies all cases for the first time, and checks what comes of it, but for those
// that are imported.
func (p *pairs) create(imported ...string) {
	p.t.Helper()
	p.apply()
	for name := range p.own {
		if !slices.Contains(imported, name) {
			p.checkPair(name, turned{0, none, "created", [2]int{1, 0}})
		}
	}
}

// checkStored checks attributes of a case in the state.
func (p *pairs) checkStored(name string, want variables) {
	p.t.Helper()
	values := p.values(p.address(name))
	if values == nil {
		p.t.Fatalf("%s is not in the state", name)
	}
	for attribute, want := range want {
		if values[attribute] != want {
			p.t.Errorf("%s: %s is %v, want %v", name, attribute, values[attribute], want)
		}
	}
}

// version is the stored password_version of a case.
func (p *pairs) version(name string) float64 {
	p.t.Helper()
	version, _ := p.values(p.address(name))["password_version"].(float64)
	return version
}

// checkPlanEmpty checks that a plan is empty, and gives what it shows.
func (p *pairs) checkPlanEmpty(arguments ...string) screen {
	p.t.Helper()
	s := p.run(append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, arguments...)...)
	if s.code != 0 {
		p.t.Errorf("the plan is not empty (exit status %d):\n%s", s.code, s.text)
	}
	return s
}

// storedWithoutPrivate is the whole state, but for what the provider notes beside it.
func (p *pairs) storedWithoutPrivate() string {
	p.t.Helper()
	var state map[string]any
	if err := json.Unmarshal([]byte(p.stored()), &state); err != nil {
		p.t.Fatal(err)
	}
	for _, resource := range state["resources"].([]any) {
		for _, instance := range resource.(map[string]any)["instances"].([]any) {
			delete(instance.(map[string]any), "private")
		}
	}
	return string(toJSON(p.t, state))
}

// attributes are the stored attributes of each case, as one text.
func (p *pairs) attributes() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	for name := range p.own {
		all[name] = fmt.Sprint(p.values(p.address(name)))
	}
	return all
}

// ofAPair are the attributes that a rotation makes anew, and does not tell beforehand.
var ofAPair = slices.Sorted(slices.Values(append([]string{"created_at", "login", "username"}, ofAPassword...)))

// withAttributes is attributes and some more, sorted.
func withAttributes(attributes []string, more ...string) []string {
	return slices.Sorted(slices.Values(append(slices.Clone(more), attributes...)))
}

// checkPlannedTurn checks that a plan makes a credential of a case the active one, for a
// reason, and takes the dependent along. more are unknown beside ofAPair.
func (p *pairs) checkPlannedTurn(name string, plan *tfjson.Plan, active int, reason string, more ...string) {
	p.t.Helper()
	change, dependent := p.checkPlanned(name, plan, withAttributes(ofAPair, more...)...)
	for attribute, want := range map[string]any{
		"active_credential_guid":   p.members[name][active].GUID,
		"previous_credential_guid": p.members[name][1-active].GUID,
		"rotation_reason":          reason,
		"previous_revoked_at":      nil,
		"id":                       p.id(name),
	} {
		if got := after(change, attribute); got != want {
			p.t.Errorf("%s: %s is planned as %v, want %v", name, attribute, got, want)
		}
	}
	if !dependent {
		p.t.Errorf("%s: its dependent is not planned along", name)
	}
}

// warnedOf tells whether a warning is among those about a case.
func warnedOf(told []string, warning string) bool {
	return slices.ContainsFunc(told, func(text string) bool { return strings.Contains(text, warning) })
}
