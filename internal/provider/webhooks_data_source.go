package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// webhooksDataSource is smtp_webhooks: the webhooks of a domain.
type webhooksDataSource struct{ dataSourceBase }

func newWebhooksDataSource() datasource.DataSource {
	return &webhooksDataSource{dataSourceBase{name: "webhooks"}}
}

// webhookAttributes are what is known of a webhook.
type webhookAttributes struct {
	WebhookGUID types.String `tfsdk:"webhook_guid"`
	Type        types.String `tfsdk:"type"`
	URL         types.String `tfsdk:"url"`
	CreatedAt   types.String `tfsdk:"created_at"`
	ModifiedAt  types.String `tfsdk:"modified_at"`
}

// set takes over what the API says, except for the arguments of smtp_webhook.
func (a *webhookAttributes) set(webhook *kirim.Webhook) {
	a.WebhookGUID = types.StringValue(webhook.GUID)
	a.CreatedAt, a.ModifiedAt = attribute.TimeOrNull(webhook.CreatedAt), attribute.TimeOrNull(webhook.ModifiedAt)
}

// Schema is a domain, a type of event, and the webhooks.
func (d *webhooksDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The webhooks of a domain.",
		Attributes: map[string]schema.Attribute{
			"domain": domainOfData(),
			"type": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(kirim.WebhookTypes...)},
				MarkdownDescription: "Event, such as `bounced`; all by default.",
			},
			"webhooks": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The webhooks, in the API's order.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"webhook_guid": computedOfData(webhookGUIDText),
					"type":         computedOfData("Reported event."),
					"url":          computedOfData("Receiving address."),
					"created_at":   computedOfData(createdAtText),
					"modified_at":  computedOfData(modifiedAtText),
				}},
			},
		},
	}
}

// Read lists the webhooks, without those that are marked as deleted.
func (d *webhooksDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model struct {
		Domain   types.String        `tfsdk:"domain"`
		Type     types.String        `tfsdk:"type"`
		Webhooks []webhookAttributes `tfsdk:"webhooks"`
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	ref, failed := kirim.DomainRef(model.Domain.ValueString()), diagnostics.List.Of("webhooks")
	ctx = d.data.begin(ctx, failed, ref, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	webhooks, err := d.data.client.ListWebhooks(ctx, ref.Domain, model.Type.ValueString())
	if err != nil {
		failed.Fail(&resp.Diagnostics, err, ref)
		return
	}
	model.Webhooks = []webhookAttributes{}
	for _, webhook := range webhooks {
		if webhook.Deleted {
			continue
		}
		one := webhookAttributes{Type: types.StringValue(webhook.Type), URL: types.StringValue(webhook.URL)}
		one.set(&webhook)
		model.Webhooks = append(model.Webhooks, one)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
