package password

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/dynamicplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// SchemaAttributes are the attributes of [Model]. What is computed stays what it is
// unless [Lifecycle.ModifyPlan] makes it unknown. id describes the resource's id.
func SchemaAttributes(ctx context.Context, id string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotation_triggers": schema.MapAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "Names and values of your own. A changed map (a value, a new key, a lost key) " +
				"rotates the password in place. Going from none to some, or back, rotates nothing; `{}` " +
				"counts as none.",
		},
		"rotation_period": optional("Rotate at this age, counted from `rotated_at`: a duration such as `720h` "+
			"(30 days). Conflicts with `rotation_schedule`.",
			rotationPeriod, stringvalidator.ConflictsWith(path.MatchRoot("rotation_schedule"))),
		"rotation_schedule": optional("Rotate by a cron schedule: minute, hour, day of month, month, day of week, "+
			"such as `0 3 1 * *`, or a descriptor such as `@monthly`. Several missed moments make one rotation.",
			rotationSchedule),
		"rotation_timezone": optional("Time zone of `rotation_schedule`, an IANA name. Default `UTC`.", timezoneName),
		"rotate_on_external_change": optionalBool("Rotate when the API or `login_check.on_refresh` shows that " +
			"the password was reset elsewhere. Default `false`: the plan warns."),
		"revoke_on_destroy": optionalBool("On destroy, end the password by one more reset, unless it seems not " +
			"to be this resource's. Default `false`: the credential and its password go on working."),
		"existing_password": schema.StringAttribute{
			Optional:   true,
			Sensitive:  true,
			WriteOnly:  true,
			Validators: []validator.String{existingPasswordText},
			MarkdownDescription: "The current password of `login`, stored without a reset: at creation, or by " +
				"the first apply after an import. Remove it from the configuration afterwards.",
		},
		"login_check": loginCheckAttribute(),
		"timeouts":    attribute.Timeouts(ctx, defaultTimeout, defaultReadTimeout),
		"id":          attribute.Computed(id),
		"username":    attribute.Computed("User name of the credential."),
		"login": attribute.Computed("User name at the mail server: `username@domain`, or `username` if it has " +
			"an `@`."),
		"created_at": attribute.Computed("When the credential was created (RFC 3339, UTC); null if not known."),
		"password": schema.StringAttribute{
			Computed:            true,
			Sensitive:           true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "The password. Null after an import, until a rotation or an adoption.",
		},
		"password_version": schema.Int64Attribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			MarkdownDescription: "For `…_wo_version` arguments: the Unix seconds of the rotation, always larger " +
				"than the version before. 0 after an import, while no password is known.",
		},
		"rotation_reason": attribute.Computed("Why this password is the stored one; a plan that rotates shows " +
			"it. The first that holds of `created`, `adopted`, `imported`, `rotation_triggers: owner, " +
			"version` (new, lost or changed keys), `unfinished_rotation`, `late_reset`, `external_change`, " +
			"`rotation_period`, `rotation_schedule`."),
		"strength": schema.DynamicAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Dynamic{dynamicplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "What the API says of the password's strength, of any type, such as " +
				"`strength.score`. Pieces of the password become `(redacted)`. Null after an import or an " +
				"adoption.",
		},
		"remote_sync": schema.BoolAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "Whether the mail servers had `password` when the API answered. Null if the API " +
				"did not say, and after an import or an adoption.",
		},
		"modified_at": attribute.Computed("When the credential was last modified, by the API's answer (RFC " +
			"3339, UTC); null if the API does not say."),
		"rotated_at": attribute.Computed("When `password` was stored, or the credential imported, by the local " +
			"clock (RFC 3339, UTC)."),
		"next_rotation_at": attribute.Computed("When the password is due (RFC 3339, UTC); null without " +
			"`rotation_period` and `rotation_schedule`."),
		"login_verified_at": attribute.Computed("When `login_check` last saw the mail server take `password` " +
			"(RFC 3339, UTC); null without `login_check`, and while a check is pending."),
	}
}

// PairSchemaAttributes are the attributes of [PairModel].
func PairSchemaAttributes(ctx context.Context, id string) map[string]schema.Attribute {
	attributes := SchemaAttributes(ctx, id)
	attributes["revoke_previous_after"] = optional("How long the previous login goes on working after a "+
		"rotation: a duration such as `48h`, shorter than `rotation_period`. The first apply after that "+
		"resets its password once more. Without this argument, the next rotation ends it.",
		rotationPeriod, shorterThanPeriod{})
	attributes["active_credential_guid"] = attribute.Computed("GUID of the credential that `password` and " +
		"`login` belong to.")
	attributes["previous_credential_guid"] = attribute.Computed("GUID of the credential that was active before " +
		"the last rotation; null before the first.")
	attributes["previous_revoke_at"] = attribute.Computed("When the previous login is due to end (RFC 3339, " +
		"UTC); null without `revoke_previous_after`, and for a password that this resource did not set.")
	attributes["previous_revoked_at"] = attribute.Computed("When `revoke_previous_after` ended the previous " +
		"login (RFC 3339, UTC); null until then.")
	if check, ok := attributes["login_check"].(schema.SingleNestedAttribute); ok {
		check.Attributes["username"] = optional("Not for a pair: each credential has its own `login`.", noUsername)
	}
	return attributes
}

