// Package diagnostics has the words that a user reads: what happened to which
// thing, what it means, and what to do.
package diagnostics

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// The environment variables of the provider's settings. Those of the account are the
// vendor's own packages', too.
const (
	EnvBaseURL         = "KIRIMEMAIL_BASE_URL"
	EnvUsername        = "KIRIMEMAIL_USERNAME"
	EnvToken           = "KIRIMEMAIL_TOKEN"             //nolint:gosec // G101: the name of a variable, not a secret.
	EnvDomainAPIKey    = "KIRIMEMAIL_DOMAIN_API_KEY"    //nolint:gosec // G101: the name of a variable, not a secret.
	EnvDomainAPISecret = "KIRIMEMAIL_DOMAIN_API_SECRET" //nolint:gosec // G101: the name of a variable, not a secret.
)

// ErrUnconfigured stands for a request without a client to make it. Terraform
// knows every setting by the time it applies, so that this is not met there.
var ErrUnconfigured = errors.New("the provider's settings are not known")

// Fail adds an error for an operation that failed, at the argument at fault if it is
// one.
func (m Message) Fail(diags *diag.Diagnostics, err error, ref kirim.Ref) {
	argument, advice := advise(err, ref)
	m.Advice = advice
	diags.Append(at(rename(argument, ref), diag.NewErrorDiagnostic(m.Summary, m.Detail(ref, Explain(err)))))
}

// WarnOf adds a warning of an operation that will fail, as Fail adds an error.
func (m Message) WarnOf(diags *diag.Diagnostics, err error, ref kirim.Ref) {
	argument, advice := advise(err, ref)
	m.Advice = advice
	diags.Append(at(rename(argument, ref), diag.NewWarningDiagnostic(m.Summary, m.Detail(ref, Explain(err)))))
}

// at points a message at an argument, if there is one.
func at(argument string, d diag.Diagnostic) diag.Diagnostic {
	if argument == "" {
		return d
	}
	return diag.WithPath(path.Root(argument), d)
}

// Explain completes a sentence that ends in a colon. It quotes the API where it spoke, and
// describes the rest.
func Explain(err error) string {
	e, ok := errors.AsType[*kirim.Error](err)
	if !ok {
		return err.Error() + "."
	}
	var parts []string
	switch {
	case e.Message != "":
		parts = append(parts, fmt.Sprintf("the API answered %d, %q", e.Status, e.Message))
	case e.Status != 0:
		parts = append(parts, fmt.Sprintf("HTTP status %d", e.Status))
	}
	reason := e.Reason
	if e.Err != nil {
		reason = strings.TrimPrefix(fmt.Sprintf("%s: %v", reason, e.Err), ": ")
	}
	if reason != "" {
		parts = append(parts, reason)
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("requests made: %d", e.Attempts))
	}
	text := strings.Join(parts, "; ")
	if strings.HasSuffix(text, `."`) { // a quotation's full stop
		return text
	}
	return text + "."
}

const (
	later = "Try again later, or give the resource more time in timeouts."
	// account and domainKey are the two ways to log in.
	account   = "username (" + EnvUsername + ") or token (" + EnvToken + ")"
	domainKey = "domain_api_key (" + EnvDomainAPIKey + ") and domain_api_secret (" + EnvDomainAPISecret + ")"
	// oneDomains is for an answer about a domain's key.
	oneDomains = "Check " + domainKey + ". A key is one domain's: each further domain needs a provider block of its " +
		"own, with an alias."
	// NeedsAccount is for what a domain's key does not reach.
	NeedsAccount = "Set username (" + EnvUsername + ") and token (" + EnvToken + ") of the account, in this provider " +
		"block in place of the domain's key, or in another one with an alias."
	forGood = "If the domain is gone for good, \"terraform state rm\" takes a resource out of the state."

	endpointInBaseURL = "Check base_url (" + EnvBaseURL + "): it ends in /api or in more of an endpoint's path, " +
		"which the provider adds by itself. The API's own is \"" + kirim.DefaultBaseURL + "\"."
)

// odd is for an answer that is not the API's, to whoever logs in with these settings.
func odd(login string) string {
	return "Check base_url (" + EnvBaseURL + "), and what may answer in place of the API: a proxy, an outage page, " +
		"or a gateway that does not take " + login + "."
}

