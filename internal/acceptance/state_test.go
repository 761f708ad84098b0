package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// stateFile is a state as the CLI writes it, which costs less to read than a run
// of `show -json`.
type stateFile struct {
	Resources []struct {
		Mode, Module, Type, Name string
		Instances                []struct {
			IndexKey   any `json:"index_key"`
			Status     string
			Attributes map[string]any
		}
	}
}

// storedResource is one instance in a state.
type storedResource struct {
	address, kind string
	tainted       bool
	values        map[string]any
}

// readState gives the raw state, nil if there is none yet.
func (w *workspace) readState() []byte {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if errors.Is(err, fs.ErrNotExist) { // or it is in a backend
		raw, err = w.command("state", "pull").Output()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// resources are the instances in the state.
func (w *workspace) resources() (all []storedResource) {
	w.t.Helper()
	raw := w.readState()
	if len(raw) == 0 {
		return nil
	}
	var state stateFile
	if err := json.Unmarshal(raw, &state); err != nil {
		w.t.Fatal(err)
	}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			address := resource.Type + "." + resource.Name
			if resource.Mode == "data" {
				address = "data." + address
			}
			if resource.Module != "" {
				address = resource.Module + "." + address
			}
			if instance.IndexKey != nil {
				key, err := json.Marshal(instance.IndexKey)
				if err != nil {
					w.t.Fatal(err)
				}
				address += fmt.Sprintf("[%s]", key)
			}
			for name, value := range instance.Attributes {
				instance.Attributes[name] = dynamicValue(value)
			}
			all = append(all, storedResource{address, resource.Type, instance.Status == "tainted", instance.Attributes})
		}
	}
	return all
}

// dynamicValue takes the value out of an attribute of any type, beside which a
// state has that type.
func dynamicValue(value any) any {
	if object, is := value.(map[string]any); is && slices.Equal(slices.Sorted(maps.Keys(object)), []string{"type", "value"}) {
		return object["value"]
	}
	return value
}

// values are the attributes of a resource in the state, nil if it is not there.
func (w *workspace) values(address string) map[string]any {
	w.t.Helper()
	for _, resource := range w.resources() {
		if resource.address == address {
			return resource.values
		}
	}
	return nil
}

// credentials are the managed passwords in the state.
func (w *workspace) credentials() []storedResource {
	w.t.Helper()
	return slices.DeleteFunc(w.resources(), func(r storedResource) bool { return r.kind != "smtp_credential_password" })
}

// stored is the whole state, but for what the CLI itself makes of it: it lists
// sensitive attributes in any order, and counts that as a change.
func (w *workspace) stored() string {
	w.t.Helper()
	var state map[string]any
	if err := json.Unmarshal(w.readState(), &state); err != nil {
		w.t.Fatal(err)
	}
	delete(state, "serial")
	for _, resource := range state["resources"].([]any) {
		for _, instance := range resource.(map[string]any)["instances"].([]any) {
			delete(instance.(map[string]any), "sensitive_attributes")
		}
	}
	return string(toJSON(w.t, state))
}

// editState changes a stored attribute of a resource behind the CLI's back.
func (w *workspace) editState(resourceType, attribute string, value any) {
	w.t.Helper()
	var state map[string]any
	if err := json.Unmarshal(w.readState(), &state); err != nil {
		w.t.Fatal(err)
	}
	for _, resource := range state["resources"].([]any) {
		if resource := resource.(map[string]any); resource["type"] == resourceType {
			instance := resource["instances"].([]any)[0].(map[string]any)
			instance["attributes"].(map[string]any)[attribute] = value
		}
	}
	w.write("terraform.tfstate", string(toJSON(w.t, state)))
}
