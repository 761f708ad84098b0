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
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/validators"
)

type providerModel struct {
	BaseURL  types.String `tfsdk:"base_url"`
	Username types.String `tfsdk:"username"`
	Token    types.String `tfsdk:"token"`
}

func (p *smtpProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rotates the passwords of [Kirim.Email](https://kirim.email) SMTP credentials.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				Optional:   true,
				Validators: settingBaseURL.validator(),
				MarkdownDescription: fmt.Sprintf("Address of the API. Must be `https`, except for loopback hosts, "+
					"and have no "+
					"user info, query or fragment. Default: the environment variable `%s`, else "+
					"`%s`.", diagnostics.EnvBaseURL, kirim.DefaultBaseURL),
			},
			"username": schema.StringAttribute{
				Optional:            true,
				Validators:          settingUsername.validator(),
				MarkdownDescription: "User name of the Kirim.Email account. Default: the environment variable `" + diagnostics.EnvUsername + "`.",
			},
			"token": schema.StringAttribute{
				Optional:   true,
				Sensitive:  true,
				Validators: settingToken.validator(),
				MarkdownDescription: fmt.Sprintf("API token of the account. Better kept in the environment variable "+
					"`%s`, its "+
					"default, than in a file.", diagnostics.EnvToken),
			},
		},
	}
}

// setting is one argument of the provider and the variable that stands in for
// it.
type setting struct {
	argument, variable string
	// what names the setting in a sentence.
	what string
	// good says what a value looks like, or where it is to be had.
	good string
	// fallback is used where neither is set; empty for none.
	fallback string
	check    func(string) error
}

var (
	settingBaseURL = setting{
		argument: "base_url", variable: diagnostics.EnvBaseURL, what: "base URL", fallback: kirim.DefaultBaseURL,
		good: "A good value looks like \"" + kirim.DefaultBaseURL + "\", which is the default.",
		check: func(s string) error {
			_, err := kirim.ParseBaseURL(s)
			return err
		},
	}
	settingUsername = setting{
		argument: "username", variable: diagnostics.EnvUsername, what: "user name", check: kirim.CheckUsername,
		good: "It is the user name of the Kirim.Email account that owns the domains.",
	}
	settingToken = setting{
		argument: "token", variable: diagnostics.EnvToken, what: "API token", check: kirim.CheckToken,
		good: "It is the account's API token, which the Kirim.Email SMTP dashboard shows.",
	}
)

type settings struct{ baseURL, username, token string }

// resolve finds the value of every setting and reports each one that is
// missing or cannot be used by an error of its own. unknown tells that one of
// them is not known yet.
func (m providerModel) resolve(diags *diag.Diagnostics) (values settings, unknown bool) {
	for _, s := range []struct {
		setting setting
		value   types.String
		into    *string
	}{
		{settingBaseURL, m.BaseURL, &values.baseURL},
		{settingUsername, m.Username, &values.username},
		{settingToken, m.Token, &values.token},
	} {
		if s.value.IsUnknown() {
			unknown = true
			continue
		}
		*s.into = s.setting.resolve(s.value, diags)
	}
	return values, unknown
}

// resolve gives the argument, else the variable, else the fallback.
func (s setting) resolve(argument types.String, diags *diag.Diagnostics) string {
	value, name := argument.ValueString(), s.argument
	if argument.IsNull() {
		value, name = os.Getenv(s.variable), s.variable
		if value == "" {
			value = s.fallback
		}
		if value == "" {
			diags.AddAttributeError(path.Root(s.argument), fmt.Sprintf(diagnostics.Missing.Summary, s.what), diagnostics.Paragraphs(
				fmt.Sprintf("The provider has no %s.", s.what), diagnostics.NothingAsked,
				fmt.Sprintf("Set the environment variable %s, or the argument %s of the provider block. "+
					"%s", s.variable, s.argument, s.good)))
			return ""
		}
	}
	s.refuse(value, name, diags)
	return value
}

// source tells where a value comes from, without telling the value.
func (s setting) source(argument types.String) string {
	switch {
	case argument.IsUnknown():
		return "not known yet"
	case !argument.IsNull():
		return "argument"
	case os.Getenv(s.variable) != "":
		return "environment"
	}
	return "default"
}

// refuse adds an error where a value cannot be used; name is the argument or
// the variable that it comes from. It never quotes the value.
// Nor does it point at an argument that holds a secret: the CLI would print
// that line of the configuration.
func (s setting) refuse(value, name string, diags *diag.Diagnostics) {
	err := s.check(value)
	if err == nil {
		return
	}
	source := "the argument " + name
	if name == s.variable {
		source = "the environment variable " + name
	}
	summary := fmt.Sprintf(diagnostics.Unusable.Summary, s.what, name)
	detail := diagnostics.Paragraphs(fmt.Sprintf("The value of %s cannot be used: "+
		"%s.", source, err), diagnostics.NothingAsked, s.good)
	if name == s.argument {
		detail += validators.FromFile(value, err, s.check)
	}
	if s.secret(value) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(path.Root(s.argument), summary, detail)
}

// secret tells whether a value may hold a secret: the token does, and so may a
// user name that cannot be used, which may be a user name and token in one, and a
// base URL with user info, a query or a fragment.
func (s setting) secret(value string) bool {
	switch s.argument {
	case settingToken.argument:
		return true
	case settingUsername.argument:
		return value != ""
	default:
		return strings.ContainsAny(value, "@?#")
	}
}

// validator refuses the argument while the configuration is validated, before
// anything is planned; the variable is looked at when it is needed.
func (s setting) validator() []validator.String { return []validator.String{settingValidator{s}} }

type settingValidator struct{ setting setting }

func (v settingValidator) Description(context.Context) string {
	return "must be a usable " + v.setting.what
}

func (v settingValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v settingValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() {
		v.setting.refuse(req.ConfigValue.ValueString(), v.setting.argument, &resp.Diagnostics)
	}
}
