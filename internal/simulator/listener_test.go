package simulator_test

import (
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestCheckAddr(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "127.8.9.10:25", "localhost:80", "LocalHost:80", "[::1]:0"} {
		if err := simulator.CheckAddr(addr); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for addr, says := range map[string]string{
		"0.0.0.0:80":            "is not on loopback",
		":80":                   "is not on loopback",
		"[::]:80":               "is not on loopback",
		"192.0.2.1:80":          "is not on loopback",
		"128.0.0.1:80":          "is not on loopback",
		"[::ffff:192.0.2.1]:80": "is not on loopback",
		"localhost.example:80":  "is not on loopback",
		"127.0.0.1.example:80":  "is not on loopback",
		"127.0.0.1":             "is not host:port",
		"":                      "is not host:port",
	} {
		if err := simulator.CheckAddr(addr); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %s", addr, err, says)
		}
	}
}

func TestStartListensOnLoopbackAlone(t *testing.T) {
	t.Parallel()
	for option, o := range map[string]simulator.Options{
		"APIAddr":   {APIAddr: "0.0.0.0:0"},
		"SMTPAddr":  {SMTPAddr: ":0"},
		"SMTPSAddr": {SMTPSAddr: "[::]:0"},
	} {
		s, err := simulator.Start(o)
		if err == nil {
			t.Errorf("%s: it listens", option)
			_ = s.Close()
			continue
		}
		for _, says := range []string{
			"Options." + option, "loopback", "passwords over plain http", "asks for no password",
		} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: got %q, want %q", option, err, says)
			}
		}
	}
}
