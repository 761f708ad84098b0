package acceptance

import (
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const examplesDir = "../../examples"

// checkedOnly are the examples that are not applied: they use a provider that
// no test can have. They are checked against the schema.
var checkedOnly = []string{
	"guides/feed-the-password/stores",
	"guides/from-nothing-to-a-working-sender/with-route53.tf",
}

// fewestApplied is how many there are to apply, so that none gets lost.
const fewestApplied = 48

// example is a configuration below examples/.
type example struct {
	// name is its folder, or that and the file that is added to what else is in
	// the folder.
	name string
	// files are its texts by their names.
	files map[string]string
}

// text is the whole configuration.
func (e example) text() string {
	var texts []string
	for _, text := range e.files {
		texts = append(texts, text)
	}
	return strings.Join(texts, "\n")
}

// exampleNature is what an example does other than making a new password for
// each of its credentials.
type exampleNature struct {
	// variables are set for those that it has no default for.
	variables func(s service, guids []string) []string
	// tfvars are set as a file, for the same.
	tfvars func(s service, guids []string) any
	// adopts tells that passwords are taken over, unknown that an import leaves
	// them unknown. Neither resets anything.
	adopts, unknown bool
	// created is how many passwords are made all the same.
	created int
	// prepare makes what is in the account already.
	prepare func(s service)
	// protected tells that a domain may not be destroyed.
	protected bool
	// built tells that the example is about the environment: the built provider runs.
	built bool
	// beside is the state of another configuration, at the path by which the example reads it.
	beside, state string
}

var exampleNatures = map[string]exampleNature{
	"demo": {variables: func(s service, _ []string) []string {
		return []string{"TF_VAR_domain=" + s.credential.Domain, "TF_VAR_credential_guid=" + s.credential.GUID, "TF_VAR_release=1"}
	}},
	"guides/feed-the-password/second-configuration": {beside: "../mail/terraform.tfstate", state: `{
		"version": 4, "terraform_version": "1.11.0", "serial": 1, "lineage": "mail", "resources": [],
		"outputs": {"smtp_password": {"type": "string", "value": "a password", "sensitive": true}}
	}`},
	"guides/least-privilege/one-domain": {built: true, variables: func(s service, _ []string) []string {
		key, secret := s.DomainKey("example.com")
		return []string{
			"KIRIMEMAIL_USERNAME=", "KIRIMEMAIL_TOKEN=",
			"KIRIMEMAIL_DOMAIN_API_KEY=" + key, "KIRIMEMAIL_DOMAIN_API_SECRET=" + secret,
		}
	}},
	"guides/least-privilege/several-domains": {tfvars: func(s service, _ []string) any {
		key, secret := s.DomainKey("example.net")
		return map[string]any{"news": map[string]string{"key": key, "secret": secret}}
	}},
	"guides/bring-an-existing-account/import": {unknown: true, protected: true, prepare: addAccount},
	"guides/from-nothing-to-a-working-sender": {
		adopts: true, protected: true,
		variables: func(service, []string) []string {
			return []string{`TF_VAR_mx_records=["10 mx.example.net"]`, "TF_VAR_smtp_host=smtp.example.net"}
		},
	},
	"guides/take-over-credentials/many": {adopts: true, tfvars: func(s service, guids []string) any {
		return livePasswords(s, guids)
	}},
	"guides/rotate-without-downtime/from-a-single/adopt":             {adopts: true, created: 1},
	"guides/rotate-without-downtime/systemd":                         {variables: systemdVariables},
	"provider":                                                       {built: true},
	"resources/smtp_credential_password/take-over":                   {adopts: true, variables: takeOverVariables},
	"resources/smtp_credential/without-a-reset":                      {adopts: true},
	"resources/smtp_credential_password/import-by-string-id.tf":      {unknown: true},
	"resources/smtp_credential_password/import-by-identity.tf":       {unknown: true},
	"resources/smtp_credential_password_pair/take-over":              {adopts: true, variables: takeOverVariables},
	"resources/smtp_credential_password_pair/import-by-string-id.tf": {unknown: true},
	"resources/smtp_credential_password_pair/import-by-identity.tf":  {unknown: true},
	"resources/smtp_domain":                                          {protected: true},
	"resources/smtp_domain/import-by-string-id.tf":                   {protected: true, prepare: addShop},
	"resources/smtp_domain/import-by-identity.tf":                    {protected: true, prepare: addShop},
}

func addShop(s service) { s.AddDomain("shop.example.com") }

// addAccount makes what the guide brings under management, beside the webhook that is always there.
func addAccount(s service) {
	for _, username := range []string{"newsletter", "invoices"} {
		s.AddCredential("example.com", username)
	}
}

// takeOverVariables are the password as it is, and the mail server.
func takeOverVariables(s service, guids []string) []string {
	return []string{s.mailServerVariable(), "TF_VAR_existing_password=" + s.LivePassword("example.com", guids[0])}
}

// credentialFolder is where an example writes a credential for systemd. A test has it in its own folder.
const credentialFolder = "/etc/credstore.encrypted/"

// systemdVariables put what stands for systemd's commands before them.
func systemdVariables(service, []string) []string {
	commands, err := filepath.Abs(filepath.Join("testdata", "systemd"))
	if err != nil {
		panic(err)
	}
	path := commands + string(os.PathListSeparator) + os.Getenv("PATH")
	return []string{"PATH=" + path}
}

// TestExamplesApply takes every example through what a reader does with it:
// init, apply, an empty plan, destroy.
func TestExamplesApply(t *testing.T) {
	t.Parallel()
	var applicable, others []string
	var applied atomic.Int32
	for _, e := range findExamples(t) {
		if !e.applicable(t) {
			others = append(others, e.name)
			continue
		}
		applicable = append(applicable, e.name)
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			// Also where the CLI cannot: that is a skip, which is counted by itself.
			defer applied.Add(1)
			applyExample(t, e)
		})
	}
	if !slices.Equal(others, checkedOnly) {
		t.Errorf("not applied: %q, want %q", others, checkedOnly)
	}
	if len(applicable) < fewestApplied {
		t.Errorf("%d examples to apply, want %d: %q", len(applicable), fewestApplied, applicable)
	}
	t.Logf("%d examples to apply, %d only to be checked", len(applicable), len(others))
	t.Cleanup(func() {
		// Where some were asked for by name, the others are missing rightly.
		if picked := flag.Lookup("test.run").Value.String(); !strings.Contains(picked, "/") && int(applied.Load()) != len(applicable) {
			t.Errorf("%d of %d examples were applied", applied.Load(), len(applicable))
		}
	})
}

