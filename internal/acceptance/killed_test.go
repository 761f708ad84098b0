//go:build unix

package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// running is a command that is under way, at the head of a process group of its
// own.
type running struct {
	w       *workspace
	command *exec.Cmd
}

func (w *workspace) start(arguments ...string) *running {
	w.t.Helper()
	command := w.command(arguments...)
	if w.startEnv != nil {
		command.Env = w.startEnv
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Stdout, command.Stderr = &w.screens, &w.screens
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	// What a killed CLI leaves behind has its pipes, and would be waited for.
	command.WaitDelay = time.Second
	w.t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })
	return &running{w, command}
}

// startApply starts an apply and waits until the service has seen so many
// resets in all, and the last one has acted or not as is wanted.
func (w *workspace) startApply(resets int, acted bool) *running {
	w.t.Helper()
	r := w.start("apply", "-auto-approve", "-no-color", "-input=false")
	if err := w.service.awaitReset(w.t.Context(), resets, acted); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// signal sends a signal to a process, or to a group where it is negative, and
// waits for the command.
func (r *running) signal(process int, signal syscall.Signal) {
	r.w.t.Helper()
	if err := syscall.Kill(process, signal); err != nil {
		r.w.t.Fatal(err)
	}
	if err := r.command.Wait(); err != nil {
		r.w.t.Logf("the command that was sent %s: %v", signal, err)
	}
}

// findable lets a test find the provider of the commands that it starts: a script
// notes its process, and becomes the provider. Those that are run go on with the
// test's own.
func (w *workspace) findable() (provider func() int) {
	w.t.Helper()
	dir := w.t.TempDir()
	list := filepath.Join(dir, "processes")
	script := fmt.Sprintf("#!/bin/sh\necho $$ >>'%s'\nexec '%s' \"$@\"\n", list, bench.Provider)
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(bench.Provider)), []byte(script), 0o700); err != nil {
		w.t.Fatal(err)
	}
	config := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"kirimemail/smtp\" = %q\n  }\n}\n", dir)
	w.write("findable.tfrc", config)
	w.startEnv = bench.Environment(filepath.Join(w.dir, "findable.tfrc"))
	return func() int {
		w.t.Helper()
		raw, err := os.ReadFile(list)
		if err != nil {
			w.t.Fatal(err)
		}
		lines := strings.Fields(string(raw))
		process, err := strconv.Atoi(lines[len(lines)-1])
		if err != nil {
			w.t.Fatal(err)
		}
		return process
	}
}

// shifted is a clock that goes, ahead of the real one by what a test moves it.
type shifted struct{ by atomic.Int64 }

func (c *shifted) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func (c *shifted) advance(d time.Duration) { c.by.Add(int64(d)) }

// killable is a folder with a password applied, whose provider can be killed
// alone. The service's clock goes ahead of the provider's by what it is moved.
func killable(t *testing.T, options simulator.Options, arguments ...string) (s service, w *workspace, c *shifted, provider func() int) {
	t.Helper()
	c = &shifted{}
	options.Now = c.now
	s = startService(t, options)
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(arguments...)+dependentBlock)
	provider = w.findable()
	w.apply()
	return s, w, c, provider
}

// TestApplyThatIsKilledIsHealedByTheNext kills what makes a reset that has
// acted. Its password is gone for good; the next apply makes another one.
func TestApplyThatIsKilledIsHealedByTheNext(t *testing.T) {
	t.Parallel()
	s, w, c, provider := killable(t, simulator.Options{}, trigger("1"))
	for name, victim := range map[string]func(cli, provider int) int{
		"the provider": func(_, provider int) int { return provider },
		"the CLI":      func(cli, _ int) int { return cli },
		"both":         func(cli, _ int) int { return -cli },
	} {
		before, resets := w.password(), s.resets()
		c.advance(2 * time.Second)
		w.configure(trigger("without " + name))
		s.Inject(simulator.FaultStall(simulator.KindReset, true))
		apply := w.startApply(resets+1, true)
		apply.signal(victim(apply.command.Process.Pid, provider()), syscall.SIGKILL)
		if w.password() != before {
			t.Errorf("%s: the state has changed", name)
		}
		w.apply()
		w.checkNew(before, "rotation_triggers: version", resets+2)
	}
	w.planIsEmpty()
}

