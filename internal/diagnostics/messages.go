package diagnostics

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// Message is an error or a warning: its first line, what it means for the stored
// password, and what to do. The page Troubleshooting has a row for each. Where one
// occasion differs from the next, a copy gets another meaning or advice.
type Message struct{ Summary, Meaning, Advice string }

// Group is a table of the page Troubleshooting.
type Group struct {
	Title    string
	Messages []*Message
}

// Groups are all messages.
var Groups = []Group{
	{"Errors before anything is asked of the API", []*Message{
		&Missing, &Configuration, &Invalid, &ImportID, &OldPassword, &Protected,
	}},
	{"Errors of requests", []*Message{&Rotate, &Read, &Adopt, &Import, &Revoke, &Ended, &ReadData, &List}},
	{"Errors of the login check", []*Message{&NotReady, &NotTaken, &NotTried, &Interrupted}},
	{"Warnings of a plan", []*Message{
		&Look, &Twice, &Deleted, &Due, &DueSoon, &External, &MaybeChanged, &Unreadable, &MaybeDead, &UnknownChanged,
		&Late, &Refused, &NoStandby, &CutsOff, &Forgets, &Gone, &NotRefreshed, &Imported,
	}},
	{"Warnings of an apply", []*Message{
		&NotSynced, &Unconfirmed, &MaybeEnded, &NotAdopted, &NotRevoked, &LoginUnknown, &StrengthLost,
	}},
	{"Errors and warnings of domains, credentials and webhooks", []*Message{
		&Failed, &Unverified, &Vanished, &Unrefreshed,
	}},
	{"Defects", []*Message{&PrivateState}},
}

const (
	// NothingAsked is what a refusal before the first request means.
	NothingAsked = "Nothing was asked of the API, and no password was changed."
	// Renew is how to get another password, at once and whatever is configured: the
	// first trigger that a resource is given rotates nothing.
	Renew = "have another password made: change a value in rotation_triggers or, without triggers, apply with -replace"
	// tryLogin is for a stored password that may be dead, and login for the warnings that
	// a login ends.
	tryLogin   = "Try a login with the stored password. If it is refused, " + Renew + "."
	login      = tryLogin + " A login_check with on_refresh that sees it taken ends this warning."
	putRight   = "Put right what the error names, and try again."
	notUpdated = "The password is stored. What depends on it has not been updated."
	oldEnded   = "The stored password has most likely stopped working."
)

// Of settings, of arguments, and of what is imported. Each %s names one of them.
var (
	Missing       = Message{"Missing %s", NothingAsked, "Set the argument or the variable that the error names."}
	Configuration = Message{
		"Unusable provider configuration", NothingAsked,
		"Check base_url, username and token, or domain_api_key and domain_api_secret, and HTTPS_PROXY.",
	}
	Invalid     = Message{"Invalid %s", NothingAsked, "The error says what the value must be, and shows a good one."}
	ImportID    = Message{"Invalid import id", NothingAsked, "Name the domain and the GUID, as id or identity."}
	OldPassword = Message{
		"existing_password would bring an old password back", "Nothing was changed.",
		"Take existing_password out of the configuration: the replacement then makes a new password. To adopt a " +
			"password that you know to be live, take the resource out of the state first (terraform state rm).",
	}
)

// Protected is of a domain with deletion_protection.
var Protected = Message{
	"Domain is protected from deletion",
	"The domain was left as it is. Deleting a domain deletes its credentials and webhooks too.",
	"If that is what you want, set deletion_protection = false and apply. A second apply then deletes or replaces " +
		"it. To keep a domain that is tainted, use \"terraform untaint\".",
}

// Of requests that failed. What to do depends on the cause; see [Message.Fail].
var (
	Rotate = Message{
		"Could not rotate the SMTP password", "The error says whether the stored password still works.", putRight,
	}
	Read  = Message{"Could not read the SMTP credential", "The stored password was left as it is.", putRight}
	Adopt = Message{
		"Could not adopt the SMTP password",
		"Nothing new was stored and no password was changed. The next apply tries again.", putRight,
	}
	Import = Message{
		"Could not import the SMTP credential", "Nothing was imported and no password was changed.", putRight,
	}
	Revoke = Message{
		"Could not revoke the SMTP password",
		"The resource stays in the state. Destroying it again tries again. With revoke_on_destroy = false applied " +
			"first, it is forgotten without asking the API.", putRight,
	}
	// ReadData and List are for data sources, and name what is read.
	ReadData = Message{"Could not find the %s", "Nothing was changed.", putRight}
	List     = Message{"Could not list the %s", "Nothing was changed.", putRight}

	Ended = Message{
		"New SMTP password has most likely ended already",
		"An earlier attempt at this rotation, which was lost, took effect after the one that was answered. The reset " +
			"that was to follow failed. The last password that was answered is stored: do not rely on it. Wait some " +
			"minutes, then apply: that makes another password.", putRight,
	}
)

