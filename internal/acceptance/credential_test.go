package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const credentialAddress = "smtp_credential.this"

// credentialBlock is a credential of the service's domain.
func credentialBlock(username string, arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_credential" "this" {
  domain   = "Example.com."
  username = %q
  %s
}
`, username, strings.Join(arguments, "\n  "))
}

// besideBlock is the managed password of that credential, and what is fed with it.
func besideBlock(arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_credential_password" "this" {
  domain          = smtp_credential.this.domain
  credential_guid = smtp_credential.this.credential_guid
  %s
}
`, strings.Join(arguments, "\n  ")) + dependentBlock
}

// adoptsInitial saves the reset at creation.
const adoptsInitial = "existing_password = smtp_credential.this.initial_password"

// startCredentials starts a service by a clock of the test's.
func startCredentials(t *testing.T, options simulator.Options) (service, *clock) {
	t.Helper()
	c := newClock(moment)
	return startClockedService(t, c, options), c
}

// made counts the credentials that requests have made.
func (s service) made() (n int) {
	for _, entry := range s.Journal() {
		if entry.Kind == simulator.KindCreate && entry.Acted {
			n++
		}
	}
	return n
}

// credentialStep applies a configuration: what is planned for the credential, and which
// requests change something.
func (w *workspace) credentialStep(configuration, action string, requests ...string) {
	w.t.Helper()
	w.service.ClearJournal()
	w.step(action, credentialAddress, configuration)
	w.service.checkChanges(w.t, requests...)
}

// checkInitial checks that the credential's stored password is live, or that there is
// none.
func (w *workspace) checkInitial(has bool) (guid string) {
	w.t.Helper()
	values := w.values(credentialAddress)
	guid, _ = values["credential_guid"].(string)
	password, _ := values["initial_password"].(string)
	if has && (password == "" || password != w.service.LivePassword("example.com", guid)) || !has && password != "" {
		w.t.Errorf("initial_password has %d characters, and is not what it should be", len(password))
	}
	return guid
}

// TestCredential has a credential from its creation to its end.
func TestCredential(t *testing.T) {
	t.Parallel()
	s, clock := startCredentials(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.write("main.tf", s.providerBlock()+credentialBlock("Bob"))
	planned := change(t, w.plan(), credentialAddress)
	for _, attribute := range []string{
		"id", "credential_guid", "login", "initial_password", "remote_sync", "created_at", "modified_at",
	} {
		if !unknown(planned, attribute) {
			t.Errorf("%s is known in the plan", attribute)
		}
	}
	s.checkChanges(t)
	w.apply("plan")
	s.checkChanges(t, "create")
	guid := w.checkInitial(true)
	for name, want := range map[string]any{
		"id": "example.com/" + guid, "username": "Bob", "login": "Bob@example.com", "remote_sync": true,
		"created_at": "2026-05-20T12:00:00Z", "modified_at": "2026-05-20T12:00:00Z", "password_changed_at": nil,
	} {
		if got := w.values(credentialAddress)[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	w.credentialStep(credentialBlock("bob@EXAMPLE.com"), "no-op")
	s.SetOptions(func(o *simulator.Options) { o.UsernameAsLogin = true })
	w.credentialStep(credentialBlock("Bob", `timeouts = { create = "1m" }`), "update")
	if w.checkInitial(true) != guid {
		t.Error("it is another credential")
	}
	clock.advance(time.Second)
	s.ResetExternally("example.com", guid)
	w.credentialStep(credentialBlock("Bob"), "update")
	w.checkInitial(false)
	w.credentialStep(credentialBlock("alice@example.com"), "replace", "delete", "create")
	guid = w.checkInitial(true)
	s.RemoveCredential("example.com", guid)
	w.credentialStep(credentialBlock("alice"), "create", "create")
	w.planIsEmpty()
	marked := w.checkInitial(true)
	isMarked := true
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			credential["is_deleted"] = isMarked && credential["user_smtp_guid"] == marked
		})
	})
	w.must("plan", "-no-color").shows(t, "Warning: The credential is gone", "1 to add")
	isMarked = false
	w.destroy()
	if s.LivePassword("example.com", marked) != "" {
		t.Error("it is still there")
	}
}

