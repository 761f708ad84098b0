package password

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

var (
	rotationPeriod = attribute.Check{
		What: "a duration of at least one second",
		Good: "A good value looks like \"720h\" (30 days) or \"90m\".",
		Find: attribute.Parses(rotation.ParsePeriod),
	}
	rotationSchedule = attribute.Check{
		What: "a five-field cron schedule",
		Good: "A good value looks like \"0 3 1 * *\" (minute, hour, day of month, month, day of week) or \"@monthly\".",
		Find: func(s string) error {
			// Whether it ever comes does not depend on the time zone.
			_, err := rotation.ParseSchedule(s, time.UTC)
			return err
		},
	}
	timezoneName = attribute.Check{
		What: "the IANA name of a time zone",
		Good: "A good value looks like \"Asia/Jakarta\" or \"UTC\".",
		Find: attribute.Parses(rotation.ParseTimezone),
	}
	existingPasswordText = attribute.Check{
		What:   "the credential's password as the mail server takes it",
		Good:   "To have a new password made instead, leave the argument out.",
		Find:   kirim.CheckPassword,
		Secret: true,
	}
	mailHost = attribute.Check{
		What: "a host name or an IP address",
		Good: "A good value looks like \"smtp.example.com\".",
		Find: mailcheck.CheckHost,
	}
	loginName = attribute.Check{
		What: "what the mail server takes as user name",
		Good: "A good value looks like \"mailer@example.com\"; without the argument, login is used.",
		Find: mailcheck.CheckUsername,
	}
	caCertificate = attribute.Check{
		What: "certificates in PEM",
		Good: "A good value is the content of a file that has -----BEGIN CERTIFICATE----- in it, for instance " +
			"file(\"ca.pem\").",
		Find:   mailcheck.CheckCACertificate,
		Secret: true, // it may be a private key
	}
)

// portNumber takes the number of a port.
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
	summary, detail := attribute.Invalid(req.Path, aPort, "it is "+value.Text('g', 12),
		"The usual one is 587, or 465 where login_check.security is \"tls\"; without the argument it is that.")
	resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
}

// encryptedConnection refuses to send a password unencrypted, except on the machine
// itself.
type encryptedConnection struct{}

var _ validator.Object = encryptedConnection{}

func (encryptedConnection) Description(context.Context) string {
	return `security may be "none" for loopback hosts alone`
}

func (v encryptedConnection) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (encryptedConnection) ValidateObject(
	ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse,
) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var check loginCheckModel
	resp.Diagnostics.Append(req.ConfigValue.As(ctx, &check, basetypes.ObjectAsOptions{})...)
	if resp.Diagnostics.HasError() || check.Host.IsUnknown() || check.security() != mailcheck.SecurityNone {
		return
	}
	if host := check.Host.ValueString(); !mailcheck.IsLoopback(host) {
		at := req.Path.AtName("security")
		resp.Diagnostics.AddAttributeError(at, diagnostics.Invalid.Of(at).Summary, diagnostics.Paragraphs(
			fmt.Sprintf("The value of %s may be \"none\" for loopback hosts alone, such as \"localhost\", and "+
				"login_check.host is %.80q: the password would pass unprotected.", at, host),
			diagnostics.NothingAsked, "Use \"starttls\" or \"tls\"."))
	}
}
