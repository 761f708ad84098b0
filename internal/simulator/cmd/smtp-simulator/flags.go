package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// config is the command line.
type config struct {
	options     simulator.Options
	domains     []string
	credentials []wanted
	caFile      string
}

// wanted is a credential to begin with.
type wanted struct{ domain, username, guid string }

// parse reads the command line. Its errors name the flag.
func parse(args []string, stderr io.Writer) (config, error) {
	c := config{options: simulator.Options{Control: true}}
	o := &c.options
	f := flag.NewFlagSet("smtp-simulator", flag.ContinueOnError)
	// The flag package prints an error and all its help before it returns the error.
	f.SetOutput(io.Discard)
	f.StringVar(&o.APIAddr, "api-addr", "127.0.0.1:0", "where the API listens, `host:port`")
	f.StringVar(&o.SMTPAddr, "smtp-addr", "127.0.0.1:0", "where the mail server listens for STARTTLS, `host:port`")
	f.StringVar(&o.SMTPSAddr, "smtps-addr", "127.0.0.1:0", "where the mail server listens for TLS, `host:port`")
	f.StringVar(&o.Username, "username", "demo", "the account's user `name`")
	f.StringVar(&o.Token, "token", "", "the account's API `token`; a random one when empty")
	f.StringVar(&c.caFile, "ca-file", "", "write the certificate authority to this `file`, in PEM")
	f.DurationVar(&o.SyncDelay, "sync-delay", 0, "how long the mail server goes on taking the old password")
	f.Func("domain", "add a `domain`; may be repeated", func(value string) error {
		if value == "" || strings.Contains(value, "/") {
			return errors.New("not a domain such as example.com")
		}
		c.domains = append(c.domains, value)
		return nil
	})
	f.Func("credential", "add `domain/username[=GUID]`; may be repeated", func(value string) error {
		w, err := parseCredential(value)
		c.credentials = append(c.credentials, w)
		return err
	})
	f.Func("list-shape", "`flat`, paginated or paginator", func(value string) (err error) {
		o.ListShape, err = simulator.ParseListShape(value)
		return err
	})
	f.Func("rate-limit", "`requests/window`, such as 60/1m", func(value string) (err error) {
		o.RateLimit, err = parseRateLimit(value)
		return err
	})
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintln(stderr, "Usage of smtp-simulator:")
		f.SetOutput(stderr)
		f.PrintDefaults()
		return config{}, err
	case err != nil:
		return config{}, err
	case f.NArg() > 0:
		return config{}, fmt.Errorf("%q is not a flag", f.Arg(0))
	case o.SyncDelay < 0:
		return config{}, errors.New("-sync-delay: must not be negative")
	}
	return c, nil
}

func parseCredential(value string) (wanted, error) {
	name, guid, _ := strings.Cut(value, "=")
	domain, username, ok := strings.Cut(name, "/")
	if !ok || domain == "" || username == "" {
		return wanted{}, errors.New("not a credential such as example.com/myuser")
	}
	return wanted{domain: domain, username: username, guid: guid}, nil
}

func parseRateLimit(value string) (simulator.RateLimit, error) {
	count, window, ok := strings.Cut(value, "/")
	requests, err := strconv.Atoi(count)
	if !ok || err != nil || requests < 1 {
		return simulator.RateLimit{}, errors.New("not a rate such as 60/1m")
	}
	d, err := time.ParseDuration(window)
	if err != nil || d <= 0 {
		return simulator.RateLimit{}, errors.New("not a rate such as 60/1m")
	}
	return simulator.RateLimit{Requests: requests, Window: d}, nil
}
