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

var errUnstorable = errors.New("the API's strength_info has too many parts, is nested too deeply, or has a form that " +
	"Terraform refuses")

// dynamicValue turns decoded JSON (see kirim.Reset.Strength) into a value of any type.
func dynamicValue(v any) (types.Dynamic, error) {
	if v == nil {
		return types.DynamicNull(), nil
	}
	left := maxValues
	value := attributeValue(v, maxDepth, &left)
	if left < 0 {
		return types.DynamicNull(), errUnstorable
	}
	return types.DynamicValue(value), nil
}

// attributeValue makes objects of objects, and tuples of lists, so that elements may
// differ. A null becomes a null string, since a null needs some type. It counts down how
// many values are left to be made. A value below the depth left uses all of them up.
func attributeValue(v any, depth int, left *int) attr.Value {
	*left--
	if depth < 0 || *left < 0 {
		*left = -1
		return types.StringNull()
	}
	switch v := v.(type) {
	case string:
		return types.StringValue(norm.NFC.String(v))
	case bool:
		return types.BoolValue(v)
	case json.Number:
		f, _, err := big.ParseFloat(v.String(), 10, numberPrecision, big.ToNearestEven)
		if err != nil || f.IsInf() || f.MantExp(nil) > maxExponent || f.MantExp(nil) < -maxExponent {
			return types.StringValue(v.String()) // it is beyond what can sensibly be written out
		}
		return types.NumberValue(f)
	case []any:
		elements, kinds := make([]attr.Value, len(v)), make([]attr.Type, len(v))
		for i, element := range v {
			elements[i] = attributeValue(element, depth-1, left)
			kinds[i] = elements[i].Type(context.Background())
		}
		return types.TupleValueMust(kinds, elements)
	case map[string]any:
		values, kinds := make(map[string]attr.Value, len(v)), make(map[string]attr.Type, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			value := attributeValue(v[key], depth-1, left)
			key = norm.NFC.String(key) // as Terraform does: two that only differ in that are one there
			values[key], kinds[key] = value, value.Type(context.Background())
		}
		return types.ObjectValueMust(kinds, values)
	}
	return types.StringNull()
}
