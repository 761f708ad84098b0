package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// newRoundTripper is a pooled transport of TLS 1.2 or later that uses the client's proxy.
func (c *Client) newRoundTripper() http.RoundTripper {
	transport := cleanhttp.DefaultPooledTransport()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	// HTTP/1.1 alone. Over HTTP/2, net/http repeats a request by itself when a stream is
	// refused, a reset too: at once, and without a word. Over HTTP/1.1 it does so only
	// if nothing was written. What is repeated, and when, is up to the policy.
	transport.ForceAttemptHTTP2 = false
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.Proxy = http.ProxyURL(c.proxy)
	transport.OnProxyConnectResponse = refusedByProxy
	transport.DialContext = c.outage.dial
	transport.TLSHandshakeTimeout = handshakeTimeout
	transport.MaxResponseHeaderBytes = maxAnswer
	// The server may be closing a connection that has been idle for long, and the
	// outcome of a reset that is sent into it is unknown.
	transport.IdleConnTimeout = 20 * time.Second
	return transport
}

// outage is since when connections have been failing. It goes by the system's clock,
// as the pauses between attempts do: on a clock that stands still no timeout ends.
type outage struct{ since atomic.Pointer[time.Time] } // nil for none

// failed notes a failed connection, and returns what is left of outageTimeout.
func (o *outage) failed() time.Duration {
	o.since.CompareAndSwap(nil, new(time.Now()))
	return o.left()
}

// ended notes that something answered.
func (o *outage) ended() { o.since.Store(nil) }

// left is what is left of outageTimeout.
func (o *outage) left() time.Duration {
	if since := o.since.Load(); since != nil {
		return outageTimeout - time.Since(*since)
	}
	return outageTimeout
}

// dial keeps each connection within outageTimeout, so that an address that swallows
// packets does not extend it.
func (o *outage) dial(ctx context.Context, network, address string) (net.Conn, error) {
	timeout := max(min(dialTimeout, o.left()), time.Second)
	return (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
}

// proxyRefusal is the status of a proxy's answer to CONNECT, if it is anything else than a
// connection (RFC 9110, section 9.3.6): nothing has been sent to the API.
type proxyRefusal int

func (status proxyRefusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the proxy answered %d %s", int(status), http.StatusText(int(status))))
}

func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return proxyRefusal(response.StatusCode)
}

// isProxyError reports whether a connection to a proxy failed, before it was asked for one to
// the API.
func isProxyError(err error) bool {
	network, ok := errors.AsType[*net.OpError](err)
	return ok && network.Op == "proxyconnect"
}

// isUntrusted reports whether a TLS handshake failed because the other end is not who
// it should be, or does not speak TLS as it should. Once a connection exists, the same
// errors mean that it was lost, and prove nothing about what the server did.
func isUntrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var alert *net.OpError
	return errors.As(err, &certificate) ||
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error") ||
		strings.HasPrefix(err.Error(), "tls: ") // most of crypto/tls's errors have no type of their own
}

// presentable returns the causes that help a reader and hold nothing of an answer;
// net/http's protocol errors quote what was received.
func presentable(err error) error {
	var network *net.OpError
	var refusal proxyRefusal
	var phase net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil // the outcome says it
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &network):
		return network
	case isUntrusted(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &phase) && phase.Timeout():
		return err // a phase of a connection, such as the TLS handshake, may time out
	default:
		return nil
	}
}
