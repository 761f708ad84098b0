package acceptance

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// update writes the screens anew, to be looked at before they are committed:
//
//	go test ./internal/acceptance -run TestScreens -update
var update = flag.Bool("update", false, "write testdata/screens anew")

const screensDir = "testdata/screens"

// screenCases is a configuration as larger ones are: a module with for_each, in it a
// resource with for_each. Each one is an instance, and has trouble of its
// own.
type screenCases struct {
	*workspace
	*clock
	service
	// cases are the variables of each instance, by its key.
	cases map[string]map[string]any
	// ports are further addresses whose ports are another one each time.
	ports []string
	// meanwhile, where it is set, is called once a command that is viewed runs.
	meanwhile func(*os.Process) error
}

const screenRoot = `
variable "credentials" {
  type = any
}

module "mail" {
  source   = "./mail"
  for_each = { eu = var.credentials }

  credentials = each.value
}
`

const screenModule = `
terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "credentials" {
  type = any
}

resource "smtp_credential_password" "this" {
  for_each = var.credentials

  domain                    = try(each.value.domain, "example.com")
  credential_guid           = each.value.guid
  existing_password         = try(each.value.existing, null)
  rotation_triggers         = try({ release = each.value.release }, null)
  rotation_period           = try(each.value.period, null)
  rotation_schedule         = try(each.value.schedule, null)
  rotation_timezone         = try(each.value.timezone, null)
  rotate_on_external_change = try(each.value.follow, null)
  revoke_on_destroy         = try(each.value.revoke, null)
  login_check               = try(each.value.login, null)
  timeouts                  = try(each.value.timeouts, null)
}
`