// cutOff has the provider killed while it waits for a reset of each case, which meets
// the case's fault, and the change taken back that the resets were for: nothing but
// what is missing tells of them.
func cutOff(c *cases, clock *shifted, faults map[string]simulator.Fault) {
	c.t.Helper()
	provider := c.findable()
	clock.advance(2 * time.Second)
	c.configure(trigger("2"))
	for name, fault := range faults {
		c.inject(name, fault)
	}
	apply := c.startApply(c.service.resets()+len(faults), false)
	apply.signal(provider(), syscall.SIGKILL)
	c.configure(trigger("1"))
}

const stoppedWarning = "Warning: Stored SMTP password may have stopped working"

func TestProviderThatIsKilledIsFoundOut(t *testing.T) {
	t.Parallel()
	clock := &shifted{}
	s := startService(t, simulator.Options{Now: clock.now})
	acted, never := simulator.FaultStall(simulator.KindReset, true), simulator.FaultStall(simulator.KindReset, false)
	faults := map[string]simulator.Fault{
		"acted": acted, "unrefreshed": acted, "never": never,
		"later": simulator.FaultLate(simulator.KindReset, 5*time.Minute, never),
	}
	c := newCases(t, s, faults)
	c.apply()
	cutOff(c, clock, faults)
	// An update of one, without a refresh, has to leave its kill to be found out.
	c.configure(trigger("1"), only("unrefreshed", revokes), only("unrefreshed", `timeouts = { create = "1m" }`))
	c.apply("-refresh=false").showsSettings(t)
	told := c.checkWarned(stoppedWarning, []string{"acted", "unrefreshed"}, "apply", "-auto-approve")
	if told := told["never"].text; told != "" {
		t.Errorf("it warns of a live password:\n%s", told)
	}
	c.checkCase("acted", "unfinished_rotation", 3)
	c.checkCase("unrefreshed", "unfinished_rotation", 3)
	c.checkCase("never", "created", 2)
	c.checkCase("later", "created", 2)

	clock.advance(5 * time.Minute)
	c.apply()
	c.checkCase("later", "late_reset", 3)
	c.checkCase("never", "created", 2)
	c.planIsEmpty()
}

// TestProviderThatIsKilledWhereTheAPISaysLess has one that does not say when passwords
// change: that a password may have stopped working is told until a rotation or a login
// settles it.
func TestProviderThatIsKilledWhereTheAPISaysLess(t *testing.T) {
	t.Parallel()
	clock := &shifted{}
	s := startService(t, simulator.Options{Now: clock.now, OmitPasswordChanged: true})
	acted, never := simulator.FaultStall(simulator.KindReset, true), simulator.FaultStall(simulator.KindReset, false)
	faults := map[string]simulator.Fault{"created": acted, "adopted": acted, "login": never}
	c := newCases(t, s, faults)
	existing := s.LivePassword("example.com", c.guids["adopted"])
	c.configure(trigger("1"), only("adopted", "existing_password = "+quoted(existing)))
	c.apply()
	cutOff(c, clock, faults)
	check := only("login", s.loginCheck("on_refresh = true"))
	c.configure(trigger("1"), check)
	told := c.checkWarned(stoppedWarning, []string{"created", "adopted", "login"}, "apply", "-auto-approve")
	told["created"].shows(t, "an apply that was changing this resource was killed", "change a value in",
		"apply with -replace")
	c.apply() // whose refresh logs in
	c.checkWarned(stoppedWarning, []string{"created", "adopted"}, "plan", "-detailed-exitcode")

	c.configure(`rotation_triggers = { version = each.key == "login" ? "1" : "3" }`, check)
	c.apply()
	c.checkCase("created", "rotation_triggers: version", 3)
	c.checkCase("adopted", "rotation_triggers: version", 2)
	c.checkCase("login", "created", 2)
	c.checkWarned(stoppedWarning, nil, "plan", "-detailed-exitcode")
}

// TestProviderThatIsKilledWithAnImportedPassword has one that the state does not hold.
func TestProviderThatIsKilledWithAnImportedPassword(t *testing.T) {
	t.Parallel()
	c := &shifted{}
	s := startService(t, simulator.Options{Now: c.now})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1"))+
		importBlock(passwordAddress, s.credential.Domain+"/"+s.credential.GUID))
	provider := w.findable()
	w.apply() // takes up the trigger
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2")))
	s.Inject(simulator.FaultStall(simulator.KindReset, true))
	apply := w.startApply(1, true)
	apply.signal(provider(), syscall.SIGKILL)
	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("1"), s.existing()))
	w.must("plan", "-no-color").shows(t, "Warning: SMTP password may have changed",
		"existing_password from before that apply may have ended")
}