func optional(description string, of ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Validators: of, MarkdownDescription: description}
}

func optionalBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func loginCheckAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:   true,
		Validators: []validator.Object{mailServer{}},
		MarkdownDescription: "After a creation, an adoption or a rotation, log in to the mail server (no mail is " +
			"sent) until it takes the password; dependents are updated after that. A change of this argument " +
			"starts no check.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Required: true, Validators: []validator.String{mailHost},
				MarkdownDescription: "Host name or IP address of the mail server. The dashboard's SMTP " +
					"Credentials tab shows host, port and encryption.",
			},
			// Not an Int64Attribute: the framework calls a fraction a defect of the provider,
			// and the CLI prints all of login_check with that.
			"port": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: "Port of the mail server. Default `587`; `465` if `security` is `tls`.",
			},
			"security": optional("Encryption: `starttls` (default), `tls` (from the first byte), or `none` "+
				"(loopback hosts only).", stringvalidator.OneOf(
				string(mailcheck.SecuritySTARTTLS), string(mailcheck.SecurityTLS), string(mailcheck.SecurityNone))),
			"username": optional("User name to log in with. Default: `login`.", loginName),
			"timeout": optional("How long to try the login, in addition to `timeouts`: a duration such as "+
				"`90s`; default `5m`.", attribute.Duration),
			"ca_certificate": optional("Certificate authorities in PEM, instead of the system's.", caCertificate),
			"on_refresh": optionalBool("Log in at each refresh, for 10 seconds at most, to find a reset " +
				"elsewhere. Default `false`."),
		},
	}
}

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
	noUsername = attribute.Check{
		What: "left out for a pair",
		Good: "Without the argument, each credential is tried with its own login.",
		Find: func(string) error { return errors.New("it is set: each credential has a login of its own") },
	}
	caCertificate = attribute.Check{
		What: "certificates in PEM",
		Good: "A good value is the content of a file that has -----BEGIN CERTIFICATE----- in it, for instance " +
			"file(\"ca.pem\").",
		Find:   mailcheck.CheckCACertificate,
		Secret: true, // it may be a private key
	}
)

// mailServer refuses a port that is none, and to send a password unencrypted, except on
// the machine itself.
type mailServer struct{}

var _ validator.Object = mailServer{}

func (mailServer) Description(context.Context) string {
	return `port must be one, and security may be "none" for loopback hosts alone`
}

func (v mailServer) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (mailServer) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var check loginCheckModel
	resp.Diagnostics.Append(req.ConfigValue.As(ctx, &check, basetypes.ObjectAsOptions{})...)
	if resp.Diagnostics.HasError() {
		return
	}
	refuse := func(argument, what, why, good string) {
		at := req.Path.AtName(argument)
		summary, detail := attribute.Invalid(at, what, why, good)
		resp.Diagnostics.AddAttributeError(at, summary, detail)
	}
	if !check.Port.IsNull() && !check.Port.IsUnknown() {
		port := check.Port.ValueBigFloat()
		if n, accuracy := port.Int64(); accuracy != big.Exact || n < 1 || n > 65535 {
			refuse("port", "a whole number from 1 to 65535", "it is "+port.Text('g', 12),
				"Leave it out for the usual port: 587, or 465 if login_check.security is \"tls\".")
		}
	}
	host := check.Host.ValueString()
	if check.security() == mailcheck.SecurityNone && !check.Host.IsUnknown() && !mailcheck.IsLoopback(host) {
		refuse("security", "\"starttls\" or \"tls\" (\"none\" is for loopback hosts alone, such as \"localhost\")",
			fmt.Sprintf("login_check.host is %.80q, and the password would pass unprotected", host),
			"Use \"starttls\" or \"tls\".")
	}
}

// shorterThanPeriod refuses a rotation_period by which the previous login never has its
// time.
type shorterThanPeriod struct{}

var _ validator.String = shorterThanPeriod{}

func (shorterThanPeriod) Description(context.Context) string {
	return "must be shorter than rotation_period"
}

func (v shorterThanPeriod) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (shorterThanPeriod) ValidateString(
	ctx context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	var text types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("rotation_period"), &text)...)
	period, noPeriod := rotation.ParsePeriod(text.ValueString())
	after, none := rotation.ParsePeriod(req.ConfigValue.ValueString())
	if noPeriod == nil && none == nil && after >= period {
		summary, detail := attribute.Invalid(req.Path, "shorter than rotation_period", "rotation_period is "+
			period.String(), "Without the argument, the next rotation ends the previous login.")
		resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
	}
}
