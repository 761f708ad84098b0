package provider

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

const (
	// nothingAsked is what a refusal before the first request means.
	nothingAsked = "Nothing was asked of the API, and no password was changed."
	// renew is how to have another password made, at once and whatever is
	// configured: the first trigger that a resource is given rotates nothing.
	renew = "have another one made: change a value in rotation_triggers, or, where there is none, apply with -replace"
	// waitFirst is for a creation, which leaves nothing that would remember it.
	waitFirst = " Give this reset some minutes first: should it take effect only after the next one, it ends that one's password."
	// reportIt is what to do about a defect.
	reportIt = "This is a defect of the provider; please report it, without any password in the report."
)

// errUnconfigured stands for a call that has no client to make it. Terraform
// knows every setting by the time it applies, so that this is not met there.
var errUnconfigured = errors.New("the provider's settings are not known")

func isGone(err error) bool {
	return kirim.IsNotFound(err, kirim.NounCredential)
}

// isForeign tells whether an answer came that was not the API's.
func isForeign(err error) bool {
	var e *kirim.Error
	return errors.As(err, &e) && e.Kind == kirim.KindUnexpected && e.Status != 0
}

func mayHaveActed(err error) bool {
	var e *kirim.Error
	return errors.As(err, &e) && e.MayHaveActed
}

// attemptsOf is how many requests an error came of.
func attemptsOf(err error) int {
	if e, ok := errors.AsType[*kirim.Error](err); ok {
		return e.Attempts
	}
	return 0
}

func mayStillRun(err error) bool {
	var e *kirim.Error
	return errors.As(err, &e) && e.MayStillRun
}

// storedPassword is what a state holds when a reset fails.
type storedPassword int

const (
	noPassword       storedPassword = iota // none: a creation
	neverKnown                             // none yet, after an import
	livePassword                           // one that works as far as is known
	doubtfulPassword                       // one that an earlier reset may have ended
)

func heldPassword(state *credentialPasswordModel, stored privateState) storedPassword {
	switch {
	case stored.Unfinished:
		return doubtfulPassword
	case state.Password.IsNull():
		return neverKnown
	}
	return livePassword
}

// addResetError says that a reset failed: what happened, what it means for the
// password that is stored, and what to do.
func addResetError(diags *diag.Diagnostics, err error, of target, stored storedPassword) {
	var meaning string
	acted := mayHaveActed(err)
	switch {
	case acted && stored == noPassword:
		meaning = "The reset may have taken effect at the server all the same: the credential's previous password may have " +
			"stopped working. Nothing new was stored. The next apply makes a new password, unless create_before_destroy has " +
			"kept this resource's predecessor in the state: then apply with -replace."
		if mayStillRun(err) {
			meaning += waitFirst
		}
	case acted && stored == neverKnown:
		meaning = "The reset may have taken effect at the server all the same: the credential's password, which the state does not " +
			"hold, may have stopped working. The next apply rotates again, whatever the triggers then say."
	case acted:
		meaning = "The reset may have taken effect at the server all the same: the stored password may have stopped working. " +
			"The next apply rotates again, whatever the triggers then say: where none has changed, its rotation_reason is " +
			"\"unfinished_rotation\"."
	case stored == noPassword || stored == neverKnown:
		meaning = "No password was changed and nothing new was stored."
	case stored == doubtfulPassword:
		meaning = "No password was changed by this, but the stored one may have stopped working since an earlier rotation whose " +
			"outcome is not known. The next apply tries again."
	default:
		meaning = "No password was changed: the stored one stays as it was, and the next apply tries again."
	}
	if !acted && isForeign(err) {
		// Nobody but the API can know.
		meaning = "Most likely no" + strings.TrimPrefix(meaning, "No")
	}
	addError(diags, summaryRotate, err, of, stored != noPassword, meaning)
}

// addReadError says that a refresh failed.
func addReadError(diags *diag.Diagnostics, err error, of target) {
	addError(diags, summaryRead, err, of, true,
		"The stored password was left as it is.")
}

func addError(diags *diag.Diagnostics, summary string, err error, of target, stored bool, meaning string) {
	addErrorAfter(diags, summary, "", err, of, stored, meaning)
}

