// Package acceptance holds the tests that drive a real CLI, Terraform or
// OpenTofu, and the provider over the real protocol, against the simulator and
// its mail server. CONTRIBUTING.md tells how they are run.
package acceptance
