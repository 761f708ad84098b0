package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxLimit = 100
	// maxPage keeps a list's offset far from an overflow.
	maxPage = 1 << 31 / maxLimit
	// maxBody is far more than any request of the API needs.
	maxBody = 1 << 20
)

var (
	guidForm   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	domainForm = regexp.MustCompile(`^([0-9a-z]([0-9a-z-]*[0-9a-z])?\.)+[0-9a-z]([0-9a-z-]*[0-9a-z])?$`)
)

// fields is the fields of a body, by name.
type fields map[string]fieldType

// fieldType is a type of JSON.
type fieldType string

const (
	isString  fieldType = "string"
	isInteger fieldType = "integer"
	isBool    fieldType = "boolean"
)

// holds reports whether a JSON value is of the type.
func (t fieldType) holds(raw json.RawMessage) bool {
	var into any
	switch t {
	case isString:
		into = new(string)
	case isInteger:
		into = new(int)
	case isBool:
		into = new(bool)
	}
	return string(raw) != "null" && json.Unmarshal(raw, into) == nil
}

// call is one request as the API understands it.
type call struct {
	route        *route // nil: KindOther
	domain, guid string // from the path, unescaped; with a domain's key, the domain is from the header
	query        url.Values
	limit, page  int                        // of the query
	fields       map[string]json.RawMessage // of the body
	bodySize     int

	violations []string
	refusal    *answer // the answer of the first check that fails
}

// newCall checks a request without its body and without the account. A call that is refused goes through the other
// checks too: each of its violations counts.
func newCall(r *http.Request, s *Server) *call {
	c := &call{page: 1}
	c.findRoute(r.Method, r.URL.EscapedPath())
	c.checkAuth(r, s)
	if c.route != nil {
		c.limit = c.route.area.limit
		c.checkPath()
		c.checkQuery(r.URL.RawQuery)
	}
	return c
}

func (c *call) kind() Kind {
	if c.route == nil {
		return KindOther
	}
	return c.route.kind
}

// byKey reports whether the endpoint asks for a domain's key.
func (c *call) byKey() bool { return c.route != nil && c.route.area.byKey }

// read sets value to a field of the body, and leaves it if the field is absent.
func (c *call) read(field string, value any) {
	if raw, ok := c.fields[field]; ok {
		// readFields has refused a value of another type.
		_ = json.Unmarshal(raw, value)
	}
}

// text is a field of the body, empty if it is absent.
func (c *call) text(field string) (value string) {
	c.read(field, &value)
	return value
}

// violate notes a mistake that a correct client never makes.
func (c *call) violate(violation string) { c.violations = append(c.violations, violation) }

// refuse violates, and sets the answer unless an earlier check has set one.
func (c *call) refuse(violation string, a answer) {
	c.violate(violation)
	if c.refusal == nil {
		c.refusal = &a
	}
}

func (c *call) checkAuth(r *http.Request, s *Server) {
	username, password, ok := r.BasicAuth()
	if !ok {
		c.violate("no Basic authorization")
	}
	right := username == s.opts.Username && password == s.opts.Token
	if c.byKey() {
		c.domain = r.Header.Get("Domain")
		if c.domain == "" {
			c.violate("no domain header")
		}
		d := s.account.domain(c.domain)
		right = d != nil && username == d.key && password == d.secret
	}
	if !right {
		// A wrong token is no violation: a correct client may have it from its user.
		of := credentials
		if c.route != nil {
			of = c.route.area
		}
		a := jsonAnswer(http.StatusUnauthorized, of.unauthorized)
		c.refusal = cmp.Or(c.refusal, &a)
	}
}

// checkPath refuses nothing: a name in another spelling is not found.
func (c *call) checkPath() {
	c.checkDomain(c.domain)
	if c.guid != "" && !guidForm.MatchString(c.guid) {
		c.violate("not a GUID in lower case: " + strconv.Quote(c.guid))
	}
}

func (c *call) checkDomain(name string) {
	nonASCII := func(r rune) bool { return r > 0x7f }
	if name != normalDomain(name) || strings.ContainsFunc(name, nonASCII) {
		c.violate("domain not in lower-case A-labels without a trailing dot: " + strconv.Quote(name))
	}
}

