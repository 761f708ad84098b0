package simulator

import (
	"net/http"
	"net/url"
	"strings"
)

// Kind is which endpoint a request is for.
type Kind string

// The endpoints.
const (
	KindReset  Kind = "reset"  // PUT …/credentials/{guid}/reset-password
	KindGet    Kind = "get"    // GET …/credentials/{guid}
	KindList   Kind = "list"   // GET …/credentials
	KindCreate Kind = "create" // POST …/credentials
	KindDelete Kind = "delete" // DELETE …/credentials/{guid}
	KindOther  Kind = "other"  // an unknown path, or a known one with a wrong method
)

// call is one request as it is understood.
type call struct {
	kind         Kind
	domain, guid string
	limit, page  int    // of a list
	username     string // of a creation
	tooLong      bool   // the body is longer than anything sensible

	violations []string
	refusal    *answer // what strictness answers in the place of the endpoint
}

// violate notes what a correct client never sends.
func (c *call) violate(what string) { c.violations = append(c.violations, what) }

// refuse sets the answer, unless something earlier has.
func (c *call) refuse(a answer) {
	if c.refusal == nil {
		c.refusal = &a
	}
}

// newCall finds the endpoint. It goes by the path as it was sent: a router that cleans paths would serve what the
// API does not, and one that splits after unescaping takes an escaped slash for a border.
func newCall(r *http.Request) *call {
	c := &call{kind: KindOther}
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, s := range segments {
		unescaped, err := url.PathUnescape(s)
		if err != nil || unescaped == "" {
			return c.unknownPath()
		}
		segments[i] = unescaped
	}
	if len(segments) < 4 || segments[0] != "api" || segments[1] != "domains" || segments[3] != "credentials" {
		return c.unknownPath()
	}
	c.domain = segments[2]
	var methods map[string]Kind
	switch {
	case len(segments) == 4:
		methods = map[string]Kind{http.MethodGet: KindList, http.MethodPost: KindCreate}
	case len(segments) == 5:
		c.guid = segments[4]
		methods = map[string]Kind{http.MethodGet: KindGet, http.MethodDelete: KindDelete}
	case len(segments) == 6 && segments[5] == "reset-password":
		c.guid = segments[4]
		methods = map[string]Kind{http.MethodPut: KindReset}
	default:
		return c.unknownPath()
	}
	kind, ok := methods[r.Method]
	if !ok {
		return c.wrongMethod(r.Method, methods)
	}
	c.kind = kind
	return c
}

func (c *call) unknownPath() *call {
	c.violate("unknown path")
	c.refuse(htmlPage(http.StatusNotFound, "The page you are looking for does not exist."))
	return c
}

func (c *call) wrongMethod(method string, known map[string]Kind) *call {
	c.violate("wrong method " + method)
	a := failure(http.StatusMethodNotAllowed, "Method not allowed")
	a.header = make(http.Header)
	for m := range known {
		a.header.Add("Allow", m)
	}
	c.refuse(a)
	return c
}
