package password

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxValues bounds how many values there may be in all. The type of a value
	// names each of its parts, and what Terraform does with types grows with the
	// square of that: tens of thousands would hold a password that has come, and
	// every later plan, for minutes.
	maxValues = 1000
	// maxDepth bounds how deep a value may be nested before Terraform would
	// have trouble with its type.
	maxDepth = 64
	// numberPrecision is the precision in bits that Terraform's own numbers
	// have.
	numberPrecision = 512
	// maxExponent bounds numbers: they are written out in full in the state,
	// digit by digit.
	maxExponent = 4096
)

var (
	errTooDeep = errors.New("it is nested too deeply")
	errTooMany = errors.New("it has too many parts")
	// errUnstorable is for what nobody has thought of.
	errUnstorable = errors.New("it is of a form that Terraform does not take")
)

// dynamicValue turns decoded JSON (see kirim.Reset.Strength) into a value of any type.
// Objects become objects, lists become tuples, so that elements may differ; a null within
// becomes a null string, since a null needs some type.
func dynamicValue(v any) (types.Dynamic, error) {
	if v == nil {
		return types.DynamicNull(), nil
	}
	left := maxValues
	value, err := terraformValue(v, 0, &left)
	if err != nil {
		return types.DynamicNull(), err
	}
	dynamic, err := types.DynamicType.ValueFromTerraform(context.Background(), value)
	if stored, ok := dynamic.(types.Dynamic); ok && err == nil {
		return stored, nil
	}
	return types.DynamicNull(), errUnstorable
}

// terraformValue counts down how many values are left to be made.
func terraformValue(v any, depth int, left *int) (tftypes.Value, error) {
	if depth > maxDepth {
		return tftypes.Value{}, errTooDeep
	}
	if *left--; *left < 0 {
		return tftypes.Value{}, errTooMany
	}
	switch v := v.(type) {
	case string:
		return tftypes.NewValue(tftypes.String, norm.NFC.String(v)), nil
	case bool:
		return tftypes.NewValue(tftypes.Bool, v), nil
	case json.Number:
		return number(v), nil
	case []any:
		elements, kinds := make([]tftypes.Value, len(v)), make([]tftypes.Type, len(v))
		for i, element := range v {
			value, err := terraformValue(element, depth+1, left)
			if err != nil {
				return tftypes.Value{}, err
			}
			elements[i], kinds[i] = value, value.Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: kinds}, elements), nil
	case map[string]any:
		values, kinds := make(map[string]tftypes.Value, len(v)), make(map[string]tftypes.Type, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			value, err := terraformValue(v[key], depth+1, left)
			if err != nil {
				return tftypes.Value{}, err
			}
			key = norm.NFC.String(key) // as Terraform does: two that only differ in that are one there
			values[key], kinds[key] = value, value.Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, values), nil
	default:
		return tftypes.NewValue(tftypes.String, nil), nil
	}
}

// number keeps a number that is beyond what can sensibly be written out as the text it
// came as.
func number(n json.Number) tftypes.Value {
	f, _, err := big.ParseFloat(n.String(), 10, numberPrecision, big.ToNearestEven)
	if err != nil || f.IsInf() || f.MantExp(nil) > maxExponent || f.MantExp(nil) < -maxExponent {
		return tftypes.NewValue(tftypes.String, n.String())
	}
	return tftypes.NewValue(tftypes.Number, f)
}
