package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// credentialsDataSource is smtp_credentials: all credentials of a domain.
type credentialsDataSource struct{ dataSourceBase }

var credentialsNotListed = diagnostics.List.Of("SMTP credentials")

func newCredentialsDataSource() datasource.DataSource {
	return &credentialsDataSource{dataSourceBase{name: "credentials", noun: kirim.NounCredential}}
}

// Schema is a domain and its credentials.
func (d *credentialsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "All SMTP credentials of a domain, without their passwords.",
		Attributes: map[string]schema.Attribute{
			"domain": domainOfData(),
			"credentials": schema.ListNestedAttribute{
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: credentialSchema()},
				MarkdownDescription: "The credentials, in the API's order.",
			},
		},
	}
}

// Read lists the credentials, all pages of them.
func (d *credentialsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model struct {
		Domain      types.String           `tfsdk:"domain"`
		Credentials []credentialAttributes `tfsdk:"credentials"`
	}
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("domain"), &model.Domain)...)
	ref := kirim.CredentialRef(model.Domain.ValueString(), "")
	ctx = d.data.begin(ctx, credentialsNotListed, kirim.DomainRef(ref.Domain), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Credentials = []credentialAttributes{}
	for _, credential := range d.list(ctx, ref.Domain, &resp.Diagnostics) {
		model.Credentials = append(model.Credentials, attributesOf(ref, credential))
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	}
}

// list gives the credentials of a domain, without those that are marked as deleted.
func (b *dataSourceBase) list(ctx context.Context, domain string, diags *diag.Diagnostics) []kirim.Credential {
	credentials, err := b.data.client.ListCredentials(ctx, domain)
	if err != nil {
		credentialsNotListed.Fail(diags, err, kirim.DomainRef(domain))
	}
	return slices.DeleteFunc(credentials, func(c kirim.Credential) bool { return c.Deleted })
}
