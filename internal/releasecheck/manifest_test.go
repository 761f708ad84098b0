package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestManifest(t *testing.T) {
	t.Parallel()
	ours, err := os.ReadFile(filepath.Join("..", "..", manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"ours":                   {string(ours), ""},
		"an older protocol":      {`{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}`, "and the provider speaks 6.0"},
		"one protocol too many":  {`{"version": 1, "metadata": {"protocol_versions": ["5.0", "6.0"]}}`, "and the provider speaks 6.0"},
		"no protocol":            {`{"version": 1, "metadata": {}}`, "and the provider speaks 6.0"},
		"a version of ours":      {`{"version": 2, "metadata": {"protocol_versions": ["6.0"]}}`, "registries know 1"},
		"numbers":                {`{"version": 1, "metadata": {"protocol_versions": [6.0]}}`, "not what registries read"},
		"a word that is unknown": {`{"version": 1, "metadata": {"protocols": ["6.0"]}}`, "not what registries read"},
		"two of them":            {string(ours) + string(ours), "goes on after its end"},
		"half of it":             {string(ours[:len(ours)/2]), "not what registries read"},
		"nothing":                {"", "not what registries read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked(t, checkManifest([]byte(test.text), "6.0"), test.want)
		})
	}
}

func TestProtocolOfAHandshake(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"1|6|unix|/tmp/plugin1|grpc|\n":       "6.0",
		"1|5|tcp|127.0.0.1:1234|grpc\n":       "5.0",
		"1|6|unix|/tmp/plugin1|netrpc\n":      "",
		"2|6|unix|/tmp/plugin1|grpc\n":        "",
		"This binary is a plugin.\n":          "",
		"\n":                                  "",
		"1|6|unix|/tmp/plugin1|grpc|a cert\n": "6.0",
	} {
		got, err := protocolOf(line)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
}
