package acceptance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// keyBlock configures the provider with a domain's key, in place of the account.
func (s service) keyBlock(domain string) string {
	key, secret := s.DomainKey(domain)
	return requireProvider + fmt.Sprintf(`
provider "smtp" {
  base_url          = %q
  domain_api_key    = %q
  domain_api_secret = %q
}
`, s.URL(), key, secret)
}

// keySecrets are what must not be seen of a domain's key.
func (s service) keySecrets(domain string) []string {
	key, secret := s.DomainKey(domain)
	return []string{key, secret, basicValue(key, secret)}
}

// checkKeyUsed checks that everything was asked with the key of the credential's domain.
func (s service) checkKeyUsed(t *testing.T) {
	t.Helper()
	for _, entry := range s.Journal() {
		if !strings.HasPrefix(entry.Path, "/api/v4/transactional/credentials") {
			t.Errorf("asked %s %s", entry.Method, entry.Path)
		}
	}
	if len(s.Journal()) == 0 {
		t.Error("nothing was asked")
	}
}

const wrongKey = "domain_api_key (KIRIMEMAIL_DOMAIN_API_KEY) and domain_api_secret (KIRIMEMAIL_DOMAIN_API_SECRET)"

// TestAJobWithADomainsKey goes through all that a managed password needs, with a log at TRACE.
func TestAJobWithADomainsKey(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	config := func(release string) string {
		return s.keyBlock("example.com") + s.passwordBlock(trigger(release), "revoke_on_destroy = true")
	}
	w := newWorkspace(t, s, config("1"))
	l := w.logTo("TF_LOG=TRACE")
	w.apply()
	created := w.password()
	s.checkLive(t, created)

	w.write("main.tf", config("2"))
	w.apply()
	rotated := w.password()
	s.checkLive(t, rotated)
	if rotated == created || s.resets() != 2 {
		t.Errorf("%d resets, and the same password: %t", s.resets(), rotated == created)
	}
	s.ClearJournal()
	w.planIsEmpty()
	if kinds := s.kinds(); !slices.Equal(kinds, []string{"get"}) {
		t.Errorf("a refresh asked %s", kinds)
	}

	w.must("state", "rm", passwordAddress)
	name := s.credential.Domain + "/" + s.credential.GUID
	w.must("import", "-no-color", passwordAddress, name).shows(t, unknownPasswordWarning)
	w.apply() // stores the triggers, and rotates nothing
	if w.password() != "" {
		t.Error("the import has a password")
	}
	w.write("main.tf", config("3"))
	w.apply()
	last := w.password()
	s.checkLive(t, last)
	w.must("destroy", "-auto-approve", "-no-color")
	if s.mailServerTakes(t.Context(), last) {
		t.Error("the mail server takes the password after it was revoked")
	}
	s.checkKeyUsed(t)
	text := l.text()
	checkNoSecret(t, "the log", text, s.keySecrets("example.com"))
	checkNoSecret(t, "the screen", w.screens.String(), s.keySecrets("example.com"))
	if !strings.Contains(text, "domain_api_key_from=argument") || strings.Contains(text, "token_from") {
		t.Error("the log does not say where the key comes from")
	}
}

func TestAListWithADomainsKeyTakesThreeRequests(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.populate(250, 0)
	w := newWorkspace(t, s, s.keyBlock("example.com")+`data "smtp_credentials" "all" {
  domain = "example.com"
}
output "count" {
  value = length(data.smtp_credentials.all.credentials)
}`)
	w.must("plan", "-no-color").shows(t, "+ count = 250")
	if kinds := s.kinds(); !slices.Equal(kinds, []string{"list", "list", "list"}) {
		t.Errorf("asked %s", kinds)
	}
	s.checkKeyUsed(t)
}

