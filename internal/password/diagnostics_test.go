package password

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// TestEveryKindOfErrorSaysWhatToDo goes through all kinds, with and without a
// password in the state.
func TestEveryKindOfErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, kind := range []kirim.Kind{
		kirim.KindUnexpected, kirim.KindUnreachable, kirim.KindCertificate, kirim.KindConnection, kirim.KindTimeout,
		kirim.KindCanceled, kirim.KindRateLimited, kirim.KindServer, kirim.KindUnauthorized, kirim.KindForbidden,
		kirim.KindNotFound, kirim.KindRejected, kirim.KindArgument, kirim.KindIncomplete, kirim.KindProxy,
		kirim.KindProxyUnauthorized,
	} {
		for _, acted := range []bool{false, true} {
			for _, test := range []struct {
				created bool
				stored  privateState
			}{{true, privateState{}}, {false, privateState{}}, {false, privateState{Unfinished: true}}} {
				var diags diag.Diagnostics
				(&Session{}).addResetError(response{diags: &diags, created: test.created}, &kirim.Error{Kind: kind, Op: "reset the password", Reason: "it went wrong", MayHaveActed: acted}, testRef, test.stored)
				parts := strings.Split(diags[0].Detail(), "\n\n")
				if len(diags) != 1 || len(parts) != 3 {
					t.Fatalf("kind %s: %d diagnostics, %d paragraphs, want what happened, what it means, what to do: "+
						"%q", kind, len(diags), len(parts), parts)
				}
				if !strings.HasPrefix(parts[0], "Credential 6f9619ff-8b86-4011-b42d-00c04fc964ff of domain "+
					"example.com: ") {
					t.Errorf("kind %s does not say of what: %q", kind, parts[0])
				}
				if acted != strings.Contains(parts[1], "may have taken effect") {
					t.Errorf("kind %s, acted %v: %q", kind, acted, parts[1])
				}
				if wants := acted && !test.created; wants != strings.Contains(parts[1], "unfinished_rotation") {
					t.Errorf("kind %s, acted %v, %+v: %q", kind, acted, test, parts[1])
				}
			}
		}
	}
}

func TestErrorTellsWhatHappened(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]*kirim.Error{
		`the API answered 401, "Unauthorized".`:                   {Status: 401, Message: "Unauthorized"},
		`the API answered 422, "Validation failed. a: x y."`:      {Status: 422, Message: "Validation failed. a: x y."},
		`HTTP status 302; the answer is a redirect.`:              {Status: 302, Reason: "the answer is a redirect"},
		`the answer broke off: unexpected EOF; requests made: 3.`: {Reason: "the answer broke off", Err: errors.New("unexpected EOF"), Attempts: 3},
		`HTTP status 429; the API asks to wait 1h0m0s; requests made: 2.`: {Status: 429, Reason: "the API asks to " +
			"wait 1h0m0s", Attempts: 2},
	} {
		if got := diagnostics.Explain(err); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestErrorsThatAreNotTheClientsAreToldToo(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	(&Session{}).addResetError(response{diags: &diags}, diagnostics.ErrUnconfigured, testRef, privateState{})
	if !strings.Contains(diags[0].Detail(), ": the provider's settings are not known.") {
		t.Error(diags[0].Detail())
	}
}