// TestACredentialAndItsPassword are made, rotated, renamed, lost and destroyed together.
// What is adopted saves the reset at creation, and nothing else differs.
func TestACredentialAndItsPassword(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		creation  []string
	}{
		"side by side": {nil, []string{"create", "reset"}},
		"adopted":      {[]string{adoptsInitial}, []string{"create"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock := startCredentials(t, simulator.Options{})
			w := newWorkspace(t, s, "")
			adopts := len(test.arguments) > 0
			configuration := func(username, version string) string {
				arguments := append(slices.Clone(test.arguments), trigger(version), s.loginCheck())
				return credentialBlock(username) + besideBlock(arguments...)
			}
			// made checks that the stored password is the live one.
			made := func() (guid string) {
				t.Helper()
				guid, _ = w.values(passwordAddress)["credential_guid"].(string)
				if w.password() != s.LivePassword("example.com", guid) {
					t.Error("the stored password is not the live one")
				}
				if guid != w.values(credentialAddress)["credential_guid"] {
					t.Error("it is that of another credential")
				}
				return guid
			}
			w.credentialStep(configuration("bob", "1"), "create", test.creation...)
			first := made()
			s.ClearJournal()
			w.planIsEmpty()
			if got := s.kinds(); !slices.Equal(got, []string{"get"}) {
				t.Errorf("a plan of both asked for %v", got)
			}
			if adopts {
				w.checkInitial(true)
			}
			clock.advance(time.Minute)
			w.credentialStep(configuration("bob", "2"), "no-op", "reset")
			if made() != first {
				t.Error("another credential was made")
			}
			w.apply("-refresh-only")
			w.checkInitial(false)
			w.planIsEmpty()

			w.credentialStep(configuration("alice", "2"), "replace", append([]string{"delete"}, test.creation...)...)
			second := made()
			if second == first || s.LivePassword("example.com", first) != "" {
				t.Error("the credential was not replaced")
			}
			clock.advance(time.Minute)
			w.credentialStep(configuration("alice", "3"), "no-op", "reset")
			s.RemoveCredential("example.com", second)
			w.credentialStep(configuration("alice", "3"), "create", test.creation...)
			third := made()
			w.apply("-replace=" + credentialAddress)
			if made() == third {
				t.Error("the credential was not replaced")
			}
			w.planIsEmpty()
			s.ClearJournal()
			w.destroy()
			s.checkChanges(t, "delete")
			for _, text := range []string{lookWarning, twiceWarning, externalWarning, maybeWarning} {
				if strings.Contains(w.screens.String(), text) {
					t.Errorf("it warns: %s", text)
				}
			}
		})
	}
}

// newCredentialOfEach has a credential with its password for each fault, in a domain of its
// own. What the fault meets is not there yet.
func newCredentialOfEach(t *testing.T, faults map[string]simulator.Fault) *workspace {
	t.Helper()
	s := startService(t, simulator.Options{})
	var domains []string
	for name := range faults {
		domains = append(domains, domainOf(name))
		s.AddDomain(domainOf(name))
	}
	return newWorkspace(t, s, s.providerBlock()+fmt.Sprintf(`
resource "smtp_credential" "of" {
  for_each = toset(jsondecode(%q))
  domain   = each.value
  username = "bob"
}

resource "smtp_credential_password" "of" {
  for_each          = smtp_credential.of
  domain            = each.value.domain
  credential_guid   = each.value.credential_guid
  existing_password = each.value.initial_password
}
`, toJSON(t, domains)))
}

// domainOf is the domain of a case.
func domainOf(name string) string { return strings.ReplaceAll(name, " ", "-") + ".example" }

// injectEach has each fault meet a request about the domain of its case.
func (s service) injectEach(faults map[string]simulator.Fault) {
	for name, fault := range faults {
		fault.Domain = domainOf(name)
		s.Inject(fault)
	}
}

// checkAllMet checks that each fault has met a request.
func (s service) checkAllMet(t *testing.T) {
	t.Helper()
	if n := s.PendingFaults(); n != 0 {
		t.Errorf("%d faults were not met", n)
	}
}

