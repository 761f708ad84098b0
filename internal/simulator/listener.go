package simulator

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
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

// singleListener accepts one connection, which is there already.
type singleListener struct{ conns chan net.Conn }

func newSingleListener(conn net.Conn) singleListener {
	l := singleListener{make(chan net.Conn, 1)}
	l.conns <- conn
	close(l.conns)
	return l
}

func (l singleListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l singleListener) Close() error   { return nil }
func (l singleListener) Addr() net.Addr { return nil }
