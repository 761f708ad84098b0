package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

// checked is what a login check was about.
type checked struct {
	// created tells that the resource was being created, so that Terraform marks
	// it as tainted; adopted that the password came from the configuration.
	created, adopted bool
}

// addLoginError says that the mail server was not seen to take a stored
// password: what happened, and what the next apply will do. It points at no
// argument: the CLI would print all of login_check, certificates included.
func addLoginError(diags *diag.Diagnostics, err error, of target, check *loginCheck, what checked) {
	summary, happening, advice := summaryNotTried, err.Error()+".", "Set username in login_check."
	if e, ok := errors.AsType[*mailcheck.Error](err); ok {
		happening = fmt.Sprintf("logging in as %s at %s %s.", check.username, check.address(), loginFailure(e))
		advice = loginAdvice(e, what)
		switch e.Kind {
		case mailcheck.KindRefused:
			summary = summaryNotTaken
		case mailcheck.KindCanceled:
			summary = summaryInterrupted
		default:
		}
	}
	next := "The password is stored. What depends on it has not been updated. The next apply checks again, and resets nothing."
	if what.created {
		again := "makes another password, which nobody has had yet"
		if what.adopted {
			again = "adopts existing_password anew"
		}
		next = fmt.Sprintf("The password is stored. What depends on it has not been updated. Because this happened at creation, Terraform "+
			"marks the resource as tainted, and the next apply %s. To have the stored one checked again without that, run "+
			"\"terraform untaint\" with the resource's address first.", again)
	}
	diags.AddError(summary, paragraphs(happened(of, happening), next, advice))
}

// loginFailure completes the sentence "logging in …".
func loginFailure(e *mailcheck.Error) string {
	var what string
	switch e.Kind {
	case mailcheck.KindRefused:
		what = "is refused"
	case mailcheck.KindTemporary:
		what = "is put off by the server"
	case mailcheck.KindUnreachable:
		what = "fails, because the server could not be asked"
	case mailcheck.KindCertificate:
		what = "was given up before the password was sent, because the server's certificate does not hold"
	case mailcheck.KindUnprotected:
		what = "was given up before the password was sent, because it would pass unprotected"
	case mailcheck.KindUnusable:
		what = "is not possible"
	case mailcheck.KindCanceled:
		what = "was interrupted"
	case mailcheck.KindArgument:
		what = "was not tried"
	default:
		what = "failed"
	}
	var b strings.Builder
	b.WriteString(what)
	if e.Code != 0 {
		fmt.Fprintf(&b, " (the server answered %d", e.Code)
		if e.Message != "" {
			fmt.Fprintf(&b, ", %q", e.Message)
		}
		b.WriteString(")")
	}
	if e.Err != nil && e.Kind != mailcheck.KindCanceled {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, "; tried %d times", e.Attempts)
	}
	return b.String()
}

func loginAdvice(e *mailcheck.Error, what checked) string {
	switch e.Kind {
	case mailcheck.KindRefused:
		advice := "The mail servers may need longer to hear of a new password: raise timeout in login_check, or apply again later. If " +
			"it stays so, check username in login_check."
		if what.adopted {
			advice = "Check existing_password, and username in login_check."
		}
		return advice
	case mailcheck.KindTemporary:
		return "Apply again later."
	case mailcheck.KindUnreachable:
		return "Check host and port in login_check, and whether this machine's network lets it out on that port."
	case mailcheck.KindCertificate:
		return "Check host in login_check, and ca_certificate where the certificate comes from an authority of your own."
	case mailcheck.KindUnprotected, mailcheck.KindUnusable:
		if e.Code >= 500 {
			return "The server has a reason of its own to refuse: ask whoever runs it, and check host and username in login_check."
		}
		return "Check host, port and security in login_check: port 587 goes with \"starttls\", 465 with \"tls\"."
	case mailcheck.KindArgument:
		return "Check login_check. Where it is the password that cannot be used, " + renew + "."
	case mailcheck.KindCanceled:
		return ""
	default:
		return ""
	}
}

// addNeverTaken says, in a refresh, that a refused login proves nothing.
func addNeverTaken(diags *diag.Diagnostics, of target, check *loginCheck) {
	diags.AddWarning(summaryRefused, paragraphs(
		happened(of, fmt.Sprintf("the login as %s at %s is refused (535), and was never seen to succeed there with the stored password.",
			check.username, check.address())),
		"Most likely host, port or username in login_check is not right, so that nothing is rotated for it. Otherwise the password was reset "+
			"elsewhere: then "+renew+"."))
}