// TestACreatedCredentialIsMadeOnce, and its password is not lost: if its answer is, one
// reset makes another, which is the one that the next refresh keeps.
func TestACreatedCredentialIsMadeOnce(t *testing.T) {
	t.Parallel()
	const kind = simulator.KindCreate
	faults := map[string]simulator.Fault{
		"lost after acting":    simulator.FaultLost(kind, true),
		"lost before acting":   simulator.FaultLost(kind, false),
		"502 after acting":     simulator.FaultStatus(kind, 502, true),
		"504 after acting":     simulator.FaultStatus(kind, 504, true),
		"500 after acting":     simulator.FaultServerError(kind, true),
		"cut":                  simulator.FaultCut(kind),
		"a page":               simulator.FaultBody(kind, 201, "<html></html>", true),
		"without the thing":    simulator.FaultBody(kind, 201, `{"success":true,"data":{}}`, true),
		"a limit":              simulator.FaultRateLimit(kind, "1"),
		"with another spelled": simulator.FaultBody(kind, 201, `{"success":true,"data":{"Credential":{}}}`, true),
	}
	w := newCredentialOfEach(t, faults)
	w.service.injectEach(faults)
	w.apply()
	w.service.checkAllMet(t)
	asked := map[string][]string{} // for changes, by domain
	for _, entry := range w.service.Journal() {
		if entry.Acted {
			asked[entry.Domain] = append(asked[entry.Domain], string(entry.Kind))
		}
	}
	for name, fault := range faults {
		want := []string{"create"}
		if fault.Act == simulator.ActBefore {
			want = append(want, "reset")
		}
		if got := asked[domainOf(name)]; !slices.Equal(got, want) {
			t.Errorf("%s: %v have acted, want %v", name, got, want)
		}
	}
	w.apply("-refresh-only")
	w.checkMany(len(faults), true)
	w.planIsEmpty()
}

// TestATakenUsernameIsLeftAlone, and the error says how to import its credential.
func TestATakenUsernameIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]simulator.Fault{
		"answered": nil,
		"lost":     {simulator.FaultLost(simulator.KindCreate, false)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+credentialBlock("Mailer@example.com"))
			s.Inject(faults...)
			w.fails([]string{
				"Could not create the credential",
				`422, "Validation failed. username: The username has already been taken."`,
				`The id to import it by is "example.com/Mailer".`, "check the arguments",
			}, "apply", "-auto-approve", "-no-color")
			if s.resets() > 0 || len(w.resources()) > 0 {
				t.Errorf("asked for %v, stored %v", s.kinds(), w.resources())
			}
		})
	}
}

// TestADeletedCredentialIsDeletedOnce, whatever becomes of the answer; one that is gone
// already is a success.
func TestADeletedCredentialIsDeletedOnce(t *testing.T) {
	t.Parallel()
	const kind = simulator.KindDelete
	faults := map[string]simulator.Fault{
		"lost after acting":  simulator.FaultLost(kind, true),
		"lost before acting": simulator.FaultLost(kind, false),
		"502 after acting":   simulator.FaultStatus(kind, 502, true),
		"500 after acting":   simulator.FaultServerError(kind, true),
		"cut":                simulator.FaultCut(kind),
		"a limit":            simulator.FaultRateLimit(kind, "1"),
		"gone already":       simulator.FaultEnvelope(kind, 404, "Credential not found", true),
		"504 after acting":   simulator.FaultStatus(kind, 504, true),
		"a page":             simulator.FaultBody(kind, 200, "<html></html>", true),
		"refused":            simulator.FaultEnvelope(kind, 403, "Account suspended", false),
		"of no domain":       simulator.FaultEnvelope(kind, 404, "Domain not found", false),
	}
	fails := []string{"504 after acting", "a page", "refused", "of no domain"}
	w := newCredentialOfEach(t, faults)
	w.apply()
	w.checkMany(len(faults), true)
	guids := map[string]string{}
	for name := range faults {
		address := fmt.Sprintf("smtp_credential.of[%q]", domainOf(name))
		guids[name], _ = w.values(address)["credential_guid"].(string)
	}
	w.service.injectEach(faults)
	shown := w.fails([]string{"Could not delete the credential"}, "destroy", "-auto-approve", "-no-color")
	w.service.checkAllMet(t)
	for name, guid := range guids {
		told := strings.Contains(flatten(shown.text), "Credential "+guid+" of domain ")
		if told != slices.Contains(fails, name) {
			t.Errorf("%s: an error is told: %t", name, told)
		}
	}
	if n := strings.Count(shown.text, "Error: Could not delete the credential"); n != len(fails) {
		t.Errorf("%d errors, want %d:\n%s", n, len(fails), shown.text)
	}
	w.destroy()
	for name, guid := range guids {
		if w.service.LivePassword(domainOf(name), guid) != "" {
			t.Errorf("%s: not deleted", name)
		}
	}
	if w.service.LivePassword("example.com", w.service.credential.GUID) == "" {
		t.Error("another one was deleted")
	}
}

