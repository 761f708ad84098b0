package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// addPlanWarnings says more about a plan than its rotation_reason can, where a
// clock or somebody else is behind it.
func addPlanWarnings(diags *diag.Diagnostics, decision rotation.Decision, in rotation.Input, stored privateState, state *credentialPasswordModel) {
	of := state.target()
	next := in.Clock.After.Next(in.Clock.RotatedAt)
	switch {
	case decision.Reason == rotation.ReasonPeriod || decision.Reason == rotation.ReasonSchedule:
		addDue(diags, of, in.Clock, next)
	case decision.Action == rotation.Undecided && in.Clock.DueSoon():
		addDueSoon(diags, of, in.Clock, next)
	case decision.Reason == rotation.ReasonLate:
		addOvertaken(diags, of, stored.InFlight.CompletedAt)
	case decision.Reason == rotation.ReasonExternal:
		addResetElsewhere(diags, of, stored, "This plan rotates it, because rotate_on_external_change is set: whoever uses the "+
			"password that was made elsewhere stops until they have the new one.")
	}
	// Where a reset of our own may have acted unseen, nobody else's can be told
	// from it.
	stays := !in.Unfinished && decision.Action != rotation.Rotate && decision.Action != rotation.Adopt && !state.Password.IsNull()
	if stays && !stored.ChangedAt.IsZero() && !stored.OutcomeUnknown {
		addMaybeChanged(diags, of, stored, in.Clock.RotatedAt)
	}
	if stays && in.ExternalReset && in.FollowExternal == rotation.No {
		addResetElsewhere(diags, of, stored, "Nothing is rotated for that by itself. Set rotate_on_external_change to have "+
			"that done, or "+renew+". Whoever uses the password that was made elsewhere then stops until they "+
			"have the new one.")
	}
}

func addDue(diags *diag.Diagnostics, of target, clock rotation.Clock, since time.Time) {
	texts := []string{happened(of, fmt.Sprintf("its password has been due for rotation since %s, by %s, reckoned from %s.",
		timestamp(since), timingText(clock.After), timestamp(clock.RotatedAt)))}
	if clock.Changes() {
		texts = append(texts, fmt.Sprintf("This plan sets %s, and rotates the password at once because that makes it due. If that is "+
			"not what you want, choose one that comes later.", clock.After.Reason()))
	} else {
		// The apply shows it once more if no refresh has seen it.
		texts = append(texts, "The rotation is made when this plan is applied; the stored password works until then.")
	}
	diags.AddWarning(summaryDue, paragraphs(texts...))
}

func addDueSoon(diags *diag.Diagnostics, of target, clock rotation.Clock, next time.Time) {
	what, condition := "by %s, which this plan sets, its password is due for rotation at %s.", "If it is"
	if !clock.Changes() {
		what = "by %s its password is due for rotation at %s, and part of the resource's configuration is not known yet."
		condition = "If the configuration turns out to be the same and the password is"
	}
	diags.AddWarning(summaryDueSoon, paragraphs(
		happened(of, fmt.Sprintf(what, timingText(clock.After), timestamp(next))),
		condition+" due by the time that this plan is applied, the apply rotates it; else the stored password stays."))
}

func addResetElsewhere(diags *diag.Diagnostics, of target, stored privateState, consequence string) {
	what := "the mail server refuses the stored password (535), which it has taken before, so that it was reset elsewhere."
	if !stored.ExternalAt.IsZero() {
		what = fmt.Sprintf("its password was reset elsewhere, at %s by the API.", timestamp(stored.ExternalAt))
	}
	if stored.PasswordVersion != 0 {
		consequence = "The stored password has most likely stopped working. " + consequence
	}
	diags.AddWarning(summaryElsewhere, paragraphs(happened(of, what), consequence))
}

