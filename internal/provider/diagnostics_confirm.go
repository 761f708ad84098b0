package provider

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

var (
	// errNoChangeTime is for an API that does not say when passwords change,
	// errNoServerTime for one whose answer to the reset told no time at all.
	errNoChangeTime = errors.New("the API does not say when the password was last changed")
	errNoServerTime = errors.New("the API did not say when it made the new password")
)

// addUnconfirmed says that an earlier call may have ended a new password, and
// that it could not be found out.
func addUnconfirmed(diags *diag.Diagnostics, of target, err error, checked bool) {
	advice := "To be sure, try a login with it, or set on_refresh in login_check."
	if checked {
		advice = "login_check, which follows, finds out whether the mail server takes it."
	}
	diags.AddWarning(summaryUnconfirmed, paragraphs(
		happened(of, fmt.Sprintf("an earlier attempt at this rotation was lost, and may have taken effect after the one that was answered. "+
			"It could not be found out whether it did: %s", why(err))),
		"The new password is stored, and most likely live. The refreshes to come look again, where the API lets them. "+advice+" Should it "+
			"be refused, "+renew+"."))
}

// addStillOvertaken says that a new password is stored although the API tells of
// a later change.
func addStillOvertaken(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryMaybeEnded, paragraphs(
		happened(of, "earlier attempts at this rotation were lost, and some seemed to have taken effect after the one that was answered. The "+
			"password was reset once more for each, and the API still tells of a later change."),
		"The last password that was answered is stored. Either somebody else resets this credential's password at the same time, or the "+
			"API's times do not agree with each other. Try a login with it. If it is refused, "+renew+"."))
}

// addOvertakenError says that a new password is stored which has most likely
// ended.
func addOvertakenError(diags *diag.Diagnostics, err error, of target, created bool) {
	next := "The next apply rotates again, whatever the triggers then say: where none has changed, its rotation_reason is " +
		"\"unfinished_rotation\"."
	if created {
		next = "Terraform marks the resource as tainted, so that the next apply makes another one."
		if mayStillRun(err) {
			next += waitFirst
		}
	}
	addErrorAfter(diags, summaryEnded, "an earlier attempt at this rotation, which was lost, took effect after the one that was answered and "+
		"ended its password. Resetting it once more failed: ", err, of, true,
		"What is stored is the last password that was answered: do not rely on it. "+next)
}

// addOvertaken says, in a plan, that a stored password was ended by an earlier
// call of our own.
func addOvertaken(diags *diag.Diagnostics, of target, at time.Time) {
	diags.AddWarning(summaryLate, paragraphs(
		happened(of, fmt.Sprintf("its password changed at %s by the API, soon after its last rotation, of which an attempt was lost: most likely "+
			"that attempt has taken effect late, after the one that was answered.", timestamp(at))),
		"The stored password has most likely stopped working.",
		"This plan rotates it: apply it soon."))
}

// addMaybeChanged says, in a plan, that a stored password may have ended.
func addMaybeChanged(diags *diag.Diagnostics, of target, stored privateState, rotated time.Time) {
	why := "That is so soon after the stored one was made (%s) that the API's times may not agree with each other; or it was reset by an " +
		"apply that was killed, by another resource that names the same credential, or by somebody else."
	if stored.sameAgain() {
		why = "That is as much later than the stored one was made (%s) as it was before, when it was rotated for that: either the API's " +
			"times do not agree with each other, or somebody else resets it after each rotation."
	}
	diags.AddWarning(summaryMaybeChanged, paragraphs(
		happened(of, fmt.Sprintf("the API tells that its password changed at %s. "+why, timestamp(stored.ChangedAt), timestamp(rotated))),
		"Nothing is rotated for that by itself. Try a login with the stored password. If it is refused, "+renew+
			". That, or a login_check with on_refresh that sees it taken, ends this warning."))
}

// addGivenTwice says that two resources of one apply end each other's password.
func addGivenTwice(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryTwice, paragraphs(
		happened(of, "another resource has rotated its password in this same apply, and this reset has ended the one that is stored there."),
		"The password of the other resource has stopped working. One credential belongs in one resource: remove one of the two, "+
			"then, for the one that stays, "+renew+"."))
}

// addCutOff says, in a refresh, that nobody knows whether a password is live.
func addCutOff(diags *diag.Diagnostics, of target, none bool) {
	const what = "an apply that was changing this resource was killed, and what the API tells of the password's changes does not show whether " +
		"that apply had reset it first."
	if none {
		diags.AddWarning(summaryUnknownChanged, paragraphs(happened(of, what),
			"The state does not hold its password, so that nothing stored can be wrong. An existing_password from before that apply may have ended.",
			"Try a login with the password that is in use. If it is refused, "+renew+"."))
		return
	}
	diags.AddWarning(summaryMaybeDead, paragraphs(happened(of, what),
		"Try a login with the stored password. If it is refused, "+renew+". That, or a login_check with on_refresh that sees it "+
			"taken, ends this warning."))
}

// why is an error in sentences.
func why(err error) string {
	if e, ok := errors.AsType[*kirim.Error](err); ok {
		return whatHappened(e)
	}
	return sentence(err.Error())
}