// addErrorAfter tells first what went before.
func addErrorAfter(diags *diag.Diagnostics, summary, before string, err error, of target, stored bool, meaning string) {
	var e *kirim.Error
	if !errors.As(err, &e) {
		advice := "Try again."
		if errors.Is(err, errUnconfigured) {
			advice = "Apply first what the provider's settings come from, by itself (-target), and then this."
		}
		diags.AddError(summary, paragraphs(happened(of, before+err.Error()+"."), meaning, advice))
		return
	}
	attribute, advice := advise(e, of, stored)
	detail := paragraphs(happened(of, before+whatHappened(e)), meaning, advice)
	if attribute == "" {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(path.Root(attribute), summary, detail)
}

func happened(of target, what string) string {
	return fmt.Sprintf("Credential %s of domain %s: %s", of.normalized().guid, of.normalized().domain, what)
}

// whatHappened quotes the API where it spoke, and describes the rest.
func whatHappened(e *kirim.Error) string {
	var parts []string
	switch {
	case e.Message != "":
		quote := fmt.Sprintf("the API answered %d, %q", e.Status, e.Message)
		if !strings.HasSuffix(e.Message, ".") {
			quote += "."
		}
		parts = append(parts, quote)
	case e.Status != 0:
		parts = append(parts, fmt.Sprintf("HTTP status %d.", e.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, fmt.Sprintf("%s: %s", name, strings.Join(e.Fields[name], " ")))
	}
	reason := e.Reason
	if e.Err != nil {
		reason = strings.TrimPrefix(fmt.Sprintf("%s: %v", reason, e.Err), ": ")
	}
	if reason != "" {
		if len(parts) > 0 {
			reason = sentence(reason)
		} else {
			reason += "."
		}
		parts = append(parts, reason)
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("Requests made: %d.", e.Attempts))
	}
	return strings.Join(parts, " ")
}

// advise names what to look at, and the argument at fault where it is one.
func advise(e *kirim.Error, of target, stored bool) (attribute, advice string) {
	switch e.Kind {
	case kirim.KindUnauthorized:
		return "", fmt.Sprintf("Check the account's user name (username, %s) and API token (token, %s) of the provider.",
			envUsername, envToken)
	case kirim.KindForbidden:
		return "domain", "The account is right, but this credential belongs to another of its domains: check domain, and whether " +
			"credential_guid is the one that was meant."
	case kirim.KindNotFound:
		if e.Noun == kirim.NounDomain {
			advice = fmt.Sprintf("The account has no such domain: check domain, and whether username (%s) is the account that owns it.",
				envUsername)
			if stored {
				advice += " If the domain is gone for good, \"terraform state rm\" takes the resource out of the state."
			}
			return "domain", advice
		}
		return "credential_guid", "There is no such credential in this domain: check domain and credential_guid. The GUIDs of a domain's " +
			"credentials are the user_smtp_guid in the answer to GET /api/domains/DOMAIN/credentials."
	case kirim.KindRejected:
		return "", "The API gives a reason for which it refuses the request. Where that does not say what to do, check domain and credential_guid."
	case kirim.KindRateLimited:
		return "", "The API limits how many requests are made in a minute. Try again later, or give the operation more time in " +
			"timeouts."
	case kirim.KindServer:
		return "", "The trouble is at the server's end. Try again later."
	case kirim.KindUnreachable:
		return "", fmt.Sprintf("Check the network, a proxy, and base_url (%s).", envBaseURL)
	case kirim.KindCertificate:
		return "", fmt.Sprintf("Check base_url (%s), a proxy that opens TLS connections, and the "+
			"certificates that this machine trusts.", envBaseURL)
	case kirim.KindTimeout:
		return "", "Try again later, or give the operation more time in timeouts."
	case kirim.KindConnection:
		return "", "Try again."
	case kirim.KindCanceled:
		return "", "Try again when you are ready."
	case kirim.KindUnexpected:
		if e.Message != "" {
			return "", "The API contradicts itself. Try again, and ask Kirim.Email's support where it stays so."
		}
		advice = fmt.Sprintf("Such an answer comes from a proxy, an outage page or a wrong base_url (%s), not from the API: look at these, then try again.", envBaseURL)
		if e.Status == http.StatusUnauthorized {
			advice += fmt.Sprintf(" Behind a gateway, so may the answer to a wrong user name (%s) or token (%s).", envUsername, envToken)
		}
		return "", advice
	case kirim.KindIncomplete:
		return "", "The answer has the API's form, but not what belongs in it. Try again, and report it to Kirim.Email where it stays so."
	case kirim.KindArgument:
		return "", fmt.Sprintf("Check domain and credential_guid (%s).", of.id())
	default:
		return "", ""
	}
}

// addNotRefreshed says that a refresh was not possible yet.
func addNotRefreshed(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryNotRefreshed, paragraphs(
		happened(of, "a setting of the provider is not known while planning, because it comes from a resource that is still to be applied."),
		"The stored password was left as it is; whether the credential still exists was not looked at.",
		"Nothing is to be done: the next plan looks again, once the setting is known."))
}

