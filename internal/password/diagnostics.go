package password

import (
	"errors"
	"fmt"

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
		return "The reset may have taken effect all the same: the credential's previous password may have stopped " +
			"working."
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
	next := "Nothing new was stored. The next apply tries again."
	switch e := kirim.Details(err); {
	case out.standby:
		next = "Nothing new was stored. " + activeStays + " The next apply tries again."
	case e.MayHaveActed && out.created:
		next = "Nothing new was stored. The next apply makes a new password. If create_before_destroy has kept the " +
			"replaced resource in the state, apply with -replace instead."
		if e.MayStillRun { // a creation leaves nothing that would remember its reset
			next += " Wait some minutes first: this reset may still take effect, and would end the newer password."
		}
	case e.MayHaveActed:
		next = "The next apply rotates again, whatever the triggers then say. If none has changed, its " +
			"rotation_reason is \"unfinished_rotation\"."
	case stored.Unfinished:
		next += mayHaveEnded
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
		message.Meaning += mayHaveEnded
	case s.has(destroyed, ref):
		message.Meaning = "No password was changed. The replaced resource has left the state: its password goes on " +
			"working, but is not stored any more. The next apply makes a new one."
	}
	message.Advises("%s Without login_check, the apply goes through: a leaked password need not wait for a mail "+
		"server.", loginMessages[kind].Advice).Err(diags, ref, "%v.", err)
}

// addLoginError says that the mail server was not seen to take a stored password. It
// points at no argument: the CLI would print all of login_check, certificates
// included.
func addLoginError(out response, err error, plan instance, check *loginCheck) {
	adopted := plan.RotationReason.ValueString() == rotation.ReasonAdopted
	message, happened := diagnostics.NotTried.Advises(noUserName), err.Error()+"."
	if e, ok := errors.AsType[*mailcheck.Error](err); ok {
		message = loginMessages[e.Kind]
		if e.Kind == mailcheck.KindRefused && adopted {
			message = diagnostics.Refused.Means("%s", message.Meaning).
				Advises("Check existing_password, and %s.", diagnostics.UserName)
		}
		happened = fmt.Sprintf("logging in as %s fails: %v.", check.endpoint(), e)
	}
	next := "The next apply checks again, and resets nothing."
	if out.standby {
		message.Meaning = activeStays + " The new password waits, unused."
		next = "The next apply checks it again, and resets nothing. To have another one made, reset the password " +
			"of this credential at Kirim.Email first."
	}
	if out.created {
		another := "makes another password"
		if adopted {
			another = "adopts existing_password anew"
		}
		next = "Because its creation failed, Terraform marks the resource as tainted: the next apply " + another +
			". To have the stored one checked again instead, first run \"terraform untaint\" with the resource's " +
			"address."
	}
	message.Means("%s %s", message.Meaning, next).Err(out.diags, plan.Ref(), "%s", happened)
}

const (
	mayHaveEnded = " An earlier rotation of unknown outcome may have ended the stored password."
	noUserName   = "Set username in login_check. For a pair, which cannot have one, apply again later."
)

// activeStays is about a pair whose standby did not become the active one.
const activeStays = "The active login was not touched, and stays as it was."

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
	mailcheck.KindArgument: diagnostics.NotTried.Advises("Check " + diagnostics.UserName + ". If the password cannot " +
		"be used, " + diagnostics.Renew + "."),
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
		diagnostics.Due.Warn(diags, ref, "its password was due for rotation at %s by %s, counted from %s.",
			due, by, timestamp(clock.RotatedAt))
	case decision.Action == rotation.Undecided && clock.DueSoon():
		diagnostics.DueSoon.Warn(diags, ref, "its password is due for rotation at %s by %s.", due, by)
	case decision.Reason == rotation.ReasonLate:
		diagnostics.Late.Warn(diags, ref, "the API says that its password changed at %s, soon after its last "+
			"rotation. Most likely a lost attempt at that rotation took effect after the one that was answered.",
			timestamp(stored.InFlight.CompletedAt))
	}
	// If a reset of our own may have acted unseen, nobody else's can be told from it.
	changes := decision.Action == rotation.Rotate || decision.Action == rotation.Adopt
	known := !in.Unfinished && !state.Password.IsNull()
	stays := !changes && known
	if stays && !stored.ChangedAt.IsZero() && !stored.OutcomeUnknown {
		diagnostics.MaybeChanged.Warn(diags, ref, "the API says that its password changed at %s. The stored one is "+
			"from %s.", timestamp(stored.ChangedAt), timestamp(clock.RotatedAt))
	}
	external := diagnostics.External
	switch {
	case decision.Reason == rotation.ReasonExternal:
		external.Advice = "The apply rotates it, because rotate_on_external_change is set. " + diagnostics.StopsUsers
	case known && in.ExternalReset && decision.Reason == clock.After.Reason(): // a changed trigger is asked for
		external.Advice = "The apply rotates it. " + diagnostics.StopsUsers
	case !stays || !in.ExternalReset || in.FollowExternal != rotation.No:
		return
	}
	if state.Password.IsNull() {
		external.Meaning = ""
	}
	if stored.ExternalAt.IsZero() {
		external.Warn(diags, ref, "the mail server no longer accepts the stored password (535). It was probably reset "+
			"elsewhere.")
		return
	}
	external.Warn(diags, ref, "the API says that its password was reset elsewhere at %s.", timestamp(stored.ExternalAt))
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
	message, why := diagnostics.Forgets, fmt.Sprintf("a change of %s replaces this resource.", attribute)
	if mayBeSame {
		why = fmt.Sprintf("%s is unknown in the plan, which replaces this resource.", attribute)
		message = message.Advises("To avoid that, first apply what %s comes from, by itself (-target), or write its "+
			"value down.", attribute)
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
