package diagnostics

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// TestAnErrorAboutAListNamesNoArgumentThatIsNotThere: a list has a domain alone.
func TestAnErrorAboutAListNamesNoArgumentThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, kind := range []kirim.Kind{
		kirim.KindForbidden, kirim.KindNotFound, kirim.KindRejected, kirim.KindArgument, kirim.KindUnauthorized,
		kirim.KindRateLimited, kirim.KindIncomplete, kirim.KindUnexpected,
	} {
		for _, noun := range []string{kirim.NounCredential, kirim.NounDomain} {
			var diags diag.Diagnostics
			List.Fail(&diags, &kirim.Error{Kind: kind, Noun: noun, Status: 404}, kirim.DomainRef("Example.com"))
			text := diags[0].Detail()
			if !strings.HasPrefix(text, "Domain example.com: ") || strings.Contains(text, "_guid") || strings.Contains(text, "smtp_domains") {
				t.Errorf("%s of a %s: %s", kind, noun, text)
			}
		}
	}
}

// TestABaseURLThatIsAnEndpointsIsNamed, and no argument is pointed at, unless the API itself
// says what there is not.
func TestABaseURLThatIsAnEndpointsIsNamed(t *testing.T) {
	t.Parallel()
	for kind, pointsAt := range map[kirim.Kind]string{
		kirim.KindRejected: "", kirim.KindUnexpected: "", kirim.KindNotFound: "credential_guid",
	} {
		for _, suspect := range []bool{true, false} {
			var diags diag.Diagnostics
			err := &kirim.Error{
				Kind: kind, Noun: kirim.NounCredential, Status: 404, Message: "Not found", EndpointInBaseURL: suspect,
			}
			Read.Fail(&diags, err, kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff"))
			text := diags[0].Detail()
			if got := strings.Contains(text, "Check base_url (KIRIMEMAIL_BASE_URL): it ends in /api"); got != suspect {
				t.Errorf("%s, suspect: %t: %s", kind, suspect, text)
			}
			if suspect && strings.Contains(text, "credential_guid") != (pointsAt != "") {
				t.Errorf("%s: %s", kind, text)
			}
			at, ok := diags[0].(diag.DiagnosticWithPath)
			if ok != (pointsAt != "") || ok && at.Path().String() != pointsAt {
				t.Errorf("%s: points at an argument: %t", kind, ok)
			}
		}
	}
}

// TestAnErrorPointsAtWhatItIsAbout: a thing that is not made yet has no GUID, and the account
// has no argument.
func TestAnErrorPointsAtWhatItIsAbout(t *testing.T) {
	t.Parallel()
	const guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
	for _, c := range []struct {
		kind           kirim.Kind
		ref            kirim.Ref
		pointsAt, says string
	}{
		{kirim.KindForbidden, kirim.Ref{}, "", "Look at what the error says."},
		{kirim.KindNotFound, kirim.Ref{}, "", "Look at what the error says."},
		{kirim.KindForbidden, kirim.WebhookRef("example.com", ""), "domain", "check the arguments."},
		{kirim.KindForbidden, kirim.WebhookRef("example.com", guid), "domain", "check domain and webhook_guid."},
		{kirim.KindNotFound, kirim.WebhookRef("example.com", guid), "webhook_guid", "smtp_webhooks lists"},
		{kirim.KindRejected, kirim.DomainRef("example.com"), "", "check domain."},
	} {
		var diags diag.Diagnostics
		Read.Fail(&diags, &kirim.Error{Kind: c.kind, Noun: c.ref.Noun, Status: 404}, c.ref)
		if c.ref.Noun == "" {
			Read.Fail(&diags, &kirim.Error{Kind: c.kind, Noun: kirim.NounDomain, Status: 404}, c.ref)
		}
		for _, d := range diags {
			at, ok := d.(diag.DiagnosticWithPath)
			if !strings.Contains(d.Detail(), c.says) || ok != (c.pointsAt != "") || ok && at.Path().String() != c.pointsAt {
				t.Errorf("%s of %+v: points at an argument: %t, %s", c.kind, c.ref, ok, d.Detail())
			}
		}
	}
}

func TestAMessageAboutACredentialNamesIt(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	Gone.Warn(&diags, kirim.CredentialRef("Example.COM.", "6F9619FF-8B86-4011-B42D-00C04FC964FF"), "%d %s.", 100, "%")
	const want = "Credential 6f9619ff-8b86-4011-b42d-00c04fc964ff of domain example.com: 100 %."
	if got := diags[0].Detail(); !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}

// TestARefusedKeyIsNamed has what the API answers to a domain's key, and what a gateway does.
func TestARefusedKeyIsNamed(t *testing.T) {
	t.Parallel()
	const (
		key    = "domain_api_key (KIRIMEMAIL_DOMAIN_API_KEY)"
		secret = "domain_api_secret (KIRIMEMAIL_DOMAIN_API_SECRET)"
		ofOne  = "A key is one domain's"
	)
	ref := kirim.CredentialRef("example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff")
	for name, test := range map[string]struct {
		err      kirim.Error
		says     string
		pointsAt string
	}{
		"401":               {kirim.Error{Kind: kirim.KindUnauthorized, Message: "Unauthorized"}, ofOne, ""},
		"403":               {kirim.Error{Kind: kirim.KindForbidden, Message: "Forbidden"}, ofOne, "domain"},
		"404 of the domain": {kirim.Error{Kind: kirim.KindNotFound, Noun: kirim.NounDomain}, "state rm", "domain"},
		"a page":            {kirim.Error{Kind: kirim.KindUnexpected}, "a gateway that does not take", ""},
	} {
		var diags diag.Diagnostics
		test.err.DomainKey = true
		Read.Fail(&diags, &test.err, ref)
		text := diags[0].Detail()
		if !strings.Contains(text, key) || !strings.Contains(text, secret) || !strings.Contains(text, test.says) {
			t.Errorf("%s: %s", name, text)
		}
		if strings.Contains(text, "KIRIMEMAIL_TOKEN") {
			t.Errorf("%s names the account's settings: %s", name, text)
		}
		at, ok := diags[0].(diag.DiagnosticWithPath)
		if ok != (test.pointsAt != "") || ok && at.Path().String() != test.pointsAt {
			t.Errorf("%s: points at an argument: %t", name, ok)
		}
	}
}

func TestWhatAKeyDoesNotReachNamesTheAccount(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	err := &kirim.Error{Kind: kirim.KindAccountOnly, Reason: "it is not reached"}
	List.Fail(&diags, err, kirim.DomainRef("example.com"))
	for _, want := range []string{"it is not reached.", "username (KIRIMEMAIL_USERNAME)", "token (KIRIMEMAIL_TOKEN)"} {
		if text := diags[0].Detail(); !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}
