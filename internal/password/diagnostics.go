package password

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// What is told of a password: here is what happened, and what differs from one
// occasion to the next. The rest is in the table of package diagnostics.

const (
	mayHaveEffect = "The reset may have taken effect at the server all the same: "
	// again is what follows an update whose outcome is unknown.
	again = "The next apply rotates again, whatever the triggers then say. If none has changed, its rotation_reason " +
		"is \"unfinished_rotation\"."
	// waitFirst is for a creation, which leaves nothing that would remember it.
	waitFirst = " Give this reset some minutes first: if it takes effect after the next one, it ends that one's " +
		"password."
)

// storedPassword is what a state holds when a reset fails.
type storedPassword int

const (
	noPassword       storedPassword = iota // none: a creation
	neverKnown                             // none yet, after an import
	livePassword                           // one that works as far as is known
	doubtfulPassword                       // one that an earlier reset may have ended
)

func heldPassword(state *Model, stored privateState) storedPassword {
	switch {
	case stored.Unfinished:
		return doubtfulPassword
	case state.Password.IsNull():
		return neverKnown
	}
	return livePassword
}

// addResetError says that a reset failed.
func addResetError(diags *diag.Diagnostics, err error, ref kirim.Ref, stored storedPassword) {
	var meaning string
	acted := kirim.Details(err).MayHaveActed
	switch {
	case acted && stored == noPassword:
		meaning = mayHaveEffect + "the credential's previous password may have stopped working. Nothing new was " +
			"stored. The next apply makes a new password, unless create_before_destroy has kept this resource's " +
			"predecessor in the state: then apply with -replace."
		if kirim.Details(err).MayStillRun {
			meaning += waitFirst
		}
	case acted && stored == neverKnown:
		meaning = mayHaveEffect + "the credential's password, which the state does not hold, may have stopped " +
			"working. " + again
	case acted:
		meaning = mayHaveEffect + "the stored password may have stopped working. " + again
	case stored == noPassword || stored == neverKnown:
		meaning = "No password was changed and nothing new was stored."
	case stored == doubtfulPassword:
		meaning = "No password was changed by this. The stored one may have stopped working since an earlier " +
			"rotation whose outcome is not known. The next apply tries again."
	default:
		meaning = "No password was changed: the stored one stays as it was, and the next apply tries again."
	}
	if !acted {
		meaning = asFarAsKnown(err, meaning)
	}
	diagnostics.Rotate.Means("%s", meaning).Fail(diags, err, ref, stored != noPassword)
}

// asFarAsKnown weakens a meaning if the answer was not the API's: nobody else can
// know.
func asFarAsKnown(err error, meaning string) string {
	if e := kirim.Details(err); e.Kind == kirim.KindUnexpected && e.Status != 0 {
		return "Most likely no" + strings.TrimPrefix(meaning, "No")
	}
	return meaning
}

// addEndedError says that a new password is stored which has most likely ended.
func addEndedError(diags *diag.Diagnostics, err error, ref kirim.Ref, created bool) {
	next := again
	if created {
		next = "Terraform marks the resource as tainted, so that the next apply makes another one."
		if kirim.Details(err).MayStillRun {
			next += waitFirst
		}
	}
	message := diagnostics.Ended.Means("The last password that was answered is stored: do not rely on it. %s", next)
	message.FailAfter(diags, "an earlier attempt at this rotation, which was lost, took effect after the one that was "+
		"answered and ended its password. Resetting it once more failed: ", err, ref, true)
}

// addRevocationError says that revoke_on_destroy failed.
func addRevocationError(diags *diag.Diagnostics, err error, ref kirim.Ref) {
	meaning := mayHaveEffect + "the stored password may have stopped working."
	if !kirim.Details(err).MayHaveActed {
		meaning = asFarAsKnown(err, "No password was changed.")
	}
	diagnostics.Revoke.Means("%s %s", meaning, diagnostics.Revoke.Meaning).Fail(diags, err, ref, true)
}

