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
	{"Errors of requests", []*Message{
		&Rotate, &Read, &Adopt, &Import, &Revoke, &Ended, &ReadData, &List, &PrivateState,
	}},
	{"Errors of the login check", []*Message{&NotReady, &NotTaken, &NotTried, &Interrupted}},
	{"Warnings of a plan", []*Message{
		&Look, &Twice, &Deleted, &Due, &DueSoon, &External, &MaybeChanged, &Unreadable, &MaybeDead, &UnknownChanged,
		&Late, &Refused, &NoStandby, &CutsOff, &Forgets, &Gone, &NotRefreshed, &Imported,
	}},
	{"Warnings of an apply", []*Message{
		&NotSynced, &Unconfirmed, &MaybeEnded, &NotAdopted, &NotRevoked, &LoginUnknown, &StrengthLost,
	}},
	{"Domains, credentials and webhooks", []*Message{
		&Failed, &Unverified, &Vanished, &Unrefreshed,
	}},
}

const (
	// NothingAsked is what a refusal before the first request means.
	NothingAsked = "Nothing was asked of the API, and no password was changed."
	// Renew is how to get another password, at once and whatever is configured: the
	// first trigger that a resource is given rotates nothing, and an existing_password that was
	// never reset would be adopted once more.
	Renew = "have another password made: change a value in rotation_triggers or, without triggers, apply with " +
		"-replace and without existing_password"
	// PutRight is the advice if the cause is all there is to say.
	PutRight = "Put right what the error names, and try again."
	// LostAttempt is what has happened if a rotation was overtaken and could not be repeated.
	LostAttempt = "A lost attempt at this rotation took effect late, and the reset that followed failed."
	// UserName is where the user name of a login check comes from.
	UserName = "username in login_check, or else login"
	// RotatesAgain is for a plan that makes up for a password that may be dead. It is true
	// after the apply, too.
	RotatesAgain = "The apply rotates it. Until then, do not rely on the stored password."

	// TryLogin is for a stored password that may be dead, and login for the warnings that
	// a login ends.
	TryLogin = "Try a login with the stored password. If it is refused, " + Renew + "."
	// NotUpdated is what a login check that failed means.
	NotUpdated = "The password is stored. Resources that depend on it were not updated."

	login       = TryLogin + " A successful on_refresh in login_check ends this warning."
	nothingNew  = "No password was changed. Nothing new was stored. The next apply tries again."
	oldEnded    = "Most likely, the stored password ended then."
	unchanged   = "The state is unchanged."
	nothingDone = "Nothing was changed."
)

// Of settings, of arguments, and of what is imported. Each %s names one of them.
var (
	Missing       = Message{"Missing %s", NothingAsked, "Set the argument or variable that the error names."}
	Configuration = Message{
		"Unusable provider configuration", NothingAsked,
		"Check base_url, username and token, or domain_api_key and domain_api_secret, and HTTPS_PROXY.",
	}
	Invalid     = Message{"Invalid %s", NothingAsked, "The error shows a good value."}
	ImportID    = Message{"Invalid import id", NothingAsked, "Name the domain and the GUID, as id or identity."}
	OldPassword = Message{
		"existing_password would bring an old password back", nothingDone,
		"Take existing_password out of the configuration: the replacement makes a new password. To adopt a live " +
			"password, first run \"terraform state rm\".",
	}
)

// Protected is of a domain with deletion_protection.
var Protected = Message{
	"Domain is protected from deletion",
	"The domain is unchanged. Its credentials and webhooks would be deleted with it.",
	"To delete or replace it, set deletion_protection = false and apply first. To keep a tainted domain, use " +
		"\"terraform untaint\".",
}

// Of requests that failed. What to do depends on the cause; see [Message.Fail].
var (
	Rotate = Message{
		"Could not rotate the SMTP password", "The error says whether the stored password still works.", PutRight,
	}
	Read   = Message{"Could not read the SMTP credential", "The stored password is unchanged.", PutRight}
	Adopt  = Message{"Could not adopt the SMTP password", nothingNew, PutRight}
	Import = Message{
		"Could not import the SMTP credential", "No password was changed. Nothing was imported.", PutRight,
	}
	Revoke = Message{
		"Could not revoke the SMTP password",
		"The resource stays in the state. Destroy it again, or first apply revoke_on_destroy = false to forget it " +
			"without the API.", PutRight,
	}
	// ReadData and List are for data sources, and name what is read.
	ReadData = Message{"Could not find the %s", nothingDone, PutRight}
	List     = Message{"Could not list the %s", nothingDone, PutRight}

	Ended = Message{
		"New SMTP password has most likely ended already",
		LostAttempt + " Do not rely on the stored password. Wait some minutes, then apply, which makes another.",
		PutRight,
	}
)

// Of things without a password. Failed names what was tried and the thing, the others
// the thing.
var (
	Failed   = Message{"Could not %s the %s", unchanged, PutRight}
	Vanished = Message{
		"The %s is gone", "It left the state. The apply creates it anew.",
		"If it is not wanted, remove the resource.",
	}
	Unverified = Message{
		"The domain is not verified yet", "The next apply waits again.",
		"Compare dns_records of smtp_domain with your DNS. The dashboard shows the values for MX. DNS may take " +
			"hours: raise timeouts, or apply later.",
	}
	Unrefreshed = Message{
		"The %s was not refreshed", unchanged, "The next plan looks again, once the setting is known.",
	}
)

// Of login_check: of the mail server before a reset, and of the login after it.
var (
	NotReady = Message{"Mail server cannot be used for login_check", nothingNew, "Check login_check."}
	NotTaken = Message{
		"Mail server does not take the SMTP password yet", NotUpdated,
		"The mail servers may need longer: raise timeout in login_check, or apply later. If it stays so, check " +
			UserName + ".",
	}
	NotTried    = Message{"SMTP password could not be tried at the mail server", NotUpdated, "Check login_check."}
	Interrupted = Message{"Interrupted before the mail server took the SMTP password", NotUpdated, "Apply again."}
)

