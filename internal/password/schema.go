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

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

// SchemaAttributes are the attributes of [Model]. What is computed stays what it is
// unless [Lifecycle.ModifyPlan] makes it unknown. id describes the resource's id.
func SchemaAttributes(ctx context.Context, id string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotation_triggers": schema.MapAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "Any names and values. A changed map (a value, a new key, a lost key) rotates the " +
				"password in place. Going from none to some, or back, rotates nothing; an empty map counts as none. " +
				"If a value is unknown while planning, the apply compares. `rotation_reason` shows the names, not " +
				"the values.",
		},
		"rotation_period": optional("Rotate when the password is that old, counted from `rotated_at`: a duration such "+
			"as `720h` (30 days). Conflicts with `rotation_schedule`.",
			rotationPeriod, stringvalidator.ConflictsWith(path.MatchRoot("rotation_schedule"))),
		"rotation_schedule": optional("Rotate by a cron schedule: minute, hour, day of month, month, day of week, "+
			"such as `0 3 1 * *`, or a descriptor such as `@monthly`. The password is due with the first moment after "+
			"`rotated_at`; several missed moments make one rotation. A moment in summer time's missing hour comes "+
			"right after that hour, one in a doubled hour once.",
			rotationSchedule),
		"rotation_timezone": optional("Time zone of `rotation_schedule`, an IANA name. Default `UTC`.", timezoneName),
		"rotate_on_external_change": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Rotate when the password was reset elsewhere: when the API's " +
				"`last_password_changed` is more than 60 seconds later than the rotation, or, with " +
				"`login_check.on_refresh`, when the mail server refuses the stored password (535, twice) that it " +
				"took before. Default `false`: the plan warns.",
		},
		"revoke_on_destroy": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "End the password on destroy, by resetting it once more. A password that is not " +
				"this resource's is left alone, with a warning: a newer one, one that was imported, or one that was " +
				"adopted and never seen to work. Default `false`: the credential and its password go on working.",
		},
		"existing_password": schema.StringAttribute{
			Optional:   true,
			Sensitive:  true,
			WriteOnly:  true,
			Validators: []validator.String{existingPasswordText},
			MarkdownDescription: "The credential's current password, stored without a reset: at creation, or by the " +
				"first apply after an import. Later it does nothing; take it out of the configuration, because a " +
				"plan that replaces the resource after a rotation is refused while it is there.",
		},
		"login_check": loginCheckAttribute(),
		"timeouts":    timeoutsAttribute(ctx),
		"id":          attribute.Computed(id),
		"username":    attribute.Computed("User name of the credential as the API gives it; a rotation keeps it."),
		"login": attribute.Computed("What the mail server takes as user name: `username@domain`, or `username` if it " +
			"has an `@`. A rotation does not change it."),
		"created_at": attribute.Computed("When the credential was created: RFC 3339, UTC; null if not known."),
		"password": schema.StringAttribute{
			Computed:      true,
			Sensitive:     true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "The password that the mail server takes, as the server made it. Unknown in a plan " +
				"only if a creation, a rotation or an adoption is planned, or if what decides is unknown. Null after " +
				"an import, until a rotation or an adoption.",
		},
		"password_version": schema.Int64Attribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			MarkdownDescription: "Version of `password`, for `…_wo_version` arguments: the Unix seconds of its " +
				"rotation, always larger than the version before. 0 after an import, when no password is known.",
		},
		"rotation_reason": attribute.Computed("Why the stored password is the one it is; a plan that rotates shows " +
			"it. `created`; `adopted` (`existing_password`); `imported` (none is known); `rotation_triggers: owner, " +
			"version` (new, lost or changed triggers; ten are named, then `and 12 more`); `unfinished_rotation` (the " +
			"outcome of an earlier reset was unknown); `late_reset` (an earlier attempt landed late and ended the " +
			"password); `external_change`; `rotation_period`; `rotation_schedule`. If several hold, the first of " +
			"these."),
		"strength": schema.DynamicAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Dynamic{dynamicplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "What the API says about the strength of `password` (`strength_info`), of any type, " +
				"such as `strength.score`. The password and pieces of it are replaced by `(redacted)`. Null for an " +
				"adopted password.",
		},
		"remote_sync": schema.BoolAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "Whether the mail servers had `password` when the API answered. `false`: they may " +
				"take the previous password for a while. Null if the API did not say, and for an adopted password.",
		},
		"modified_at": attribute.Computed("When the credential was last modified, by the API's answer to the " +
			"rotation: RFC 3339, UTC; null if the API does not say."),
		"rotated_at": attribute.Computed("When `password` came, by the clock of the machine that ran Terraform: RFC " +
			"3339, UTC. After an adoption or an import, when that was."),
		"next_rotation_at": attribute.Computed("When the password is due by `rotation_period` or " +
			"`rotation_schedule`: RFC 3339, UTC; null without either. The first refresh from then on plans the " +
			"rotation."),
		"login_verified_at": attribute.Computed("When `login_check` last saw the mail server take `password`: RFC " +
			"3339, UTC; null without `login_check`, and while a login check is pending."),
	}
}