func timingText(t rotation.Timing) string {
	if t.Schedule != nil {
		return fmt.Sprintf("%s %q (%s)", rotation.ReasonSchedule, t.Expression, t.Zone)
	}
	return fmt.Sprintf("%s %s", rotation.ReasonPeriod, t.Period)
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// addAdoptionError says that existing_password could not be adopted.
func addAdoptionError(diags *diag.Diagnostics, err error, of target) {
	addError(diags, summaryAdopt, err, of, false,
		"The credential that existing_password belongs to could not be read. Nothing new was stored and no password was changed; the next "+
			"apply tries again.")
}

// addAdoptionRefused says, in a plan, that a replacement would store a dead
// password. It points at no argument: the CLI would print the password.
func addAdoptionRefused(diags *diag.Diagnostics, of target, replaced privateState) {
	why := "The resource that it replaces has rotated its password, so that existing_password has most likely ended, or is another credential's"
	switch {
	case replaced.Reset:
	case replaced.Unfinished:
		why = "The resource that it replaces has an unfinished rotation, so that existing_password may have ended"
	default:
		why = "The resource that it replaces ends that password when it is destroyed (revoke_on_destroy)"
	}
	diags.AddError(summaryOldPassword, paragraphs(
		happened(of, "this resource is to be created in the place of another, and existing_password is still in its configuration. "+why+
			"; storing it would stop whatever depends on it."),
		"Nothing was changed. Take existing_password out of the configuration: the replacement then makes a new password. To adopt a "+
			"password that you know to be live instead, take the resource out of the state first (terraform state rm)."))
}

// addNothingToAdopt says that an apply differs from its plan.
func addNothingToAdopt(diags *diag.Diagnostics, of target) {
	diags.AddError(summaryNothingToAdopt, paragraphs(
		happened(of, "the plan adopts existing_password, and the apply was given none."),
		"Nothing was stored and no password was changed. Make a new plan."))
}

// addNotAdopted says that a new password was made instead.
func addNotAdopted(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryNotAdopted, paragraphs(
		happened(of, "this same apply has ended that password, by revoke_on_destroy of the resource that was there before."),
		"A new password was made and stored in its place. Take existing_password out of the configuration."))
}

// addImported says what an import has not brought.
func addImported(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryImported, paragraphs(
		happened(of, "imported without a reset. The API cannot tell a password that exists already, so that password is null and "+
			"password_version 0."),
		"The credential and its password go on working. To store the one that is in use, set existing_password and apply; otherwise the "+
			"next rotation brings a new one."))
}

// addBadImport says that what is to be imported is not named as it should be.
// given is what names it, because the CLI shows no address there.
func addBadImport(diags *diag.Diagnostics, given, why string) {
	const domain, guid = "example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff"
	diags.AddError(summaryImportID, paragraphs(
		fmt.Sprintf("The credential to import is named by domain/credential_guid, and this one by %.120q, but %s.", given, why),
		"Nothing was imported, nothing was asked of the API, and no password was changed.",
		fmt.Sprintf("A good id looks like %q; as an identity that is domain = %q and credential_guid = %q. The API calls the "+
			"GUID user_smtp_guid.", domain+"/"+guid, domain, guid)))
}

// addImportError says that a credential could not be imported.
func addImportError(diags *diag.Diagnostics, err error, of target) {
	addError(diags, summaryImport, err, of, false, "Nothing was imported and no password was changed.")
}

// addRevocationError says that revoke_on_destroy failed.
func addRevocationError(diags *diag.Diagnostics, err error, of target) {
	meaning := "No password was changed."
	switch {
	case mayHaveActed(err):
		meaning = "The reset may have taken effect at the server all the same: the stored password may have stopped working."
	case isForeign(err):
		meaning = "Most likely no" + strings.TrimPrefix(meaning, "No")
	}
	addError(diags, summaryRevoke, err, of, true, meaning+" The resource stays in the state, and destroying it again "+
		"tries again. With revoke_on_destroy = false applied first, it is forgotten without asking the API.")
}

// addNotRevoked says that revoke_on_destroy left a password alone.
func addNotRevoked(diags *diag.Diagnostics, of target, why string) {
	diags.AddWarning(summaryNotRevoked, paragraphs(
		happened(of, why+"."),
		"What is live goes on working; revoke_on_destroy ends the password of its own resource alone. If nobody needs the credential "+
			"any more, delete it at Kirim.Email."))
}