// newScreenCases has an instance for each one, whose credential is there. By
// default its password rotates by a release.
func newScreenCases(t *testing.T, options simulator.Options, cases map[string]map[string]any) *screenCases {
	t.Helper()
	c := newClock(moment)
	s := startClockedService(t, c, options)
	g := &screenCases{clock: c, service: s, cases: cases}
	g.workspace = newWorkspace(t, s, s.providerBlock())
	for _, dir := range []string{"mail", ".terraform/modules"} {
		if err := os.MkdirAll(filepath.Join(g.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for n, name := range slices.Sorted(maps.Keys(cases)) {
		guid := fmt.Sprintf("6f9619ff-8b86-4011-b42d-%012d", n+1)
		if _, err := s.AddCredentialWithGUID("example.com", name, guid); err != nil {
			t.Fatal(err)
		}
		if cases[name] == nil {
			cases[name] = map[string]any{}
		}
		if cases[name]["guid"] == nil {
			cases[name]["guid"] = guid
		}
		if cases[name]["release"] == nil {
			cases[name]["release"] = "1"
		}
	}
	g.write("mail/main.tf", strings.TrimPrefix(screenModule, "\n"))
	g.write("main.tf", s.providerBlock()+screenRoot)
	g.hang()
	// As init leaves it, which has nothing else to do.
	g.write(".terraform/modules/modules.json", `{"Modules":[{"Key":"","Source":"","Dir":"."},
		{"Key":"mail","Source":"./mail","Dir":"mail"}, {"Key":"spare","Source":"./mail","Dir":"mail"}]}`)
	return g
}

// hang writes what the cases are now.
func (g *screenCases) hang() {
	g.t.Helper()
	variables, err := json.Marshal(map[string]any{"credentials": g.cases})
	if err != nil {
		g.t.Fatal(err)
	}
	g.write("terraform.tfvars.json", string(variables))
}

// change sets a variable of every one.
func (g *screenCases) change(name string, value any) {
	g.t.Helper()
	for _, one := range g.cases {
		one[name] = value
	}
	g.hang()
}

// importBlock has the next apply import a resource.
func importBlock(address, id string) string {
	return fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, id)
}

// forget takes the state away, so that the next apply creates everything.
func (g *screenCases) forget() {
	g.t.Helper()
	if err := os.RemoveAll(filepath.Join(g.dir, "terraform.tfstate")); err != nil {
		g.t.Fatal(err)
	}
}

// imports has the next apply import one.
func (g *screenCases) imports(name string) {
	g.t.Helper()
	g.write("import.tf", importBlock(instance(name), "example.com/"+g.guid(name)))
}

// guid is that of an one's credential.
func (g *screenCases) guid(name string) string { return g.cases[name]["guid"].(string) }

// spoil queues faults for the requests about an one's credential.
func (g *screenCases) spoil(name string, faults ...simulator.Fault) {
	for _, fault := range faults {
		fault.GUID = g.guid(name)
		g.Inject(fault)
	}
}

// spoilResetsAndReads has the first reset of some credentials go wrong, and all reads of
// them after it.
func (g *screenCases) spoilResetsAndReads(faults map[string]simulator.Fault) {
	reset := map[string]bool{}
	byGUID := map[string]simulator.Fault{}
	for name, fault := range faults {
		byGUID[g.guid(name)] = fault
	}
	g.SetOptions(func(o *simulator.Options) {
		o.Choose = func(request simulator.Request) *simulator.Fault {
			fault, isMeant := byGUID[request.GUID]
			wasReset := reset[request.GUID]
			switch {
			case isMeant && request.Kind == simulator.KindReset && !wasReset:
				reset[request.GUID] = true
				return &fault
			case wasReset && request.Kind == simulator.KindGet:
				return new(simulator.FaultBody(simulator.KindGet, 404, foreignPage, false))
			}
			return nil
		}
	})
}

// view shows one command to two readers, one at a terminal of 80 columns and one
// that takes JSON, and compares what each is told with what is kept. arrange is
// called before each of them.
func (g *screenCases) view(name string, arrange func(), arguments ...string) {
	g.t.Helper()
	view := func(flags ...string) []string { return slices.Insert(slices.Clone(arguments), 1, flags...) }
	arrange()
	boxes := findBoxes(g.terminal(view("-input=false")...))
	compare(g.t, name+".txt", g.steady(strings.Join(boxes, "")))
	g.ClearFaults()

	arrange()
	found := findDiagnostics(g.t, g.lines(view("-input=false", "-json")...))
	g.ClearFaults()
	pretty, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		g.t.Fatal(err)
	}
	compare(g.t, name+".json", g.steady(string(pretty)+"\n"))
	checkReported(g.t, found)
}

// terminal runs a command at a terminal of 80 columns and gives what that shows.
func (g *screenCases) terminal(arguments ...string) string {
	g.t.Helper()
	command := g.command(arguments...)
	command.Env = append(slices.Clone(g.env), "TERM=xterm")
	screen, err := pty.StartWithSize(command, &pty.Winsize{Rows: 25, Cols: 80})
	if err != nil {
		g.t.Fatal(err)
	}
	defer screen.Close()
	over := g.happen(command.Process)
	var shown bytes.Buffer
	_, _ = shown.ReadFrom(screen) // ends with EIO, once the command is gone
	_ = command.Wait()            // most fail, as they should
	over()
	g.screens.Write(shown.Bytes())
	return colours.ReplaceAllString(strings.ReplaceAll(shown.String(), "\r", ""), "")
}

// lines runs a command as a program does and gives what it writes.
func (g *screenCases) lines(arguments ...string) string {
	g.t.Helper()
	command := g.command(arguments...)
	var written bytes.Buffer
	command.Stdout, command.Stderr = &written, &written
	if err := command.Start(); err != nil {
		g.t.Fatal(err)
	}
	over := g.happen(command.Process)
	_ = command.Wait()
	over()
	g.screens.Write(written.Bytes())
	return written.String()
}

// happen calls meanwhile beside a command, where it is set, and gives what waits
// for it to return.
func (g *screenCases) happen(command *os.Process) (over func()) {
	if g.meanwhile == nil {
		return func() {}
	}
	ended := make(chan error, 1)
	go func() { ended <- g.meanwhile(command) }()
	return func() {
		if err := <-ended; err != nil {
			g.t.Error(err)
		}
	}
}

// colours are what a terminal takes as such. They come with the frames around
// errors, which -no-color leaves out.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// halted is an error of the CLI's own, one for each thing that an interrupt
// stops: how many they are is chance.
const halted = "execution halted"

// folded is a box of several warnings with one first line: which of them is shown is chance.
var folded = regexp.MustCompile(`(?s)^(╷\n│ Warning: [^\n]*\n).*(│ \(and (?:\d+|one) more similar warnings? elsewhere\)\n)$`)

// findBoxes gives the errors and warnings of a screen, sorted: which comes first
// is chance.
func findBoxes(screen string) []string {
	var boxes []string
	var box strings.Builder
	for line := range strings.Lines(screen) {
		line = strings.TrimRight(line, " \n")
		switch {
		case line == "╷":
			box.Reset()
			box.WriteString(line + "\n")
		case line == "╵":
			if !strings.Contains(box.String(), "│ Error: "+halted+"\n") {
				boxes = append(boxes, folded.ReplaceAllString(box.String(), "$1│ …\n$2")+line+"\n")
			}
		case strings.HasPrefix(line, "│"):
			box.WriteString(line + "\n")
		}
	}
	slices.Sort(boxes)
	return boxes
}

// reported is what -json says of one error or warning.
type reported struct {
	Severity, Summary, Detail string
	Address                   string `json:",omitempty"`
	Range                     *struct {
		Filename string
		Start    struct{ Line int }
	} `json:",omitempty"`
	Snippet *struct{ Code string } `json:",omitempty"`
}

func findDiagnostics(t *testing.T, screen string) []reported {
	t.Helper()
	var all []reported
	for line := range strings.Lines(screen) {
		var message struct {
			Type       string
			Diagnostic reported
		}
		if err := json.Unmarshal([]byte(line), &message); err == nil && message.Type == "diagnostic" && message.Diagnostic.Summary != halted {
			all = append(all, message.Diagnostic)
		}
	}
	slices.SortFunc(all, func(a, b reported) int {
		return strings.Compare(a.Severity+a.Summary+a.Address+a.Detail, b.Severity+b.Summary+b.Address+b.Detail)
	})
	return all
}

// checkReported checks of each what is the same for all.
func checkReported(t *testing.T, all []reported) {
	t.Helper()
	for _, d := range all {
		if paragraphs := strings.Split(d.Detail, "\n\n"); len(paragraphs) < 2 && !strings.HasPrefix(d.Summary, "Invalid Attribute") { // the framework's own
			t.Errorf("%s: what happened, what it means and what to do are not told apart:\n%s", d.Summary, d.Detail)
		}
		if len(d.Summary) > 76 || strings.HasSuffix(d.Summary, ".") || strings.ContainsAny(d.Summary, "\n{}") {
			t.Errorf("%q is no summary", d.Summary)
		}
		// Of a destruction and of an import the CLI names no address: the detail
		// says of what it is.
		if d.Address == "" && d.Range == nil && !strings.HasPrefix(d.Detail, "Credential ") && !strings.Contains(d.Detail, "cannot be used: ") {
			t.Errorf("%s: it does not say of what", d.Summary)
		}
	}
}

// steady takes out what differs from one run to the next, keeping its length.
func (g *screenCases) steady(text string) string {
	for _, address := range append(g.ports, g.URL(), g.SMTPAddr(), g.SMTPSAddr()) {
		_, port, _ := strings.Cut(strings.TrimPrefix(address, "http://"), ":")
		text = strings.ReplaceAll(text, port, strings.Repeat("#", len(port)))
	}
	text = strings.ReplaceAll(text, "registry.opentofu.org", "registry.terraform.io")
	return changing.ReplaceAllStringFunc(text, func(s string) string { return digits.ReplaceAllString(s, "#") })
}

var (
	// A line may break within.
	changing = regexp.MustCompile(`tried[\s│]+\d+[\s│]+times|requests[\s│]+made:[\s│]+\d+|last[\s│]+changed[\s│]+at[\s│]+[-:\dTZ]+`)
	digits   = regexp.MustCompile(`\d+`)
)

// compare checks a screen against the one that is kept.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(screensDir, name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := string(raw); got != want {
		t.Errorf("%s is told in other words (-update writes them down):\n%s", path, cmp.Diff(want, got))
	}
}
