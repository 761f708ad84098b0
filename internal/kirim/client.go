package kirim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

// DefaultBaseURL is where the API is, by the vendor's OpenAPI description.
const DefaultBaseURL = "https://smtp-app.kirim.email"

// Config is what a [Client] is made of.
type Config struct {
	// BaseURL is the API's address; see [ParseBaseURL].
	BaseURL string
	// Username and Token are the account's, sent as HTTP Basic (RFC 7617).
	Username, Token string
	// DomainKey: Username and Token are one domain's API key and its secret. Then only the
	// credentials of that domain are reached; all else is a [KindAccountOnly].
	DomainKey bool
	// UserAgent is sent with every request.
	UserAgent string
	// Logger gets one record a request and one a pause at DEBUG, and what needs one
	// record a process at INFO. No record holds a secret; nil for no log.
	Logger *slog.Logger
	// Now is the clock for the time of an answer. Durations are measured by the system's
	// clock, as deadlines are.
	Now func() time.Time
	// Getenv reads a variable that names a proxy; nil for [os.Getenv].
	Getenv func(string) string
	// Transport carries the requests; nil for a pooled one of TLS 1.2 or later
	// that takes its proxy from the environment. It must report to httptrace as
	// net/http's own does: an attempt that fails without a GotConn counts as
	// one that was never sent.
	Transport http.RoundTripper
}

// Client calls the API. It is safe for concurrent use. One client serves a whole process:
// all of its calls share what is known of the API's reachability and rate limit, and
// what was read in lists.
type Client struct {
	config    Config
	base      *url.URL
	secrets   redact.Secrets
	transport *transport.Client

	mu      sync.Mutex
	domains map[string]*domainCache // what was read of each
	lists   map[string]*creations   // what creates share, by list
}

// New makes a client. The error names the setting or the variable that cannot be used, and
// never quotes the token or a proxy's address.
func New(config Config) (*Client, error) {
	base, err := ParseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	names, secrets := []string{"username", "token"}, redact.Account(config.Username, config.Token)
	if config.DomainKey {
		names = []string{"domain API key", "domain API secret"}
		secrets = redact.DomainKey(config.Username, config.Token)
	}
	if err := CheckUsername(config.Username); err != nil {
		return nil, fmt.Errorf("%s: %w", names[0], err)
	}
	if err := CheckToken(config.Token); err != nil {
		return nil, fmt.Errorf("%s: %w", names[1], err)
	}
	var proxy *url.URL
	if config.Transport == nil {
		getenv := config.Getenv
		if getenv == nil {
			getenv = os.Getenv
		}
		if proxy, err = proxyFor(base, getenv); err != nil {
			return nil, err
		}
	}
	config.Logger = cmp.Or(config.Logger, slog.New(slog.DiscardHandler))
	return &Client{
		config: config, base: base, secrets: secrets,
		transport: transport.New(config.Transport, proxy, config.Logger, config.Now),
		domains:   map[string]*domainCache{}, lists: map[string]*creations{},
	}, nil
}

// WithTimeout is [transport.WithTimeout]: a timeout that the queue for the API's rate
// limit does not use up.
func WithTimeout(ctx context.Context, timeout time.Duration) context.Context {
	return transport.WithTimeout(ctx, timeout)
}

// TimeLeft is [transport.TimeLeft]: what an operation has left.
func TimeLeft(ctx context.Context) time.Duration { return transport.TimeLeft(ctx) }

// Pause is [transport.Pause]: a wait that uses up an operation's timeout.
func Pause(ctx context.Context, pause time.Duration) bool { return transport.Pause(ctx, pause) }

// Urgent is [transport.Urgent]: its requests go first in the queue for the rate limit.
func Urgent(ctx context.Context) context.Context { return transport.Urgent(ctx) }

// ParseBaseURL reads the API's address. It has to be https, because the token and
// passwords pass over it; http is for loopback hosts. A path is allowed, as gateways have
// one; user info, query and fragment are not. The error says what is wrong, and quotes no
// user info.
func ParseBaseURL(address string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil {
		// The parser's own error quotes the address, and with it any password.
		base = &url.URL{}
	}
	host := base.Hostname()
	isLoopback := strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
	if err := firstOf([]fault{
		{strings.TrimSpace(address) != address, hasMargins},
		{err != nil, "it is not a URL"},
		{base.User != nil || strings.ContainsAny(address, "?#"), "it has a user name, a password, a query (?…) " +
			"or a fragment (#…) in it"},
		{base.Scheme != "https" && (base.Scheme != "http" || !isLoopback), "it does not start with https://: " +
			"the token and passwords would pass unprotected (http:// is allowed where the host is this machine)"},
		{host == "" || len(host) > maxDomain, fmt.Sprintf("it has no host of at most %d characters", maxDomain)},
	}); err != nil {
		return nil, err
	}
	return base, nil
}

// endpointPath matches the path of a base URL that ends with a part of an endpoint's path.
var endpointPath = regexp.MustCompile(`(?i)/api(/(domains|email|quota|v\d+)(/.*)?)?$`)

// CheckUsername tells what is wrong with an account's user name: HTTP Basic
// cannot carry a colon or control characters in one (RFC 7617, section 2).
func CheckUsername(username string) error {
	if strings.Contains(username, ":") {
		return errors.New("it has a colon in it, which HTTP Basic authentication cannot carry in a user name")
	}
	return checkSecretText(username)
}

// CheckToken tells what is wrong with an API token, without quoting it.
func CheckToken(token string) error { return checkSecretText(token) }

// CheckPassword tells what is wrong with a password that is said to be a
// credential's, without quoting it. The server makes none that this refuses.
func CheckPassword(password string) error { return checkSecretText(password) }

// maxSecret is the longest text that is taken for a name or a secret: what is
// longer is a whole file, and beyond what servers take in a header (most often
// 8 KiB, base64 included).
const maxSecret = 2048

func checkSecretText(s string) error {
	return firstOf([]fault{
		{s == "", "it is empty"},
		{len(s) > maxSecret, fmt.Sprintf("it has %d bytes, and %d are the most", len(s), maxSecret)},
		{strings.TrimSpace(s) != s, hasMargins},
		{strings.ContainsFunc(s, isInvisible), "it contains a line break or another character that cannot be seen, " +
			"as copying from a page or a file brings along"},
	})
}

// isInvisible tells of control characters, byte order marks, zero-width spaces, marks of
// a writing direction and their like.
func isInvisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