func applyExample(t *testing.T, e example) {
	t.Helper()
	nature := exampleNatures[e.name]
	if strings.HasSuffix(e.name, "import-by-identity.tf") {
		importsByIdentity.need(t)
	}
	s, w, _ := newExampleWorkspace(t, e)
	w.initialize()
	w.apply()
	credentials, held := w.heldPasswords(), 0
	for _, credential := range credentials {
		guids, _ := credential.values["credential_guids"].([]any)
		held += max(1, len(guids))
		password, _ := credential.values["password"].(string)
		login, _ := credential.values["login"].(string)
		switch {
		case nature.unknown && password != "":
			t.Errorf("%s has a password", credential.address)
		case !nature.unknown && s.Login(t.Context(), login, password) != nil:
			t.Errorf("the mail server refuses the stored password of %s", credential.address)
		}
	}
	if want := len(exampleGUIDs(e.text())); held < want {
		t.Errorf("%d credentials are in the state, want %d", held, want)
	}
	resets := len(credentials)
	if nature.adopts || nature.unknown {
		resets = nature.created
	}
	w.checkResets(resets)
	w.planIsEmpty()
	if nature.protected {
		w.fails([]string{"Domain is protected from deletion"}, "destroy", "-auto-approve", "-no-color")
		return
	}
	for name := range e.files { // as a reader does who means it
		text, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		w.write(name, strings.ReplaceAll(string(text), "prevent_destroy = true", "prevent_destroy = false"))
	}
	w.destroy()
}

// heldPasswords are the resources in the state that hold a password.
func (w *workspace) heldPasswords() []storedResource {
	w.t.Helper()
	return slices.DeleteFunc(w.resources(), func(r storedResource) bool {
		return !strings.HasPrefix(r.kind, "smtp_credential_password")
	})
}

// initialize runs init, unless there is nothing to install: what the test serves is
// found without.
func (w *workspace) initialize() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "*.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	installs := !slices.ContainsFunc(w.env, func(v string) bool { return strings.HasPrefix(v, "TF_REATTACH_PROVIDERS=") })
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		installs = installs || needsInit.Match(text)
	}
	if installs {
		w.must("init", "-no-color", "-input=false")
	}
}

// needsInit finds what init would install or set up: it costs a run of the CLI.
var needsInit = regexp.MustCompile(`(?m)"hashicorp/|^ *(backend|module) "`)

// exampleLoginCheck is what a test replaces by the mail server that it has.
const exampleLoginCheck = "login_check = {\n    host = \"smtp.example.com\"\n  }"

// exampleProvider is the provider block of an example, which takes its settings from the environment.
const exampleProvider = `provider "smtp" {}`

