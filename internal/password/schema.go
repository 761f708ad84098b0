package password

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
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

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
	"github.com/kirimemail/terraform-provider-smtp/internal/validators"
)

// SchemaAttributes are the attributes of [Model], without the resource's id. What is
// computed stays what it is unless [Lifecycle.ModifyPlan] makes it unknown.
func SchemaAttributes(ctx context.Context) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotation_triggers": schema.MapAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "Any names and values. When one map becomes a different one (a value, a new key or a lost key), the " +
				"password is rotated in place. Going from none to some, or from some to none, rotates nothing; an empty map counts as none. " +
				"Where a value is not known while planning, the plan shows the password as unknown and the apply compares: " +
				"values that come out the same rotate nothing. The names appear in `rotation_reason`, the values do not.",
		},
		"rotation_period": schema.StringAttribute{
			Optional: true,
			Validators: []validator.String{
				rotationPeriod(), stringvalidator.ConflictsWith(path.MatchRoot("rotation_schedule")),
			},
			MarkdownDescription: "Rotate when the password is that old: a duration of a second or more, such as `720h` (30 days; " +
				"there is no unit for days). Reckoned from `rotated_at`; the plan shows the rotation. " +
				"Excludes `rotation_schedule`.",
		},
		"rotation_schedule": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{rotationSchedule()},
			MarkdownDescription: "Rotate at the moments of a cron schedule: minute, hour, day of month, month, day of week, such as " +
				"`0 3 1 * *`, or a descriptor such as `@monthly`. The password is due with the first moment after `rotated_at`; " +
				"several that were missed make one rotation. A moment in summer time's missing hour comes at the first instant after " +
				"it, one in a doubled hour once, at the first.",
		},
		"rotation_timezone": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{rotationTimezone()},
			MarkdownDescription: "Time zone of `rotation_schedule`, an IANA name such as `Asia/Jakarta`. Default `" +
				rotation.DefaultTimezone + "`.",
		},
		"rotate_on_external_change": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to rotate when the password was reset elsewhere: when the API's `last_password_changed` is " +
				"more than 60 seconds later than the rotation, or, with `on_refresh` of `login_check`, when the mail server refuses " +
				"the stored password (535, twice) that it has taken before. Default `false`: then the plan warns, and rotates nothing.",
		},
		"revoke_on_destroy": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether destroying ends the password, by resetting it once more and throwing the new one away. It is " +
				"left alone, with a warning, where a newer password than the state's seems to be live (`create_before_destroy`, " +
				"another state, a reset elsewhere), after an import that no rotation followed, and if it was adopted and no `login_check` has seen it taken. Default `false`: the credential and " +
				"its password go on working.",
		},
		"existing_password": schema.StringAttribute{
			Optional:   true,
			Sensitive:  true,
			WriteOnly:  true,
			Validators: []validator.String{livePasswordText()},
			MarkdownDescription: "The credential's password as it is, to be stored without a reset: when the resource is created, or " +
				"by the first apply after an import. Afterwards it does nothing, changed or dropped, and is better taken out of the " +
				"configuration: a plan that replaces the resource after a rotation is refused where it is still there.",
		},
		"login_check": loginCheckAttribute(),
		"timeouts":    timeoutsAttribute(ctx),
		"username": schema.StringAttribute{
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "User name of the credential as the API gives it. A rotation does not change it.",
		},
		"login": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "What the mail server takes as user name: `username@domain`, or `username` as it is where it has an " +
				"`@` already. A rotation does not change it.",
		},
		"created_at": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "When the credential was created, by the API: RFC 3339, UTC; null where the API does not say. A " +
				"rotation does not change it.",
		},
		"password": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			Sensitive:     true,
			MarkdownDescription: "The password that the mail server takes, as the server made it. Unknown in a plan only where a " +
				"creation, a rotation or an adoption is planned or what decides is not known yet, so that whatever depends on it is " +
				"planned along with it. Null after an import, until a rotation or an adoption.",
		},
		"password_version": schema.Int64Attribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			MarkdownDescription: "Version of `password`: the Unix seconds of its rotation, and always larger than the version before " +
				"(after a replacement with `create_before_destroy`, by the clock alone). " +
				"Made for the `…_wo_version` arguments that go with write-only arguments. Changes with each rotation. 0 after an " +
				"import, when no password is known yet.",
		},
		"rotation_reason": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "Why the stored password is the one it is. `created`: the resource was created or replaced; `adopted`: " +
				"it is `existing_password`; `imported`: there is none yet; `rotation_triggers: owner, version`: these triggers are " +
				"new, lost or changed (ten are named, then `and 12 more`); `unfinished_rotation`: the outcome of an earlier reset was not known; `late_reset`: an earlier " +
				"attempt at its rotation landed late and ended the password; `external_change`: it was reset elsewhere; `rotation_period` and `rotation_schedule`: it was due. Where several hold, the first of these. A " +
				"plan that rotates has its reason here.",
		},
		"strength": schema.DynamicAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Dynamic{dynamicplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "What the API says about the strength of `password` (`strength_info`), as it came, such as " +
				"`strength.score`; of any type, null where the API says nothing. The password and pieces of it are replaced by " +
				"`(redacted)`. Changes with each rotation. Null for an adopted password.",
		},
		"remote_sync": schema.BoolAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "Whether the mail servers had `password` already when the API answered. `false` means that they " +
				"may take the previous password for a while; null that the API did not say, or that the password was adopted. Changes " +
				"with each rotation.",
		},
		"modified_at": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "When the credential was last modified, by the API's answer to the rotation: RFC 3339, UTC; null " +
				"where the API does not say. Changes with each rotation.",
		},
		"rotated_at": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "When the answer with `password` came, by the clock of the machine that ran Terraform: RFC 3339, " +
				"UTC. Changes with each rotation. After an adoption or an import, when that was.",
		},
		"next_rotation_at": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "When the password is due by `rotation_period` or `rotation_schedule`: RFC 3339, UTC; null without " +
				"either. The first refresh from then on plans the rotation.",
		},
		"login_verified_at": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "When the mail server was last seen, by `login_check`, to take `password`: RFC 3339, UTC; null without " +
				"`login_check`, and while the check is still to be made up for. The refreshes of `on_refresh` set it where it is null, " +
				"and else leave it.",
		},
	}
}

