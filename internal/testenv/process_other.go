//go:build !unix

package testenv

import "os/exec"

// Interruptible leaves the command to be killed: there is no interrupt to send.
func Interruptible(*exec.Cmd) {}
