package kirim

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// hearing is what came back on an attempt's connection where net/http made no
// answer of it. Its callbacks come from goroutines of net/http's own.
type hearing struct {
	began atomic.Bool
	conn  atomic.Pointer[watchedConn]
}

func (h *hearing) something() { h.began.Store(true) }

// on notes the connection, below whatever layers of TLS there are.
func (h *hearing) on(conn net.Conn) {
	for {
		switch layer := conn.(type) {
		case *watchedConn:
			h.conn.Store(layer)
			return
		case interface{ NetConn() net.Conn }:
			conn = layer.NetConn()
		default:
			return
		}
	}
}

// nonsense tells whether what came back is whole, and not HTTP. Where the
// connection ended in the middle of it, that is what went wrong, whatever it
// looks like so far.
func (h *hearing) nonsense(err error) bool {
	var network net.Error
	if !h.began.Load() || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) {
		return false
	}
	conn := h.conn.Load()
	return conn != nil && !conn.ended.Load()
}

// watchedConn knows whether its other end has come to an end.
type watchedConn struct {
	net.Conn
	ended atomic.Bool
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.ended.Store(true)
	}
	return n, err
}
