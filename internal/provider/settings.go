package provider

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// setting is one argument of the provider and the variable that stands in for it. Each
// check is secret, because each argument may hold the token: a base URL as user info, a
// user name as the first half of both.
type setting struct {
	argument, variable string
	// fallback is used if neither is set; empty for none.
	fallback    string
	check       attribute.Check
	description string
}

var allSettings = []setting{
	{
		argument: "base_url", variable: diagnostics.EnvBaseURL, fallback: kirim.DefaultBaseURL,
		check: attribute.Check{
			What: "the API's address", Find: attribute.Parses(kirim.ParseBaseURL), Secret: true,
			Good: "A good value looks like \"" + kirim.DefaultBaseURL + "\", which is the default.",
		},
		description: "Address of the API: `https`, except for loopback hosts, without user info, query or fragment. " +
			"Default: the environment variable `" + diagnostics.EnvBaseURL + "`, else `" + kirim.DefaultBaseURL + "`.",
	},
	{
		argument: "username", variable: diagnostics.EnvUsername,
		check: attribute.Check{
			What: "the account's user name", Find: kirim.CheckUsername, Secret: true,
			Good: "It is the user name of the Kirim.Email account that owns the domains.",
		},
		description: "User name of the Kirim.Email account. Default: the environment variable `" +
			diagnostics.EnvUsername + "`.",
	},
	{
		argument: "token", variable: diagnostics.EnvToken,
		check: attribute.Check{
			What: "the account's API token", Find: kirim.CheckToken, Secret: true,
			Good: "It is the account's API token, which the Kirim.Email SMTP dashboard shows.",
		},
		description: "API token of the account. Better kept in the environment variable `" + diagnostics.EnvToken +
			"`, its default, than in a file.",
	},
}

func (p *smtpProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rotates the passwords of [Kirim.Email](https://kirim.email) SMTP credentials.",
		Attributes:          map[string]schema.Attribute{},
	}
	for _, s := range allSettings {
		resp.Schema.Attributes[s.argument] = schema.StringAttribute{
			Optional: true, Sensitive: s.argument == "token", Validators: []validator.String{s.check},
			MarkdownDescription: s.description,
		}
	}
}

// fromUnknown is where a value comes from that is not known yet, which happens while
// planning.
const fromUnknown = "not known yet"

// resolve finds the value of a setting and says where it comes from: the argument, else
// the variable, else the fallback. That there is none is an error. Whether the value can
// be used is for the client to say; an argument was validated before.
func (s setting) resolve(
	ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics,
) (value, source string) {
	var argument types.String
	diags.Append(config.GetAttribute(ctx, path.Root(s.argument), &argument)...)
	variable := os.Getenv(s.variable)
	switch {
	case argument.IsUnknown():
		return "", fromUnknown
	case !argument.IsNull():
		return argument.ValueString(), "argument"
	case variable != "":
		return variable, "environment"
	case s.fallback == "":
		diags.AddError(diagnostics.Missing.Of(s.argument).Summary, diagnostics.Paragraphs(
			fmt.Sprintf("The provider has no %s.", s.argument), diagnostics.NothingAsked,
			fmt.Sprintf("Set the environment variable %s, or the argument %s of the provider block. %s",
				s.variable, s.argument, s.check.Good)))
	}
	return s.fallback, "default"
}
