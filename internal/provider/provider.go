// Package provider is the Terraform side: schemas, plans, states and what the
// user reads. What is repeated and what is secret belongs to internal/kirim,
// when a password is due belongs to internal/rotation.
package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// Option changes what a provider is made of; only tests need one.
type Option func(*smtpProvider)

// WithClock makes the provider go by another clock than the system's.
func WithClock(now func() time.Time) Option {
	return func(p *smtpProvider) { p.now = now }
}

// New gives the factory that a provider server wants. version is what the
// User-Agent says; "dev" for a build that is not a release.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider {
		p := &smtpProvider{version: version, now: time.Now}
		for _, option := range options {
			option(p)
		}
		return p
	}
}

type smtpProvider struct {
	version string
	now     func() time.Time
}

var _ provider.Provider = (*smtpProvider)(nil)

// providerData is what a configured provider hands to its resources.
type providerData struct {
	// client is nil where a setting is not known yet, which happens while
	// planning.
	client *kirim.Client
	// memory is what this process has done so far.
	memory *applySession
	// now is the one clock.
	now func() time.Time
	// secrets are hidden from every log line.
	secrets []string
}

func (p *smtpProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "smtp"
	resp.Version = p.version
}

func (p *smtpProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newCredentialPasswordResource}
}

func (p *smtpProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *smtpProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	values, unknown := config.resolve(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &providerData{memory: newApplySession(), now: p.now}
	resp.ResourceData = data
	p.logConfigured(ctx, config, values, req.TerraformVersion)
	if unknown {
		return
	}
	data.secrets = []string{values.token}
	client, err := kirim.New(kirim.Config{
		BaseURL:   values.baseURL,
		Username:  values.username,
		Token:     values.token,
		UserAgent: "terraform-provider-smtp/" + p.version,
		Logger:    newLogger(logAPI),
		Now:       p.now,
	})
	if err != nil {
		// Each setting has been looked at before; this is for what was missed.
		resp.Diagnostics.Append(unusable(err))
		return
	}
	data.client = client
}

// configured gives a resource what the provider made, or nil before that (while
// a configuration is validated).
func configured(raw any, diags *diag.Diagnostics) *providerData {
	if raw == nil {
		return nil
	}
	data, ok := raw.(*providerData)
	if !ok {
		diags.Append(mistaken())
		return nil
	}
	return data
}
