package provider

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

func mailHost() validator.String {
	return stringCheck{
		what:  "a host name or an IP address",
		good:  "A good value looks like \"smtp.example.com\".",
		check: mailcheck.CheckHost,
	}
}

func lineSecurity() validator.String {
	kinds := []mailcheck.Security{mailcheck.SecuritySTARTTLS, mailcheck.SecurityTLS, mailcheck.SecurityNone}
	return stringCheck{
		what: `"starttls", "tls" or "none"`,
		good: "\"starttls\" is right for port 587, \"tls\" for port 465; without the argument it is \"starttls\".",
		check: func(s string) error {
			if !slices.Contains(kinds, mailcheck.Security(s)) {
				return fmt.Errorf("it is %.40q", s)
			}
			return nil
		},
	}
}

// portNumber sees to it that a number is a port's.
type portNumber struct{}

var _ validator.Number = portNumber{}

func (portNumber) Description(context.Context) string { return "must be " + aPort }

func (v portNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

const aPort = "a whole number from 1 to 65535"

func (portNumber) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueBigFloat()
	if port, accuracy := value.Int64(); accuracy == big.Exact && 1 <= port && port <= 65535 {
		return
	}
	summary, detail := invalid(req.Path, aPort, "it is "+value.Text('g', 12),
		"The usual one is 587, or 465 where login_check.security is \"tls\"; without the argument it is that.")
	resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
}

func loginName() validator.String {
	return stringCheck{
		what:  "what the mail server takes as user name",
		good:  "A good value looks like \"mailer@example.com\"; without the argument, login is used.",
		check: mailcheck.CheckUsername,
	}
}

func caCertificate() validator.String {
	return stringCheck{
		what:  "certificates in PEM",
		good:  "A good value is the content of a file that has -----BEGIN CERTIFICATE----- in it, for instance file(\"ca.pem\").",
		check: mailcheck.CheckCACertificate,
		// It may be a private key.
		secret: true,
	}
}

// protectedLine sees to it that no password is to be sent over an unprotected
// line, except on the machine itself.
type protectedLine struct{}

var _ validator.Object = protectedLine{}

func (protectedLine) Description(context.Context) string {
	return `security may be "none" for loopback hosts alone`
}

func (v protectedLine) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (protectedLine) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var check loginCheckModel
	resp.Diagnostics.Append(req.ConfigValue.As(ctx, &check, basetypes.ObjectAsOptions{})...)
	if resp.Diagnostics.HasError() || check.Host.IsUnknown() || check.security() != mailcheck.SecurityNone {
		return
	}
	if host := check.Host.ValueString(); !mailcheck.IsLoopback(host) {
		resp.Diagnostics.AddAttributeError(req.Path.AtName("security"), fmt.Sprintf(summaryInvalid, "login_check.security"), paragraphs(
			fmt.Sprintf("The value of login_check.security may be \"none\" for loopback hosts alone, such as \"localhost\", and login_check.host "+
				"is %.80q: the password would pass unprotected.", host),
			nothingAsked, "Use \"starttls\" or \"tls\"."))
	}
}
