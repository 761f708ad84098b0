package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// TestLogSaysOnceWhatBecameOfAPassword reads the log as a supporter does: at
// INFO a line for each thing that was done to a password, at DEBUG a line for
// each request.
func TestLogSaysOnceWhatBecameOfAPassword(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	adopted, check := s.existing(), s.loginCheck()
	block := func(release string, more ...string) string {
		// The log has another spelling than the configuration: the one that is sent.
		configuration := s.providerBlock() + s.passwordBlock(append(more, trigger(release), check, "revoke_on_destroy = true")...)
		return strings.ReplaceAll(configuration, quoted(s.credential.Domain), quoted(strings.ToUpper(s.credential.Domain)))
	}
	w := newWorkspace(t, s, block("1", adopted))
	l := w.logTo("TF_LOG=JSON")
	apply := func() screen { return w.run("apply", "-auto-approve", "-no-color", "-input=false") }

	const checked, taken = "preflight check ended: usable, 1 attempts", "login check ended: taken, 1 attempts"
	for _, step := range []struct {
		what, release string
		more          []string
		fault         *simulator.Fault
		fails         bool
		want          []string
	}{
		{"adopted", "1", []string{adopted}, nil, false, []string{checked, "adoption ended: stored, adopted", taken}},
		{"answered by a 500, and then well", "2", nil, new(simulator.FaultServerError(simulator.KindReset, true)), false, []string{
			checked, "rotation ended: stored, rotation_triggers: version, 2 attempts", taken,
		}},
		{"refused", "3", nil, new(simulator.FaultEnvelope(simulator.KindReset, http.StatusUnprocessableEntity, "No.", false)), true, []string{
			checked, "rotation ended: failed, rotation_triggers: version, 1 attempts, rejected 422, may have acted: false",
		}},
		{"done, and answered with nonsense", "3", nil, new(simulator.FaultBody(simulator.KindReset, http.StatusOK, "nonsense", true)), true, []string{
			checked, "rotation ended: failed, rotation_triggers: version, 1 attempts, unexpected 200, may have acted: true",
		}},
		{"made up for", "3", nil, nil, false, []string{checked, "rotation ended: stored, rotation_triggers: version, 1 attempts", taken}},
		{"unchanged", "3", nil, nil, false, nil},
	} {
		w.write("main.tf", block(step.release, step.more...))
		if step.fault != nil {
			s.Inject(*step.fault)
		}
		s.ClearJournal()
		if screen := apply(); (screen.code != 0) != step.fails {
			t.Fatalf("%s: the apply ended with %d:\n%s", step.what, screen.code, screen.text)
		}
		lines := l.read()
		if got := told(t, s, lines, "info"); !slices.Equal(got, step.want) {
			t.Errorf("%s: at INFO\n%s\nwant\n%s", step.what, strings.Join(got, "\n"), strings.Join(step.want, "\n"))
		}
		var requests, want []string
		for _, line := range lines {
			if line.Message == "request" && line.Level == "debug" && line.Module == "smtp.kirim" {
				requests = append(requests, fmt.Sprintf("%s %s %d", line.Method, line.Path, line.Status))
			}
		}
		for _, entry := range s.Journal() {
			want = append(want, fmt.Sprintf("%s %s %d", entry.Method, entry.Path, entry.Status))
		}
		if !slices.Equal(requests, want) || len(want) == 0 {
			t.Errorf("%s: requests in the log\n%s\nin the journal\n%s", step.what, strings.Join(requests, "\n"), strings.Join(want, "\n"))
		}
		if planned := told(t, s, lines, "debug"); len(planned) == 0 {
			t.Errorf("%s: no decision is told", step.what)
		}
	}
	s.checkLive(t, w.password())

	// The same as text, at INFO alone.
	l = w.logTo("TF_LOG_PROVIDER=INFO")
	w.must("destroy", "-auto-approve", "-no-color")
	text := l.text()
	for _, want := range []string{"revocation ended: ", "outcome=revoked", "attempts=1", "domain=example.com", "credential_guid=" + s.credential.GUID} {
		if strings.Count(text, want) != 1 {
			t.Errorf("the log says %d times %q, want once:\n%s", strings.Count(text, want), want, text)
		}
	}
	for line := range strings.Lines(text) {
		// Beside that the CLI tells of starting and ending the process.
		ours := strings.Contains(line, "@module=")
		if ours && !strings.Contains(line, "revocation ended") && !strings.Contains(line, "provider configured") || strings.Contains(line, "[DEBUG]") {
			t.Errorf("at INFO there is %s", line)
		}
	}
}

