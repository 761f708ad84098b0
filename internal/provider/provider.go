// Package provider is the Terraform side: schemas, plans, states and what the
// user reads. What is repeated and what is secret belongs to internal/kirim,
// when a password is due belongs to internal/rotation.
package provider

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
	"github.com/kirimemail/terraform-provider-smtp/internal/password"
)

// New gives the factory that a provider server wants. version is what the
// User-Agent says; "dev" for a build that is not a release.
func New(version string) func() provider.Provider { return WithClock(version, time.Now) }

// WithClock is New for a provider that goes by another clock than the system's.
func WithClock(version string, now func() time.Time) func() provider.Provider {
	return func() provider.Provider { return &smtpProvider{version: version, now: now} }
}

type smtpProvider struct {
	version string
	now     func() time.Time
}

var (
	_ provider.ProviderWithFunctions      = (*smtpProvider)(nil)
	_ provider.ProviderWithValidateConfig = (*smtpProvider)(nil)
)

// providerData is what a configured provider hands to its resources and data
// sources.
type providerData struct {
	// client is nil while a setting is unknown, which happens while planning.
	client *kirim.Client
	// domainKey: the client reaches the credentials of one domain, and nothing else.
	domainKey bool
	// passwords is what the managed passwords of this process share.
	passwords *password.Session
	// protected has the domains that this process has refreshed with deletion_protection.
	protected sync.Map
}

func (p *smtpProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "smtp"
	resp.Version = p.version
}

func (p *smtpProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newCredentialResource, newCredentialPasswordResource, newCredentialPasswordPairResource,
		newDomainResource, newDomainVerificationResource, newWebhookResource,
	}
}

func (p *smtpProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newCredentialDataSource, newCredentialsDataSource, newDomainDataSource, newDomainsDataSource,
		newQuotaDataSource, newWebhooksDataSource,
	}
}

func (p *smtpProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newURLFunction}
}

func (p *smtpProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	settings := resolveSettings(ctx, req.Config, &resp.Diagnostics)
	used := settings.login()
	settings.checkOneLogin(&resp.Diagnostics)
	settings.checkWhole(used, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// The log tells at the beginning what a supporter asks first. Of a setting it tells
	// where it comes from, and not what it is; of the base URL the host.
	fields := map[string]any{"version": p.version, "terraform_version": req.TerraformVersion}
	unknown, secrets := false, []string{}
	for _, s := range append(used.settings(), baseURL) {
		found := settings.of(s)
		fields[s.argument+"_from"] = found.source
		unknown = unknown || found.source == fromUnknown
		if s.sensitive {
			secrets = append(secrets, found.value)
		}
	}
	address := settings.of(baseURL).value
	if base, err := url.Parse(address); err == nil && base.Host != "" {
		fields["host"] = base.Host
	}
	tflog.Info(ctx, "provider configured", fields)
	data := &providerData{domainKey: used.isDomainKey, passwords: &password.Session{Now: p.now}}
	resp.ResourceData, resp.DataSourceData = data, data
	if unknown {
		return
	}
	data.passwords.Secrets = secrets
	client, err := kirim.New(kirim.Config{
		BaseURL:   address,
		Username:  settings.of(used.username).value,
		Token:     settings.of(used.token).value,
		DomainKey: used.isDomainKey,
		UserAgent: "terraform-provider-smtp/" + p.version,
		Logger:    logging.New(logging.API),
		Now:       p.now,
	})
	if err != nil {
		resp.Diagnostics.AddError(diagnostics.Configuration.Summary, diagnostics.Paragraphs(
			"The settings cannot be used: "+err.Error()+".", diagnostics.NothingAsked,
			fmt.Sprintf("Check base_url (%s), %s (%s) and %s (%s) of the provider and, if there is a proxy, "+
				"HTTPS_PROXY and NO_PROXY.", diagnostics.EnvBaseURL, used.username.argument, used.username.variable,
				used.token.argument, used.token.variable)))
		return
	}
	data.client, data.passwords.Client = client, client
}
