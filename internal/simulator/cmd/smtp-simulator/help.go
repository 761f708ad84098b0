package main

import (
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// intro's example never gets past its loop without the variables: with those that a shell may have already, the CLI
// would rotate passwords of the real account. The sleep comes first, or grep could see the file of an earlier run.
const intro = `smtp-simulator is a pretend Kirim.Email: its SMTP API, and a mail server that takes exactly the passwords that are
live. It keeps everything in memory, is reached from this machine alone and runs until it is stopped.

Example, in the root of the repository, after make install:

  go build -o .build/smtp-simulator ./internal/simulator/cmd/smtp-simulator
  .build/smtp-simulator -credential example.com/app=6f9619ff-8b86-4011-b42d-00c04fc964ff >.build/simulator.env &
  until sleep 1; grep -q TOKEN= .build/simulator.env; do :; done
  set -a; . ./.build/simulator.env; set +a
  cd examples/feed-a-dependent && terraform init -upgrade && terraform apply

and kill $! to stop it.

Nothing is served without a credential: give -credential for each one that your configuration names, with its GUID.
-domain alone makes an empty domain.

Standard output is a file of environment variables, for the shell and the provider to read; all else in it is comments.
Standard error has a line for each request.

Flags:
`

const controlIntro = `
Under /_simulator/, without a password, it takes (curl $KIRIMEMAIL_BASE_URL/_simulator/ lists this too):

`

const controlOutro = `
All that a fault can be: go doc ./internal/simulator Fault
`

// help prints all there is to know.
func help(w io.Writer, f *flag.FlagSet) {
	_, _ = io.WriteString(w, intro)
	f.SetOutput(w)
	f.PrintDefaults()
	_, _ = io.WriteString(w, controlIntro)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range simulator.ControlRequests() {
		_, _ = fmt.Fprintf(t, "  %s\t%s\t%s", r.Method, r.Path, r.Does)
		if r.Body != nil {
			_, _ = fmt.Fprintf(t, ": %s", r.Body)
		}
		_, _ = fmt.Fprintln(t)
	}
	_ = t.Flush()
	_, _ = io.WriteString(w, controlOutro)
}
