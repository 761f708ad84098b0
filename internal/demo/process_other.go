//go:build !unix

package main

import "os/exec"

// interruptible leaves the command to be killed: there is no interrupt to send.
func interruptible(*exec.Cmd) {}
