package provider

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// webhookResource is smtp_webhook: where the API reports one type of event of a domain.
type webhookResource struct{ crudResource }

var (
	_ resource.ResourceWithConfigure   = (*webhookResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*webhookResource)(nil)
	_ resource.ResourceWithIdentity    = (*webhookResource)(nil)
	_ resource.ResourceWithImportState = (*webhookResource)(nil)
)

func newWebhookResource() resource.Resource {
	return &webhookResource{crudResource{
		resourceBase: resourceBase{name: "webhook", noun: kirim.NounWebhook},
		newModel:     func() crudModel { return &webhookModel{} },
	}}
}

// Schema is a domain, a type of event and an address.
func (r *webhookResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.baseAttributes(ctx, "`domain/webhook_guid`, in the API's spelling.")
	attributes["type"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.OneOf(kirim.WebhookTypes...)},
		MarkdownDescription: "Event to report: `" + strings.Join(kirim.WebhookTypes, "`, `") + "`.",
	}
	attributes["url"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{webhookURL},
		MarkdownDescription: "Receiving address, `http` or `https`. Plans show it: put no secret into it.",
	}
	attributes["webhook_guid"] = attribute.Computed(webhookGUIDText)
	attributes["created_at"] = attribute.Computed(createdAtText)
	attributes["modified_at"] = schema.StringAttribute{
		Computed: true, MarkdownDescription: modifiedAtText,
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The address to which Kirim.Email reports one type of event of a domain.",
		Attributes:          attributes,
	}
}

// webhookURL checks the address of a webhook.
var webhookURL = attribute.Check{
	What: "an http or https URL", Good: "A good value looks like \"https://example.com/hook\".",
	Find: attribute.Parses(func(s string) (*url.URL, error) {
		address, err := url.Parse(s)
		switch {
		case err != nil:
			return nil, errors.New("it is not a URL")
		case address.Scheme != "http" && address.Scheme != "https":
			return nil, errors.New("it does not start with http:// or https://")
		case address.Hostname() == "":
			return nil, errors.New("it has no host")
		case strings.Contains(s, " "):
			return nil, errors.New("it has white space in it")
		}
		return address, nil
	}),
}

// webhookModel is the resource's configuration, plan or state.
type webhookModel struct {
	baseModel
	webhookAttributes
}

func (m *webhookModel) ref() kirim.Ref {
	return kirim.WebhookRef(m.Domain.ValueString(), m.WebhookGUID.ValueString())
}

// set takes over what the API says, except for the arguments.
func (m *webhookModel) set(webhook *kirim.Webhook) {
	m.webhookAttributes.set(webhook)
	m.ID = types.StringValue(m.ref().ID())
}

func (m *webhookModel) create(ctx context.Context, op operation) error {
	webhook, err := op.client.CreateWebhook(ctx, m.Domain.ValueString(), m.Type.ValueString(), m.URL.ValueString())
	if err == nil {
		m.set(webhook)
	}
	return err
}

func (m *webhookModel) read(ctx context.Context, op operation) error {
	webhook, err := op.client.GetWebhook(ctx, m.Domain.ValueString(), m.WebhookGUID.ValueString())
	switch {
	case err != nil:
		return err
	case webhook.Deleted:
		return errDeleted
	}
	m.set(webhook)
	m.Type = attribute.TextOrNull(cmp.Or(webhook.Type, m.Type.ValueString()))
	if webhook.URL != "" && !webhook.HasURL(m.URL.ValueString()) {
		m.URL = types.StringValue(webhook.URL)
	}
	return nil
}

// update sends nothing if the API has the planned values, as after a change of timeouts.
func (m *webhookModel) update(ctx context.Context, op operation) error {
	domain, guid := m.Domain.ValueString(), m.WebhookGUID.ValueString()
	webhook, err := op.client.GetWebhook(ctx, domain, guid)
	if err == nil && (webhook.Type != m.Type.ValueString() || !webhook.HasURL(m.URL.ValueString())) {
		webhook, err = op.client.UpdateWebhook(ctx, domain, guid, m.Type.ValueString(), m.URL.ValueString())
	}
	if err == nil {
		m.set(webhook)
	}
	return err
}

func (m *webhookModel) remove(ctx context.Context, op operation) error {
	return op.client.DeleteWebhook(ctx, m.Domain.ValueString(), m.WebhookGUID.ValueString())
}
