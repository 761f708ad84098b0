package kirim

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxyFor returns the proxy that HTTPS_PROXY and NO_PROXY name for a base URL, nil for
// none. net/http connects directly if it cannot parse the proxy's address; here that is an
// error. It names the variable, and quotes nothing of the value, which may hold a password.
func proxyFor(base *url.URL, getenv func(string) string) (*url.URL, error) {
	variable, address := upperOrLower("HTTPS_PROXY", getenv)
	_, exceptions := upperOrLower("NO_PROXY", getenv)
	// Whether there is to be a proxy does not depend on which. A base URL of http is a
	// loopback host's, which has none.
	rules := httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: exceptions}
	if proxied, err := rules.ProxyFunc()(base); address == "" || proxied == nil {
		return nil, err
	}
	proxy, err := parseProxy(address)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address in %s: %w", variable, err)
	}
	return proxy, nil
}

// upperOrLower returns the value of a variable in upper case, or else in lower case, and the
// name of the one that is set.
func upperOrLower(name string, getenv func(string) string) (variable, value string) {
	for _, variable := range []string{name, strings.ToLower(name)} {
		if value := getenv(variable); value != "" {
			return variable, value
		}
	}
	return name, ""
}

// parseProxy reads a proxy's address. Without a scheme, it is an HTTP proxy's.
func parseProxy(address string) (*url.URL, error) {
	const escape = ". Special characters in its user name and password have to be percent-encoded: %25 for %, " +
		"%23 for #, %2F for /, %3F for ?, %40 for @"
	scheme := "http://"
	if strings.Contains(address, "://") {
		scheme = ""
	}
	proxy, err := url.Parse(scheme + address)
	if err != nil {
		proxy = &url.URL{} // the parser's own error quotes the address
	}
	port, badPort := strconv.ParseUint(cmp.Or(proxy.Port(), "80"), 10, 16)
	if err := firstOf([]fault{
		{strings.TrimSpace(address) != address, hasMargins},
		{err != nil, "it is not a URL such as http://proxy.example.com:3128" + escape},
		{
			!slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme),
			"it starts with none of http://, https://, socks5:// and socks5h://",
		},
		{
			strings.Trim(proxy.Path, "/") != "" || strings.ContainsAny(address, "?#"),
			"it has a path, a query (?…) or a fragment (#…) in it" + escape,
		},
		{proxy.Hostname() == "", "it has no host"},
		{badPort != nil || port == 0, "its port is not a number from 1 to 65535" + escape},
	}); err != nil {
		return nil, err
	}
	return proxy, nil
}
