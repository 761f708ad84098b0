package password

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
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

// dynamicValue turns decoded JSON (see kirim.Reset.Strength) into a value of
// any type. Objects become objects, lists become tuples, so that elements may
// differ; a null within becomes a null string, since a null needs some type.
func dynamicValue(v any) (types.Dynamic, error) {
	if v == nil {
		return types.DynamicNull(), nil
	}
	left := maxValues
	value, err := attributeValue(v, 0, &left)
	if err != nil {
		return types.DynamicNull(), err
	}
	return types.DynamicValue(value), nil
}

// attributeValue counts down how many values are left to be made.
func attributeValue(v any, depth int, left *int) (attr.Value, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if *left--; *left < 0 {
		return nil, errTooMany
	}
	switch v := v.(type) {
	case string:
		return types.StringValue(norm.NFC.String(v)), nil
	case bool:
		return types.BoolValue(v), nil
	case json.Number:
		return numberValue(v), nil
	case []any:
		return tupleValue(v, depth, left)
	case map[string]any:
		return objectValue(v, depth, left)
	default:
		return types.StringNull(), nil
	}
}

// numberValue keeps a number that is beyond what can sensibly be written out
// as the text it came as.
func numberValue(n json.Number) attr.Value {
	f, _, err := big.ParseFloat(n.String(), 10, numberPrecision, big.ToNearestEven)
	if err != nil || f.IsInf() || f.MantExp(nil) > maxExponent || f.MantExp(nil) < -maxExponent {
		return types.StringValue(n.String())
	}
	return types.NumberValue(f)
}

func tupleValue(list []any, depth int, left *int) (attr.Value, error) {
	elements := make([]attr.Value, len(list))
	elementTypes := make([]attr.Type, len(list))
	for i, element := range list {
		value, err := attributeValue(element, depth+1, left)
		if err != nil {
			return nil, err
		}
		elements[i], elementTypes[i] = value, value.Type(context.Background())
	}
	tuple, diags := types.TupleValue(elementTypes, elements)
	if diags.HasError() {
		return nil, errors.New("a list in it cannot be stored")
	}
	return tuple, nil
}

// objectValue normalizes keys as Terraform will: two that only differ in that
// would be one there.
func objectValue(object map[string]any, depth int, left *int) (attr.Value, error) {
	values := make(map[string]attr.Value, len(object))
	valueTypes := make(map[string]attr.Type, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value, err := attributeValue(object[key], depth+1, left)
		if err != nil {
			return nil, err
		}
		key = norm.NFC.String(key)
		values[key], valueTypes[key] = value, value.Type(context.Background())
	}
	result, diags := types.ObjectValue(valueTypes, values)
	if diags.HasError() {
		return nil, errors.New("an object in it cannot be stored")
	}
	return result, nil
}
