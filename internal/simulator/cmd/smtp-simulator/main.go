// Command smtp-simulator runs a pretend Kirim.Email until a signal stops it. Its standard output is a file of
// environment variables with comments. Its standard error lists the requests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage is the error of a flag that only the account can check.
var errUsage = errors.New("invalid value for flag")

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "smtp-simulator:", err)
		return exitUsage
	}
	c.options.Transcript = stderr
	if err := serve(ctx, c, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "smtp-simulator:", err)
		if errors.Is(err, errUsage) {
			return exitUsage
		}
		return exitFailed
	}
	return exitOK
}

func serve(ctx context.Context, c config, stdout io.Writer) (err error) {
	s, err := simulator.Start(c.options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, name := range c.domains {
		s.AddDomain(name)
	}
	var made []simulator.Credential
	for _, w := range c.credentials {
		m, err := s.AddCredentialWithGUID(w.domain, w.username, w.guid)
		if err != nil {
			return fmt.Errorf("%w -credential: %w", errUsage, err)
		}
		made = append(made, m)
	}
	if c.caFile != "" {
		if err := os.WriteFile(c.caFile, s.CACertificate(), 0o644); err != nil {
			return fmt.Errorf("-ca-file: %w", err)
		}
	}
	if _, err := io.WriteString(stdout, announcement(s, c, made)); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func announcement(s *simulator.Server, c config, made []simulator.Credential) string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("# API: %s", s.URL())
	line("# control: %s/_simulator/", s.URL())
	line("# SMTP with STARTTLS: %s", s.SMTPAddr())
	line("# SMTP with TLS: %s", s.SMTPSAddr())
	if c.caFile != "" {
		line("# CA certificate: %s", c.caFile)
	}
	for _, name := range c.domains {
		line("# domain: %s", name)
	}
	for _, m := range made {
		line("# credential: %s/%s GUID %s login %s", m.Domain, m.Username, m.GUID, m.Login)
	}
	for _, d := range s.Domains() {
		key, secret := s.DomainKey(d.Name)
		line("# key of %s: KIRIMEMAIL_DOMAIN_API_KEY=%s KIRIMEMAIL_DOMAIN_API_SECRET=%s", d.Name, key, secret)
	}
	line("KIRIMEMAIL_BASE_URL=%s", quote(s.URL()))
	line("KIRIMEMAIL_USERNAME=%s", quote(s.Username()))
	line("KIRIMEMAIL_TOKEN=%s", quote(s.Token()))
	return b.String()
}

var plain = regexp.MustCompile(`^[\w./:@+-]+$`)

// quote is a value as a shell reads it back.
func quote(value string) string {
	if plain.MatchString(value) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
