//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// interruptible makes a command that an interrupt reaches once: a terminal's
// Ctrl-C goes to all processes of a group, and a CLI that is interrupted twice
// stops in the middle of what it does.
func interruptible(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
}
