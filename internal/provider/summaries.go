package provider

// The first lines of all errors and warnings. A reader finds each of them again
// as a heading on the page templates/guides/troubleshooting.md.tmpl, which says
// what it means and what to do; a test sees to that, and to it that no other
// first line is given.
const (
	// Of the provider's settings. The first %s names the setting in words.
	summaryMissing       = "Missing %s"
	summaryUnusable      = "Unusable %s (%s)" // the second names where it comes from: an argument or a variable
	summaryConfiguration = "Unusable provider configuration"

	// Of a resource's arguments, and of what is to be imported.
	summaryInvalid  = "Invalid %s" // names the argument
	summaryTwoTimes = "Invalid rotation_period and rotation_schedule"
	summaryImportID = "Invalid import id"

	// Of requests that failed.
	summaryRotate = "Could not rotate the SMTP password"
	summaryRead   = "Could not read the SMTP credential"
	summaryAdopt  = "Could not adopt the SMTP password"
	summaryImport = "Could not import the SMTP credential"
	summaryRevoke = "Could not revoke the SMTP password"
	summaryEnded  = "New SMTP password has most likely ended already"

	// Of a login that login_check waited for.
	summaryNotTaken    = "Mail server does not take the SMTP password yet"
	summaryNotTried    = "SMTP password could not be tried at the mail server"
	summaryInterrupted = "Interrupted before the mail server took the SMTP password"

	// Of adoptions that would store a password which is not live.
	summaryOldPassword    = "existing_password would bring an old password back"
	summaryNothingToAdopt = "existing_password is not there any more"

	// Of defects, which nobody should ever meet.
	summaryNotes  = "Could not keep what is to be remembered of the SMTP password"
	summaryDefect = "Unexpected provider data"

	// Warnings, of what a plan is about to do or leaves to its reader.
	summaryDue            = "SMTP password is due for rotation"
	summaryDueSoon        = "SMTP password is about to be due for rotation"
	summaryElsewhere      = "SMTP password was reset elsewhere"
	summaryLate           = "Stored SMTP password was ended by a late reset"
	summaryMaybeChanged   = "SMTP password may have changed since its rotation"
	summaryMaybeDead      = "Stored SMTP password may have stopped working"
	summaryUnknownChanged = "SMTP password may have changed"
	summaryUnreadable     = "Time of the last SMTP password change cannot be read"
	summaryForgets        = "Stored SMTP password is forgotten"
	summaryGone           = "SMTP credential is gone"
	summaryNotRefreshed   = "SMTP credential not refreshed"
	summaryRefused        = "Mail server refuses the stored SMTP password"
	summaryImported       = "SMTP password is not known"

	// Warnings, of what an apply has done.
	summaryNotSynced    = "New SMTP password not on the mail servers yet"
	summaryUnconfirmed  = "New SMTP password could not be confirmed"
	summaryMaybeEnded   = "New SMTP password may have ended already"
	summaryTwice        = "Two resources rotate one SMTP credential"
	summaryNotAdopted   = "existing_password was not adopted"
	summaryNotRevoked   = "SMTP password not revoked"
	summaryLoginUnknown = "SMTP user name not known yet"
	summaryStrengthLost = "Password strength not stored"
)