// Warnings, of what a plan is about to do or leaves to its reader. The CLI may show each
// after the apply, too: with -auto-approve all of them, and otherwise those of a plan that
// the apply repeats. So each is true before and after.
var (
	Look = Message{
		"New resource takes over an SMTP credential",
		"Users of that password stop until they have the new one.",
		"If this is the wrong credential, correct domain or credential_guid. These keep a password: " +
			"existing_password, an import, a moved block after a rename, \"terraform untaint\" after a taint.",
	}
	Twice = Message{
		"Two resources rotate one SMTP credential",
		"A reset by one resource ends the password of the other.",
		"Keep one of the two. If its stored password is refused, " + Renew + ".",
	}
	Deleted = Message{
		"SMTP credential is marked as deleted",
		"Most likely its password does not work, and its reset fails.",
		"Restore it at Kirim.Email, correct credential_guid, or remove the resource.",
	}
	Due = Message{
		"SMTP password is due for rotation", "The apply rotates it. Being due does not end it.",
		"To rotate at another time, change rotation_period or rotation_schedule.",
	}
	DueSoon = Message{
		"SMTP password is about to be due for rotation",
		"An apply at that time or later rotates it.", "An earlier apply keeps it.",
	}
	External = Message{
		"SMTP password was reset elsewhere", oldEnded,
		"To rotate it, set rotate_on_external_change, or " + Renew + ". " + StopsUsers + " To keep that password, " +
			"use \"terraform state rm\" and existing_password.",
	}
	Late = Message{"Stored SMTP password was ended by a late reset", oldEnded, RotatesAgain}

	MaybeChanged = Message{
		"SMTP password may have changed since its rotation",
		"By itself, this rotates nothing. The API's times may disagree, or the password was reset by a killed apply, " +
			"another resource, or elsewhere.", login,
	}
	MaybeDead = Message{
		"Stored SMTP password may have stopped working", "A reset may have ended it unseen.", login,
	}
	UnknownChanged = Message{
		"SMTP password may have changed",
		"The state holds no password. An existing_password from before that apply may have ended.",
		"Try a login with it. If it is refused, " + Renew + ".",
	}
	Unreadable = Message{
		"Time of the last SMTP password change cannot be read",
		"The provider cannot see whether the stored password was reset elsewhere.",
		"Set on_refresh in login_check: each refresh then tries the password.",
	}
	NoStandby = Message{
		"Standby of the pair cannot be used",
		"The creation does not need it. The first rotation resets it, and fails with this error.", PutRight,
	}
	CutsOff = Message{
		"Rotation ends the standby's SMTP password",
		"Users of this credential stop. The pair's other login goes on working.",
		"Before the apply, move all users to the other login.",
	}
	Forgets = Message{
		"Stored SMTP password is forgotten",
		"The password leaves the state, and the API cannot tell it again. Without create_before_destroy, it leaves " +
			"first: if the creation fails, the state holds neither.",
		"If that is a mistake, correct the argument before the apply.",
	}
	Gone = Message{
		"SMTP credential is gone",
		"Its password left the state. The apply fails while credential_guid names this credential.",
		"Remove the resource or correct credential_guid, unless the same plan creates its smtp_credential anew.",
	}
	NotRefreshed = Message{
		"SMTP credential not refreshed",
		"The stored password is unchanged.",
		"The next plan looks for the credential, once the setting is known.",
	}
	Refused = Message{
		"Mail server refuses the stored SMTP password",
		"Most likely login_check is wrong, so that nothing is rotated.",
		"Check host, port, user name, and an adopted password. If the password was reset elsewhere, " + Renew + ".",
	}
	Imported = Message{
		"SMTP password is not known", "The import changed no password.",
		"To store the password in use, set existing_password and apply. Otherwise the next rotation makes a new one.",
	}
)

// StopsUsers is about a password that was made elsewhere. A rotation of a pair resets the other
// credential.
const StopsUsers = "A reset of this credential stops users of the password made elsewhere."

// Warnings, of what an apply has done.
var (
	NotSynced = Message{
		"New SMTP password not on the mail servers yet",
		"The new password is stored. For a while, the mail servers may take only the previous one.",
		"Use login_check, or try a login before you restart its users. If it is still refused after some minutes, " +
			"rotate again or ask Kirim.Email's support.",
	}
	Unconfirmed = Message{
		"New SMTP password could not be confirmed",
		"The new password is stored, and most likely live. The next refreshes look again.", TryLogin,
	}
	MaybeEnded = Message{
		"New SMTP password may have ended already",
		"The last answered password is stored. It may be reset elsewhere at the same time, or the API's " +
			"times disagree.", TryLogin,
	}
	NotAdopted = Message{
		"existing_password was not adopted", "A new password was made and stored in its place.",
		"Take existing_password out of the configuration.",
	}
	NotRevoked = Message{
		"SMTP password not revoked",
		"The live password goes on working: revoke_on_destroy ends only its own resource's password.",
		"If the credential is not needed, delete it at Kirim.Email.",
	}
	LoginUnknown = Message{
		"SMTP user name not known yet", "The new password is stored; username and login are null.",
		"The next refresh brings them.",
	}
	StrengthLost = Message{
		"Password strength not stored", "The new password is stored; only strength is null.",
		"Check what reads strength.",
	}
)

// PrivateState is a defect, which nobody should ever meet.
var PrivateState = Message{
	"Could not keep what is to be remembered of the SMTP password",
	"The password is not touched.", "Please report this defect, without any password.",
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
