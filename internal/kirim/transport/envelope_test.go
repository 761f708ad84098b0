package transport

import (
	"reflect"
	"testing"
)

// TestSuccessInOtherDress: the envelope's own word counts in each form of a
// boolean, and nothing else does.
func TestSuccessInOtherDress(t *testing.T) {
	t.Parallel()
	for _, no := range []string{`false`, `0`, `"0"`, `"false"`} {
		e, odd := parseEnvelope([]byte(`{"success":` + no + `,"message":"Credential not found"}`))
		if odd != "" || !(&Answer{Envelope: e}).IsAPIError() || !e.failed() {
			t.Errorf("success as %s is no refusal: %v", no, odd)
		}
	}
	for _, other := range []string{`true`, `1`, `"1"`, `null`, `"soon"`, `{}`} {
		e, _ := parseEnvelope([]byte(`{"success":` + other + `,"message":"Credential not found"}`))
		if (&Answer{Envelope: e}).IsAPIError() || e.failed() {
			t.Errorf("success as %s is a refusal", other)
		}
	}
}

func TestFieldsOfAnEnvelope(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		errors string
		want   map[string][]string
	}{
		"absent":                 {`null`, nil},
		"lists":                  {`{"a":["1","2"],"b":[]}`, map[string][]string{"a": {"1", "2"}, "b": {}}},
		"a string":               {`{"a":"1"}`, map[string][]string{"a": {"1"}}},
		"what cannot be read":    {`{"a":["1"],"b":{"c":1},"d":[1],"e":7}`, map[string][]string{"a": {"1"}}},
		"a list and no object":   {`["1"]`, nil},
		"a string and no object": {`"1"`, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, odd := parseEnvelope([]byte(`{"success":false,"message":"x","errors":` + c.errors + `}`))
			if odd != "" {
				t.Fatal(odd)
			}
			got := e.Fields()
			if len(got) != len(c.want) || len(got) > 0 && !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