// TestACredentialWithoutAPasswordIsReplaced by the next apply: the reset that was to make
// up for a lost answer has failed.
func TestACredentialWithoutAPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob")+besideBlock(adoptsInitial))
	s.Inject(
		simulator.FaultBody(simulator.KindCreate, 201, "<html></html>", true),
		simulator.FaultEnvelope(simulator.KindReset, 403, "Account suspended", false),
	)
	w.fails([]string{"Could not create the credential", "Account suspended", "It was made, but is not complete"},
		"apply", "-auto-approve", "-no-color")
	first := w.checkInitial(false)
	s.ClearJournal()
	w.apply()
	s.checkChanges(t, "delete", "create")
	if guid := w.checkInitial(true); guid == first || w.password() != s.LivePassword("example.com", guid) {
		t.Error("the stored password is not the live one")
	}
	w.planIsEmpty()
}

// TestOneOfTwoCredentialsOfOneNameIsMade, with and without an answer.
func TestOneOfTwoCredentialsOfOneNameIsMade(t *testing.T) {
	t.Parallel()
	lost := simulator.FaultLost(simulator.KindCreate, true)
	lost.Times = 2
	for name, faults := range map[string][]simulator.Fault{"answered": nil, "lost": {lost}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob")+
				strings.Replace(credentialBlock("BOB@example.com"), `"this"`, `"other"`, 1))
			s.Inject(faults...)
			texts := []string{"has already been taken", "The id to import it by is"}
			shown := w.fails(texts, "apply", "-auto-approve", "-no-color")
			if n := strings.Count(shown.text, "Error: "); n != 1 || s.made() != 1 {
				t.Errorf("%d errors after %v:\n%s", n, s.kinds(), shown.text)
			}
			stored := w.resources()
			if len(stored) != 1 || stored[0].tainted {
				t.Fatalf("stored %v", stored)
			}
			guid, _ := stored[0].values["credential_guid"].(string)
			if live := s.LivePassword("example.com", guid); live == "" || stored[0].values["initial_password"] != live {
				t.Error("the stored password is not the live one")
			}
		})
	}
}

// importBlocks has a credential imported by each id, into a resource of its own.
func importBlocks(username string, ids []string) string {
	var blocks strings.Builder
	for n, id := range ids {
		block := strings.Replace(credentialBlock(username), `"this"`, fmt.Sprintf(`"n%d"`, n), 1)
		blocks.WriteString(block + importBlock(fmt.Sprintf("smtp_credential.n%d", n), id))
	}
	return blocks.String()
}

// TestACredentialIsImported by its name and by its GUID, into a clean plan.
func TestACredentialIsImported(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guid := s.credential.GUID
	w := newWorkspace(t, s, s.providerBlock()+importBlocks("Mailer", []string{
		"example.com/mailer", "Example.com./MAILER", "example.com/mailer@example.com",
		"example.com/" + strings.ToUpper(guid),
	}))
	w.apply().shows(t, "4 imported, 0 added, 0 changed, 0 destroyed")
	for _, stored := range w.resources() {
		values := stored.values
		if values["credential_guid"] != guid || values["username"] != "mailer" || values["initial_password"] != nil {
			t.Errorf("%s: stored %v", stored.address, values)
		}
	}
	w.planIsEmpty()
	s.checkChanges(t)
}

