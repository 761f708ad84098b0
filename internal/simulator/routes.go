package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kind names an endpoint in the journal and in faults. The credentials' endpoints exist twice: below /api/domains/ with
// the account's token, and below /api/v4/transactional/ with a domain's key. Entry.Path tells them apart.
type Kind string

// The endpoints.
const (
	KindReset  Kind = "reset"  // PUT (POST with a domain's key) …/credentials/{guid}/reset-password
	KindGet    Kind = "get"    // GET …/credentials/{guid}
	KindList   Kind = "list"   // GET …/credentials
	KindCreate Kind = "create" // POST …/credentials
	KindDelete Kind = "delete" // DELETE …/credentials/{guid}

	KindListDomains  Kind = "list-domains"  // GET /api/domains
	KindCreateDomain Kind = "create-domain" // POST /api/domains
	KindGetDomain    Kind = "get-domain"    // GET /api/domains/{domain}
	KindUpdateDomain Kind = "update-domain" // PUT /api/domains/{domain}
	KindDeleteDomain Kind = "delete-domain" // DELETE /api/domains/{domain}
	KindVerifyDomain Kind = "verify-domain" // POST /api/domains/{domain}/verify-mandatory

	KindListWebhooks  Kind = "list-webhooks"  // GET …/webhooks
	KindCreateWebhook Kind = "create-webhook" // POST …/webhooks
	KindGetWebhook    Kind = "get-webhook"    // GET …/webhooks/{guid}
	KindUpdateWebhook Kind = "update-webhook" // PUT …/webhooks/{guid}
	KindDeleteWebhook Kind = "delete-webhook" // DELETE …/webhooks/{guid}
	KindTestWebhook   Kind = "test-webhook"   // POST …/webhooks/test

	KindGetQuota Kind = "get-quota" // GET /api/quota
	KindOther    Kind = "other"     // an unknown path, or a known path with a wrong method
)

// area is what the endpoints of one part of the API have in common.
type area struct {
	byKey        bool   // a domain's key and secret, and a header with its name, instead of the account's token
	unauthorized any    // the body of a 401
	noDomain     string // the message of a 404 for the domain
	foreign      string // the message of a 403 for a credential of another domain
	limit        int    // of a list, if the query names none
}

var (
	credentials = &area{
		unauthorized: envelope{Message: "Unauthorized"},
		noDomain:     "Domain not found",
		foreign:      "Credential does not belong to the specified domain",
		limit:        15,
	}
	keyCredentials = &area{
		byKey:        true,
		unauthorized: map[string]string{"error": "Unauthorized"},
		noDomain:     "Domain not found",
		foreign:      "Credential does not belong to the authenticated domain",
		limit:        15,
	}
	domains = &area{
		unauthorized: map[string]string{"error": "Unauthorized", "message": "Invalid username or token"},
		noDomain:     "Domain not found",
		limit:        10,
	}
	webhooks = &area{
		unauthorized: envelope{Message: "Unauthorized"},
		noDomain:     "Domain not found or you do not own this domain",
	}
	quota = &area{unauthorized: envelope{Message: "Unauthorized - User not authenticated"}}
)

// route is one endpoint of the API.
type route struct {
	area   *area
	kind   Kind
	method string
	path   string   // {domain} and {guid} each stand for one segment
	query  []string // the query parameters that it takes
	fields fields   // the fields of the body that it takes; empty: it takes no body
	do     handler
}

// handler answers a call that nothing refuses, and makes its change, at the time at. The domain in the path exists.
// It runs under Server.mu, perhaps long after the call came in: see ActLate.
type handler func(s *Server, c *call, at time.Time) answer

const (
	domainsPath     = "/api/domains"
	domainPath      = domainsPath + "/{domain}"
	credentialsPath = domainPath + "/credentials"
	credentialPath  = credentialsPath + "/{guid}"
	resetPath       = credentialPath + "/reset-password"
	webhooksPath    = domainPath + "/webhooks"
	webhookPath     = webhooksPath + "/{guid}"

	keyCredentialsPath = "/api/v4/transactional/credentials"
	keyCredentialPath  = keyCredentialsPath + "/{guid}"
	keyResetPath       = keyCredentialPath + "/reset-password"
)

