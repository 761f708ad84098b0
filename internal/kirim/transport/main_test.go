package transport

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"testing"
)

// printed is what came to the standard logger, which net/http uses for what
// nobody asked it for.
var printed records

// TestMain fails the whole package where a password was printed there: a
// provider's standard error goes into its CLI's log.
func TestMain(m *testing.M) {
	log.SetOutput(&printed)
	code := m.Run()
	if strings.Contains(printed.String(), testPassword) {
		fmt.Fprintln(os.Stderr, "a password came to the standard logger:", printed.String())
		code = 1
	}
	os.Exit(code)
}

// records collects what is printed.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
