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
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
}