// timeoutsAttribute is the framework's timeouts, with a validator that names
// the argument and leaves some time.
func timeoutsAttribute(ctx context.Context) schema.Attribute {
	attribute, ok := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: describeTimeout("creating the resource, repeats and their pauses included", defaultTimeout),
		ReadDescription:   describeTimeout("refreshing it", defaultReadTimeout),
		UpdateDescription: describeTimeout("a rotation, repeats and their pauses included", defaultTimeout),
		DeleteDescription: describeTimeout("destroying it, where that needs the API", defaultTimeout),
	}).(schema.SingleNestedAttribute)
	if !ok {
		panic("terraform-plugin-framework-timeouts no longer makes a nested attribute")
	}
	attribute.MarkdownDescription = "How long operations may take with the API; what they spend queued for its rate limit does not count. " +
		"Changing it rotates nothing and touches nothing that depends on the resource."
	for name, nested := range attribute.Attributes {
		if text, ok := nested.(schema.StringAttribute); ok {
			text.Validators = []validator.String{validators.Duration()}
			attribute.Attributes[name] = text
		}
	}
	return attribute
}

func describeTimeout(what string, standard time.Duration) string {
	return fmt.Sprintf("Time for %s. A duration such as `90s` or `5m`; default `%dm`.", what, int(standard.Minutes()))
}

// loginCheckAttribute is login_check, for whatever resource holds a password.
func loginCheckAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:   true,
		Validators: []validator.Object{protectedLine{}},
		MarkdownDescription: "Log in to the mail server (no mail is sent) after a creation, an adoption or a rotation, until it takes the " +
			"password, before anything that depends on it is updated. Adding or changing the check rotates nothing and starts none.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{mailHost()},
				MarkdownDescription: "Host name or IP address of the mail server.",
			},
			// Not an Int64Attribute: what the framework says of a fraction is that
			// the provider has a defect, and with it the CLI prints login_check.
			"port": schema.NumberAttribute{
				Optional:            true,
				Validators:          []validator.Number{portNumber{}},
				MarkdownDescription: "Port of the mail server. Default `587`; `465` where `security` is `tls`.",
			},
			"security": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(string(mailcheck.SecuritySTARTTLS), string(mailcheck.SecurityTLS), string(mailcheck.SecurityNone))},
				MarkdownDescription: "How the line is protected: `starttls` (default), `tls` (from the first byte on), or `none`, which is " +
					"for loopback hosts alone.",
			},
			"username": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{loginName()},
				MarkdownDescription: "User name to log in with. Default: `login`.",
			},
			"timeout": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{validators.Duration()},
				MarkdownDescription: "How long to wait for the password to be taken, beside the resource's `timeouts`. A duration such as " +
					"`90s` or `5m`; default `5m`.",
			},
			"ca_certificate": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{caCertificate()},
				MarkdownDescription: "Certificate authorities of the mail server's certificate, in PEM, where the system does not trust " +
					"it. They are trusted in the place of the system's.",
			},
			"on_refresh": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether each refresh logs in with the stored password, for 10 seconds at most, to see whether it " +
					"was reset elsewhere. Only a 535 that is repeated two seconds later counts, and only where this host, port and user name has taken the password " +
					"before; see `rotate_on_external_change`. Default `false`.",
			},
		},
	}
}
