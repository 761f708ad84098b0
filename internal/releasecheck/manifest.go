package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// manifestFile is where the manifest is in a checkout.
const manifestFile = "terraform-registry-manifest.json"

// checkManifest compares a manifest with the protocol that the provider speaks.
// The registries pass it on to the CLIs, which take no provider whose protocol
// they do not speak.
func checkManifest(raw []byte, protocol string) error {
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&manifest); err != nil {
		return fmt.Errorf("%s is not what registries read: %w", manifestFile, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s goes on after its end", manifestFile)
	}
	if manifest.Version != 1 {
		return fmt.Errorf("%s has version %d; registries know 1", manifestFile, manifest.Version)
	}
	if !slices.Equal(manifest.Metadata.ProtocolVersions, []string{protocol}) {
		return fmt.Errorf("%s says protocol_versions %q, and the provider speaks %s", manifestFile, manifest.Metadata.ProtocolVersions, protocol)
	}
	return nil
}
