package simulator

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// events is the types of a webhook.
var events = []string{
	"queued", "send", "delivered", "bounced", "failed", "permanent_fail", "opened", "clicked", "unsubscribed",
	"temporary_fail", "deferred",
}

type webhookJSON struct {
	GUID       string `json:"webhook_guid"`
	UserGUID   string `json:"user_guid"`
	DomainGUID string `json:"user_domain_guid"`
	SMTPGUID   string `json:"user_smtp_guid"`
	Type       string `json:"type"`
	URL        string `json:"url"`
	IsDeleted  bool   `json:"is_deleted"`
	CreatedAt  stamp  `json:"created_at"`
	ModifiedAt stamp  `json:"modified_at"`
}

// viewWebhook is a webhook as the answers show it.
func (s *Server) viewWebhook(w *storedWebhook) webhookJSON {
	return webhookJSON{
		GUID:       w.GUID,
		UserGUID:   s.account.guid,
		DomainGUID: s.account.domain(w.Domain).guid,
		Type:       w.Type,
		URL:        w.URL,
		IsDeleted:  w.IsDeleted,
		CreatedAt:  s.opts.stamp(w.created),
		ModifiedAt: s.opts.stamp(w.modified),
	}
}

// onWebhook is the handler of an endpoint for the webhook that the path names.
func onWebhook(do func(s *Server, c *call, w *storedWebhook, at time.Time) answer) handler {
	return func(s *Server, c *call, at time.Time) answer {
		found := s.account.webhook(c.domain, c.guid)
		if found == nil {
			return failure(http.StatusNotFound, "Webhook not found")
		}
		return do(s, c, found, at)
	}
}

// listWebhooks answers without pages.
func (s *Server) listWebhooks(c *call, _ time.Time) answer {
	// Never nil: an empty list is [] and not null.
	items := []webhookJSON{}
	event := c.query.Get("type")
	for _, w := range s.account.webhooks {
		if w.Domain == c.domain && (event == "" || event == w.Type) {
			items = append(items, s.viewWebhook(w))
		}
	}
	e := envelope{Success: true, Data: items, Count: new(len(items))}
	if s.opts.ListShape != ShapeFlat {
		e.Data = map[string]any{"data": items}
	}
	return jsonAnswer(http.StatusOK, e)
}

// refuseWebhook is the answer to fields that the API does not take, nil if it takes them.
func refuseWebhook(c *call, required ...string) *answer {
	for _, name := range []string{"type", "event_type", "url"} {
		_, given := c.fields[name]
		if !given && !slices.Contains(required, name) {
			continue
		}
		value := c.text(name)
		if name != "url" && slices.Contains(events, value) || name == "url" && isWebURL(value) {
			continue
		}
		a := invalid(name, "The "+name+" is not valid.")
		return &a
	}
	return nil
}

func isWebURL(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (s *Server) createWebhook(c *call, at time.Time) answer {
	if refusal := refuseWebhook(c, "type", "url"); refusal != nil {
		return *refusal
	}
	w := s.account.addWebhook(c.domain, newGUID(), c.text("type"), c.text("url"), at)
	return jsonAnswer(http.StatusCreated, envelope{
		Success: true,
		Message: "Webhook created successfully.",
		Data:    s.viewWebhook(w),
	})
}

func (s *Server) getWebhook(_ *call, w *storedWebhook, _ time.Time) answer {
	return jsonAnswer(http.StatusOK, envelope{Success: true, Data: s.viewWebhook(w)})
}

func (s *Server) updateWebhook(c *call, w *storedWebhook, at time.Time) answer {
	if len(c.fields) == 0 {
		return invalid("type", "At least one of type and url is required.")
	}
	if refusal := refuseWebhook(c); refusal != nil {
		return *refusal
	}
	w.Type, w.URL = cmp.Or(c.text("type"), w.Type), cmp.Or(c.text("url"), w.URL)
	w.modified = at
	return jsonAnswer(http.StatusOK, envelope{
		Success: true,
		Message: "Webhook updated successfully.",
		Data:    s.viewWebhook(w),
	})
}

func (s *Server) deleteWebhook(_ *call, w *storedWebhook, _ time.Time) answer {
	s.account.removeWebhook(w)
	return jsonAnswer(http.StatusOK, envelope{Success: true, Message: "Webhook deleted successfully."})
}

// testWebhook calls nobody: Options.WebhookStatus is what the URL answers.
func (s *Server) testWebhook(c *call, _ time.Time) answer {
	event, address := c.text("event_type"), c.text("url")
	// The vendor's Node SDK names a webhook, which the API's reference does not know.
	if _, named := c.fields["webhook_guid"]; named {
		w := s.account.webhook(c.domain, c.text("webhook_guid"))
		if w == nil {
			return failure(http.StatusNotFound, "Webhook not found")
		}
		event, address = w.Type, w.URL
	} else if refusal := refuseWebhook(c, "event_type", "url"); refusal != nil {
		return *refusal
	}
	result := envelope{Success: true, Message: "Webhook test completed successfully", Data: map[string]any{
		"url":             address,
		"event_type":      event,
		"response_status": s.opts.WebhookStatus,
		"response_time":   150,
	}}
	if s.opts.WebhookStatus < 300 {
		return jsonAnswer(http.StatusOK, result)
	}
	result.Success, result.Message = false, "Webhook URL did not respond correctly"
	return jsonAnswer(http.StatusFailedDependency, result)
}
