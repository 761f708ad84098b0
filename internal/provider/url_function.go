package provider

import (
	"context"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

// urlFunction is provider::smtp::url: a login at a mail server as one URL.
type urlFunction struct{}

func newURLFunction() function.Function { return urlFunction{} }

// The function's parameters, by their positions.
const (
	urlUsername = iota
	urlPassword
	urlHost
	urlPort
)

// Metadata gives the function its name.
func (urlFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "url"
}

// Definition is four parameters and a URL.
func (urlFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Mail login as one URL",
		MarkdownDescription: "Makes one URL of a login: `smtps://` for port 465, else `smtp://`. User name and " +
			"password are percent-encoded, except for `A-Za-z0-9-._~`. The URL of a sensitive password is sensitive.",
		Parameters: []function.Parameter{
			urlUsername: function.StringParameter{
				Name:                "username",
				MarkdownDescription: "Attribute `login`, not `username`.",
			},
			urlPassword: function.StringParameter{
				Name:                "password",
				MarkdownDescription: "Attribute `password`; null, as after an import, is an error.",
			},
			urlHost: function.StringParameter{
				Name:                "host",
				MarkdownDescription: "ASCII host name or IP address, without scheme, brackets, zone, port or path.",
			},
			urlPort: function.NumberParameter{
				Name:                "port",
				MarkdownDescription: "1 to 65535: 587 for STARTTLS, 465 for TLS.",
			},
		},
		Return: function.StringReturn{},
	}
}

// Run makes the URL. No error quotes an argument: a password may be in the wrong place.
// The CLI adds a full stop to each.
func (urlFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var username, password, host string
	var port *big.Float
	resp.Error = req.Arguments.Get(ctx, &username, &password, &host, &port)
	if resp.Error != nil {
		return
	}
	number, accuracy := port.Int64()
	hostFault := mailcheck.CheckHost(host)
	switch {
	case username == "":
		resp.Error = function.NewArgumentFuncError(urlUsername,
			"username is empty. A good value looks like \"mailer@example.com\"")
	case hostFault != nil:
		resp.Error = function.NewArgumentFuncError(urlHost, fmt.Sprintf(
			"host is not the name or the address of a mail server: %s. A good value looks like \"smtp.example.com\"",
			hostFault))
	case accuracy != big.Exact || number < 1 || number > 65535:
		resp.Error = function.NewArgumentFuncError(urlPort,
			"port is not a whole number from 1 to 65535. Good values are 587, for STARTTLS, and 465, for TLS")
	default:
		resp.Error = resp.Result.Set(ctx, smtpURL(username, password, host, number))
	}
}

func smtpURL(username, password, host string, port int64) string {
	scheme := "smtp"
	if port == 465 { // TLS from the first byte (RFC 8314)
		scheme = "smtps"
	}
	address := net.JoinHostPort(host, strconv.FormatInt(port, 10))
	return fmt.Sprintf("%s://%s:%s@%s", scheme, percentEncode(username), percentEncode(password), address)
}

// percentEncode leaves only the unreserved characters of RFC 3986 as they are.
// url.UserPassword also leaves a plus sign, which many readers take for a space.
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
