//go:build !unix

package testenv

import (
	"errors"
	"os/exec"
	"syscall"
)

// Interruptible leaves the command to be killed: there is no interrupt to send.
func Interruptible(*exec.Cmd) {}

// InGroup does nothing: there are no process groups.
func InGroup(*exec.Cmd) {}

// SignalGroup cannot: there are no process groups.
func SignalGroup(int, syscall.Signal) error { return errors.ErrUnsupported }
