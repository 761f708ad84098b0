package mailcheck

import (
	"strings"
	"testing"
)

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"mail.example.com", "MAIL", "mail.example.com.", "xn--bcher-kva.example", "smtp_1.example.com", "localhost",
		"127.0.0.1", "::1", "2001:db8::25", "::ffff:192.0.2.1", strings.Repeat("a", 63) + ".example",
	} {
		if err := CheckHost(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for host, says := range map[string]string{
		"":                                 "empty",
		"smtp://mail.example.com":          "no scheme",
		"mail.example.com:587":             "no port",
		"127.0.0.1:587":                    "no port",
		"[::1]":                            "no brackets",
		"[::1]:587":                        "no brackets",
		"fe80::1%eth0":                     "no port",
		"mail.example.com/":                "no path",
		"mail example.com":                 "neither a host name",
		"mail\u200b.example.com":           "neither a host name",
		" mail.example.com":                "neither a host name",
		"mail.example.com\n":               "neither a host name",
		"mail\x00":                         "neither a host name",
		"me@mail.example.com":              "neither a host name",
		"bücher.example":                   "xn--",
		"mail..example.com":                "neither a host name",
		".":                                "neither a host name",
		".example":                         "neither a host name",
		strings.Repeat("a", 64):            "neither a host name",
		strings.Repeat("a.", 127):          "neither a host name",
		strings.Repeat("a.", 126) + "a":    "",
		strings.Repeat("a.", 126) + "a.":   "",
		strings.Repeat("a.", 126) + "aa":   "neither a host name",
		"mail.example.com?x":               "neither a host name",
		"unix:///var/run/mail.sock":        "no scheme",
		"mail.example.com%0d%0aRSET%0d%0a": "neither a host name",
	} {
		err := CheckHost(host)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", host, err, says)
		}
	}
}

func TestCheckUsername(t *testing.T) {
	t.Parallel()
	for username, says := range map[string]string{
		"mailer@example.com":      "",
		"mailer":                  "",
		"a b":                     "",
		"почта@пример.рф":         "",
		"":                        "empty",
		"mailer@example.com\n":    "white space",
		" mailer":                 "white space",
		"mail\r\ner":              "a line break",
		"mail\x00er":              "cannot be seen",
		"mailer\u200b":            "cannot be seen",
		"\ufeffmailer":            "cannot be seen",
		"a\u00a0b":                "cannot be seen",
		strings.Repeat("a", 1000): "",
	} {
		err := CheckUsername(username)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: got %v, want %q", username, err, says)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.255.0.3": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.example": false, "128.0.0.1": false, "0.0.0.0": false, "::": false, "[::1]": false, "mail.example.com": false,
	} {
		if got := IsLoopback(host); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
}

func TestDefaultPort(t *testing.T) {
	t.Parallel()
	for security, want := range map[Security]int{SecuritySTARTTLS: 587, SecurityTLS: 465, SecurityNone: 587} {
		if got := DefaultPort(security); got != want {
			t.Errorf("%s: %d", security, got)
		}
	}
}