// addAdoptionRefused says, in a plan, that a replacement would store a dead password.
// It points at no argument: the CLI would print the password.
func addAdoptionRefused(diags *diag.Diagnostics, ref kirim.Ref, replaced privateState) {
	why := "The resource that it replaces has rotated its password, so that existing_password has most likely ended, " +
		"or is another credential's"
	switch {
	case replaced.Reset:
	case replaced.Unfinished:
		why = "The resource that it replaces has an unfinished rotation, so that existing_password may have ended"
	default:
		why = "The resource that it replaces ends that password when it is destroyed (revoke_on_destroy)"
	}
	diagnostics.OldPassword.Err(diags, ref, "this resource is to be created in the place of another, and "+
		"existing_password is still in its configuration. %s; storing it would stop whatever depends on it.", why)
}

// loginOccasion is what a login check was about.
type loginOccasion struct {
	// created tells that the resource was being created, so that Terraform marks it as
	// tainted; adopted that the password came from the configuration.
	created, adopted bool
}

// addLoginError says that the mail server was not seen to take a stored password. It
// points at no argument: the CLI would print all of login_check, certificates
// included.
func addLoginError(diags *diag.Diagnostics, err error, ref kirim.Ref, check *loginCheck, occasion loginOccasion) {
	message, happened := diagnostics.NotTried.Advises("Set username in login_check."), err.Error()+"."
	if e, ok := errors.AsType[*mailcheck.Error](err); ok {
		message = loginMessages[e.Kind]
		if e.Kind == mailcheck.KindRefused && occasion.adopted {
			message = message.Advises("Check existing_password, and username in login_check.")
		}
		happened = fmt.Sprintf("logging in as %s fails: %v.", check.endpoint(), e)
	}
	next := "The password is stored. What depends on it has not been updated. "
	switch {
	case occasion.created:
		another := "makes another password, which nobody has had yet"
		if occasion.adopted {
			another = "adopts existing_password anew"
		}
		next += "Because this happened at creation, Terraform marks the resource as tainted, and the next apply " +
			another + ". To have the stored one checked again without that, run \"terraform untaint\" with the " +
			"resource's address first."
	default:
		next += "The next apply checks again, and resets nothing."
	}
	message.Means("%s", next).Err(diags, ref, "%s", happened)
}

const hostAndPort = "Check host, port and security in login_check: port 587 goes with \"starttls\", 465 with \"tls\". "

// loginMessages has what a failed login is called, and what to do about it.
var loginMessages = map[mailcheck.Kind]diagnostics.Message{
	mailcheck.KindRefused:   diagnostics.NotTaken,
	mailcheck.KindCanceled:  diagnostics.Interrupted,
	mailcheck.KindTemporary: diagnostics.NotTried.Advises("Apply again later."),
	mailcheck.KindUnusable:  diagnostics.NotTried.Advises(hostAndPort + "If they fit, ask the server's operator."),
	mailcheck.KindUnreachable: diagnostics.NotTried.Advises(hostAndPort + "Many networks let nothing out on these " +
		"ports."),
	mailcheck.KindCertificate: diagnostics.NotTried.Advises("Check host in login_check, and ca_certificate if the " +
		"certificate comes from an authority of your own."),
	mailcheck.KindArgument: diagnostics.NotTried.Advises("Check username in login_check. If the password cannot be " +
		"used, " + diagnostics.Renew + "."),
}