// TestAKeyThatIsRefusedIsNamed has a password stored already. Whatever is wrong with the
// key, it stays in the state.
func TestAKeyThatIsRefusedIsNamed(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.AddDomain("other.example")
	right := s.keyBlock("example.com")
	_, secret := s.DomainKey("example.com")
	w := newWorkspace(t, s, right+s.passwordBlock())
	w.apply()
	stored := w.stored()
	forbidden := simulator.FaultBody(simulator.KindGet, 403, `{"error":"Forbidden"}`, false)
	elsewhere := simulator.FaultEnvelope(simulator.KindGet, 403,
		"Credential does not belong to the authenticated domain", false)
	for name, test := range map[string]struct {
		provider string
		fault    *simulator.Fault
		says     string
	}{
		"another domain's": {s.keyBlock("other.example"), nil, `401, "Unauthorized"`},
		"a wrong secret":   {strings.Replace(right, secret, "not-the-secret", 1), nil, `401, "Unauthorized"`},
		"a 403":            {right, &forbidden, `403, "Forbidden"`},
		"a 403 elsewhere":  {right, &elsewhere, "Check domain and credential_guid."},
	} {
		w.write("main.tf", test.provider+s.passwordBlock())
		if test.fault != nil {
			s.Inject(*test.fault)
		}
		texts := []string{"Could not read the SMTP credential", test.says, wrongKey, "A key is one domain's"}
		if screen := w.fails(texts, "plan", "-no-color"); strings.Contains(screen.text, "KIRIMEMAIL_TOKEN") {
			t.Errorf("%s: the account is named:\n%s", name, screen.text)
		}
	}
	// Nothing is created with it either.
	more := strings.Replace(s.passwordBlock(), `"this"`, `"more"`, 1)
	w.write("main.tf", s.keyBlock("other.example")+s.passwordBlock()+more)
	w.fails([]string{"Could not rotate the SMTP password", wrongKey},
		"apply", "-auto-approve", "-no-color", "-refresh=false")
	if w.stored() != stored {
		t.Error("the state is another one")
	}
	for _, domain := range []string{"example.com", "other.example"} {
		checkNoSecret(t, "the screen", w.screens.String(), s.keySecrets(domain))
	}

	w.write("main.tf", right+s.passwordBlock())
	w.planIsEmpty()
	s.checkLive(t, w.password())
}

// TestWhichLoginIsUsed has the account and a key as arguments and as variables.
func TestWhichLoginIsUsed(t *testing.T) {
	t.Parallel()
	const (
		both, missing    = "Unusable provider configuration", "Missing "
		byAccount, byKey = "/api/domains/example.com/credentials", "/api/v4/transactional/credentials"
	)
	ofAccount, ofKey := []string{"username", "token"}, []string{"domain_api_key", "domain_api_secret"}
	all := slices.Concat(ofAccount, ofKey)
	for name, test := range map[string]struct {
		arguments, variables []string
		path                 string // that is asked
		says                 string // by the one error in its place
	}{
		"the account's variables":                        {nil, ofAccount, byAccount, ""},
		"a key's variables":                              {nil, ofKey, byKey, ""},
		"variables of both":                              {nil, all, byAccount, ""},
		"a key's variables, and a user name's":           {nil, []string{"username", ofKey[0], ofKey[1]}, byKey, ""},
		"the account's variables, and half a key's":      {nil, []string{"username", "token", ofKey[0]}, byAccount, ""},
		"a key's arguments, and the account's variables": {ofKey, ofAccount, byKey, ""},
		"the account's arguments, and a key's variables": {ofAccount, ofKey, byAccount, ""},
		"a key, half of it an argument":                  {ofKey[:1], all, byKey, ""},
		"the account, half of it an argument":            {ofAccount[:1], all, byAccount, ""},
		"half a key":                                     {ofKey[:1], ofAccount, "", missing + "domain_api_secret"},
		"the other half":                                 {ofKey[1:], nil, "", missing + "domain_api_key"},
		"half a key, as a variable":                      {nil, ofKey[:1], "", missing + "domain_api_secret"},
		"half the account":                               {ofAccount[:1], ofKey, "", missing + "token"},
		"arguments of both":                              {all, nil, "", both},
		"halves of both":                                 {[]string{"token", "domain_api_key"}, all, "", both},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			key, secret := s.DomainKey("example.com")
			values := map[string]string{
				"username": s.Username(), "token": s.Token(), "domain_api_key": key, "domain_api_secret": secret,
			}
			provider := requireProvider + "provider \"smtp\" {\n"
			for _, argument := range test.arguments {
				provider += fmt.Sprintf("  %s = %q\n", argument, values[argument])
			}
			w := newWorkspace(t, s, provider+"}\n"+s.passwordBlock())
			w.useBuiltProvider() // which reads its own environment
			w.env = append(w.env, "KIRIMEMAIL_BASE_URL="+s.URL())
			for _, argument := range test.variables {
				w.env = append(w.env, variableOf(argument)+"="+values[argument])
			}
			if test.says == "" {
				w.must("plan", "-no-color", "-input=false")
				if entry := s.Journal()[0]; !strings.HasPrefix(entry.Path, test.path) {
					t.Errorf("asked %s", entry.Path)
				}
				return
			}
			screen := w.fails([]string{test.says}, "plan", "-no-color", "-input=false")
			if n := strings.Count(screen.text, "Error: "); n != 1 || len(s.kinds()) > 0 {
				t.Errorf("%d errors, and requests %s:\n%s", n, s.kinds(), screen.text)
			}
			if argument, is := strings.CutPrefix(test.says, missing); is {
				screen.shows(t, variableOf(argument)+", or the argument "+argument+" of the provider block")
			}
			checkNoSecret(t, "the screen", screen.text, s.keySecrets("example.com"))
		})
	}
}

// variableOf is the variable that stands in for an argument of the provider.
func variableOf(argument string) string { return "KIRIMEMAIL_" + strings.ToUpper(argument) }

