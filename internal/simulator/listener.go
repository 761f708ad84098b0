package simulator

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// CheckAddr fails unless a host:port is on loopback: the service listens nowhere else.
func CheckAddr(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not host:port", addr)
	}
	if ip, err := netip.ParseAddr(host); strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%q is not on loopback (localhost, 127.0.0.0/8 or ::1), and elsewhere it would not be safe: "+
		"the API tells passwords over plain http, and the control endpoint asks for no password", addr)
}

// trackingListener knows its connections that are still in use.
type trackingListener struct {
	net.Listener
	inUse sync.WaitGroup
	mu    sync.Mutex
	conns map[*trackedConn]bool
}

type trackedConn struct {
	net.Conn
	from   *trackingListener
	closed sync.Once
}

func track(addr string) (*trackingListener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &trackingListener{Listener: l, conns: make(map[*trackedConn]bool)}, nil
}

func (l *trackingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &trackedConn{Conn: conn, from: l}
	l.inUse.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return c, nil
}

// Close ends the tracking, and the connection.
func (c *trackedConn) Close() error {
	c.closed.Do(func() {
		c.from.mu.Lock()
		delete(c.from.conns, c)
		c.from.mu.Unlock()
		c.from.inUse.Done()
	})
	return c.Conn.Close()
}

// closeAll ends the connections from below and waits until their sessions have noticed. The listener is closed by then.
func (l *trackingListener) closeAll() {
	l.mu.Lock()
	for c := range l.conns {
		_ = c.Conn.Close()
	}
	l.mu.Unlock()
	l.inUse.Wait()
}

// branch is a listener that hands some of its connections over to another server.
type branch struct {
	net.Listener
	other     chan net.Conn
	handsOver func() bool
}

func (b branch) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil || !b.handsOver() {
			return conn, err
		}
		b.other <- conn
	}
}

// handover is the listener of that other server. The end of the channel closes it.
type handover struct {
	net.Listener
	conns <-chan net.Conn
}

func (h handover) Accept() (net.Conn, error) {
	conn, ok := <-h.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
