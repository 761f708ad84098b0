package rotation

import (
	"errors"
	"fmt"
	"strings"
	"time"

	// Windows and small containers have no time zones of their own.
	_ "time/tzdata"
)

// ParseTimezone returns the time zone with a name from the IANA database. The error is
// a phrase about the name.
func ParseTimezone(name string) (*time.Location, error) {
	switch {
	case name == "":
		return nil, errors.New("it is empty")
	case strings.EqualFold(name, "Local"):
		return nil, errors.New("it stands for a different time zone on every machine")
	}
	unknown := fmt.Errorf("there is no time zone %s: names are like Europe/Berlin and Asia/Jakarta", quote(name))
	for part := range strings.SplitSeq(name, "/") {
		// Only such names mean the same on every machine. Some machines also have
		// "localtime", "posixrules" and the folder "right", and some ignore the case of
		// letters.
		if part == "" || part[0] < 'A' || part[0] > 'Z' {
			return nil, unknown
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, unknown
	}
	return zone, nil
}