// advices are what to look at, for those kinds that need no more than that.
var advices = map[kirim.Kind]string{
	kirim.KindUnauthorized: "Check the account's user name (username, " + EnvUsername + ") and its API token (token, " +
		EnvToken + ").",
	kirim.KindRateLimited: later,
	kirim.KindTimeout:     later,
	kirim.KindServer:      "The trouble is at the server's end. Try again later.",
	kirim.KindUnreachable: "Check the network, a proxy, and base_url (" + EnvBaseURL + ").",
	kirim.KindProxy: "Check the proxy that the environment variable HTTPS_PROXY names, and base_url (" + EnvBaseURL +
		"). If the API is to be reached without a proxy, set NO_PROXY.",
	kirim.KindProxyUnauthorized: "Check the user name and the password in the environment variable HTTPS_PROXY.",
	kirim.KindCertificate: "Check base_url (" + EnvBaseURL + "), a proxy that opens TLS connections, and the " +
		"certificates that this machine trusts.",
	kirim.KindUnexpected:  odd(account),
	kirim.KindAccountOnly: NeedsAccount,
	kirim.KindIncomplete:  "The answer is incomplete. Try again. If it stays so, report it to Kirim.Email.",
}

// advise names what to look at, and the argument at fault if it is one.
func advise(err error, ref kirim.Ref) (argument, advice string) {
	argument, advice = adviseByKind(err, ref)
	switch e := kirim.Details(err); {
	case e.EndpointInBaseURL && e.Kind == kirim.KindNotFound: // by the API's own word: a gateway may lead there
		return argument, advice + " " + endpointInBaseURL
	case e.EndpointInBaseURL:
		return "", endpointInBaseURL
	}
	return argument, advice
}

// adviseByKind is advise without a look at the base URL.
func adviseByKind(err error, ref kirim.Ref) (argument, advice string) {
	arguments := "domain" // of a list
	switch {
	case ref.GUID != "":
		arguments += " and " + ref.Noun + "_guid"
	case ref.Noun != kirim.NounDomain: // it is still to be made
		arguments = "the arguments"
	}
	e := kirim.Details(err)
	switch {
	case errors.Is(err, ErrUnconfigured):
		return "", "First apply, by itself (-target), what the provider's settings come from."
	case e.DomainKey && e.Kind == kirim.KindUnauthorized:
		return "", oneDomains
	case e.DomainKey && e.Kind == kirim.KindForbidden:
		return "domain", "Check " + arguments + ". " + oneDomains
	case e.DomainKey && e.Kind == kirim.KindNotFound && e.Noun == kirim.NounDomain:
		return "domain", "Check domain. " + oneDomains + " " + forGood
	case e.DomainKey && e.Kind == kirim.KindUnexpected && e.Message == "":
		return "", odd(domainKey)
	case ref.Noun == "": // the account, which no argument names
		return "", cmp.Or(advices[e.Kind], "Look at what the error says.")
	case e.Kind == kirim.KindForbidden:
		return "domain", "The account is right, but may not do this there: check " + arguments + "."
	case e.Kind == kirim.KindNotFound && e.Noun == kirim.NounDomain:
		return "domain", "The account has no such domain: check domain, and whether username (" + EnvUsername + ") " +
			"is the account that owns it. " + forGood
	case e.Kind == kirim.KindNotFound && ref.GUID != "":
		return ref.Noun + "_guid", fmt.Sprintf("There is no such %s in this domain: check %s. The data source "+
			"smtp_%ss lists what there is.", ref.Noun, arguments, ref.Noun)
	case e.Kind == kirim.KindNotFound:
		return "domain", "Check domain."
	case e.Kind == kirim.KindUnexpected && e.Message != "":
		return "", "The API contradicts itself. Try again. If it stays so, ask Kirim.Email's support."
	case e.Kind == kirim.KindRejected || e.Kind == kirim.KindArgument:
		return "", "Look at what the error says, and check " + arguments + "."
	}
	return "", cmp.Or(advices[e.Kind], "Try again.")
}

// Paragraphs joins texts, without the empty ones.
func Paragraphs(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n\n")
}
