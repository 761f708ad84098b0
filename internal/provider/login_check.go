package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

// errNoLogin is for a check that does not know the user name.
var errNoLogin = errors.New("the API did not say the credential's user name, which is what it logs in with")

// await logs in until the mail server takes the password. The time for it is
// the check's own.
func (c *loginCheck) await(ctx context.Context, password string) (mechanism string, err error) {
	if c.username == "" {
		return "", errNoLogin
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.server.Await(ctx, c.username, password)
}

// verify waits until the mail server takes the stored password, and notes it.
// Where it does not, an error says so and the notes keep the check pending.
func (d *providerData) verify(
	ctx context.Context, check *loginCheck, of target, password types.String, n *privateState, what checked,
) (verifiedAt types.String, diags diag.Diagnostics) {
	ctx = withPassword(d.logContext(ctx), password.ValueString())
	check.server.Logger, check.server.Mechanism = newLogger(logMail, of), n.LoginMechanism
	mechanism, err := check.await(ctx, password.ValueString())
	if err != nil {
		addLoginError(&diags, err, of, check, what)
		return types.StringNull(), diags
	}
	n.LoginPending, n.LoginRefused, n.OutcomeUnknown = false, false, false
	n.LoginTaken, n.LoginMechanism = check.endpoint(), mechanism
	return timeOrNull(d.now()), diags
}

// probe logs in, in a refresh, and notes what that proves: that the password is
// taken, or, by a 535 that was repeated, that it is not any more. What an
// earlier refresh has seen counts no longer, or a mail server that cannot be
// asked would bring a rotation all the same.
func (d *providerData) probe(
	ctx context.Context, check *loginCheck, of target, password types.String, n *privateState, diags *diag.Diagnostics,
) (taken bool) {
	if check == nil || !check.onRefresh || check.username == "" || n.LoginPending || password.IsNull() {
		return false
	}
	ctx, cancel := context.WithTimeout(withPassword(ctx, password.ValueString()), refreshLoginPatience)
	defer cancel()
	check.server.Logger, check.server.Mechanism = newLogger(logMail, of), n.LoginMechanism
	mechanism, err := check.server.Probe(ctx, check.username, password.ValueString())
	failure, ok := errors.AsType[*mailcheck.Error](err)
	switch {
	case err == nil:
		n.LoginTaken, n.LoginMechanism = check.endpoint(), mechanism
		return true
	case !ok || failure.Kind != mailcheck.KindRefused:
	case n.LoginTaken == check.endpoint():
		n.LoginRefused = true
	default:
		addNeverTaken(diags, of, check)
	}
	return false
}
