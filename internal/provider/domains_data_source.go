package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// domainsDataSource is smtp_domains: the domains of the account.
type domainsDataSource struct{ dataSourceBase }

func newDomainsDataSource() datasource.DataSource {
	return &domainsDataSource{dataSourceBase{name: "domains"}}
}

// Schema is a search and what it finds.
func (d *domainsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := domainSchema()
	attributes["domain"] = computedOfData("Sending domain, such as `example.com`.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sending domains of the account: all, or by a search.",
		Attributes: map[string]schema.Attribute{
			"search": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Text to find in their names.",
			},
			"domains": schema.ListNestedAttribute{
				Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: attributes},
				MarkdownDescription: "The domains, in the API's order.",
			},
		},
	}
}

// Read lists the domains, all pages of them.
func (d *domainsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model struct {
		Search  types.String      `tfsdk:"search"`
		Domains []domainDataModel `tfsdk:"domains"`
	}
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("search"), &model.Search)...)
	failed := diagnostics.List.Of("domains")
	ctx = d.data.begin(ctx, failed, kirim.Ref{}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	domains, err := d.data.client.ListDomains(ctx, model.Search.ValueString())
	if err != nil {
		failed.Fail(&resp.Diagnostics, err, kirim.Ref{})
		return
	}
	model.Domains = []domainDataModel{}
	for _, domain := range domains {
		one := domainDataModel{ID: types.StringValue(domain.Name), Domain: types.StringValue(domain.Name)}
		one.set(&domain)
		model.Domains = append(model.Domains, one)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