// addPlanWarnings says more about a plan than its rotation_reason can, if a clock or
// somebody else is behind it.
func addPlanWarnings(
	diags *diag.Diagnostics, state instance, decision rotation.Decision, in rotation.Input, stored privateState,
) {
	ref := state.Ref()
	next := in.Clock.After.Next(in.Clock.RotatedAt)
	switch {
	case decision.Reason == rotation.ReasonPeriod || decision.Reason == rotation.ReasonSchedule:
		addDue(diags, ref, in.Clock, next)
	case decision.Action == rotation.Undecided && in.Clock.DueSoon():
		addDueSoon(diags, ref, in.Clock, next)
	case decision.Reason == rotation.ReasonLate:
		diagnostics.Late.Warn(diags, ref, "its password changed at %s by the API, soon after its last rotation, of "+
			"which an attempt was lost: most likely that attempt took effect late, after the one that was answered.",
			timestamp(stored.InFlight.CompletedAt))
	case decision.Reason == rotation.ReasonExternal:
		addExternalReset(diags, ref, stored, diagnostics.External.Advises("This plan rotates it, because "+
			"rotate_on_external_change is set. Users of the password that was made elsewhere stop until they have the "+
			"new one."))
	}
	// If a reset of our own may have acted unseen, nobody else's can be told from it.
	changes := decision.Action == rotation.Rotate || decision.Action == rotation.Adopt
	stays := !changes && !in.Unfinished && !state.Password.IsNull()
	if stays && !stored.ChangedAt.IsZero() && !stored.OutcomeUnknown {
		addMaybeChanged(diags, ref, stored, in.Clock.RotatedAt)
	}
	if stays && in.ExternalReset && in.FollowExternal == rotation.No {
		addExternalReset(diags, ref, stored, diagnostics.External)
	}
}

func addDue(diags *diag.Diagnostics, ref kirim.Ref, clock rotation.Clock, since time.Time) {
	message := diagnostics.Due // an apply shows it once more if no refresh has seen it
	if clock.Changes() {
		message = message.Means("This plan sets %s, and rotates the password at once because that makes it due.",
			clock.After.Reason()).Advises("If that is not what you want, choose one that comes later.")
	}
	message.Warn(diags, ref, "its password has been due for rotation since %s, by %s, reckoned from %s.",
		timestamp(since), timingText(clock.After), timestamp(clock.RotatedAt))
}

func addDueSoon(diags *diag.Diagnostics, ref kirim.Ref, clock rotation.Clock, next time.Time) {
	message, why := diagnostics.DueSoon, ", which this plan sets, its password is due for rotation at %s."
	if !clock.Changes() {
		message = message.Means("If the configuration turns out to be the same and the password is due by the time " +
			"that this plan is applied, the apply rotates it. Otherwise the stored password stays.")
		why = " its password is due for rotation at %s, and part of the resource's configuration is not known yet."
	}
	message.Warn(diags, ref, "by %s"+why, timingText(clock.After), timestamp(next))
}

func timingText(t rotation.Timing) string {
	if t.Schedule != nil {
		return fmt.Sprintf("%s %q (%s)", rotation.ReasonSchedule, t.Expression, t.Zone)
	}
	return fmt.Sprintf("%s %s", rotation.ReasonPeriod, t.Period)
}

func addExternalReset(diags *diag.Diagnostics, ref kirim.Ref, stored privateState, message diagnostics.Message) {
	if stored.PasswordVersion == 0 {
		message.Meaning = ""
	}
	if stored.ExternalAt.IsZero() {
		message.Warn(diags, ref, "the mail server no longer accepts the stored password (535). It was probably reset "+
			"elsewhere.")
		return
	}
	message.Warn(diags, ref, "its password was reset elsewhere, at %s by the API.", timestamp(stored.ExternalAt))
}

// addMaybeChanged says, in a plan, that a stored password may have ended.
func addMaybeChanged(diags *diag.Diagnostics, ref kirim.Ref, stored privateState, rotated time.Time) {
	why := "That is so soon after the stored one was made (%s) that the API's times may not agree with each other. " +
		"Or it was reset by an apply that was killed, by another resource that names the same credential, or by " +
		"somebody else."
	if stored.sameAgain() {
		why = "That is as much later than the stored one was made (%s) as it was before, when it was rotated for " +
			"that: either the API's times do not agree with each other, or somebody else resets it after each rotation."
	}
	diagnostics.MaybeChanged.Warn(diags, ref, "the API tells that its password changed at %s. "+why,
		timestamp(stored.ChangedAt), timestamp(rotated))
}

