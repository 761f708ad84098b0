package main

import (
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// intro holds an example whose loop ends only with the variables. Without them, the CLI may find those of the real
// account in the shell and rotate its passwords. The sleep comes first, so that grep never sees the file of an earlier
// run.
const intro = `smtp-simulator is a pretend Kirim.Email: its SMTP API, and a mail server that takes exactly the live
passwords. It keeps everything in memory, listens on loopback alone and runs until it is stopped.

Example, in the root of the repository, after make install:

  go build -o .build/smtp-simulator ./internal/simulator/cmd/smtp-simulator
  .build/smtp-simulator -credential example.com/app=6f9619ff-8b86-4011-b42d-00c04fc964ff >.build/simulator.env &
  until sleep 1; grep -q TOKEN= .build/simulator.env; do :; done
  set -a; . ./.build/simulator.env; set +a
  cd examples/guides/feed-the-password/file && terraform init -upgrade && terraform apply

and kill $! to stop it.

Without flags, the account is empty: give -credential, with its GUID, for each credential that your configuration names.
-domain alone makes an empty domain.

Standard output is a file of environment variables, for the shell and the provider to read, with comments. Standard
error has a line for each request.

Flags:
`

const controlIntro = `
Under /_simulator/, it takes these requests without a password. To list them, curl $KIRIMEMAIL_BASE_URL/_simulator/:

`

const controlOutro = `
For the fields of a fault, see: go doc ./internal/simulator Fault
`

// help prints the answer to -h.
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
