package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"time"
)

const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=UTF-8"
)

// answer is the response to one request.
type answer struct {
	status int
	header http.Header // with a Content-Type
	body   []byte
	acted  bool // the request has changed something
}

func newAnswer(status int, contentType string, body []byte) answer {
	return answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}
}

// stamp is a time in the form of Options.TimeFormat. A null stamp is sent; an empty stamp is left out.
type stamp = json.RawMessage

type credentialJSON struct {
	ID                  int    `json:"id"`
	GUID                string `json:"user_smtp_guid"`
	Username            string `json:"username"`
	CreatedAt           stamp  `json:"created_at"`
	ModifiedAt          stamp  `json:"modified_at"`
	LastPasswordChanged stamp  `json:"last_password_changed,omitempty"`
	*extrasJSON
}

// extrasJSON is the fields that the vendor's SDKs know and the API's reference does not.
type extrasJSON struct {
	IsVerified bool   `json:"is_verified"`
	Status     string `json:"status"`
	IsDeleted  bool   `json:"is_deleted"`
	DeletedAt  stamp  `json:"deleted_at"`
}

type envelope struct {
	Success bool                `json:"success"`
	Message string              `json:"message,omitempty"`
	Errors  map[string][]string `json:"errors,omitempty"`
	Data    any                 `json:"data,omitempty"`
	Domain  string              `json:"domain,omitempty"`
	// Pagination belongs to a flat list of domains, and Count to a list of webhooks.
	Pagination map[string]int `json:"pagination,omitempty"`
	Count      *int           `json:"count,omitempty"`
}

type createdJSON struct {
	Credential   credentialJSON `json:"credential"`
	Password     string         `json:"password"`
	RemoteSynced *bool          `json:"remote_synced,omitempty"`
}

type resetJSON struct {
	Credential   *credentialJSON `json:"credential,omitempty"`
	NewPassword  string          `json:"new_password"`
	StrengthInfo json.RawMessage `json:"strength_info,omitempty"`
	RemoteSynced *bool           `json:"remote_synced,omitempty"`
}

// listAnswer is the page of all that the call asks for, each item as view shows it, in the shape of Options.ListShape.
func listAnswer[Item, View any](c *call, o *Options, all []Item, view func(Item) View) answer {
	offset := (c.page - 1) * c.limit
	// Never nil: an empty list is [] and not null.
	items := []View{}
	for i := offset; i < len(all) && i < offset+c.limit; i++ {
		items = append(items, view(all[i]))
	}
	pagination := map[string]int{"total": len(all), "page": c.page, "limit": c.limit, "offset": offset}
	e := envelope{Success: true, Data: items, Domain: c.domain}
	switch o.ListShape {
	case ShapeFlat:
		switch c.route.area {
		case domains:
			e.Pagination = pagination
		case keyCredentials:
			e.Domain = ""
		}
	case ShapePaginated:
		e.Data = map[string]any{"data": items, "pagination": pagination}
	case ShapePaginator:
		e.Data = map[string]any{"current_page": c.page, "data": items, "total": len(all)}
		e.Domain = ""
	}
	return jsonAnswer(http.StatusOK, e)
}

// view is a credential as the answers show it.
func (o *Options) view(c *credential) credentialJSON {
	v := credentialJSON{
		ID:         c.ID,
		GUID:       c.GUID,
		Username:   c.Username,
		CreatedAt:  o.stamp(c.created),
		ModifiedAt: o.stamp(c.modified),
	}
	if o.UsernameAsLogin {
		v.Username = c.Login
	}
	if o.ZeroModifiedAt {
		v.ModifiedAt = o.stamp(time.Time{})
	}
	switch {
	case o.OmitPasswordChanged:
	case c.changed.IsZero():
		v.LastPasswordChanged = stamp("null")
	default:
		v.LastPasswordChanged = o.stamp(c.changed.Add(o.PasswordChangedLag))
	}
	if o.Extras {
		v.extrasJSON = &extrasJSON{IsVerified: true, Status: "active", DeletedAt: stamp("null")}
	}
	return v
}

func (o *Options) stamp(t time.Time) stamp {
	switch {
	case o.TimeFormat == TimesISO && t.IsZero():
		return stamp("null")
	case o.TimeFormat == TimesISO:
		return stamp(strconv.Quote(t.UTC().Format(time.RFC3339)))
	case t.IsZero():
		return stamp("0")
	default:
		return stamp(strconv.FormatInt(t.Unix(), 10))
	}
}

func (o *Options) remoteSynced() *bool {
	if o.RemoteSynced == SyncedAbsent {
		return nil
	}
	return new(o.RemoteSynced == SyncedTrue)
}

func jsonAnswer(status int, v any) answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	// The vendor's service leaves < > & as they are, so that a password stands in the body in its own letters.
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Options.StrengthInfo has made something that is not JSON: a mistake in a test.
		return htmlPage(http.StatusInternalServerError, "simulator: "+err.Error())
	}
	return newAnswer(status, typeJSON, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// failure is an error in the API's envelope.
func failure(status int, message string) answer {
	return jsonAnswer(status, envelope{Message: message})
}

// invalid is the API's answer to bad input in one field.
func invalid(field, complaint string) answer {
	return jsonAnswer(http.StatusUnprocessableEntity, envelope{
		Message: "Validation failed.",
		Errors:  map[string][]string{field: {complaint}},
	})
}

// serverError is the API's own 500: it may or may not have acted.
func serverError() answer {
	return failure(http.StatusInternalServerError, "An error occurred while processing the request.")
}

// htmlPage is the answer of a proxy, and not of the API.
func htmlPage(status int, text string) answer {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	page := fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%[1]s</title></head>"+
		"<body><h1>%[1]s</h1><p>%[2]s</p></body></html>\n", title, html.EscapeString(text))
	return newAnswer(status, typeHTML, []byte(page))
}
