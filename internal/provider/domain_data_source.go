package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// domainDataSource is smtp_domain: one domain, by its name.
type domainDataSource struct{ dataSourceBase }

func newDomainDataSource() datasource.DataSource {
	return &domainDataSource{dataSourceBase{name: "domain"}}
}

// domainAttributes are what is known of a domain, beside its name.
type domainAttributes struct {
	DKIMKeyLength types.Int64          `tfsdk:"dkim_key_length"`
	OpenTrack     types.Bool           `tfsdk:"open_track"`
	ClickTrack    types.Bool           `tfsdk:"click_track"`
	UnsubTrack    types.Bool           `tfsdk:"unsub_track"`
	IsVerified    types.Bool           `tfsdk:"is_verified"`
	CreatedAt     types.String         `tfsdk:"created_at"`
	ModifiedAt    types.String         `tfsdk:"modified_at"`
	DNSRecords    map[string]dnsRecord `tfsdk:"dns_records"`
	MXRecords     types.List           `tfsdk:"mx_records"`
}

// dnsRecord is a DNS record that a domain has to have.
type dnsRecord struct {
	Type  types.String `tfsdk:"type"`
	Name  types.String `tfsdk:"name"`
	Value types.String `tfsdk:"value"`
}

// domainDescriptions are those of domainAttributes, for the resource and the data sources.
var domainDescriptions = map[string]string{
	"dkim_key_length": "Length of the DKIM key in bits: `1024` or `2048`.",
	"open_track":      "Whether opened mails are tracked.",
	"click_track":     "Whether clicks are tracked.",
	"unsub_track":     "Whether unsubscriptions are tracked.",
	"is_verified":     "Whether Kirim.Email has found the DNS records, or null.",
	"created_at":      createdAtText,
	"modified_at":     modifiedAtText,
	"dns_records":     "Required DNS records, with the keys `dkim` and `spf`.",
	"mx_records":      "Values of the MX records, or null.",
	"type":            "`TXT`.",
	"name":            "Such as `k1._domainkey.example.com`, or null.",
	"value":           "In one piece, or null.",
}

// set takes over what the API says. An argument that the API leaves out keeps its value.
func (a *domainAttributes) set(domain *kirim.Domain) {
	if length := domain.DKIMKeyLength(); length > 0 {
		a.DKIMKeyLength = types.Int64Value(int64(length))
	} else if a.DKIMKeyLength.IsUnknown() {
		a.DKIMKeyLength = types.Int64Null()
	}
	a.OpenTrack = boolOr(domain.Open, a.OpenTrack)
	a.ClickTrack = boolOr(domain.Click, a.ClickTrack)
	a.UnsubTrack = boolOr(domain.Unsub, a.UnsubTrack)
	a.IsVerified = types.BoolPointerValue(domain.IsVerified)
	a.CreatedAt, a.ModifiedAt = attribute.TimeOrNull(domain.CreatedAt), attribute.TimeOrNull(domain.ModifiedAt)
	a.DNSRecords = dnsRecords(types.StringValue(domain.Name))
	dkim, spf := a.DNSRecords["dkim"], a.DNSRecords["spf"]
	dkim.Name, dkim.Value = types.StringNull(), attribute.TextOrNull(domain.DKIMRecord)
	if domain.DKIMSelector != "" {
		dkim.Name = types.StringValue(domain.DKIMSelector + "._domainkey." + domain.Name)
	}
	spf.Value = attribute.TextOrNull(domain.SPFRecord)
	a.DNSRecords["dkim"], a.DNSRecords["spf"] = dkim, spf
	a.MXRecords = types.ListNull(types.StringType)
	if domain.MXRecords != nil {
		values := []attr.Value{}
		for _, value := range domain.MXRecords {
			values = append(values, types.StringValue(value))
		}
		a.MXRecords = types.ListValueMust(types.StringType, values)
	}
}

// dnsRecords returns the records of a domain, as far as its name tells them.
func dnsRecords(domain types.String) map[string]dnsRecord {
	unknown, txt := types.StringUnknown(), types.StringValue("TXT")
	return map[string]dnsRecord{"dkim": {txt, unknown, unknown}, "spf": {txt, domain, unknown}}
}

// boolOr returns what the API says, or else the value before, if there is one.
func boolOr(said *bool, before types.Bool) types.Bool {
	if said == nil && !before.IsUnknown() {
		return before
	}
	return types.BoolPointerValue(said)
}

// domainSchema has the attributes of one domain, beside its name.
func domainSchema() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"id": computedOfData("The domain in the API's spelling."),
		"dkim_key_length": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Length of the DKIM key in bits, or null.",
		},
		"mx_records": schema.ListAttribute{
			Computed: true, ElementType: types.StringType, MarkdownDescription: domainDescriptions["mx_records"],
		},
	}
	for _, name := range []string{"open_track", "click_track", "unsub_track", "is_verified"} {
		attributes[name] = schema.BoolAttribute{Computed: true, MarkdownDescription: domainDescriptions[name]}
	}
	text := func(name string) schema.StringAttribute {
		return computedOfData(domainDescriptions[name])
	}
	attributes["created_at"], attributes["modified_at"] = text("created_at"), text("modified_at")
	attributes["dns_records"] = schema.MapNestedAttribute{
		Computed: true, MarkdownDescription: domainDescriptions["dns_records"],
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"type": text("type"), "name": text("name"), "value": text("value"),
		}},
	}
	return attributes
}

// Schema is a domain's name, and what is known of the domain.
func (d *domainDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := domainSchema()
	attributes["domain"] = domainOfData()
	resp.Schema = schema.Schema{MarkdownDescription: "One sending domain of the account.", Attributes: attributes}
}

// domainDataModel is a domain in a data source.
type domainDataModel struct {
	ID     types.String `tfsdk:"id"`
	Domain types.String `tfsdk:"domain"`
	domainAttributes
}

// Read reads the domain. That there is none is an error.
func (d *domainDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model domainDataModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("domain"), &model.Domain)...)
	ref := kirim.DomainRef(model.Domain.ValueString())
	failed := diagnostics.ReadData.Of("domain")
	ctx = d.data.begin(ctx, failed, ref, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	domain, err := d.data.client.GetDomain(ctx, ref.Domain)
	if err != nil {
		failed.Fail(&resp.Diagnostics, err, ref)
		return
	}
	model.ID = types.StringValue(domain.Name)
	model.set(domain)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