func (c *call) checkQuery(raw string) {
	var err error
	if c.query, err = url.ParseQuery(raw); err != nil {
		c.refuse("malformed query", invalid("query", "The query cannot be read."))
	}
	for name, values := range c.query {
		switch {
		case !slices.Contains(c.route.query, name):
			c.refuse("unknown query parameter "+strconv.Quote(name), invalid(name, "This parameter is not known."))
		case len(values) > 1:
			c.refuse("query parameter "+name+" given more than once",
				invalid(name, "This parameter is given more than once."))
		case name == "limit":
			c.limit = c.number(name, values[0], maxLimit)
		case name == "page":
			c.page = c.number(name, values[0], maxPage)
		case name == "type" && !slices.Contains(events, values[0]):
			c.refuse("unknown type "+strconv.Quote(values[0]), invalid(name, "The type is not valid."))
		}
	}
}

func (c *call) number(name, value string, most int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		c.refuse(name+" out of range: "+strconv.Quote(value),
			invalid(name, "The "+name+" must be a whole number in range."))
	}
	return n
}

// readBody reads the whole body: net/http notices a client that leaves while it waits only after that.
func readBody(r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
}

// checkBody reads and checks the body. Its error is that of the connection.
func (c *call) checkBody(r *http.Request) error {
	body, err := readBody(r)
	_, tooLong := errors.AsType[*http.MaxBytesError](err)
	if err != nil && !tooLong {
		return err
	}
	c.bodySize = len(body)
	contentType := r.Header.Get("Content-Type")
	switch {
	case c.route == nil:
	case tooLong:
		c.refuse("a body longer than anything sensible",
			failure(http.StatusRequestEntityTooLarge, "Request body too large"))
	case len(c.route.fields) > 0:
		c.readFields(contentType, body)
	case len(body) > 0 && !saysNothing(r.Method, contentType, body):
		c.refuse("a body where none belongs", invalid("body", "This request takes no body."))
	}
	return nil
}

// saysNothing reports whether a body is the JSON text null or []. The vendor's Go SDK sends null with each PUT and POST
// that takes no body, and its PHP SDK [].
func saysNothing(method, contentType string, body []byte) bool {
	media, _, err := mime.ParseMediaType(contentType)
	text := string(bytes.Trim(body, " \t\r\n"))
	return (method == http.MethodPut || method == http.MethodPost) && err == nil && media == typeJSON &&
		(text == "null" || text == "[]")
}

// readFields reads a body in either form that the API's reference lists.
func (c *call) readFields(contentType string, body []byte) {
	media, params, err := mime.ParseMediaType(contentType)
	switch {
	case err == nil && media == typeJSON:
		err = json.Unmarshal(body, &c.fields)
	case err == nil && media == "multipart/form-data":
		c.fields, err = formFields(body, params["boundary"], c.route.fields)
	default:
		c.refuse("a body as "+strconv.Quote(contentType), invalid("body", "The body must be JSON."))
		return
	}
	if err != nil {
		c.refuse("a body that is not "+media, invalid("body", "The body cannot be read."))
	}
	for name, raw := range c.fields {
		wanted, known := c.route.fields[name]
		switch {
		case !known:
			c.refuse("unknown field "+strconv.Quote(name), invalid(name, "This field is not known."))
		case !wanted.holds(raw):
			c.refuse("field "+name+" is no "+string(wanted), invalid(name, "The "+name+" is of another type."))
		}
	}
	c.checkDomain(c.text("domain"))
}

// formFields is the fields of a form as JSON: a form has nothing but text.
func formFields(body []byte, boundary string, known fields) (map[string]json.RawMessage, error) {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(maxBody)
	if err != nil {
		return nil, err
	}
	read := make(map[string]json.RawMessage)
	for name, values := range form.Value {
		read[name] = json.RawMessage(values[0])
		if !json.Valid(read[name]) || known[name] == isString {
			if read[name], err = json.Marshal(values[0]); err != nil {
				return nil, err
			}
		}
	}
	return read, nil
}
