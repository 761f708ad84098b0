package provider

import (
	"context"
	"fmt"
	"os"
	"strings"

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

// setting is one argument of the provider and the variable that stands in for it. As a
// validator, it refuses the argument before anything is planned; the variable is looked
// at when it is needed.
type setting struct {
	argument, variable string
	// what names the setting in a sentence.
	what string
	// good says what a value looks like, or where it is to be had.
	good string
	// fallback is used if neither is set; empty for none.
	fallback string
	check    func(string) error
	// isSecret reports whether a value that cannot be used may hold a secret.
	isSecret    func(string) bool
	description string
}

var allSettings = []setting{
	{
		argument: "base_url", variable: diagnostics.EnvBaseURL, what: "base URL", fallback: kirim.DefaultBaseURL,
		good:     "A good value looks like \"" + kirim.DefaultBaseURL + "\", which is the default.",
		check:    attribute.Parses(kirim.ParseBaseURL),
		isSecret: func(value string) bool { return strings.ContainsAny(value, "@?#") }, // user info, query, fragment
		description: "Address of the API: `https`, except for loopback hosts, without user info, query or fragment. " +
			"Default: the environment variable `" + diagnostics.EnvBaseURL + "`, else `" + kirim.DefaultBaseURL + "`.",
	},
	{
		argument: "username", variable: diagnostics.EnvUsername, what: "user name", check: kirim.CheckUsername,
		good:     "It is the user name of the Kirim.Email account that owns the domains.",
		isSecret: func(value string) bool { return value != "" }, // it may be a user name and token in one
		description: "User name of the Kirim.Email account. Default: the environment variable `" +
			diagnostics.EnvUsername + "`.",
	},
	{
		argument: "token", variable: diagnostics.EnvToken, what: "API token", check: kirim.CheckToken,
		good:     "It is the account's API token, which the Kirim.Email SMTP dashboard shows.",
		isSecret: func(string) bool { return true },
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
			Optional: true, Sensitive: s.argument == "token", Validators: []validator.String{s},
			MarkdownDescription: s.description,
		}
	}
}

// settings are the values of the settings, by argument, and where they come from.
type settings struct {
	values, sources map[string]string
	unknown         bool
}

// resolveSettings finds the value of every setting: the argument, else the variable,
// else the fallback. Each that is missing or cannot be used is an error of its own.
func resolveSettings(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) settings {
	all := settings{values: map[string]string{}, sources: map[string]string{}}
	for _, s := range allSettings {
		var argument types.String
		diags.Append(config.GetAttribute(ctx, path.Root(s.argument), &argument)...)
		variable := os.Getenv(s.variable)
		value, source := s.fallback, "default"
		switch {
		case argument.IsUnknown():
			all.unknown, all.sources[s.argument] = true, "not known yet"
			continue
		case !argument.IsNull():
			value, source = argument.ValueString(), "argument"
		case variable != "":
			value, source = variable, "environment"
		}
		all.values[s.argument], all.sources[s.argument] = value, source
		switch {
		case value == "" && source == "default":
			diags.AddAttributeError(path.Root(s.argument), diagnostics.Missing.Of(s.what).Summary,
				diagnostics.Paragraphs(fmt.Sprintf("The provider has no %s.", s.what), diagnostics.NothingAsked,
					fmt.Sprintf("Set the environment variable %s, or the argument %s of the provider block. %s",
						s.variable, s.argument, s.good)))
		case source == "environment":
			s.refuse(value, s.variable, diags)
		default:
			s.refuse(value, s.argument, diags)
		}
	}
	return all
}

// refuse adds an error if a value cannot be used. name is the argument or the variable
// that it comes from. The error never quotes the value. Nor does it point at an
// argument that may hold a secret: the CLI would print that line of the configuration.
func (s setting) refuse(value, name string, diags *diag.Diagnostics) {
	err := s.check(value)
	if err == nil {
		return
	}
	source, hint := "the environment variable "+name, ""
	if name == s.argument {
		source, hint = "the argument "+name, attribute.FromFile(value, err, s.check)
	}
	summary := diagnostics.Unusable.Of(s.what, name).Summary
	detail := diagnostics.Paragraphs(fmt.Sprintf("The value of %s cannot be used: %s.", source, err),
		diagnostics.NothingAsked, s.good) + hint
	if s.isSecret(value) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(path.Root(s.argument), summary, detail)
}

// Description is for the framework.
func (s setting) Description(context.Context) string { return "must be a usable " + s.what }

// MarkdownDescription is for the framework.
func (s setting) MarkdownDescription(ctx context.Context) string { return s.Description(ctx) }

// ValidateString refuses the argument.
func (s setting) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() {
		s.refuse(req.ConfigValue.ValueString(), s.argument, &resp.Diagnostics)
	}
}
