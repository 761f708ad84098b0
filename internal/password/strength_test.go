package password

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// asSent decodes JSON as the API client does.
func asSent(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDynamicValueTakesAnyJSON(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		`"strong"`:                       `"strong"`,
		`true`:                           `true`,
		`0.1`:                            `0.1`,
		`1e999999999`:                    `"1e999999999"`,
		`1e-999999999`:                   `0`,
		`[]`:                             `[]`,
		`[1, "a", null, [true]]`:         `[1,"a",<null>,[true]]`,
		`{}`:                             `{}`,
		`{"a": {"b": [{"c": null}]}}`:    `{"a":{"b":[{"c":<null>}]}}`,
		`{"e\u0301": 1, "\u00e9": 2}`:    `{"é":2}`,
		`{"": 1, "with space": {"": 2}}`: `{"":1,"with space":{"":2}}`,
	} {
		value, err := dynamicValue(asSent(t, sent))
		if err != nil {
			t.Errorf("%s: %v", sent, err)
			continue
		}
		if got := value.String(); got != want {
			t.Errorf("%s became %s, want %s", sent, got, want)
		}
		// It has to get through the protocol as well.
		raw, err := value.ToTerraformValue(t.Context())
		if err != nil {
			t.Errorf("%s: %v", sent, err)
			continue
		}
		if _, err := raw.MarshalMsgPack(tftypes.DynamicPseudoType); err != nil { //nolint:staticcheck // SA1019: it is what the protocol does.
			t.Errorf("%s: %v", sent, err)
		}
	}
}

func TestDynamicValueKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	const digits = "-12345678901234567890123.456789"
	value, err := dynamicValue(asSent(t, digits))
	if err != nil {
		t.Fatal(err)
	}
	number, ok := value.UnderlyingValue().(types.Number)
	if !ok || number.ValueBigFloat().Text('f', 6) != digits {
		t.Errorf("%s became %s", digits, value)
	}
}

func TestDynamicValueOfNothingIsNull(t *testing.T) {
	t.Parallel()
	value, err := dynamicValue(nil)
	if err != nil || !value.IsNull() {
		t.Errorf("got %s, %v", value, err)
	}
}

func TestDynamicValueRefusesWhatIsNestedTooDeeply(t *testing.T) {
	t.Parallel()
	for depth, ok := range map[int]bool{maxDepth: true, maxDepth + 2: false, 9000: false} {
		value, err := dynamicValue(asSent(t, strings.Repeat("[", depth)+strings.Repeat("]", depth)))
		if (err == nil) != ok {
			t.Errorf("depth %d: %v", depth, err)
		}
		if err != nil && !value.IsNull() {
			t.Errorf("depth %d: %s beside an error", depth, value)
		}
	}
}

func TestDynamicValueRefusesWhatHasTooManyParts(t *testing.T) {
	t.Parallel()
	for parts, ok := range map[int]bool{maxValues - 1: true, maxValues: false, 200_000: false} {
		list := "[" + strings.TrimSuffix(strings.Repeat("1,", parts), ",") + "]"
		value, err := dynamicValue(asSent(t, list))
		if (err == nil) != ok || value.IsNull() == ok {
			t.Errorf("%d parts: %v", parts, err)
		}
	}
}
