package kirim

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// WebhookTypes are the events that a webhook can be for, by the API's description.
var WebhookTypes = []string{
	"queued", "send", "delivered", "bounced", "failed", "permanent_fail", "opened", "clicked", "unsubscribed",
	"temporary_fail", "deferred",
}

// Webhook is where the API reports one type of event of a domain.
type Webhook struct {
	// GUID is the webhook's webhook_guid, a UUID in lower case.
	GUID string
	// Type is one of [WebhookTypes].
	Type string
	URL  string
	// Deleted: the API marks it as deleted, and answers with it all the same.
	Deleted               bool
	CreatedAt, ModifiedAt time.Time
	// AsOf is the time of the answer by the API's own clock (its Date).
	AsOf time.Time
}

func (w Webhook) key() string                   { return w.GUID }
func (w Webhook) created() (at, asOf time.Time) { return w.CreatedAt, w.AsOf }

// HasURL reports whether an address is that of the webhook. The API may have written it in
// another form: the host in lower case, and a slash for an empty path.
func (w Webhook) HasURL(address string) bool { return normalizeURL(w.URL) == normalizeURL(address) }

// normalizeURL writes a URL as RFC 3986, section 6.2, has it for http. What is no URL stays
// as it is.
func normalizeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	u.Host, u.Path = strings.ToLower(u.Host), cmp.Or(u.Path, "/")
	return u.String()
}

// CreateWebhook makes a webhook: `POST /api/domains/{domain}/webhooks`. The API makes a
// second one if it is asked twice.
func (c *Client) CreateWebhook(ctx context.Context, domain, event, address string) (*Webhook, error) {
	r := webhooks(domain)
	r.op, r.body = "create the webhook", map[string]string{"type": event, "url": address}
	return create(ctx, c, r, decodeWebhook, func(ctx context.Context) ([]Webhook, error) {
		return c.ListWebhooks(ctx, domain, "")
	}, func(one Webhook) bool {
		return one.Type == event && one.HasURL(address) && !one.Deleted
	})
}

// GetWebhook reads a webhook: `GET /api/domains/{domain}/webhooks/{webhookGuid}`.
func (c *Client) GetWebhook(ctx context.Context, domain, guid string) (*Webhook, error) {
	webhook, err := one(ctx, c, request{op: "read the webhook", ref: WebhookRef(domain, guid)}, decodeWebhook)
	return webhook, c.tellMissing(ctx, domain, guid, err)
}

// tellMissing finds out what a "Domain not found" of a webhook is about. The API's
// description has no other message for a webhook that is not there. If the domain has a
// list without it, it is the webhook.
func (c *Client) tellMissing(ctx context.Context, domain, guid string, err error) error {
	if !IsNotFound(err, NounDomain) {
		return err
	}
	all, listErr := c.ListWebhooks(ctx, domain, "")
	guid = WebhookRef(domain, guid).Normalized().GUID
	if listErr != nil || slices.ContainsFunc(all, func(one Webhook) bool { return one.GUID == guid }) {
		return err
	}
	e := Details(err)
	e.Noun = NounWebhook
	return &e
}

// ListWebhooks reads the webhooks of a domain, of one type of event unless that is empty:
// `GET /api/domains/{domain}/webhooks`. The list has no pages.
func (c *Client) ListWebhooks(ctx context.Context, domain, event string) ([]Webhook, error) {
	r := webhooks(domain)
	r.op, r.whole = "list the webhooks", true
	if event != "" {
		r.query = url.Values{"type": {event}}
	}
	return listAll(ctx, c, r, decodeWebhook)
}

// UpdateWebhook changes a webhook: `PUT /api/domains/{domain}/webhooks/{webhookGuid}`.
func (c *Client) UpdateWebhook(ctx context.Context, domain, guid, event, address string) (*Webhook, error) {
	return one(ctx, c, request{
		op: "update the webhook", ref: WebhookRef(domain, guid), effect: transport.Writes,
		body: map[string]string{"type": event, "url": address},
	}, decodeWebhook)
}

// DeleteWebhook deletes a webhook: `DELETE /api/domains/{domain}/webhooks/{webhookGuid}`.
func (c *Client) DeleteWebhook(ctx context.Context, domain, guid string) error {
	return c.tellMissing(ctx, domain, guid, c.remove(ctx, "delete the webhook", WebhookRef(domain, guid)))
}

func webhooks(domain string) request { return request{ref: DomainRef(domain), path: "/webhooks"} }

func decodeWebhook(raw json.RawMessage, asOf time.Time) (Webhook, bool) {
	o, ok := jsonvalue.AsObject(raw)
	if !ok {
		return Webhook{}, false
	}
	w := Webhook{AsOf: asOf}
	guid, _ := jsonvalue.AsString(o["webhook_guid"])
	w.GUID = strings.ToLower(guid)
	w.Type, _ = jsonvalue.AsString(o["type"])
	w.URL, _ = jsonvalue.AsString(o["url"])
	deleted := jsonvalue.AsBool(o["is_deleted"])
	w.Deleted = deleted != nil && *deleted
	w.CreatedAt, _ = jsonvalue.AsTime(o["created_at"])
	w.ModifiedAt, _ = jsonvalue.AsTime(o["modified_at"])
	return w, true
}