// newExampleWorkspace is a folder with an example, unchanged, and a service
// with the credentials that it names. Where a clock decides what the example
// does, the provider and the service go by one that stands still.
func newExampleWorkspace(t *testing.T, e example) (service, *workspace, *clock) {
	t.Helper()
	c := newClock(moment)
	clocked := strings.Contains(e.text(), "rotation_schedule")
	s := startService(t, simulator.Options{VerifyAfter: time.Nanosecond}) // a new domain's records are found at once
	if clocked {
		s = startClockedService(t, c, simulator.Options{})
	}
	if prepare := exampleNatures[e.name].prepare; prepare != nil {
		prepare(s)
	}
	guids := exampleGUIDs(e.text())
	for i, guid := range guids {
		domain := exampleDomain(e.text(), guid)
		if _, err := s.AddCredentialWithGUID(domain, "newsletter"+strings.Repeat("-", i), guid); err != nil {
			t.Fatal(err)
		}
	}
	s.AddWebhookWithGUID("example.com", "bounced", "https://example.com/hooks/bounced", webhookGUID)
	w := newWorkspace(t, s, "")
	// The provider runs within the test, whose environment is not the CLI's.
	settings := strings.TrimPrefix(s.providerBlock(), requireProvider)
	found := exampleNatures[e.name].built || strings.Contains(e.text(), "alias ")
	if found {
		settings = exampleProvider
		w.env = bench.Environment(bench.MirrorConfig) // the built provider, found by init
	}
	for name, text := range e.files {
		text = strings.Replace(text, exampleLoginCheck, s.loginCheck(), 1)
		text = strings.Replace(text, credentialFolder, "", 1)
		w.write(name, strings.Replace(text, exampleProvider, settings, 1))
	}
	if !found && !strings.Contains(e.text(), exampleProvider) {
		w.write("settings.tf", settings)
	}
	if !strings.Contains(e.text(), "required_providers") {
		// A resource's example is to be pasted beside the provider's.
		w.write("provider.tf", requireProvider)
	}
	if strings.Contains(e.text(), `backend "s3"`) {
		w.env = append(w.env, startBucket(t).environment()...)
	}
	w.env = append(w.env, "KIRIMEMAIL_BASE_URL="+s.URL(), "KIRIMEMAIL_USERNAME="+s.Username(), "KIRIMEMAIL_TOKEN="+s.Token())
	nature := exampleNatures[e.name]
	if nature.beside != "" {
		w.write(nature.beside, nature.state)
	}
	if nature.variables != nil {
		w.env = append(w.env, nature.variables(s, guids)...)
	}
	if nature.tfvars != nil {
		w.write("terraform.tfvars.json", string(toJSON(t, nature.tfvars(s, guids))))
	}
	return s, w, c
}

func toJSON(t *testing.T, value any) []byte {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// mailServerVariable is the mail server as the guides' variable.
func (s service) mailServerVariable() string {
	return "TF_VAR_mail_server=" + strings.TrimPrefix(s.loginCheck(), "login_check = ")
}

var guid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// webhookGUID is the webhook that an example imports.
const webhookGUID = "8a6e0804-2bd0-4672-b79d-d97027f9071a"

// exampleGUIDs are the credentials that an example names, in the order in which
// it does so first.
func exampleGUIDs(text string) []string {
	var guids []string
	for _, found := range guid.FindAllString(text, -1) {
		if found != webhookGUID && !slices.Contains(guids, found) {
			guids = append(guids, found)
		}
	}
	return guids
}

// exampleDomain is the domain in which an example has a credential.
func exampleDomain(text, guid string) string {
	beside := regexp.MustCompile(`domain +(?:=|:) +"([^"]+)",?\s+credential_guid +(?:=|:) +"` + guid + `"`)
	if found := beside.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return "example.com"
}

// findExamples finds every configuration below examples/, by name. The files
// import-by-… and with-… of a folder are one each, with what else is in the folder.
func findExamples(t *testing.T) []example {
	t.Helper()
	folders, imports := map[string]map[string]string{}, map[string]string{}
	for path, text := range exampleFiles(t) {
		switch folder, file := filepath.ToSlash(filepath.Dir(path)), filepath.Base(path); {
		case !strings.HasSuffix(path, ".tf"):
		case strings.HasPrefix(file, "import-by-"), strings.HasPrefix(file, "with-"):
			imports[filepath.ToSlash(path)] = text
		default:
			if folders[folder] == nil {
				folders[folder] = map[string]string{}
			}
			folders[folder][file] = text
		}
	}
	addModules(folders)
	var examples []example
	for folder, files := range folders {
		examples = append(examples, example{folder, files})
	}
	for path, text := range imports {
		files := map[string]string{filepath.Base(path): text}
		maps.Copy(files, folders[filepath.ToSlash(filepath.Dir(path))])
		examples = append(examples, example{path, files})
	}
	slices.SortFunc(examples, func(a, b example) int { return strings.Compare(a.name, b.name) })
	return examples
}

// moduleSource finds what an example takes from a folder below its own.
var moduleSource = regexp.MustCompile(`source += "\./(.+)"`)

// addModules gives each example the modules that it calls, which then are no examples of their own.
func addModules(folders map[string]map[string]string) {
	for folder, files := range folders {
		for _, text := range files {
			for _, found := range moduleSource.FindAllStringSubmatch(text, -1) {
				module := folder + "/" + found[1]
				for name, text := range folders[module] {
					files[found[1]+"/"+name] = text
				}
				delete(folders, module)
			}
		}
	}
}

// findExample is the one of that name.
func findExample(t *testing.T, name string) example {
	t.Helper()
	for _, e := range findExamples(t) {
		if e.name == name {
			return e
		}
	}
	t.Fatalf("there is no example %q", name)
	return example{}
}

// exampleFiles are all files below examples/, by their paths in it.
func exampleFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(examplesDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(examplesDir, path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
