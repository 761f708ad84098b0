// Package diagnostics has the words that a user reads: what happened to which
// thing, what it means, and what to do.
package diagnostics

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// The environment variables of the provider's settings are those of the vendor's
// own packages.
const (
	EnvBaseURL  = "KIRIMEMAIL_BASE_URL"
	EnvUsername = "KIRIMEMAIL_USERNAME"
	EnvToken    = "KIRIMEMAIL_TOKEN" //nolint:gosec // G101: the name of a variable, not a secret.
)

// ErrUnconfigured stands for a request without a client to make it. Terraform
// knows every setting by the time it applies, so that this is not met there.
var ErrUnconfigured = errors.New("the provider's settings are not known")

// Fail adds an error for an operation that failed, at the argument at fault if it is
// one. stored tells that the resource is in the state.
func (m Message) Fail(diags *diag.Diagnostics, err error, ref kirim.Ref, stored bool) {
	m.FailAfter(diags, "", err, ref, stored)
}

// FailAfter is Fail, and tells first what went before.
func (m Message) FailAfter(diags *diag.Diagnostics, before string, err error, ref kirim.Ref, stored bool) {
	e, ok := errors.AsType[*kirim.Error](err)
	if !ok {
		m.Advice = "Try again."
		if errors.Is(err, ErrUnconfigured) {
			m.Advice = "Apply first what the provider's settings come from, by itself (-target), and then this."
		}
		m.Err(diags, ref, "%s%v.", before, err)
		return
	}
	var attribute string
	attribute, m.Advice = advise(e, ref, stored)
	if attribute == "" {
		m.Err(diags, ref, "%s%s", before, describe(e))
		return
	}
	diags.AddAttributeError(path.Root(attribute), m.Summary, m.Detail(ref, before+describe(e)))
}

// About begins a text with what it is about.
func About(ref kirim.Ref, what string) string {
	n := ref.Normalized()
	if n.GUID == "" {
		return fmt.Sprintf("Domain %s: %s", n.Domain, what)
	}
	return fmt.Sprintf("%s %s of domain %s: %s", capitalized(n.Noun), n.GUID, n.Domain, what)
}

// Explain gives an error in sentences.
func Explain(err error) string {
	if e, ok := errors.AsType[*kirim.Error](err); ok {
		return describe(e)
	}
	return Sentence(err.Error())
}

// describe quotes the API where it spoke, and describes the rest.
func describe(e *kirim.Error) string {
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
	reason := e.Reason
	if e.Err != nil {
		reason = strings.TrimPrefix(fmt.Sprintf("%s: %v", reason, e.Err), ": ")
	}
	if reason != "" {
		if len(parts) > 0 {
			reason = capitalized(reason)
		}
		parts = append(parts, reason+".")
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("Requests made: %d.", e.Attempts))
	}
	return strings.Join(parts, " ")
}

// advices are what to look at, for those kinds that need no more than that.
var advices = map[kirim.Kind]string{
	kirim.KindUnauthorized: "Check the account's user name (username, " + EnvUsername + ") and its API token (token, " +
		EnvToken + ").",
	kirim.KindRateLimited: "The API limits how many requests are made in a minute. Try again later, or give the " +
		"resource more time in timeouts.",
	kirim.KindServer:      "The trouble is at the server's end. Try again later.",
	kirim.KindUnreachable: "Check the network, a proxy, and base_url (" + EnvBaseURL + ").",
	kirim.KindCertificate: "Check base_url (" + EnvBaseURL + "), a proxy that opens TLS connections, and the " +
		"certificates that this machine trusts.",
	kirim.KindTimeout:    "Try again later, or give the resource more time in timeouts.",
	kirim.KindConnection: "Try again.",
	kirim.KindCanceled:   "Try again when you are ready.",
	kirim.KindIncomplete: "The answer lacks what belongs in it. Try again. If it stays so, report it to Kirim.Email.",
}

// advise names what to look at, and the argument at fault if it is one.
func advise(e *kirim.Error, ref kirim.Ref, stored bool) (argument, advice string) {
	switch e.Kind {
	case kirim.KindForbidden:
		if ref.GUID == "" {
			return "domain", "The account is right, but may not do this in the domain: check domain."
		}
		return "domain", fmt.Sprintf("The account is right, but this %s belongs to another of its domains: check "+
			"domain, and whether %s_guid is the one that was meant.", ref.Noun, ref.Noun)
	case kirim.KindNotFound:
		return adviseNotFound(e, ref, stored)
	case kirim.KindRejected:
		return "", "The API says why it refuses the request. If that does not help, check " + arguments(ref) + "."
	case kirim.KindUnexpected:
		return "", adviseUnexpected(e)
	case kirim.KindArgument:
		return "", fmt.Sprintf("Check %s (%s).", arguments(ref), ref.ID())
	default:
		return "", advices[e.Kind]
	}
}

// arguments are those that name a thing: a list, and what is still to be made, have no
// GUID.
func arguments(ref kirim.Ref) string {
	if ref.GUID == "" {
		return "domain"
	}
	return "domain and " + ref.Noun + "_guid"
}

func adviseNotFound(e *kirim.Error, ref kirim.Ref, stored bool) (attribute, advice string) {
	if e.Noun != kirim.NounDomain && ref.GUID == "" {
		return "domain", "Check domain."
	}
	if e.Noun != kirim.NounDomain {
		return ref.Noun + "_guid", fmt.Sprintf("There is no such %s in this domain: check domain and %s_guid. The "+
			"data source smtp_%ss lists what there is.", ref.Noun, ref.Noun, ref.Noun)
	}
	advice = fmt.Sprintf("The account has no such domain: check domain, and whether username (%s) is the account that "+
		"owns it.",
		EnvUsername)
	if stored {
		advice += " If the domain is gone for good, \"terraform state rm\" takes the resource out of the state."
	}
	return "domain", advice
}

func adviseUnexpected(e *kirim.Error) string {
	if e.Message != "" {
		return "The API contradicts itself. Try again, and ask Kirim.Email's support where it stays so."
	}
	advice := fmt.Sprintf("Such an answer comes from a proxy, an outage page or a wrong base_url (%s), not from the "+
		"API: look at these, then try again.", EnvBaseURL)
	if e.Status == http.StatusUnauthorized {
		advice += fmt.Sprintf(" Behind a gateway, so may the answer to a wrong user name (%s) or token "+
			"(%s).", EnvUsername, EnvToken)
	}
	return advice
}

// Paragraphs joins texts, without the empty ones.
func Paragraphs(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n\n")
}

// Sentence gives a text a capital letter and a full stop.
func Sentence(s string) string {
	if s == "" {
		return s
	}
	return capitalized(s) + "."
}

func capitalized(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
