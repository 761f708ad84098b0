// Package provider is the Terraform side: schemas, plans, states and what the
// user reads. What is repeated and what is secret belongs to internal/kirim,
// when a password is due belongs to internal/rotation.
package provider

import (
	"context"
	"fmt"
	"net/url"
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

var _ provider.ProviderWithFunctions = (*smtpProvider)(nil)

// providerData is what a configured provider hands to its resources and data
// sources.
type providerData struct {
	// client is nil while a setting is unknown, which happens while planning.
	client *kirim.Client
	// passwords is what the managed passwords of this process share.
	passwords *password.Session
}

func (p *smtpProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "smtp"
	resp.Version = p.version
}

func (p *smtpProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newCredentialPasswordResource, newWebhookResource}
}

func (p *smtpProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newCredentialDataSource, newCredentialsDataSource}
}

func (p *smtpProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newURLFunction}
}

func (p *smtpProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	values, unknown := map[string]string{}, false
	// The log tells at the beginning what a supporter asks first. Of a setting it tells
	// where it comes from, and not what it is; of the base URL the host.
	fields := map[string]any{"version": p.version, "terraform_version": req.TerraformVersion}
	for _, s := range allSettings {
		value, source := s.resolve(ctx, req.Config, &resp.Diagnostics)
		values[s.argument], fields[s.argument+"_from"] = value, source
		unknown = unknown || source == fromUnknown
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if base, err := url.Parse(values["base_url"]); err == nil && base.Host != "" {
		fields["host"] = base.Host
	}
	tflog.Info(ctx, "provider configured", fields)
	data := &providerData{passwords: &password.Session{Now: p.now}}
	resp.ResourceData, resp.DataSourceData = data, data
	if unknown {
		return
	}
	data.passwords.Secrets = []string{values["token"]}
	client, err := kirim.New(kirim.Config{
		BaseURL:   values["base_url"],
		Username:  values["username"],
		Token:     values["token"],
		UserAgent: "terraform-provider-smtp/" + p.version,
		Logger:    logging.New(logging.API),
		Now:       p.now,
	})
	if err != nil {
		resp.Diagnostics.AddError(diagnostics.Configuration.Summary, diagnostics.Paragraphs(
			"The settings cannot be used: "+err.Error()+".", diagnostics.NothingAsked,
			fmt.Sprintf("Check base_url (%s), username (%s) and token (%s) of the provider and, if there is a proxy, "+
				"HTTPS_PROXY and NO_PROXY.", diagnostics.EnvBaseURL, diagnostics.EnvUsername, diagnostics.EnvToken)))
		return
	}
	data.client, data.passwords.Client = client, client
}
