package password

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// What is told of a password: here is what happened, and what differs from one
// occasion to the next. The rest is in the table of package diagnostics.

// effect says whether a reset that failed changed the password all the same.
func effect(err error) string {
	switch e := kirim.Details(err); {
	case e.MayHaveActed:
		return "The reset may have taken effect at the server all the same: the credential's previous password may " +
			"have stopped working."
	case e.Kind == kirim.KindUnexpected && e.Status != 0: // not the API's answer: nobody else can know
		return "Most likely no password was changed."
	}
	return "No password was changed."
}

// addResetError says that a reset failed, or the look at the mail server before it. stored
// is about the password in the state.
func (s *Session) addResetError(out response, err error, ref kirim.Ref, stored privateState) {
	if mail, ok := errors.AsType[*mailcheck.Error](err); ok {
		s.addPreflightError(out.diags, err, ref, mail.Kind, stored)
		return
	}
	next := "Nothing new was stored: the state stays as it was, and the next apply tries again."
	switch e := kirim.Details(err); {
	case out.standby:
		next = "Nothing new was stored. " + activeStays + " The next apply tries again."
	case e.MayHaveActed && out.created:
		next = "Nothing new was stored. The next apply makes a new password, unless create_before_destroy has kept " +
			"this resource's predecessor in the state: then apply with -replace."
		if e.MayStillRun { // a creation leaves nothing that would remember its reset
			next += " Wait some minutes first: this reset may still take effect, and would end a newer password, too."
		}
	case e.MayHaveActed:
		next = "The next apply rotates again, whatever the triggers then say. If none has changed, its " +
			"rotation_reason is \"unfinished_rotation\"."
	case stored.Unfinished:
		next += " An earlier rotation, whose outcome is not known, may have ended the stored password."
	}
	diagnostics.Rotate.Means("%s %s", effect(err), next).Fail(out.diags, err, ref)
}

// addPreflightError says that the mail server cannot be used for a login, before anything
// was changed. stored is about the password in the state.
func (s *Session) addPreflightError(
	diags *diag.Diagnostics, err error, ref kirim.Ref, kind mailcheck.Kind, stored privateState,
) {
	message := diagnostics.NotReady
	if kind == mailcheck.KindCanceled {
		message.Summary = diagnostics.Interrupted.Summary
	}
	switch {
	case stored.Unfinished:
		message.Meaning += " An earlier rotation, whose outcome is not known, may have ended the stored password."
	case s.has(destroyed, ref):
		message.Meaning = "No password was changed. The resource that is replaced has left the state: its password " +
			"goes on working where it is in use, and is not stored any more. The next apply makes a new one."
	}
	message.Advises("%s An apply goes through without login_check: a leaked password need not wait for a mail server.",
		loginMessages[kind].Advice).Err(diags, ref, "%v.", err)
}

// addLoginError says that the mail server was not seen to take a stored password. It
// points at no argument: the CLI would print all of login_check, certificates
// included.
func addLoginError(out response, err error, plan instance, check *loginCheck) {
	adopted := plan.RotationReason.ValueString() == rotation.ReasonAdopted
	message, happened := diagnostics.NotTried.Advises("Set username in login_check."), err.Error()+"."
	if e, ok := errors.AsType[*mailcheck.Error](err); ok {
		message = loginMessages[e.Kind]
		if e.Kind == mailcheck.KindRefused && adopted {
			message = diagnostics.Refused.Means("%s", message.Meaning).
				Advises("Check existing_password, and username in login_check.")
		}
		happened = fmt.Sprintf("logging in as %s fails: %v.", check.endpoint(), e)
	}
	if plan.pair != nil { // it has a login each, and no username
		message.Advice = strings.NewReplacer("Set username in login_check", "Apply again later",
			"username in login_check", "that the mail server takes login as user name").Replace(message.Advice)
	}
	next := "The next apply checks again, and resets nothing."
	if out.standby {
		message.Meaning = activeStays + " The new password waits, unused."
		next = "The next apply checks it again, and resets nothing. To have another one made, reset the password " +
			"of this credential at Kirim.Email first."
	}
	if out.created {
		another := "makes another password, which nobody has had yet"
		if adopted {
			another = "adopts existing_password anew"
		}
		next = "Because this happened at creation, Terraform marks the resource as tainted, and the next apply " +
			another + ". To have the stored one checked again without that, run \"terraform untaint\" with the " +
			"resource's address first."
	}
	message.Means("%s %s", message.Meaning, next).Err(out.diags, plan.Ref(), "%s", happened)
}

// activeStays is about a pair whose standby did not become the active one.
const activeStays = "The active login was not touched: its stored password works as before."

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
	ref, clock := state.Ref(), in.Clock
	due, by := timestamp(clock.After.Next(clock.RotatedAt)), timingText(clock.After)
	switch {
	case decision.Reason == clock.After.Reason():
		diagnostics.Due.Warn(diags, ref, "its password has been due for rotation since %s, by %s, reckoned from %s.",
			due, by, timestamp(clock.RotatedAt))
	case decision.Action == rotation.Undecided && clock.DueSoon():
		diagnostics.DueSoon.Warn(diags, ref, "its password is due for rotation at %s, by %s.", due, by)
	case decision.Reason == rotation.ReasonLate:
		diagnostics.Late.Warn(diags, ref, "its password changed at %s by the API, soon after its last rotation, of "+
			"which an attempt was lost: most likely that attempt took effect late, after the one that was answered.",
			timestamp(stored.InFlight.CompletedAt))
	}
	// If a reset of our own may have acted unseen, nobody else's can be told from it.
	changes := decision.Action == rotation.Rotate || decision.Action == rotation.Adopt
	stays := !changes && !in.Unfinished && !state.Password.IsNull()
	if stays && !stored.ChangedAt.IsZero() && !stored.OutcomeUnknown {
		diagnostics.MaybeChanged.Warn(diags, ref, "the API tells that its password changed at %s. The stored one was "+
			"made at %s.", timestamp(stored.ChangedAt), timestamp(clock.RotatedAt))
	}
	external := diagnostics.External
	switch {
	case decision.Reason == rotation.ReasonExternal:
		external = external.Advises("This plan rotates it, because rotate_on_external_change is set. Users of the " +
			"password that was made elsewhere stop until they have the new one.")
	case !stays || !in.ExternalReset || in.FollowExternal != rotation.No:
		return
	}
	if state.Password.IsNull() {
		external.Meaning = ""
	}
	if state.pair != nil { // a rotation resets the other credential
		external.Advice, _, _ = strings.Cut(external.Advice, " Users of")
	}
	if stored.ExternalAt.IsZero() {
		external.Warn(diags, ref, "the mail server no longer accepts the stored password (535). It was probably reset "+
			"elsewhere.")
		return
	}
	external.Warn(diags, ref, "its password was reset elsewhere, at %s by the API.", timestamp(stored.ExternalAt))
}

func timingText(t rotation.Timing) string {
	if t.Schedule != nil {
		return fmt.Sprintf("%s %q (%s)", t.Reason(), t.Expression, t.Zone)
	}
	return fmt.Sprintf("%s %s", t.Reason(), t.Period)
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
