package rotation_test

import (
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

func TestTimezones(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{
		"UTC": true, "Europe/Berlin": true, "Asia/Jakarta": true, "America/Argentina/Buenos_Aires": true,
		"Etc/GMT-7": true, "EST5EDT": true, "Africa/Dar_es_Salaam": true, "America/Port-au-Prince": true,

		"": false, "Local": false, "local": false, "localtime": false, "posixrules": false, "right/Europe/Berlin": false,
		"posix/Europe/Berlin": false, "Europe": false, "Europe/": false, "/Europe/Berlin": false, "europe/berlin": false,
		" UTC": false, "UTC ": false, "utc": false, "WIB": false, "CEST": false, "UTC+7": false, "+07:00": false,
		"Europe/../Europe/Berlin": false, "Europe/./Berlin": false, "Europe/Berlin\x00": false, `Europe\Berlin`: false,
	} {
		zone, err := rotation.ParseTimezone(name)
		switch {
		case (err == nil) != known:
			t.Errorf("%q: %v", name, err)
		case known && zone.String() != name:
			t.Errorf("%q is taken for %q", name, zone)
		}
	}
}

func TestTimezoneIsRefused(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":      "it is empty",
		"Local": "it stands for a different time zone on every machine",
		"WIB":   `there is no time zone "WIB": names are like Europe/Berlin and Asia/Jakarta`,
	} {
		if _, err := rotation.ParseTimezone(name); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
	}
}
