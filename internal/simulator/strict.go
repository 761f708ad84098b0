package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const (
	defaultLimit = 15
	maxLimit     = 100
	// maxBody is far more than any request of the API needs.
	maxBody = 1 << 20
)

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// inspect looks at everything about the request but what the account holds. A call that was refused earlier is
// looked at all the same: its other violations count too.
func (c *call) inspect(r *http.Request, body []byte, o *Options) {
	c.inspectAuth(r, o)
	if c.kind == KindOther {
		return
	}
	c.inspectNames()
	c.inspectQuery(r.URL.RawQuery)
	switch {
	case c.tooLong:
		c.violate("a body longer than anything sensible")
		c.refuse(failure(http.StatusRequestEntityTooLarge, "Request body too large"))
	case c.kind == KindCreate:
		c.inspectCreate(r.Header.Get("Content-Type"), body)
	case len(body) > 0:
		c.violate("a body where none belongs")
		c.refuse(invalid("body", "This request takes no body."))
	}
}

func (c *call) inspectAuth(r *http.Request, o *Options) {
	username, token, ok := r.BasicAuth()
	if !ok {
		c.violate("no Basic authorization")
	}
	if !ok || username != o.Username || token != o.Token {
		c.refuse(failure(http.StatusUnauthorized, "Unauthorized"))
	}
}

// inspectNames refuses nothing: a name in another spelling is simply not found.
func (c *call) inspectNames() {
	nonASCII := func(r rune) bool { return r > 0x7f }
	if c.domain != normalDomain(c.domain) || strings.ContainsFunc(c.domain, nonASCII) {
		c.violate("domain not in lower-case A-labels without a trailing dot: " + strconv.Quote(c.domain))
	}
	if c.guid != "" && !guidForm.MatchString(c.guid) {
		c.violate("not a GUID in lower case: " + strconv.Quote(c.guid))
	}
}

func (c *call) inspectQuery(raw string) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		c.violate("malformed query")
		c.refuse(invalid("query", "The query cannot be read."))
	}
	c.limit, c.page = defaultLimit, 1
	for name, values := range query {
		switch {
		case c.kind != KindList || name != "limit" && name != "page":
			c.violate("unknown query parameter " + strconv.Quote(name))
			c.refuse(invalid(name, "This parameter is not known."))
		case len(values) > 1:
			c.violate("query parameter " + name + " given more than once")
			c.refuse(invalid(name, "This parameter is given more than once."))
		case name == "limit":
			c.limit = c.number(name, values[0], maxLimit)
		default:
			// So large a page that its offset overflows is nothing that a client gets to by turning pages.
			c.page = c.number(name, values[0], 1<<31/maxLimit)
		}
	}
}

func (c *call) number(name, value string, most int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		c.violate(name + " out of range: " + strconv.Quote(value))
		c.refuse(invalid(name, "The "+name+" must be a whole number in range."))
	}
	return n
}

// inspectCreate reads the body of a creation, in either form that the API's reference lists.
func (c *call) inspectCreate(contentType string, body []byte) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = ""
	}
	var fields map[string]json.RawMessage
	switch media {
	case typeJSON:
		err = json.Unmarshal(body, &fields)
	case "multipart/form-data":
		fields, err = formFields(body, params["boundary"])
	default:
		c.violate("a creation as " + strconv.Quote(contentType))
		c.refuse(invalid("body", "The body must be JSON."))
		return
	}
	if err != nil {
		c.violate("a body that is not " + media)
		c.refuse(invalid("body", "The body cannot be read."))
		return
	}
	for name := range fields {
		if name != "username" {
			c.violate("unknown field " + strconv.Quote(name))
			c.refuse(invalid(name, "This field is not known."))
		}
	}
	if err := json.Unmarshal(fields["username"], &c.username); err != nil || c.username == "" {
		c.refuse(invalid("username", "A username is required."))
	} else if strings.ContainsFunc(c.username, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		c.refuse(invalid("username", "The username holds characters that it must not."))
	}
}

func formFields(body []byte, boundary string) (map[string]json.RawMessage, error) {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(maxBody)
	if err != nil {
		return nil, err
	}
	fields := make(map[string]json.RawMessage)
	for name, values := range form.Value {
		quoted, err := json.Marshal(values[0])
		if err != nil {
			return nil, err
		}
		fields[name] = quoted
	}
	return fields, nil
}

// readBody reads the whole body: only then does net/http notice a client that leaves while it waits for its answer.
func readBody(r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
}