// told are the lines about this credential, but for single requests and logins,
// each as one short text, at one level. That the provider was configured is
// looked at and left out.
func told(t *testing.T, s service, lines []logLine, level string) (texts []string) {
	t.Helper()
	configured := 0
	for _, l := range lines {
		if l.Level != level || l.Message == "request" || strings.HasPrefix(l.Message, "waiting") || l.Message == "login at the mail server" {
			continue
		}
		if l.Message == "provider configured" {
			if l.Version != testenv.Version || l.Terraform == "" || "http://"+l.Host != s.URL() || l.TokenFrom != "argument" {
				t.Errorf("configured: %+v", l)
			}
			configured++
			continue
		}
		if l.Domain != s.credential.Domain || l.GUID != s.credential.GUID {
			t.Errorf("%q is about %q of %q", l.Message, l.GUID, l.Domain)
		}
		text := fmt.Sprintf("%s: %s", l.Message, l.Outcome)
		if l.Reason != "" {
			text += ", " + l.Reason
		}
		if l.Attempts > 0 {
			text += fmt.Sprintf(", %d attempts", l.Attempts)
		}
		if l.Kind != "" {
			text += fmt.Sprintf(", %s %d, may have acted: %t", l.Kind, l.Status, l.MayHaveActed)
		}
		texts = append(texts, text)
	}
	if level == "info" && (configured == 0 || configured > 2) {
		t.Errorf("the provider was configured %d times", configured)
	}
	return texts
}

// logLine is a line of the provider's own.
type logLine struct {
	Level        string `json:"@level"`
	Module       string `json:"@module"`
	Message      string `json:"@message"`
	Domain       string `json:"domain"`
	GUID         string `json:"credential_guid"`
	Outcome      string `json:"outcome"`
	Reason       string `json:"rotation_reason"`
	Attempts     int    `json:"attempts"`
	Kind         string `json:"kind"`
	MayHaveActed bool   `json:"may_have_acted"`
	Method       string `json:"method"`
	Path         string `json:"path"`
	Status       int    `json:"status"`
	Version      string `json:"version"`
	Terraform    string `json:"terraform_version"`
	Host         string `json:"host"`
	TokenFrom    string `json:"token_from"`
}

// cliLog is the log of a workspace's commands.
type cliLog struct {
	w    *workspace
	path string
	seen int
}

// logTo has all further commands write a log, in which nothing secret may be.
func (w *workspace) logTo(level string) *cliLog {
	w.t.Helper()
	l := &cliLog{w: w, path: filepath.Join(w.t.TempDir(), "log")}
	w.useBuiltProvider() // the CLI has no log of a provider that the test serves
	w.env = append(w.env, level, "TF_LOG_PATH="+l.path)
	s := w.service
	w.t.Cleanup(func() {
		checkNoSecret(w.t, "the log", l.text(), append(s.secrets(), basicValue(s.Username(), s.Token())))
	})
	return l
}

func (l *cliLog) text() string {
	l.w.t.Helper()
	text, err := os.ReadFile(l.path)
	if err != nil {
		l.w.t.Fatal(err)
	}
	return string(text)
}

// read gives the provider's lines since the last time.
func (l *cliLog) read() (lines []logLine) {
	l.w.t.Helper()
	text := l.text()
	for text := range strings.Lines(text[l.seen:]) {
		var line logLine
		if !strings.Contains(text, `"@module":"smtp`) {
			continue
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			l.w.t.Fatalf("%v in %s", err, text)
		}
		lines = append(lines, line)
	}
	l.seen = len(text)
	return lines
}