func optional(description string, of ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Validators: of, MarkdownDescription: description}
}

// timeoutsAttribute is the framework's timeouts, with a validator that names the
// argument and leaves some time.
func timeoutsAttribute(ctx context.Context) schema.Attribute {
	nested, ok := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: describeTimeout("creating the resource", defaultTimeout),
		ReadDescription:   describeTimeout("refreshing it", defaultReadTimeout),
		UpdateDescription: describeTimeout("a rotation", defaultTimeout),
		DeleteDescription: describeTimeout("destroying it, if that needs the API", defaultTimeout),
	}).(schema.SingleNestedAttribute)
	if !ok {
		panic("terraform-plugin-framework-timeouts no longer makes a nested attribute")
	}
	nested.MarkdownDescription = "How long operations may take with the API, repeats and pauses included. Time in " +
		"the queue for its rate limit does not count. Changing it rotates nothing."
	for name, one := range nested.Attributes {
		if text, ok := one.(schema.StringAttribute); ok {
			text.Validators = []validator.String{attribute.Duration}
			nested.Attributes[name] = text
		}
	}
	return nested
}

func describeTimeout(what string, standard time.Duration) string {
	return fmt.Sprintf("Time for %s. A duration such as `90s` or `5m`; default `%dm`.", what, int(standard.Minutes()))
}

// loginCheckAttribute is login_check.
func loginCheckAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:   true,
		Validators: []validator.Object{encryptedConnection{}},
		MarkdownDescription: "After a creation, an adoption or a rotation, log in to the mail server (no mail is " +
			"sent) until it takes the password, before anything that depends on it is updated. Adding or changing " +
			"the check rotates nothing and starts none.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Required: true, Validators: []validator.String{mailHost},
				MarkdownDescription: "Host name or IP address of the mail server.",
			},
			// Not an Int64Attribute: the framework calls a fraction a defect of the provider,
			// and the CLI prints all of login_check with that.
			"port": schema.NumberAttribute{
				Optional: true, Validators: []validator.Number{portNumber{}},
				MarkdownDescription: "Port of the mail server. Default `587`; `465` if `security` is `tls`.",
			},
			"security": optional("How the connection is encrypted: `starttls` (default), `tls` (from the first byte), "+
				"or `none`, for loopback hosts alone.", stringvalidator.OneOf(
				string(mailcheck.SecuritySTARTTLS), string(mailcheck.SecurityTLS), string(mailcheck.SecurityNone))),
			"username": optional("User name to log in with. Default: `login`.", loginName),
			"timeout": optional("How long to wait for the password to be taken, beside the resource's `timeouts`: a "+
				"duration such as `90s`; default `5m`.", attribute.Duration),
			"ca_certificate": optional("Certificate authorities of the mail server's certificate, in PEM, instead of "+
				"the system's.", caCertificate),
			"on_refresh": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Log in with each refresh, for 10 seconds at most, to see whether the password " +
					"was reset elsewhere. Only a 535 that is repeated two seconds later counts, and only if this " +
					"host, port and user name took the password before; see `rotate_on_external_change`. Default " +
					"`false`.",
			},
		},
	}
}
