//go:build unix

package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	command := exec.CommandContext(w.context(), bench.CLI, arguments...)
	command.Dir, command.Env = w.dir, w.env
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

// findable lets a test find the provider's process: a script notes it, and
// becomes the provider.
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
	w.env = bench.Environment(filepath.Join(w.dir, "findable.tfrc"))
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

// killable is a folder with a password applied and a changed trigger, whose
// next apply stops at its reset. The service's clock has gone on meanwhile.
func killable(t *testing.T, later time.Duration, options simulator.Options, fault simulator.Fault) (s service, w *workspace, provider func() int) {
	t.Helper()
	c := newClock(moment)
	s = startClockedService(t, c, options)
	w = newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1"))+dependentBlock)
	provider = w.findable()
	w.apply()
	c.advance(later)
	w.configure(trigger("2"))
	s.Inject(fault)
	return s, w, provider
}

// TestApplyThatIsKilledIsHealedByTheNext kills what makes a reset that has
// acted. Its password is gone for good; the next apply makes another one.
func TestApplyThatIsKilledIsHealedByTheNext(t *testing.T) {
	t.Parallel()
	for name, victim := range map[string]func(cli, provider int) int{
		"the provider": func(_, provider int) int { return provider },
		"the CLI":      func(cli, _ int) int { return cli },
		"both":         func(cli, _ int) int { return -cli },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w, provider := killable(t, time.Minute, simulator.Options{}, simulator.FaultStall(simulator.KindReset, true))
			before := w.password()
			apply := w.startApply(2, true)
			apply.signal(victim(apply.command.Process.Pid, provider()), syscall.SIGKILL)
			if w.password() != before {
				t.Error("the state has changed")
			}
			w.apply()
			w.checkRotated(before, "rotation_triggers: version", 3)
			s.checkLive(t, w.password())
		})
	}
}

// TestProviderThatIsKilledIsFoundOut takes the change back that the killed apply
// was about: nothing but what is missing tells of that apply.
func TestProviderThatIsKilledIsFoundOut(t *testing.T) {
	t.Parallel()
	const warning = "Warning: Stored SMTP password may have stopped working"
	cut := func(t *testing.T, options simulator.Options, acted bool) (service, *workspace, string) {
		t.Helper()
		s, w, provider := killable(t, 2*time.Second, options, simulator.FaultStall(simulator.KindReset, acted))
		before := w.password()
		apply := w.startApply(2, false)
		apply.signal(provider(), syscall.SIGKILL)
		w.configure(trigger("1"))
		return s, w, before
	}
	t.Run("after the reset has acted", func(t *testing.T) {
		t.Parallel()
		_, w, before := cut(t, simulator.Options{}, true)
		w.must("plan", "-no-color").shows(t, warning, `-> "unfinished_rotation"`)
		w.apply()
		w.checkRotated(before, "unfinished_rotation", 3)
	})
	t.Run("before it has acted", func(t *testing.T) {
		t.Parallel()
		_, w, before := cut(t, simulator.Options{}, false)
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, warning) {
			t.Errorf("it warns of a live password:\n%s", screen.text)
		}
		w.checkKept(before, 2)
	})
	t.Run("where the API does not say when passwords change", func(t *testing.T) {
		t.Parallel()
		_, w, before := cut(t, simulator.Options{OmitPasswordChanged: true}, true)
		w.must("plan", "-no-color").shows(t, warning, "an apply that was changing this resource was killed", "change a trigger")
		w.apply()
		w.planIsEmpty()
		w.must("plan", "-no-color").shows(t, warning)
		w.configure(trigger("3"))
		w.apply()
		w.checkRotated(before, "rotation_triggers: version", 3)
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, warning) {
			t.Errorf("it warns of the new password:\n%s", screen.text)
		}
	})
}

// TestKilledTogetherWithTheCLI leaves the state as it was, so that the API alone
// can tell: as of a reset by somebody else.
func TestKilledTogetherWithTheCLI(t *testing.T) {
	t.Parallel()
	s, w, _ := killable(t, 2*time.Minute, simulator.Options{}, simulator.FaultStall(simulator.KindReset, true))
	before := w.password()
	apply := w.startApply(2, true)
	apply.signal(-apply.command.Process.Pid, syscall.SIGKILL)
	w.configure(trigger("1"))
	w.must("plan", "-no-color").shows(t, elsewhereWarning, "has most likely stopped working")
	w.configure(trigger("1"), "rotate_on_external_change = true")
	w.apply()
	w.checkRotated(before, "external_change", 3)
	s.checkLive(t, w.password())
}

// TestProviderEndsWithItsCLI kills the CLI while a reset is on its way. The
// provider, which goes on for its sake, ends soon after: its connection does.
func TestProviderEndsWithItsCLI(t *testing.T) {
	t.Parallel()
	lines := transcript(make(chan string, 10))
	s, w, _ := killable(t, time.Minute, simulator.Options{Transcript: lines}, simulator.FaultStall(simulator.KindReset, true))
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