// The fields of the bodies.
var (
	credentialFields = fields{"username": isString}
	domainFields     = fields{"domain": isString, "dkim_key_length": isInteger}
	trackingFields   = fields{"open_track": isBool, "click_track": isBool, "unsub_track": isBool}
	webhookFields    = fields{"type": isString, "url": isString}
	testFields       = fields{"event_type": isString, "url": isString, "webhook_guid": isString}
)

// routes is every endpoint of the API. A new endpoint is one line here, and its handler.
var routes = []route{
	{credentials, KindList, "GET", credentialsPath, []string{"limit", "page"}, nil, (*Server).listCredentials},
	{credentials, KindCreate, "POST", credentialsPath, nil, credentialFields, (*Server).createCredential},
	{credentials, KindGet, "GET", credentialPath, nil, nil, onCredential((*Server).getCredential)},
	{credentials, KindDelete, "DELETE", credentialPath, nil, nil, onCredential((*Server).deleteCredential)},
	{credentials, KindReset, "PUT", resetPath, nil, nil, onCredential((*Server).resetPassword)},

	{keyCredentials, KindList, "GET", keyCredentialsPath, []string{"limit", "page"}, nil, (*Server).listCredentials},
	{keyCredentials, KindCreate, "POST", keyCredentialsPath, nil, credentialFields, (*Server).createCredential},
	{keyCredentials, KindGet, "GET", keyCredentialPath, nil, nil, onCredential((*Server).getCredential)},
	{keyCredentials, KindDelete, "DELETE", keyCredentialPath, nil, nil, onCredential((*Server).deleteCredential)},
	{keyCredentials, KindReset, "POST", keyResetPath, nil, nil, onCredential((*Server).resetPassword)},

	{domains, KindListDomains, "GET", domainsPath, []string{"limit", "page", "search"}, nil, (*Server).listDomains},
	{domains, KindCreateDomain, "POST", domainsPath, nil, domainFields, (*Server).createDomain},
	{domains, KindGetDomain, "GET", domainPath, nil, nil, onDomain((*Server).getDomain)},
	{domains, KindUpdateDomain, "PUT", domainPath, nil, trackingFields, onDomain((*Server).updateDomain)},
	{domains, KindDeleteDomain, "DELETE", domainPath, nil, nil, onDomain((*Server).deleteDomain)},
	{domains, KindVerifyDomain, "POST", domainPath + "/verify-mandatory", nil, nil, onDomain((*Server).verifyDomain)},

	{webhooks, KindListWebhooks, "GET", webhooksPath, []string{"type"}, nil, (*Server).listWebhooks},
	{webhooks, KindCreateWebhook, "POST", webhooksPath, nil, webhookFields, (*Server).createWebhook},
	{webhooks, KindGetWebhook, "GET", webhookPath, nil, nil, onWebhook((*Server).getWebhook)},
	{webhooks, KindUpdateWebhook, "PUT", webhookPath, nil, webhookFields, onWebhook((*Server).updateWebhook)},
	{webhooks, KindDeleteWebhook, "DELETE", webhookPath, nil, nil, onWebhook((*Server).deleteWebhook)},
	{webhooks, KindTestWebhook, "POST", webhooksPath + "/test", nil, testFields, (*Server).testWebhook},

	{quota, KindGetQuota, "GET", "/api/quota", nil, nil, (*Server).getQuota},
}

// kinds is the kinds of all routes, and KindOther.
func kinds() []Kind {
	all := []Kind{KindOther}
	for _, r := range routes {
		if !slices.Contains(all, r.kind) {
			all = append(all, r.kind)
		}
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
	if c.domain != "" && s.account.domain(c.domain) == nil {
		return failure(http.StatusNotFound, c.route.area.noDomain)
	}
	a := c.route.do(s, c, at)
	a.acted = c.route.method != http.MethodGet && a.status < 300
	if s.opts.DeleteNoContent && c.route.method == http.MethodDelete && a.acted {
		a.status, a.body = http.StatusNoContent, nil
	}
	return a
}