// TestUnusableHalvesOfAKeyAreRefused has them in variables; the table of bad input has the
// arguments.
func TestUnusableHalvesOfAKeyAreRefused(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	for argument, name := range map[string]string{
		"domain_api_key": "domain API key: ", "domain_api_secret": "domain API secret: ",
	} {
		w := newWorkspace(t, s, requireProvider+s.passwordBlock())
		w.useBuiltProvider()
		variable := variableOf(argument)
		w.env = append(w.env, "KIRIMEMAIL_BASE_URL="+s.URL(),
			"KIRIMEMAIL_DOMAIN_API_KEY=a-key", "KIRIMEMAIL_DOMAIN_API_SECRET=a-secret", variable+"="+unseen+"\n")
		screen := w.fails([]string{
			"Unusable provider configuration", name + "it ", argument + " (" + variable + ")",
		}, "plan", "-no-color")
		checkNoSecret(t, "the screen", screen.text, []string{unseen})
	}
}

// TestAKeyUnknownWhilePlanningFailsNothing has a secret that comes from another resource
// which the same apply changes.
func TestAKeyUnknownWhilePlanningFailsNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	_, secret := s.DomainKey("example.com")
	provider := strings.Replace(s.keyBlock("example.com"), quoted(secret), "strrev(terraform_data.secret.output.s)", 1)
	config := func(note string) string {
		return provider + s.passwordBlock() + fmt.Sprintf(`
resource "terraform_data" "secret" {
  input = { s = %q, note = %q }
}
`, reverse(secret), note)
	}
	w := newWorkspace(t, s, config("a"))
	w.apply()
	s.checkLive(t, w.password())
	w.write("main.tf", config("b"))
	w.apply().shows(t, "Warning: SMTP credential not refreshed", "1 to change")
	w.planIsEmpty()
	w.checkResets(1)
	s.checkKeyUsed(t)
}

// TestGuideLeastPrivilege goes from the account to a domain's key, and from one domain to two.
func TestGuideLeastPrivilege(t *testing.T) {
	t.Parallel()
	const guide = "guides/least-privilege/"
	s, w, _ := newExampleWorkspace(t, findExample(t, guide+"one-domain"))
	w.must("init", "-no-color", "-input=false")
	withKey := w.env
	w.env = append(slices.Clone(withKey), "KIRIMEMAIL_USERNAME="+s.Username(), "KIRIMEMAIL_TOKEN="+s.Token())
	w.apply() // by the account
	s.ClearJournal()
	w.env = withKey
	w.checkStored(newsletterAddress, "created")
	w.planIsEmpty()
	s.checkKeyUsed(t)

	further := findExample(t, guide+"several-domains")
	if _, err := s.AddCredentialWithGUID("example.net", "newsletter", exampleGUIDs(further.text())[0]); err != nil {
		t.Fatal(err)
	}
	w.write("news.tf", further.text())
	w.write("terraform.tfvars.json", string(toJSON(t, exampleNatures[further.name].tfvars(s, nil))))
	w.apply().shows(t, "1 to add, 0 to change, 0 to destroy")
	w.checkStored("smtp_credential_password.news", "created")
	w.checkResets(1) // since the journal was cleared
	s.checkKeyUsed(t)
	for _, entry := range s.Journal() {
		if domain := entry.Header.Get("domain"); domain != entry.Domain {
			t.Errorf("asked about %s with the header %q", entry.Domain, domain)
		}
	}
	// One key for both does not do.
	stored := w.stored()
	w.write("news.tf", strings.Replace(further.text(), "  domain_api_key    = var.news.key\n  domain_api_secret = var.news.secret\n", "", 1))
	w.fails([]string{`401, "Unauthorized"`, "domain example.net", wrongKey}, "plan", "-no-color")
	if w.stored() != stored {
		t.Error("the state is another one")
	}
}

// TestAliasesAreProcessesOfTheirOwn has two resources on one credential, each with an alias. No
// plan tells of it, as the guide says.
func TestAliasesAreProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	block := strings.Replace(s.keyBlock("example.com"), requireProvider, "", 1)
	aliased := strings.Replace(block, "{", "{\n  alias = \"other\"", 1)
	if aliased == block {
		t.Fatal("there is no alias")
	}
	other := strings.Replace(s.passwordBlock("provider = smtp.other"), `"this"`, `"other"`, 1)
	w := newWorkspace(t, s, requireProvider+block+aliased+s.passwordBlock()+other)
	w.useBuiltProvider()
	w.apply()
	if shown := w.must("plan", "-no-color"); strings.Contains(shown.text, twiceWarning) {
		t.Errorf("a plan tells of two resources:\n%s", shown.text)
	}
	w.write("main.tf", requireProvider+block+s.passwordBlock()+strings.Replace(other, "provider = smtp.other", "", 1))
	w.must("plan", "-no-color").shows(t, "Warning: "+twiceWarning)
}
