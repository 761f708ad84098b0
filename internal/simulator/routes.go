package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kind names an endpoint in the journal and in faults.
type Kind string

// The endpoints.
const (
	KindReset  Kind = "reset"  // PUT …/credentials/{guid}/reset-password
	KindGet    Kind = "get"    // GET …/credentials/{guid}
	KindList   Kind = "list"   // GET …/credentials
	KindCreate Kind = "create" // POST …/credentials
	KindDelete Kind = "delete" // DELETE …/credentials/{guid}
	KindOther  Kind = "other"  // an unknown path, or a known path with a wrong method
)

// route is one endpoint of the API.
type route struct {
	kind   Kind
	method string
	path   string   // {domain} and {guid} each stand for one segment
	query  []string // the query parameters that it takes
	fields []string // the fields of the body that it takes; empty: it takes no body
	do     handler
}

// handler answers a call that nothing refuses, and makes its change, at the time at. The domain in the path exists.
// It runs under Server.mu, perhaps long after the call came in: see ActLate.
type handler func(s *Server, c *call, at time.Time) answer

const (
	credentialsPath = "/api/domains/{domain}/credentials"
	credentialPath  = credentialsPath + "/{guid}"
)

// routes is every endpoint of the API. A new endpoint is one line here, and its handler.
var routes = []route{
	{KindList, "GET", credentialsPath, []string{"limit", "page"}, nil, (*Server).listCredentials},
	{KindCreate, "POST", credentialsPath, nil, []string{"username"}, (*Server).createCredential},
	{KindGet, "GET", credentialPath, nil, nil, onCredential((*Server).getCredential)},
	{KindDelete, "DELETE", credentialPath, nil, nil, onCredential((*Server).deleteCredential)},
	{KindReset, "PUT", credentialPath + "/reset-password", nil, nil, onCredential((*Server).resetPassword)},
}

// kinds is the kinds of all routes, and KindOther.
func kinds() []Kind {
	all := []Kind{KindOther}
	for _, r := range routes {
		all = append(all, r.kind)
	}
	return all
}

// match compares the route's path with a path as it was sent. A router that cleans paths serves more than the API
// does. A router that unescapes before it splits takes an escaped slash for a border.
func (r *route) match(path string) (domain, guid string, ok bool) {
	pattern, segments := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(pattern) != len(segments) {
		return "", "", false
	}
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		switch {
		case err != nil:
			return "", "", false
		case pattern[i] == "{domain}" && text != "":
			domain = text
		case pattern[i] == "{guid}" && text != "":
			guid = text
		case pattern[i] != text:
			return "", "", false
		}
	}
	return domain, guid, true
}

// findRoute sets the call's route, or refuses the call.
func (c *call) findRoute(method, path string) {
	var allowed []string
	for i := range routes {
		domain, guid, ok := routes[i].match(path)
		if !ok {
			continue
		}
		c.domain, c.guid = domain, guid
		if routes[i].method == method {
			c.route = &routes[i]
			return
		}
		allowed = append(allowed, routes[i].method)
	}
	if allowed == nil {
		c.refuse("unknown path", htmlPage(http.StatusNotFound, "The page you are looking for does not exist."))
		return
	}
	a := failure(http.StatusMethodNotAllowed, "Method not allowed")
	slices.Sort(allowed)
	a.header["Allow"] = allowed
	c.refuse("wrong method "+method, a)
}

// act is the API itself: it answers the call and makes its change, at the time at. Called under s.mu.
func (s *Server) act(c *call, at time.Time) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	if c.domain != "" && !s.account.domains[c.domain] {
		return failure(http.StatusNotFound, "Domain not found")
	}
	a := c.route.do(s, c, at)
	a.acted = c.route.method != http.MethodGet && a.status < 300
	return a
}