// containsAll reports whether all of the texts are within one.
func containsAll(within string, texts []string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(within, text) })
}

// TestACredentialIsNotImported by an id that names none.
func TestACredentialIsNotImported(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	says := map[string][]string{
		"example.com/nobody": {
			"Could not import the SMTP credential", `none of its credentials has the user name "nobody"`,
			"Import by domain/username or domain/credential_guid",
		},
		"missing.example/mailer":      {"Could not import", "Domain not found", "KIRIMEMAIL_USERNAME"},
		"example.com":                 {"Invalid import id", "it has no slash"},
		"https://example.com/mailer":  {"Could not import", "the domain cannot be sent"},
		"example.com/" + uuid:         {"Cannot import non-existent remote object"},
		"example.com/" + uuid + "/..": {"none of its credentials has the user name"},
	}
	w := newWorkspace(t, s, s.providerBlock()+importBlocks("mailer", slices.Collect(maps.Keys(says))))
	shown := w.run("plan", "-input=false", "-json")
	told := findDiagnostics(t, shown.text)
	for id, texts := range says {
		shows := slices.ContainsFunc(told, func(d reported) bool { return containsAll(d.Summary+d.Detail, texts) })
		if !shows {
			t.Errorf("%s: no error shows %q", id, texts)
		}
	}
	if len(told) != len(says) || shown.code == 0 || len(s.changes()) > 0 {
		t.Errorf("%d errors, after requests %v:\n%s", len(told), s.kinds(), shown.text)
	}
}

// TestACredentialWithoutANameIsNotReplaced: the API does not say what it is called.
func TestACredentialWithoutANameIsNotReplaced(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) { delete(credential, "username") })
	})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("mailer"))
	w.must("import", "-no-color", credentialAddress, "example.com/"+s.credential.GUID)
	w.credentialStep(credentialBlock("mailer"), "update")
	w.planIsEmpty()
}

func TestACredentialIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()
	importsByIdentity.need(t)
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("mailer")+fmt.Sprintf(`
import {
  to       = %s
  identity = { domain = "example.com", credential_guid = %q }
}
`, credentialAddress, s.credential.GUID))
	w.apply().shows(t, "1 imported, 0 added, 0 changed, 0 destroyed")
	w.planIsEmpty()
}

// TestARefreshKeepsTheCredential if the API says less than it should, or another thing.
func TestARefreshKeepsTheCredential(t *testing.T) {
	t.Parallel()
	s, _ := startCredentials(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	w.credentialStep(credentialBlock("bob"), "create", "create")
	keeps := func(what string, rewrite func(credential map[string]any)) {
		t.Helper()
		s.SetOptions(func(o *simulator.Options) {
			o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) { rewrite(credential) })
		})
		w.apply().shows(t, "0 added, 0 changed, 0 destroyed")
		w.checkInitial(true)
		if values := w.values(credentialAddress); values["username"] != "bob" || values["login"] == nil {
			t.Errorf("%s: stored %v", what, values)
		}
	}
	keeps("no user name", func(credential map[string]any) { delete(credential, "username") })
	keeps("another user name", func(credential map[string]any) { credential["username"] = "alice" })
	keeps("no times", func(credential map[string]any) {
		delete(credential, "created_at")
		credential["last_password_changed"] = moment.Unix()
	})
	keeps("changed when it was made", func(credential map[string]any) {
		credential["last_password_changed"] = credential["created_at"]
	})
	w.planIsEmpty()
	s.SetOptions(func(o *simulator.Options) { o.Rewrite = nil })
	for says, fault := range map[string]simulator.Fault{
		"terraform state rm": simulator.FaultEnvelope(simulator.KindGet, 404, "Domain not found", false),
		"base_url":           simulator.FaultBody(simulator.KindGet, 404, "<html></html>", false),
	} {
		s.Inject(fault)
		w.fails([]string{"Could not read the credential", "The state is unchanged.", says}, "plan", "-no-color")
	}
	w.checkInitial(true)
}

// manyCredentials are credentials of the service's domain, each with its password.
func manyCredentials(many int, arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_credential" "many" {
  for_each = toset([for n in range(%d) : "many${n}"])
  domain   = "example.com"
  username = each.key
}

