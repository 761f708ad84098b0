package provider

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// errNoChangeTime is for an API that does not say when passwords change.
var errNoChangeTime = errors.New("the API does not say when the password was last changed")

// addUnconfirmed says that an earlier call may have ended a new password, and
// that it could not be found out.
func addUnconfirmed(diags *diag.Diagnostics, of target, err error) {
	diags.AddWarning("New SMTP password could not be confirmed", paragraphs(
		happened(of, fmt.Sprintf("an earlier attempt at this rotation was lost, and may have taken effect after the one that was answered. "+
			"Whether it has, could not be found out: %s", why(err))),
		"The new password is stored, and most likely live. The refreshes to come look again, where the API lets them; to be sure, try a "+
			"login, or set login_check. Should it be refused, change a trigger: the next apply makes another one."))
}

// addStillOvertaken says that a new password is stored although the API tells of
// a later change.
func addStillOvertaken(diags *diag.Diagnostics, of target) {
	diags.AddWarning("New SMTP password may have ended already", paragraphs(
		happened(of, "earlier attempts at this rotation were lost. It was reset once more for each that seemed to have taken effect after the "+
			"one that was answered, and the API still tells of a later change."),
		"The last password that was answered is stored. Either somebody else resets this credential's password at the same time, or the "+
			"API's times do not agree with each other. Try a login; the next plan looks once more, and rotates the password if it finds "+
			"it ended."))
}

// addOvertakenError says that a new password is stored which has most likely
// ended.
func addOvertakenError(diags *diag.Diagnostics, err error, of target, created bool) {
	next := "The next apply rotates again, whatever the triggers then say: where none has changed, its rotation_reason is " +
		"\"unfinished_rotation\"."
	if created {
		next = "Terraform marks the resource as tainted, so that the next apply makes another one."
	}
	addError(diags, "New SMTP password has most likely ended already", err, of, true,
		"An earlier attempt at this rotation, which was lost, took effect after the one that was answered and ended its password. Resetting "+
			"it once more failed. What is stored is the last password that was answered: do not rely on it. "+next)
}

// addOvertaken says, in a plan, that a stored password was ended by an earlier
// call of our own.
func addOvertaken(diags *diag.Diagnostics, of target, at time.Time) {
	diags.AddWarning("Stored SMTP password was ended by a late reset", paragraphs(
		happened(of, fmt.Sprintf("an attempt at its last rotation, which was lost, took effect after the one that was answered, at %s by the API.",
			timestamp(at))),
		"The stored password has stopped working. This plan rotates it."))
}

// addCutOff says, in a refresh, that nobody knows whether a password is live.
func addCutOff(diags *diag.Diagnostics, of target) {
	diags.AddWarning("Stored SMTP password may have stopped working", paragraphs(
		happened(of, "an apply that was changing this resource was killed, and the API does not say when passwords change, so that whether the "+
			"apply had reset the password cannot be found out."),
		"Try a login with the stored password. If it is refused, change a trigger: the next apply makes a new one. That, or a login_check that "+
			"sees it taken, ends this warning."))
}

// why is an error in sentences.
func why(err error) string {
	if e, ok := errors.AsType[*kirim.Error](err); ok {
		return whatHappened(e)
	}
	return sentence(err.Error())
}
