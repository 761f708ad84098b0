package provider

import (
	"context"
	"fmt"
	"os"
	"slices"

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
	sensitive          bool
	// fallback is used if neither is set; empty for none.
	fallback    string
	check       attribute.Check
	description string
}

var baseURL = setting{
	argument: "base_url", variable: diagnostics.EnvBaseURL, fallback: kirim.DefaultBaseURL,
	check: attribute.Check{
		What: "the API's address", Find: attribute.Parses(kirim.ParseBaseURL), Secret: true,
		Good: "A good value looks like \"" + kirim.DefaultBaseURL + "\", which is the default.",
	},
	description: "Address of the API, without user info, query or fragment: `https`, or `http` for loopback hosts. " +
		"Environment variable: `" + diagnostics.EnvBaseURL + "`; default `" + kirim.DefaultBaseURL + "`.",
}

// login is what requests are authenticated with. Both settings are needed.
type login struct {
	username, token setting
	// isDomainKey: these are a domain's key and its secret.
	isDomainKey bool
}

// account reaches everything that the account owns.
var account = login{
	username: setting{
		argument: "username", variable: diagnostics.EnvUsername,
		check: attribute.Check{
			What: "the account's user name", Find: kirim.CheckUsername, Secret: true,
			Good: "It is the user name of the Kirim.Email account that owns the domains.",
		},
		description: "User name of the Kirim.Email account. Environment variable: `" + diagnostics.EnvUsername + "`.",
	},
	token: setting{
		argument: "token", variable: diagnostics.EnvToken, sensitive: true,
		check: attribute.Check{
			What: "the account's API token", Find: kirim.CheckToken, Secret: true,
			Good: "It is the account's API token, which the Kirim.Email SMTP dashboard shows.",
		},
		description: "API token of the account. Environment variable: `" + diagnostics.EnvToken + "`.",
	},
}

// domainKey reaches the credentials of one domain, and nothing else.
var domainKey = login{
	isDomainKey: true,
	username: setting{
		argument: "domain_api_key", variable: diagnostics.EnvDomainAPIKey, sensitive: true,
		check: attribute.Check{
			What: "a domain's API key", Find: kirim.CheckUsername, Secret: true,
			Good: "It is the API key in the domain's settings on the Kirim.Email SMTP dashboard.",
		},
		description: "API key of one domain, instead of `username` and `token`. Environment variable: `" +
			diagnostics.EnvDomainAPIKey + "`.",
	},
	token: setting{
		argument: "domain_api_secret", variable: diagnostics.EnvDomainAPISecret, sensitive: true,
		check: attribute.Check{
			What: "a domain's API secret", Find: kirim.CheckToken, Secret: true,
			Good: "It is the API secret beside the API key in the domain's settings on the Kirim.Email SMTP dashboard.",
		},
		description: "API secret of the same domain. Environment variable: `" + diagnostics.EnvDomainAPISecret + "`.",
	},
}

func (l login) settings() []setting { return []setting{l.username, l.token} }

var allSettings = slices.Concat([]setting{baseURL}, account.settings(), domainKey.settings())

func (p *smtpProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages [Kirim.Email](https://kirim.email) SMTP: domains, credentials and webhooks, " +
			"and password rotation.",
		Attributes: map[string]schema.Attribute{},
	}
	for _, s := range allSettings {
		resp.Schema.Attributes[s.argument] = schema.StringAttribute{
			Optional: true, Sensitive: s.sensitive, Validators: []validator.String{s.check},
			MarkdownDescription: s.description,
		}
	}
}

// Where a value comes from, as the log has it.
const (
	fromArgument    = "argument"
	fromEnvironment = "environment"
	fromDefault     = "default"
	// fromUnknown is for an argument that is not known yet, which happens while planning.
	fromUnknown = "not known yet"
)

// resolved is the value of a setting, and where it comes from: the argument, else the
// variable, else the fallback. Both are empty if there is none. Whether the value can be
// used is for the client to say; an argument was validated before.
type resolved struct{ value, source string }

// resolvedSettings are all settings, by their arguments.
type resolvedSettings map[string]resolved

func (all resolvedSettings) of(s setting) resolved { return all[s.argument] }

func resolveSettings(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) resolvedSettings {
	all := resolvedSettings{}
	for _, s := range allSettings {
		var argument types.String
		diags.Append(config.GetAttribute(ctx, path.Root(s.argument), &argument)...)
		variable := os.Getenv(s.variable)
		switch {
		case argument.IsUnknown():
			all[s.argument] = resolved{source: fromUnknown}
		case !argument.IsNull():
			all[s.argument] = resolved{argument.ValueString(), fromArgument}
		case variable != "":
			all[s.argument] = resolved{variable, fromEnvironment}
		case s.fallback != "":
			all[s.argument] = resolved{s.fallback, fromDefault}
		}
	}
	return all
}

// first gives the argument of a login's first setting that comes from one of these
// sources, empty for none.
func (all resolvedSettings) first(l login, sources ...string) (argument string) {
	for _, s := range l.settings() {
		if slices.Contains(sources, all.of(s).source) {
			return s.argument
		}
	}
	return ""
}

// login chooses by the arguments, or if there are none, by the variables. If the variables
// have the whole account, a domain's key beside it changes nothing.
func (all resolvedSettings) login() login {
	hasAccount := all.of(account.username).source == fromEnvironment && all.of(account.token).source == fromEnvironment
	switch {
	case all.first(account, fromArgument, fromUnknown) != "":
		return account
	case all.first(domainKey, fromArgument, fromUnknown) != "":
		return domainKey
	case !hasAccount && all.first(domainKey, fromEnvironment) != "":
		return domainKey
	}
	return account
}

// checkOneLogin refuses arguments of both logins.
func (all resolvedSettings) checkOneLogin(diags *diag.Diagnostics) {
	ofAccount, ofKey := all.first(account, fromArgument), all.first(domainKey, fromArgument)
	if ofAccount == "" || ofKey == "" {
		return
	}
	diags.AddError(diagnostics.Configuration.Summary, diagnostics.Paragraphs(
		fmt.Sprintf("The provider block has %s and %s. The provider uses either username and token of the account, "+
			"or domain_api_key and domain_api_secret of one domain.", ofAccount, ofKey), diagnostics.NothingAsked,
		"Keep the arguments of one of the two. To use both, add a second provider block with an alias."))
}

// checkWhole adds an error for each setting of a login that has no value.
func (all resolvedSettings) checkWhole(l login, diags *diag.Diagnostics) {
	for _, s := range l.settings() {
		if all.of(s).source == "" {
			diags.AddError(diagnostics.Missing.Of(s.argument).Summary, diagnostics.Paragraphs(
				fmt.Sprintf("The provider has no %s.", s.argument), diagnostics.NothingAsked,
				fmt.Sprintf("Set the environment variable %s, or the argument %s of the provider block. %s",
					s.variable, s.argument, s.check.Good)))
		}
	}
}

// ValidateConfig refuses arguments that exclude each other.
func (p *smtpProvider) ValidateConfig(
	ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse,
) {
	resolveSettings(ctx, req.Config, &resp.Diagnostics).checkOneLogin(&resp.Diagnostics)
}
