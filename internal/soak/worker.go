package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// worker is a user with an account and a configuration. Workers run side by side
// and know nothing of each other, which keeps each one the same by its seed.
type worker struct {
	settings
	seed    uint64
	number  int
	bench   *testenv.Env
	results *results
	log     io.Writer

	dir, temporary string
	server         *simulator.Server
	redirectTarget *redirectTarget
	resources      []*resource
	stored         int // rotations
}

// resource is one credential's, and what the last round has left of it.
type resource struct {
	simulator.Credential

	release int
	before  stored
	lost    *stored // what was told of already
}

// wanted is the release that the configuration asks for.
func (r *resource) wanted() string { return strconv.Itoa(r.release) }

// redirectTarget is where no request may ever go.
type redirectTarget struct {
	server   *http.Server
	url      string
	requests atomic.Int64
}

func openRedirectTarget(ctx context.Context) (*redirectTarget, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &redirectTarget{url: "http://" + listener.Addr().String() + "/"}
	e.server = &http.Server{
		Handler:           http.HandlerFunc(func(http.ResponseWriter, *http.Request) { e.requests.Add(1) }),
		ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = e.server.Serve(listener) }()
	return e, nil
}

const domain = "example.com"

const configuration = `terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "releases" {
  type = map(string)
}

variable "timeout" {
  type = object({ change = string, read = string })
}

resource "smtp_credential_password" "soak" {
  for_each          = var.releases
  domain            = "` + domain + `"
  credential_guid   = each.key
  rotation_triggers = { release = each.value }

  timeouts = {
    create = var.timeout.change
    update = var.timeout.change
    read   = var.timeout.read
  }
}
`

// open starts the worker's service and lays out its configuration, in a folder
// below dir.
func (l *worker) open(ctx context.Context, dir string) (err error) {
	// Short: the names of sockets are.
	l.dir = filepath.Join(dir, strconv.Itoa(l.number))
	l.temporary = filepath.Join(l.dir, "tmp")
	if err := os.MkdirAll(l.temporary, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(l.dir, "main.tf"), []byte(configuration), 0o600); err != nil {
		return err
	}
	if l.redirectTarget, err = openRedirectTarget(ctx); err != nil {
		return err
	}
	if l.server, err = simulator.Start(simulator.Options{}); err != nil {
		return err
	}
	for i := range l.settings.resources {
		made, err := l.server.AddCredentialWithGUID(domain, fmt.Sprintf("user%d", i), guidBy(chance(l.seed, "guid", i)))
		if err != nil {
			return err
		}
		l.resources = append(l.resources, &resource{Credential: made})
	}
	return nil
}

func (l *worker) close() (err error) {
	if l.server != nil {
		err = l.server.Close()
	}
	if l.redirectTarget != nil {
		err = errors.Join(err, l.redirectTarget.server.Close())
	}
	return err
}

// run goes on until so many rotations are stored, or too much is wrong.
func (l *worker) run(ctx context.Context, rotations int) error {
	for number := 1; l.stored < rotations; number++ {
		if err := l.round(ctx, number); err != nil {
			return fmt.Errorf("worker %d, round %d: %w", l.number, number, err)
		}
		enough := false
		l.results.add(func(t *results) {
			sum := 0
			for _, n := range t.findings {
				sum += n
			}
			enough = sum >= tooMuch
		})
		if enough {
			return nil
		}
	}
	return nil
}

// tooMuch is how many findings end a soak early.
const tooMuch = 50

// configure writes what the configuration asks for.
func (l *worker) configure() error {
	releases := make(map[string]string)
	for _, r := range l.resources {
		releases[r.GUID] = r.wanted()
	}
	raw, err := json.Marshal(map[string]any{
		"releases": releases,
		"timeout":  map[string]string{"change": l.timeout.String(), "read": (l.timeout / 2).String()},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.dir, "soak.auto.tfvars.json"), raw, 0o600)
}

// secrets is everything that may be nowhere but in the state.
func (l *worker) secrets() secrets {
	values := append(l.server.IssuedPasswords(), l.server.Token(), basic(l.server.Username(), l.server.Token()))
	return newSecrets(values)
}

func (l *worker) say(format string, arguments ...any) {
	fmt.Fprintf(l.log, "worker %d: "+format+"\n", append([]any{l.number}, arguments...)...)
}
