package testenv

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// quotation is the beginning of an error's cause, up to what differs from one to the next.
var quotation = regexp.MustCompile(`"([^"…]*[^"… ])`)

// Unexplained gives those causes of errors whose beginning the page Troubleshooting does not
// quote.
func Unexplained(causes ...string) (missing []string, err error) {
	_, file, _, _ := runtime.Caller(0)
	name := filepath.Join(filepath.Dir(file), "..", "..", "templates", "guides", "troubleshooting.md.tmpl")
	page, err := os.ReadFile(name) //nolint:gosec // G304: a page of this repository.
	if err != nil {
		return nil, err
	}
	quoted := quotation.FindAllStringSubmatch(string(page), -1)
	for _, cause := range causes {
		isQuoted := false
		for _, beginning := range quoted {
			isQuoted = isQuoted || len(beginning[1]) > 5 && strings.HasPrefix(cause, beginning[1])
		}
		if !isQuoted {
			missing = append(missing, cause)
		}
	}
	return missing, nil
}
