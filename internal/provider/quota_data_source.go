package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// quotaDataSource is smtp_quota: how much the account may send.
type quotaDataSource struct{ dataSourceBase }

func newQuotaDataSource() datasource.DataSource {
	return &quotaDataSource{dataSourceBase{name: "quota"}}
}

// Schema is the quota.
func (d *quotaDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The account's quota: how many messages it may send.",
		Attributes: map[string]schema.Attribute{
			"current_quota": schema.Int64Attribute{
				Computed: true, MarkdownDescription: "How many messages may still be sent, or null.",
			},
			"max_quota": schema.Int64Attribute{
				Computed: true, MarkdownDescription: "How many may be sent in all, or null.",
			},
			"usage_percentage": schema.Float64Attribute{
				Computed: true, MarkdownDescription: "Used part in percent, or null.",
			},
		},
	}
}

// Read asks for the quota.
func (d *quotaDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	account, failed := kirim.Ref{}, diagnostics.ReadData.Of("account's quota")
	ctx = d.data.begin(ctx, failed, account, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	quota, err := d.data.client.GetQuota(ctx)
	if err != nil {
		failed.Fail(&resp.Diagnostics, err, account)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &struct {
		Current         types.Int64   `tfsdk:"current_quota"`
		Max             types.Int64   `tfsdk:"max_quota"`
		UsagePercentage types.Float64 `tfsdk:"usage_percentage"`
	}{
		types.Int64PointerValue(quota.Current), types.Int64PointerValue(quota.Max),
		types.Float64PointerValue(quota.UsagePercentage),
	})...)
}
