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

// Schema is a domain, a type of event, and the webhooks.
func (d *webhooksDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The webhooks of a domain.",
		Attributes: map[string]schema.Attribute{
			"domain": domainOfData(),
			"type": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(kirim.WebhookTypes...)},
				MarkdownDescription: "Event whose webhooks are listed, such as `bounced`. By default all are.",
			},
			"webhooks": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The webhooks, in the API's order.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"webhook_guid": computed("GUID of the webhook, a UUID."),
					"type":         computed("Event that is reported."),
					"url":          computed("Address that the events are sent to."),
					"created_at":   computed("When it was created: RFC 3339, UTC; null if not known."),
					"modified_at":  computed("When it was last modified: RFC 3339, UTC; null if not known."),
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
	for _, one := range webhooks {
		if one.Deleted {
			continue
		}
		model.Webhooks = append(model.Webhooks, webhookAttributes{
			WebhookGUID: types.StringValue(one.GUID),
			Type:        types.StringValue(one.Type), URL: types.StringValue(one.URL),
			CreatedAt: attribute.TimeOrNull(one.CreatedAt), ModifiedAt: attribute.TimeOrNull(one.ModifiedAt),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