// Of things without a password. Failed names what was tried and the thing, the others
// the thing.
var (
	Failed   = Message{"Could not %s the %s", "The state was left as it is.", putRight}
	Vanished = Message{
		"The %s is gone", "It was taken out of the state. The plan creates it anew.",
		"If it is not wanted any more, remove the resource from the configuration.",
	}
	Unverified = Message{
		"The domain is not verified yet",
		"The state was left as it is. The next apply waits again.",
		"Compare what your DNS servers answer with dns_records of the resource smtp_domain. The API does not tell " +
			"the values for MX: the dashboard shows them. A change in DNS may take hours to show: raise the time in " +
			"timeouts, or apply again later.",
	}
	Unrefreshed = Message{
		"The %s was not refreshed", "The state was left as it is.",
		"Nothing is to be done: the next plan looks again, once the setting is known.",
	}
)

// Of login_check: of the mail server before a reset, and of the login after it.
var (
	NotReady = Message{
		"Mail server cannot be used for login_check",
		"No password was changed. Nothing new was stored: the state stays as it was, and the next apply tries again.",
		"Check login_check.",
	}
	NotTaken = Message{
		"Mail server does not take the SMTP password yet", notUpdated,
		"The mail servers may need longer to learn a new password: raise timeout in login_check, or apply again " +
			"later. If it stays so, check username in login_check.",
	}
	NotTried    = Message{"SMTP password could not be tried at the mail server", notUpdated, "Check login_check."}
	Interrupted = Message{"Interrupted before the mail server took the SMTP password", notUpdated, "Apply again."}
)

// Warnings, of what a plan is about to do or leaves to its reader. An apply shows those of
// a creation again.
var (
	Look = Message{
		"New resource takes over an SMTP credential",
		"Users of that password stop until they have the new one.",
		"If this is the wrong credential, correct domain or credential_guid. A password is kept by " +
			"existing_password, by an import, by a moved block for a resource that was only renamed, and by " +
			"\"terraform untaint\" for one that is tainted.",
	}
	Twice = Message{
		"Two resources rotate one SMTP credential",
		"Each reset by one resource ends the password that the other one stores.",
		"One credential belongs in one resource. Remove one of the two. If the password that the other one stores is " +
			"refused, " + Renew + ".",
	}
	Deleted = Message{
		"SMTP credential is marked as deleted",
		"Most likely its password does not work any more, and a reset of it fails.",
		"Restore the credential at Kirim.Email, set credential_guid to another one, or remove the resource from the " +
			"configuration.",
	}
	Due = Message{
		"SMTP password is due for rotation", "The apply rotates it. Until then the stored password works.",
		"To rotate at another time, change rotation_period or rotation_schedule.",
	}
	DueSoon = Message{
		"SMTP password is about to be due for rotation",
		"If the password is due by the time that this plan is applied, the apply rotates it. Otherwise the stored " +
			"password stays.",
		"Nothing is to be done.",
	}
	External = Message{
		"SMTP password was reset elsewhere", oldEnded,
		"Nothing is rotated for that by itself. Set rotate_on_external_change, or " + Renew + ". Users of the " +
			"password that was made elsewhere then stop until they have the new one.",
	}
	Late = Message{"Stored SMTP password was ended by a late reset", oldEnded, "This plan rotates it: apply it soon."}

	MaybeChanged = Message{
		"SMTP password may have changed since its rotation",
		"Nothing is rotated for that: the API's times may not agree with each other. Or it was reset by an apply " +
			"that was killed, by another resource that names the same credential, or by somebody else.", login,
	}
	MaybeDead = Message{
		"Stored SMTP password may have stopped working", "A reset may have ended it unseen.", login,
	}
	UnknownChanged = Message{
		"SMTP password may have changed",
		"The state does not hold its password, so that nothing stored can be wrong. An existing_password from before " +
			"that apply may have ended.",
		"Try a login with the password that is in use. If it is refused, " + Renew + ".",
	}
	Unreadable = Message{
		"Time of the last SMTP password change cannot be read",
		"The stored password was left as it is. The provider cannot see whether it was reset elsewhere.",
		"Set on_refresh in login_check: each refresh then tries the password. Please report how the API writes that " +
			"time.",
	}
	NoStandby = Message{
		"Standby of the pair cannot be used",
		"The creation does not need it. The first rotation resets it, and fails with this error.", putRight,
	}
	CutsOff = Message{
		"Rotation ends the standby's SMTP password",
		"Users that still log in with this credential stop. The login that is active now goes on working.",
		"Before you apply, move all users to the active login.",
	}
	Forgets = Message{
		"Stored SMTP password is forgotten",
		"The password leaves the state, and the API cannot tell it again. The old password is removed first, unless " +
			"create_before_destroy is set: if creation then fails, the state holds neither.",
		"If that is not what you want, correct the argument.",
	}
	Gone = Message{
		"SMTP credential is gone",
		"Its password was taken out of the state. The plan makes a new one, which fails as long as credential_guid " +
			"names this credential.",
		"If credential_guid is that of a smtp_credential that the plan creates anew, nothing is to be done. " +
			"Otherwise remove the resource from the configuration, or set credential_guid to another credential.",
	}
	NotRefreshed = Message{
		"SMTP credential not refreshed",
		"The stored password was left as it is. The provider did not look whether the credential exists.",
		"Nothing is to be done: the next plan looks again, once the setting is known.",
	}
	Refused = Message{
		"Mail server refuses the stored SMTP password",
		"Most likely host, port or username in login_check is not right, so that nothing is rotated for it.",
		"Check login_check. If the password was reset elsewhere, " + Renew + ".",
	}
	Imported = Message{
		"SMTP password is not known", "The credential and its password go on working.",
		"To store the password in use, set existing_password and apply. Otherwise the next rotation brings a new one.",
	}
)

