package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// config is the command line, read.
type config struct {
	options     simulator.Options
	domains     []string
	credentials []wanted
	caFile      string
}

// wanted is a credential that exists from the start.
type wanted struct{ domain, username, guid string }

// mechanism is a SASL mechanism's name (RFC 4422, section 3.1).
var mechanism = regexp.MustCompile(`^[A-Z0-9_-]{1,20}$`)

// parse reads the command line. Its errors name the flag.
func parse(args []string, stderr io.Writer) (config, error) {
	c := config{options: simulator.Options{Control: true}}
	o := &c.options
	f := flag.NewFlagSet("smtp-simulator", flag.ContinueOnError)
	// The flag package prints an error, with all its help, before it returns the error.
	f.SetOutput(io.Discard)
	const anyPort = "127.0.0.1:0"
	f.StringVar(&o.APIAddr, "api-addr", anyPort,
		"the API listens at this `ADDR`, host:port on loopback; port 0 is any free one")
	f.StringVar(&o.SMTPAddr, "smtp-addr", anyPort, "the mail server listens at this `ADDR` for STARTTLS")
	f.StringVar(&o.SMTPSAddr, "smtps-addr", anyPort, "the mail server listens at this `ADDR` for TLS")
	f.StringVar(&o.Username, "username", "demo", "user `NAME` of the account")
	f.StringVar(&o.Token, "token", "", "API `TOKEN` of the account; a random one when empty")
	f.StringVar(&c.caFile, "ca-file", "", "write the mail server's certificate authority to this `FILE`, in PEM")
	f.DurationVar(&o.SyncDelay, "sync-delay", 0,
		"the mail server goes on taking an old password for this `DURATION`, such as 30s (default 0s)")
	f.DurationVar(&o.VerifyAfter, "verify-after", 3*time.Second,
		"a new domain's DNS records are right after this `DURATION`; with 0s, POST records tells")
	choice(f, &o.Auth, "auth", "where the mail server offers AUTH, `WHERE` is tls, always (without TLS too) or never",
		simulator.AuthOverTLS, simulator.AuthAlways, simulator.AuthNever)
	f.Func("mechanisms", "the `MECHANISMS` that AUTH offers, such as LOGIN (default PLAIN,LOGIN)",
		func(value string) error {
			o.Mechanisms = strings.Split(strings.ToUpper(value), ",")
			if slices.ContainsFunc(o.Mechanisms, func(name string) bool { return !mechanism.MatchString(name) }) {
				return errors.New("not a list such as PLAIN,LOGIN")
			}
			return nil
		})
	f.Func("starttls", "whether the mail server offers STARTTLS, `VALUE` is true or false (default true)",
		func(value string) error {
			offered, err := strconv.ParseBool(value)
			o.OmitSTARTTLS = !offered
			return err
		})
	f.Func("domain", "add a `DOMAIN` without credentials; may be repeated", func(value string) error {
		if value == "" || strings.Contains(value, "/") {
			return errors.New("not a domain such as example.com")
		}
		c.domains = append(c.domains, value)
		return nil
	})
	f.Func("credential", "add a credential, `DOMAIN/USERNAME[=GUID]`, and its domain; may be repeated",
		func(value string) error {
			w, err := parseCredential(value)
			c.credentials = append(c.credentials, w)
			return err
		})
	choice(f, &o.ListShape, "list-shape", "`SHAPE` of the answer to a list: flat, paginated or paginator",
		simulator.ShapeFlat, simulator.ShapePaginated, simulator.ShapePaginator)
	choice(f, &o.RemoteSynced, "remote-synced", "`VALUE` of remote_synced in answers: true, false or absent",
		simulator.SyncedTrue, simulator.SyncedFalse, simulator.SyncedAbsent)
	f.Func("rate-limit", "answer 429 to more than `REQUESTS/DURATION`, such as 60/1m (default no limit)",
		func(value string) (err error) {
			o.RateLimit, err = parseRateLimit(value)
			return err
		})
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help(stderr, f)
		return config{}, err
	case err != nil:
		return config{}, err
	case f.NArg() > 0:
		return config{}, fmt.Errorf("%q is not a flag", f.Arg(0))
	case o.SyncDelay < 0:
		return config{}, errors.New("-sync-delay: must not be negative")
	case o.VerifyAfter < 0:
		return config{}, errors.New("-verify-after: must not be negative")
	}
	for _, name := range []string{"api-addr", "smtp-addr", "smtps-addr"} {
		if err := simulator.CheckAddr(f.Lookup(name).Value.String()); err != nil {
			return config{}, fmt.Errorf("-%s: %w", name, err)
		}
	}
	return c, nil
}

// choice is a flag whose value is one of some words, the first by default.
func choice[T ~string](f *flag.FlagSet, to *T, name, usage string, words ...T) {
	*to = words[0]
	f.Func(name, fmt.Sprintf("%s (default %s)", usage, *to), func(value string) error {
		*to = T(value)
		if !slices.Contains(words, *to) {
			return fmt.Errorf("must be one of %s", words)
		}
		return nil
	})
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
	requests, badCount := strconv.Atoi(count)
	d, badWindow := time.ParseDuration(window)
	if !ok || badCount != nil || requests < 1 || badWindow != nil || d <= 0 {
		return simulator.RateLimit{}, errors.New("not a rate such as 60/1m")
	}
	return simulator.RateLimit{Requests: requests, Window: d}, nil
}
