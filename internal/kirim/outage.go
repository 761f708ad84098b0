package kirim

import (
	"context"
	"net"
	"sync"
	"time"
)

// outage knows since when connections have been failing. It goes by the
// system's clock, as the pauses between them do, and not by Config.Now: on a
// clock that stands still no patience would ever end.
type outage struct {
	mu    sync.Mutex
	since time.Time
}

// failed notes a connection that did not come about and tells what remains of
// the patience with that.
func (o *outage) failed() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		o.since = time.Now()
	}
	return outagePatience - time.Since(o.since)
}

// over notes that something answered.
func (o *outage) over() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.since = time.Time{}
}

// left is what remains of the patience with an outage.
func (o *outage) left() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		return outagePatience
	}
	return outagePatience - time.Since(o.since)
}

// dial keeps single connections within the patience, so that an address that
// swallows packets does not stretch it.
func (o *outage) dial(ctx context.Context, network, address string) (net.Conn, error) {
	timeout := max(min(dialPatience, o.left()), time.Second)
	return (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
}
