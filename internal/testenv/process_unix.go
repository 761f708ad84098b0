//go:build unix

package testenv

import (
	"os"
	"os/exec"
	"syscall"
)

// Interruptible makes a command that an interrupt reaches once: a terminal's
// Ctrl-C goes to all processes of a group, and a CLI that is interrupted twice
// stops in the middle of what it does.
func Interruptible(command *exec.Cmd) {
	InGroup(command)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
}

// InGroup makes a command lead a process group of its own: the CLI, with the
// providers that it starts.
func InGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// SignalGroup sends a signal to all processes of the group that a process leads,
// also where that process itself is gone.
func SignalGroup(leader int, signal syscall.Signal) error { return syscall.Kill(-leader, signal) }