// addForgets says, in a plan, what a replacement takes out of the state. mayBeSame
// tells that it may turn out to be the same credential, revokes that the password is
// ended with it.
func addForgets(diags *diag.Diagnostics, attribute path.Path, ref kirim.Ref, mayBeSame, revokes bool) {
	message, why := diagnostics.Forgets, fmt.Sprintf("this resource is to be replaced, because %s changes.", attribute)
	if mayBeSame {
		why = fmt.Sprintf("this resource is to be replaced, because %s is not known yet.", attribute)
		message = message.Advises("If that is not what you want, apply first what %s comes from, by itself (-target), "+
			"or write its value down.", attribute)
	}
	switch {
	case revokes:
		why += " revoke_on_destroy ends its password at the API: whatever uses it stops."
	case mayBeSame:
		why += " If it turns out to be the same credential, its password is reset, and whatever uses it stops until " +
			"it has the new one."
	default:
		why += " The credential and its password go on working."
	}
	diags.AddAttributeWarning(attribute, message.Summary, message.Detail(ref, why))
}

// addUnfinished says, in a refresh, that the stored password may be dead.
func addUnfinished(diags *diag.Diagnostics, ref kirim.Ref) {
	diagnostics.MaybeDead.Advises("The plan that follows rotates it again. Until that is applied, do not rely on the "+
		"stored password.").Warn(
		diags, ref, "an earlier rotation ended without an answer that could be stored, because that was lost or the "+
			"apply was killed. It may have taken effect all the same.")
}

// addOutcomeUnknown says, in a refresh, that nobody knows whether a password is live.
func addOutcomeUnknown(diags *diag.Diagnostics, ref kirim.Ref, none bool) {
	message := diagnostics.MaybeDead
	if none {
		message = diagnostics.UnknownChanged
	}
	message.Warn(diags, ref, "an apply that was changing this resource was killed, and what the API tells of the "+
		"password's changes does not show whether that apply had reset it first.")
}

// addNotSynced says that the mail servers do not have a new password yet.
func addNotSynced(diags *diag.Diagnostics, ref kirim.Ref, checked bool) {
	message := diagnostics.NotSynced
	if checked {
		message = message.Advises("login_check waits until the mail server takes it, before anything that depends on " +
			"it is updated.")
	}
	message.Warn(diags, ref, "the API made a new password and says that it has not reached the mail servers "+
		"(remote_sync is false).")
}

var (
	// errNoChangeTime is for an API that does not say when passwords change,
	// errNoServerTime for one whose answer to the reset told no time at all.
	errNoChangeTime = errors.New("the API does not say when the password was last changed")
	errNoServerTime = errors.New("the API did not say when it made the new password")
)

// addUnconfirmed says that an earlier request may have ended a new password, and that
// it could not be found out.
func addUnconfirmed(diags *diag.Diagnostics, ref kirim.Ref, err error, checked bool) {
	message := diagnostics.Unconfirmed
	if checked {
		message = message.Advises("login_check, which follows, finds out whether the mail server takes it. If it is " +
			"refused, " + diagnostics.Renew + ".")
	}
	message.Warn(diags, ref, "an earlier attempt at this rotation was lost, and may have taken effect after the one "+
		"that was answered. It could not be found out whether it did: %s", diagnostics.Explain(err))
}

// addStrengthLost says that a strength report could not be stored.
func addStrengthLost(diags *diag.Diagnostics, err error, ref kirim.Ref) {
	diagnostics.StrengthLost.Warn(diags, ref, "the API's strength_info cannot be stored, because %s.", err)
}

// unwritable is about a private state that cannot be written down.
func unwritable(err error) diag.Diagnostic {
	m := diagnostics.PrivateState
	detail := diagnostics.Paragraphs(diagnostics.Sentence(err.Error()), m.Meaning, m.Advice)
	return diag.NewErrorDiagnostic(m.Summary, detail)
}
