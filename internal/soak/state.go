package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stored is what a state holds of one credential.
type stored struct {
	Password string `json:"password"`
	Version  int64  `json:"password_version"`
	Reason   string `json:"rotation_reason"`
	GUID     string `json:"credential_guid"`
	Triggers struct {
		Release string `json:"release"`
	} `json:"rotation_triggers"`

	tainted bool
}

// has tells whether a password is stored for the release that is asked for.
func (s stored) has(release string) bool {
	return s.Password != "" && !s.tainted && s.Triggers.Release == release
}

const stateName = "terraform.tfstate"

// readState reads the state file, by the credentials' GUIDs.
func readState(dir string) (map[string]stored, error) {
	raw, err := os.ReadFile(filepath.Join(dir, stateName)) //nolint:gosec // G304: a file of our own.
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]stored{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseState(raw)
}

func parseState(raw []byte) (map[string]stored, error) {
	var state struct {
		Resources []struct {
			Instances []struct {
				Status     string `json:"status"`
				Attributes stored `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, fmt.Errorf("%s: %w", stateName, err)
	}
	all := make(map[string]stored)
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			s := instance.Attributes
			s.tainted = instance.Status == "tainted"
			all[s.GUID] = s
		}
	}
	return all, nil
}

// recoverState reads the state file. Where it is half written, because the CLI
// was killed at it, the backup takes its place, as a user would see to; where
// there is none, nothing was stored before.
func recoverState(dir string) (all map[string]stored, restored bool, err error) {
	if all, err = readState(dir); err == nil {
		return all, false, nil
	}
	place := filepath.Join(dir, stateName)
	if err := os.Rename(place+".backup", place); errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(place)
		return map[string]stored{}, true, err
	} else if err != nil {
		return nil, true, err
	}
	all, err = readState(dir)
	return all, true, err
}
