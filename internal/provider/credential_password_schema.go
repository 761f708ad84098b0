package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *credentialPasswordResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_credential_password"
}

func (r *credentialPasswordResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Holds the password of an SMTP credential and rotates it. The server makes each password and tells " +
			"it once; this resource stores it, sensitive, in the state.",
		Attributes: map[string]schema.Attribute{
			"domain": schema.StringAttribute{
				Required:   true,
				Validators: []validator.String{domainName()},
				MarkdownDescription: "Name of the sending domain that the credential belongs to, such as `example.com`. International " +
					"names may be written in either spelling. Another domain replaces the resource, which makes a new password; " +
					"another spelling of the same name does nothing.",
			},
			"credential_guid": schema.StringAttribute{
				Required:   true,
				Validators: []validator.String{credentialGUID()},
				MarkdownDescription: "GUID of the credential, a UUID; the API calls it `user_smtp_guid`. The numeric `id` cannot be used. " +
					"Another GUID replaces the resource, which makes a new password; upper or lower case does not matter.",
			},
			"rotation_triggers": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Any names and values. When one map becomes a different one (a value, a new key or a lost key), the " +
					"password is rotated in place. Adding triggers where there were none, or removing all of them, rotates nothing. " +
					"Where a value is not known while planning, the plan shows the password as unknown and the apply compares: " +
					"values that come out the same rotate nothing. The names appear in `rotation_reason`, the values do not.",
			},
			"timeouts": timeoutsAttribute(ctx),
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "`domain/credential_guid`, both in the spelling that is sent to the API. A rotation does not change it.",
			},
			"username": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "User name of the credential as the API gives it. A rotation does not change it.",
			},
			"login": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "What the mail server takes as user name: `username@domain`, or `username` as it is where it has an " +
					"`@` already. A rotation does not change it.",
			},
			"created_at": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "When the credential was created, by the API: RFC 3339, UTC; null where the API does not say. A " +
					"rotation does not change it.",
			},
			"password": schema.StringAttribute{
				Computed:  true,
				Sensitive: true,
				MarkdownDescription: "The password that the mail server takes, as the server made it. Unknown in a plan only where a " +
					"rotation is planned or what decides is not known yet, so that whatever depends on it is planned along with it.",
			},
			"password_version": schema.Int64Attribute{
				Computed: true,
				MarkdownDescription: "Version of `password`: the Unix seconds of its rotation, and always larger than the version before " +
					"(after a replacement with `create_before_destroy`, by the clock alone). " +
					"Made for the `…_wo_version` arguments that go with write-only arguments. Changes with each rotation.",
			},
			"rotation_reason": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Why the stored password is the one it is. `created`: the resource was created or replaced; " +
					"`rotation_triggers: owner, version`: these triggers are new, lost or changed; `unfinished_rotation`: the " +
					"outcome of an earlier reset is not known. A plan that rotates has its reason here.",
			},
			"strength": schema.DynamicAttribute{
				Computed: true,
				MarkdownDescription: "What the API says about the strength of `password` (`strength_info`), as it came, such as " +
					"`strength.score`; of any type, null where the API says nothing. The password and pieces of it are replaced by " +
					"`(redacted)`. Changes with each rotation.",
			},
			"remote_sync": schema.BoolAttribute{
				Computed: true,
				MarkdownDescription: "Whether the mail servers had `password` already when the API answered. `false` means that they " +
					"may take the previous password for a while; null that the API did not say. Changes with each rotation.",
			},
			"modified_at": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "When the credential was last modified, by the API's answer to the rotation: RFC 3339, UTC; null " +
					"where the API does not say. Changes with each rotation.",
			},
			"rotated_at": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "When the answer with `password` came, by the clock of the machine that ran Terraform: RFC 3339, " +
					"UTC. Changes with each rotation.",
			},
		},
	}
}

// timeoutsAttribute is the framework's timeouts, with a validator that names
// the argument and leaves some time.
func timeoutsAttribute(ctx context.Context) schema.Attribute {
	attribute, ok := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: describeTimeout("creating the resource, waits and repeats included", defaultCreateTimeout),
		ReadDescription:   describeTimeout("refreshing it", defaultReadTimeout),
		UpdateDescription: describeTimeout("a rotation, waits and repeats included", defaultUpdateTimeout),
		DeleteDescription: describeTimeout("destroying it, where that needs the API", defaultDeleteTimeout),
	}).(schema.SingleNestedAttribute)
	if !ok {
		panic("terraform-plugin-framework-timeouts no longer makes a nested attribute")
	}
	attribute.MarkdownDescription = "How long operations may take. Changing it rotates nothing and touches nothing that depends on the resource."
	for name, nested := range attribute.Attributes {
		if text, ok := nested.(schema.StringAttribute); ok {
			text.Validators = []validator.String{positiveDuration()}
			attribute.Attributes[name] = text
		}
	}
	return attribute
}

func describeTimeout(what string, standard time.Duration) string {
	return fmt.Sprintf("Time for %s. A duration such as `90s` or `5m`; default `%dm`.", what, int(standard.Minutes()))
}