// addGone says that a credential has been deleted elsewhere.
func addGone(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryGone, paragraphs(
		happened(of, "the API says that there is no such credential any more."),
		"It was taken out of the state, and the plan creates it anew; that will fail for as long as no credential has this GUID. "+
			"Remove the resource from the configuration, or set credential_guid to another credential."))
}

// addForgets says, in a plan, what a replacement takes out of the state. unknown
// tells that it may turn out to be the same credential, revokes that the password
// is ended with it.
func addForgets(diags *diag.Diagnostics, attribute path.Path, of target, unknown, revokes bool) {
	why := fmt.Sprintf("this resource is to be replaced, because %s changes.", attribute)
	meaning := "The credential and its password go on working, but the password leaves the state, and the API cannot tell it again."
	remedy := "correct " + attribute.String() + "."
	if unknown {
		why = fmt.Sprintf("this resource is to be replaced, because %s is not known yet.", attribute)
		meaning = "The password leaves the state, and the API cannot tell it again. If it turns out to be the same credential, its password is " +
			"reset, and whatever uses it stops until it has the new one."
		remedy = "apply first what " + attribute.String() + " comes from, by itself (-target), or write its value down."
	}
	if revokes {
		meaning = "The password leaves the state, and revoke_on_destroy ends it at the API: whatever uses it stops."
	}
	diags.AddAttributeWarning(attribute, summaryForgets, paragraphs(
		happened(of, why),
		meaning+" Unless create_before_destroy is set in the resource's lifecycle, it leaves first: where the new credential then turns "+
			"out not to exist, nothing is stored at all.",
		"If that is not what you want, "+remedy))
}

// addUnreadable says, in a refresh, that resets made elsewhere cannot be seen.
func addUnreadable(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryUnreadable, paragraphs(
		happened(of, "the API says when its password was last changed (last_password_changed), in a form that this provider does not know."),
		"The stored password was left as it is. Whether it was reset elsewhere cannot be seen.",
		"Set on_refresh in login_check to have each refresh try the password instead, and report how the API writes that time, without any "+
			"password in the report."))
}

// addUnfinished says, in a refresh, that the stored password may be dead.
func addUnfinished(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryMaybeDead, paragraphs(
		happened(of, "an earlier rotation ended without an answer that could be stored, because that was lost or the apply was killed, and "+
			"may have taken effect all the same."),
		"The plan that follows rotates it again. Until that is applied, do not rely on the stored password."))
}

// addNotSynced says that the mail servers do not have a new password yet.
func addNotSynced(diags *diag.Diagnostics, of target, checked bool) {
	advice := "Wait before you restart what uses it, and try a login. If the new password is still refused after some " +
		"minutes, rotate again or ask Kirim.Email's support."
	if checked {
		advice = "login_check waits until the mail server takes it, before anything that depends on it is updated."
	}
	diags.AddWarning(summaryNotSynced, paragraphs(
		happened(of, "the API made a new password and says that it has not reached the mail servers (remote_sync is false)."),
		"The new password is stored. For a while the mail servers may refuse it and take the previous one.",
		advice))
}

// addLoginUnknown says that the API did not tell a credential's user name.
func addLoginUnknown(diags *diag.Diagnostics, of target) {
	diags.AddWarning(summaryLoginUnknown, paragraphs(
		happened(of, "the API's answer to the reset did not say the user name, and asking for it failed."),
		"The new password is stored; username and login are null.",
		"The refresh of the next plan brings them. Only a login_check without a username of its own needs them before."))
}

// addStrengthLost says that a strength report could not be stored.
func addStrengthLost(diags *diag.Diagnostics, err error, of target) {
	diags.AddWarning(summaryStrengthLost, paragraphs(
		happened(of, fmt.Sprintf("the API's strength_info cannot be stored, because %s.", err)),
		"The new password is stored; only strength is null.",
		"Nothing is to be done, unless something reads strength: then it has to do without."))
}

func paragraphs(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n\n")
}

// sentence gives a text a capital letter and a full stop.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