resource "smtp_credential_password" "many" {
  for_each        = smtp_credential.many
  domain          = each.value.domain
  credential_guid = each.value.credential_guid
  %s
}
`, many, strings.Join(arguments, "\n  "))
}

// checkMany checks that each stored password is live, and so is initial_password if it has
// to be.
func (w *workspace) checkMany(many int, initial bool) {
	w.t.Helper()
	found := 0
	for _, resource := range w.resources() {
		guid, _ := resource.values["credential_guid"].(string)
		domain, _ := resource.values["domain"].(string)
		live, stored := w.service.LivePassword(domain, guid), resource.values["password"]
		if resource.kind == "smtp_credential" {
			if stored = resource.values["initial_password"]; !initial {
				continue
			}
		}
		if found++; stored != live {
			w.t.Errorf("%s: the stored password is not the live one", resource.address)
		}
	}
	if initial {
		many *= 2
	}
	if found != many {
		w.t.Errorf("%d passwords, want %d", found, many)
	}
}

// TestManyCredentialsShareTheirReads counts what 20 credentials with their passwords cost
// in a domain of 250.
func TestManyCredentialsShareTheirReads(t *testing.T) {
	t.Parallel()
	const many, pages = 20, 3
	for name, test := range map[string]struct {
		arguments []string
		each      int // requests that a creation of both costs
	}{
		"side by side": {nil, 2},
		"adopted":      {[]string{"existing_password = each.value.initial_password"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock := startCredentials(t, simulator.Options{})
			s.populate(250, 0)
			configuration := func(version string) string {
				return s.providerBlock() + manyCredentials(many, append(test.arguments, trigger(version))...)
			}
			w := newWorkspace(t, s, configuration("1"))
			costs := func(most int, command ...string) {
				t.Helper()
				s.ClearJournal()
				w.must(append(command, "-no-color")...)
				if got := len(s.kinds()); got > most {
					t.Errorf("%s cost %d requests, want %d at most: %v", command, got, most, s.kinds())
				}
			}
			costs(many*test.each+pages, "apply", "-auto-approve")
			w.checkMany(many, test.arguments != nil)
			costs(pages+2, "plan", "-detailed-exitcode")
			clock.advance(time.Minute)
			w.write("main.tf", configuration("2"))
			costs(pages+2, "plan")
			w.apply()
			w.checkMany(many, false)
			// Each first password is forgotten by the credential's own word, once.
			costs(many+pages+2, "apply", "-refresh-only", "-auto-approve")
			costs(pages+2, "plan", "-detailed-exitcode")
			costs(many+pages+2, "destroy", "-auto-approve")
		})
	}
}

// TestNoFirstPasswordIsForgottenForAList that has another time of its change.
func TestNoFirstPasswordIsForgottenForAList(t *testing.T) {
	t.Parallel()
	s, _ := startCredentials(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+manyCredentials(4, "existing_password = each.value.initial_password"))
	w.apply()
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(kind simulator.Kind, _, credential map[string]any) {
			if kind == simulator.KindList {
				credential["last_password_changed"] = moment.Add(time.Hour).Unix()
			}
		})
	})
	s.ClearJournal()
	w.apply("-refresh-only")
	if s.Count(simulator.KindList) == 0 {
		t.Error("no list was read")
	}
	w.checkMany(4, true)
}

// TestSettingsThatAreNotKnownYetKeepTheCredential: a plan leaves the state as it is.
func TestSettingsThatAreNotKnownYetKeepTheCredential(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob"))
	w.apply()
	guid := w.checkInitial(true)
	w.write("main.tf", strings.Replace(s.providerBlock(), quoted(s.Username()), "terraform_data.account.output", 1)+
		credentialBlock("bob"))
	w.write("account.tf", fmt.Sprintf("resource \"terraform_data\" \"account\" {\n  input = %q\n}\n", s.Username()))
	s.ClearJournal()
	w.apply().shows(t, "Warning: The credential was not refreshed", "1 to add, 0 to change")
	if len(s.kinds()) > 0 {
		t.Errorf("asked for %v", s.kinds())
	}
	w.planIsEmpty()
	if w.checkInitial(true) != guid {
		t.Error("it is another credential")
	}
}

// TestACredentialThatIsNotSyncedIsTold, and the managed password waits for the login.
func TestACredentialThatIsNotSyncedIsTold(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{RemoteSynced: simulator.SyncedFalse, SyncDelay: 2 * time.Second})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob")+besideBlock(adoptsInitial, s.loginCheck()))
	w.apply().shows(t, "Warning: New SMTP password not on the mail servers yet", "remote_sync is false",
		"login_check of smtp_credential_password")
	if w.values(credentialAddress)["remote_sync"] != false || s.resets() > 0 {
		t.Errorf("stored %v, after %v", w.values(credentialAddress)["remote_sync"], s.kinds())
	}
	w.checkVerified(true)
	w.planIsEmpty()
}

// TestNoPasswordOfACredentialIsLogged at TRACE, though the API quotes it in its errors.
func TestNoPasswordOfACredentialIsLogged(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob"))
	w.logTo("TF_LOG=TRACE")
	s.Inject(simulator.FaultLost(simulator.KindCreate, true))
	w.apply()
	quoting := func(kind simulator.Kind) simulator.Fault {
		return simulator.FaultEnvelope(kind, 403, "Not "+s.LivePassword("example.com", w.checkInitial(true)), false)
	}
	s.Inject(quoting(simulator.KindGet))
	w.fails([]string{"Could not read the credential", "403"}, "plan", "-no-color")
	s.Inject(quoting(simulator.KindDelete))
	w.fails([]string{"Could not delete the credential", "403"}, "destroy", "-auto-approve", "-no-color")
	w.destroy()
}

// TestAResetDoesNotQuoteTheFirstPassword that the same apply was told.
func TestAResetDoesNotQuoteTheFirstPassword(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetOptions(func(o *simulator.Options) {
		first := ""
		o.Rewrite = func(kind simulator.Kind, body []byte) []byte {
			var answer struct{ Data struct{ Password string } }
			switch {
			case kind == simulator.KindCreate && json.Unmarshal(body, &answer) == nil:
				first = answer.Data.Password
			case kind == simulator.KindReset:
				return []byte(fmt.Sprintf(`{"success":false,"message":"Not %s"}`, first))
			}
			return body
		}
	})
	s.Inject(simulator.FaultEnvelope(simulator.KindReset, 422, "", false))
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob")+besideBlock())
	w.fails([]string{"Could not rotate the SMTP password", "422"}, "apply", "-auto-approve", "-no-color")
}

func TestBadArgumentsOfACredential(t *testing.T) {
	t.Parallel()
	checkBadArguments(t, "smtp_credential", map[string]string{
		"domain": `"example.com"`, "username": `"myuser"`,
	}, map[string][]badValue{
		"username": {
			{value: `""`, says: "empty"},
			{value: `"my user"`, says: "white space"},
			{value: `"myuser\n"`, says: "trimspace()"},
			{value: `"my\u200buser"`, says: "cannot be seen"},
			{value: `"my\u0000user"`, says: "cannot be seen"},
			{value: `"@example.com"`, says: "nothing before the @"},
			{value: `"myuser@"`, says: "not a domain name"},
			{value: `"my@user@example.com"`, says: "not a domain name"},
			{value: `"myuser@example.org"`, says: "not the domain that domain names"},
			{value: big, says: "255 are the most"},
			{value: `["myuser"]`, says: "string required", cli: true},
		},
	})
}

// TestADeletedCredentialIsNotImported: the user name is that of another one by now.
func TestADeletedCredentialIsNotImported(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	deleted, bob := s.AddCredential("example.com", "old"), s.AddCredential("example.com", "bob")
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) {
			if credential["user_smtp_guid"] == deleted.GUID {
				credential["username"], credential["is_deleted"] = "bob", true
			}
		})
	})
	w := newWorkspace(t, s, s.providerBlock()+credentialBlock("bob"))
	w.must("import", "-no-color", "-input=false", credentialAddress, "example.com/bob")
	if w.checkInitial(false) != bob.GUID {
		t.Error("the deleted one was imported")
	}
}
