package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// ErrRefused is the error of a login that the mail server answers with 535 (RFC 4954).
var ErrRefused = errors.New("the mail server refuses the login")

// LoginAt logs in to a mail server at addr (host:port) with STARTTLS and AUTH PLAIN, and sends no mail. If the server
// does not take the password, the error is ErrRefused.
func LoginAt(ctx context.Context, addr string, roots *x509.CertPool, username, password string) error {
	err := login(ctx, addr, roots, username, password)
	if err != nil && ctx.Err() != nil {
		// The error is that of the connection, which the end of ctx has closed.
		return ctx.Err()
	}
	return err
}

func login(ctx context.Context, addr string, roots *x509.CertPool, username, password string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// go-smtp knows no contexts.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	config := &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	client, err := smtp.NewClientStartTLS(conn, config)
	if err != nil {
		return err
	}
	if err := client.Auth(sasl.NewPlainClient("", username, password)); err != nil {
		if reply, ok := errors.AsType[*smtp.SMTPError](err); ok && reply.Code == 535 {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
		return err
	}
	return client.Quit()
}

// Login is LoginAt at this service's own mail server.
func (s *Server) Login(ctx context.Context, username, password string) error {
	return LoginAt(ctx, s.SMTPAddr(), s.certificate.roots, username, password)
}
