package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// simulate starts a simulator with as many credentials as a configuration asks
// for. Each has been reset, as one in a state has. Their names are their GUIDs,
// so that one's state becomes another's by that alone.
func simulate(count int) (*simulator.Server, error) {
	server, err := simulator.Start(simulator.Options{})
	if err != nil {
		return nil, err
	}
	for i := range count {
		if _, err := server.AddCredentialWithGUID(domain, guid(i), guid(i)); err != nil {
			return nil, errors.Join(err, server.Close())
		}
		server.ResetExternally(domain, guid(i))
	}
	return server, nil
}

// makeState gives a file with the state of count resources. One is applied and
// the others are copies of it: a CLI copies the whole state for each resource
// that it applies, which takes many minutes for thousands of them. That their
// passwords are not the simulator's does not matter to what is measured here.
func (b *bench) makeState(ctx context.Context, e *candidate, environment []string, count int) (file string, err error) {
	b.say("%s resources: the state of %s", thousands(count), e.name)
	dir, err := os.MkdirTemp(b.dir, "state-")
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "terraform.tfstate")
	if _, err := b.cli(ctx, e.plain, environment, arguments("apply", 1, file, firstRelease, "-auto-approve")...); err != nil {
		return "", err
	}
	one, err := os.ReadFile(file) //nolint:gosec // G304: a place of our own.
	if err != nil {
		return "", err
	}
	many, err := multiply(one, count)
	if err != nil {
		return "", fmt.Errorf("the state: %w", err)
	}
	return file, os.WriteFile(file, many, 0o600) //nolint:gosec // G703: as before.
}

// multiply makes count instances of the one in a state.
func multiply(state []byte, count int) ([]byte, error) {
	var whole map[string]json.RawMessage
	var resources, instances []map[string]json.RawMessage
	if err := json.Unmarshal(state, &whole); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(whole["resources"], &resources); err != nil {
		return nil, err
	}
	if len(resources) != 1 {
		return nil, fmt.Errorf("it has %d resources, not one", len(resources))
	}
	if err := json.Unmarshal(resources[0]["instances"], &instances); err != nil {
		return nil, err
	}
	if len(instances) != 1 {
		return nil, fmt.Errorf("it has %d instances, not one", len(instances))
	}
	one, err := json.Marshal(instances[0])
	if err != nil {
		return nil, err
	}
	instances = make([]map[string]json.RawMessage, count)
	for i := range instances {
		copied := bytes.ReplaceAll(one, []byte(guid(0)), []byte(guid(i)))
		if err := json.Unmarshal(copied, &instances[i]); err != nil {
			return nil, err
		}
		instances[i]["index_key"] = fmt.Append(nil, i)
	}
	if resources[0]["instances"], err = json.Marshal(instances); err != nil {
		return nil, err
	}
	if whole["resources"], err = json.Marshal(resources); err != nil {
		return nil, err
	}
	return json.Marshal(whole)
}
