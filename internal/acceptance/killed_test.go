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
	for name, victim := range map[string]func(cli, provider int) int{
		"the provider": func(_, provider int) int { return provider },
		"the CLI":      func(cli, _ int) int { return cli },
		"both":         func(cli, _ int) int { return -cli },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w, c, provider := killable(t, simulator.Options{}, trigger("1"))
			before := w.password()
			c.advance(2 * time.Second)
			w.configure(trigger("2"))
			s.Inject(simulator.FaultStall(simulator.KindReset, true))
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

// cutOff has the provider killed while it waits for a reset, and the change
// taken back that the reset was for: nothing but what is missing tells of it.
func cutOff(t *testing.T, options simulator.Options, fault simulator.Fault, arguments ...string) (service, *workspace, *shifted, string) {
	t.Helper()
	s, w, c, provider := killable(t, options, append(arguments, trigger("1"))...)
	before := w.password()
	c.advance(2 * time.Second)
	w.configure(trigger("2"))
	s.Inject(fault)
	apply := w.startApply(s.resets()+1, false)
	apply.signal(provider(), syscall.SIGKILL)
	w.configure(trigger("1"))
	return s, w, c, before
}

const stoppedWarning = "Warning: Stored SMTP password may have stopped working"

func TestProviderThatIsKilledIsFoundOut(t *testing.T) {
	t.Parallel()
	acted, never := simulator.FaultStall(simulator.KindReset, true), simulator.FaultStall(simulator.KindReset, false)
	silent := simulator.Options{OmitPasswordChanged: true}
	t.Run("after the reset has acted", func(t *testing.T) {
		t.Parallel()
		_, w, _, before := cutOff(t, simulator.Options{}, acted)
		w.must("plan", "-no-color").shows(t, stoppedWarning, `-> "unfinished_rotation"`)
		w.apply()
		w.checkRotated(before, "unfinished_rotation", 3)
	})
	t.Run("before it has acted", func(t *testing.T) {
		t.Parallel()
		_, w, _, before := cutOff(t, simulator.Options{}, never)
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, "Warning: S") {
			t.Errorf("it warns of a live password:\n%s", screen.text)
		}
		w.checkKept(before, 2)
	})
	t.Run("and the reset acts later still", func(t *testing.T) {
		t.Parallel()
		_, w, c, before := cutOff(t, simulator.Options{}, simulator.FaultLate(simulator.KindReset, 5*time.Minute, never))
		w.apply()
		w.checkKept(before, 2)
		c.advance(5 * time.Minute)
		w.plansRotation("late_reset")
		w.apply()
		w.checkRotated(before, "late_reset", 3)
	})
	t.Run("where nothing was refreshed at first", func(t *testing.T) {
		t.Parallel()
		_, w, _, before := cutOff(t, simulator.Options{}, acted)
		w.configure(trigger("1"), "revoke_on_destroy = true", `timeouts = { create = "1m" }`)
		w.apply("-refresh=false")
		w.must("plan", "-no-color").shows(t, stoppedWarning, `-> "unfinished_rotation"`)
		w.apply()
		w.checkRotated(before, "unfinished_rotation", 3)
	})
	t.Run("where the API does not say when passwords change", func(t *testing.T) {
		t.Parallel()
		_, w, _, before := cutOff(t, silent, acted)
		w.must("plan", "-no-color").shows(t, stoppedWarning, "an apply that was changing this resource was killed", "change a value in", "apply with -replace")
		w.apply()
		w.planIsEmpty()
		w.must("plan", "-no-color").shows(t, stoppedWarning)
		w.configure(trigger("3"))
		w.apply()
		w.checkRotated(before, "rotation_triggers: version", 3)
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, stoppedWarning) {
			t.Errorf("it warns of the new password:\n%s", screen.text)
		}
	})
	t.Run("and a login settles it", func(t *testing.T) {
		t.Parallel()
		s, w, _, _ := cutOff(t, silent, never)
		w.must("plan", "-no-color").shows(t, stoppedWarning)
		w.configure(trigger("1"), s.loginCheck("on_refresh = true"))
		w.apply()
		w.apply() // whose refresh logs in
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, stoppedWarning) {
			t.Errorf("it warns of a password that was just taken:\n%s", screen.text)
		}
		w.planIsEmpty()
	})
}

// TestProviderThatIsKilledWithAnotherPassword has one that no reset has made.
func TestProviderThatIsKilledWithAnotherPassword(t *testing.T) {
	t.Parallel()
	t.Run("adopted, and the API does not say when passwords change", func(t *testing.T) {
		t.Parallel()
		c := &shifted{}
		s := startService(t, simulator.Options{Now: c.now, OmitPasswordChanged: true})
		w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), trigger("1"))+dependentBlock)
		provider := w.findable()
		w.apply()
		w.configure(trigger("2"))
		s.Inject(simulator.FaultStall(simulator.KindReset, true))
		apply := w.startApply(1, true)
		apply.signal(provider(), syscall.SIGKILL)
		w.configure(trigger("1"))
		w.must("plan", "-no-color").shows(t, stoppedWarning)
	})
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		c := &shifted{}
		s := startService(t, simulator.Options{Now: c.now})
		w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("1")))
		provider := w.findable()
		w.must("import", "-no-color", passwordAddress, s.credential.Domain+"/"+s.credential.GUID)
		w.apply() // takes up the trigger
		w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2")))
		s.Inject(simulator.FaultStall(simulator.KindReset, true))
		apply := w.startApply(1, true)
		apply.signal(provider(), syscall.SIGKILL)
		w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("1"), s.existing()))
		w.must("plan", "-no-color").shows(t, "Warning: SMTP password may have changed", "existing_password from before that apply may have ended")
	})
}

// TestKilledTogetherWithTheCLI leaves the state as it was, so that the API alone
// can tell: as of a reset by somebody else, or of a possible one.
func TestKilledTogetherWithTheCLI(t *testing.T) {
	t.Parallel()
	killed := func(t *testing.T, later time.Duration) (service, *workspace, string) {
		t.Helper()
		s, w, c, _ := killable(t, simulator.Options{}, trigger("1"))
		before := w.password()
		c.advance(later)
		w.configure(trigger("2"))
		s.Inject(simulator.FaultStall(simulator.KindReset, true))
		apply := w.startApply(2, true)
		apply.signal(-apply.command.Process.Pid, syscall.SIGKILL)
		w.configure(trigger("1"))
		return s, w, before
	}
	t.Run("long after the last rotation", func(t *testing.T) {
		t.Parallel()
		s, w, before := killed(t, 2*time.Minute)
		w.must("plan", "-no-color").shows(t, externalWarning, "has most likely stopped working")
		w.configure(trigger("1"), "rotate_on_external_change = true")
		w.apply()
		w.checkRotated(before, "external_change", 3)
		s.checkLive(t, w.password())
	})
	t.Run("soon after the last rotation", func(t *testing.T) {
		t.Parallel()
		_, w, before := killed(t, 5*time.Second)
		w.must("plan", "-no-color").shows(t, maybeWarning, "it was reset by an apply that was killed")
		w.apply().shows(t, maybeWarning)
		if w.password() != before {
			t.Error("the stored password has changed")
		}
		w.configure(trigger("3"))
		w.apply()
		w.checkRotated(before, "rotation_triggers: version", 3)
		if screen := w.must("plan", "-no-color"); strings.Contains(screen.text, maybeWarning) {
			t.Errorf("it warns of the new password:\n%s", screen.text)
		}
	})
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
		w.planIsEmpty()
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
}