// TestKilledTogetherWithTheCLI leaves the state as it was, so that the API alone
// can tell: as of a reset by somebody else, or of a possible one soon after the last
// rotation.
func TestKilledTogetherWithTheCLI(t *testing.T) {
	t.Parallel()
	clock := &shifted{}
	s := startService(t, simulator.Options{Now: clock.now})
	c := newCases(t, s, map[string]any{"long after": nil, "soon after": nil})
	c.startBuiltProvider()
	c.apply("-target=" + c.address("long after"))
	clock.advance(115 * time.Second)
	c.apply()
	before := c.passwords()
	clock.advance(5 * time.Second)
	c.configure(trigger("2"))
	for name := range c.guids {
		c.inject(name, simulator.FaultStall(simulator.KindReset, true))
	}
	apply := c.startApply(4, true)
	apply.signal(-apply.command.Process.Pid, syscall.SIGKILL)
	c.configure(trigger("1"))

	warnings, shown := c.told("warning", "apply", "-auto-approve")
	texts := map[string][]string{
		"long after": {strings.TrimPrefix(externalWarning, "Warning: "), "the stored password ended then"},
		"soon after": {strings.TrimPrefix(maybeWarning, "Warning: "), "the password was reset by a killed apply"},
	}
	c.checkTold(warnings, func(name string) []string { return texts[name] })
	if c.checkKept(before, 2); shown.code != 0 {
		t.Error(shown.text)
	}
	c.configure(`rotation_triggers = { version = each.key == "soon after" ? "3" : "1" }`,
		only("long after", "rotate_on_external_change = true"))
	c.apply()
	c.checkCase("long after", "external_change", 3)
	c.checkCase("soon after", "rotation_triggers: version", 3)
	c.checkWarned(maybeWarning, nil, "plan", "-detailed-exitcode")
}

// TestProviderEndsWithItsCLI kills the CLI while a reset is on its way. The
// provider, which goes on for its sake, ends soon after: its connection does.
func TestProviderEndsWithItsCLI(t *testing.T) {
	t.Parallel()
	lines := transcript(make(chan string, 10))
	s, w, _, _ := killable(t, simulator.Options{Transcript: lines}, trigger("1"))
	w.configure(trigger("2"))
	s.Inject(simulator.FaultStall(simulator.KindReset, true))
	apply := w.startApply(2, true)
	apply.signal(apply.command.Process.Pid, syscall.SIGKILL)
	for {
		select {
		case line := <-lines:
			if strings.HasSuffix(line, "reset-password no answer\n") {
				s.ClearFaults()
				return
			}
		case <-time.After(time.Minute):
			t.Fatal("the provider still waits for its answer")
		}
	}
}

// transcript is a simulator.Options.Transcript that can be waited for.
type transcript chan string

func (t transcript) Write(line []byte) (int, error) {
	t <- string(line)
	return len(line), nil
}

// TestAWebhookWhoseProviderIsKilled has the next apply finish what a killed one has begun.
// Nothing knows of a webhook that was made meanwhile: that one is left over.
func TestAWebhookWhoseProviderIsKilled(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, "")
	provider := w.findable()
	killed := func(kind simulator.Kind, config string) {
		t.Helper()
		w.write("main.tf", s.providerBlock()+config)
		s.Inject(simulator.FaultStall(kind, true))
		apply := w.start("apply", "-auto-approve", "-no-color", "-input=false")
		if err := s.WaitFor(t.Context(), func(entries []simulator.Entry) bool {
			return slices.ContainsFunc(entries, func(e simulator.Entry) bool { return e.Kind == kind && e.Acted })
		}); err != nil {
			t.Fatal(err)
		}
		apply.signal(provider(), syscall.SIGKILL)
		w.apply()
	}
	killed(simulator.KindCreateWebhook, webhookBlock("bounced", "https://example.com/hook"))
	all := s.Webhooks()
	if len(all) != 2 || w.values(webhookAddress)["webhook_guid"] != all[1].GUID {
		t.Fatalf("stored %v, at the API %v", w.values(webhookAddress), all)
	}
	leftOver := all[0]
	killed(simulator.KindUpdateWebhook, webhookBlock("opened", "https://example.com/hook"))
	if all = s.Webhooks(); all[0] != leftOver || all[1].Type != "opened" {
		t.Errorf("at the API %v", all)
	}
	killed(simulator.KindDeleteWebhook, "")
	if all = s.Webhooks(); len(all) != 1 || all[0] != leftOver {
		t.Errorf("at the API %v", all)
	}
	w.planIsEmpty()
}
