package kirim

import (
	"errors"
	"net/http"
	"strings"
)

// A domain's key reaches a second API on the same host, which has the credentials of that
// domain and nothing else. It differs in its paths, in the method of a reset, in the header
// that names the domain, and in a 401 that has no message ([transport.Answer.IsAPIError]).
// Everything else is the account's API.

// ErrAccountOnly is the cause of an [Error] of [KindAccountOnly].
var ErrAccountOnly = errors.New("a domain's key reaches the credentials of its domain, and nothing else")

// domainKeyEndpoint is what the API for a domain's key has in place of an endpoint of the
// account's API:
//
//	`GET /api/v4/transactional/credentials`, `POST` likewise
//	`GET /api/v4/transactional/credentials/{credential}`, `DELETE` likewise
//	`POST /api/v4/transactional/credentials/{credential}/reset-password`
func domainKeyEndpoint(method, path, domain string) (newMethod, newPath string, err error) {
	rest, ok := strings.CutPrefix(path, DomainRef(domain).path()+"/credentials")
	if !ok {
		return "", "", ErrAccountOnly
	}
	if method == http.MethodPut { // of credentials, only a reset has it
		method = http.MethodPost
	}
	return method, "/api/v4/transactional/credentials" + rest, nil
}