// Warnings, of what an apply has done.
var (
	NotSynced = Message{
		"New SMTP password not on the mail servers yet",
		"The new password is stored. For a while the mail servers may refuse it and take the previous one.",
		"Let login_check wait for the mail servers, or try a login before you restart what uses it. If it is still " +
			"refused after some minutes, rotate again or ask Kirim.Email's support.",
	}
	Unconfirmed = Message{
		"New SMTP password could not be confirmed",
		"The new password is stored, and most likely live. The next refreshes look again.", tryLogin,
	}
	MaybeEnded = Message{
		"New SMTP password may have ended already",
		"The last password that was answered is stored. Either somebody else resets this credential's password at " +
			"the same time, or the API's times do not agree with each other.", tryLogin,
	}
	NotAdopted = Message{
		"existing_password was not adopted", "A new password was made and stored in its place.",
		"Take existing_password out of the configuration.",
	}
	NotRevoked = Message{
		"SMTP password not revoked",
		"The live password goes on working: revoke_on_destroy ends the password of its own resource alone.",
		"If nobody needs the credential any more, delete it at Kirim.Email.",
	}
	LoginUnknown = Message{
		"SMTP user name not known yet", "The new password is stored; username and login are null.",
		"The refresh of the next plan brings them. Only a login_check without a username of its own needs them before.",
	}
	StrengthLost = Message{
		"Password strength not stored", "The new password is stored; only strength is null.",
		"Nothing is to be done, unless something reads strength.",
	}
)

// PrivateState is a defect, which nobody should ever meet.
var PrivateState = Message{
	"Could not keep what is to be remembered of the SMTP password",
	"The password itself is not touched by this.",
	"This is a defect of the provider. Please report it, without any password in the report.",
}

// Of gives a message whose first line names something.
func (m Message) Of(names ...any) Message {
	m.Summary = fmt.Sprintf(m.Summary, names...)
	return m
}

// Means gives a message with another meaning, made as by fmt.Sprintf.
func (m Message) Means(format string, values ...any) Message {
	m.Meaning = fmt.Sprintf(format, values...)
	return m
}

// Advises gives a message with another advice, made as by fmt.Sprintf.
func (m Message) Advises(format string, values ...any) Message {
	m.Advice = fmt.Sprintf(format, values...)
	return m
}

// Warn adds a warning. What happened to what ref names is made as by fmt.Sprintf.
func (m Message) Warn(diags *diag.Diagnostics, ref kirim.Ref, format string, values ...any) {
	diags.AddWarning(m.Summary, m.Detail(ref, fmt.Sprintf(format, values...)))
}

// Err adds an error, as Warn does.
func (m Message) Err(diags *diag.Diagnostics, ref kirim.Ref, format string, values ...any) {
	diags.AddError(m.Summary, m.Detail(ref, fmt.Sprintf(format, values...)))
}

// Detail is what follows the first line. It begins with what it is about.
func (m Message) Detail(ref kirim.Ref, happened string) string {
	n := ref.Normalized()
	about := "The account"
	switch {
	case n.GUID != "":
		about = fmt.Sprintf("%s%s %s of domain %s", strings.ToUpper(n.Noun[:1]), n.Noun[1:], n.GUID, n.Domain)
	case n.Noun != "":
		about = "Domain " + n.Domain
	}
	return rename(Paragraphs(about+": "+happened, m.Meaning, m.Advice), ref)
}

// rename puts in the argument that has a GUID, if that is not the usual one.
func rename(text string, ref kirim.Ref) string {
	if ref.Argument == "" {
		return text
	}
	return strings.ReplaceAll(text, ref.Noun+"_guid", ref.Argument)
}
