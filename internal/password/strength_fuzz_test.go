package password

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

// FuzzDynamicValue: any JSON becomes a value of the same form, which gets
// through the protocol, or an error that says what it has too much of.
func FuzzDynamicValue(f *testing.F) {
	for _, seed := range []string{
		`{"score":8,"feedback":"Strong"}`, `[1,[2,{"a":null}]]`, `"x"`, `1e400`, `{"\u0000":-0}`, `{"e\u0301":1,"\u00e9":[]}`, `1e9999`, `-1e-9999`, `1e000001`, `0.1`,
		`[12345678901234567890123.456789,true,null,{}]`, strings.Repeat("[", 70) + strings.Repeat("]", 70), `[` + strings.Repeat("1,", 1000) + `1]`, "\"\xff\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var v any
		if decoder.Decode(&v) != nil {
			return
		}
		value, err := dynamicValue(v)
		if depth, count := extent(v); (err != nil) != (v != nil && (depth > maxDepth || count > maxValues)) {
			t.Fatalf("%q, of %d parts, %d deep: %v", text, count, depth, err)
		}
		if err != nil {
			if !value.IsNull() {
				t.Errorf("%q: %s beside %v", text, value, err)
			}
			return
		}
		sameValue(t, v, value.UnderlyingValue())
		raw, err := value.ToTerraformValue(t.Context())
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		packed, err := raw.MarshalMsgPack(tftypes.DynamicPseudoType) //nolint:staticcheck // SA1019: it is what the protocol does.
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if back, err := tftypes.ValueFromMsgPack(packed, tftypes.DynamicPseudoType); err != nil || !back.Equal(raw) { //nolint:staticcheck // SA1019: as above.
			t.Errorf("%q: %s became %s, %v", text, raw, back, err)
		}
	})
}

// extent counts how deep a value is nested and how many there are in it.
func extent(v any) (depth, count int) {
	var parts []any
	switch v := v.(type) {
	case []any:
		parts = v
	case map[string]any:
		for _, part := range v {
			parts = append(parts, part)
		}
	}
	count = 1
	for _, part := range parts {
		d, c := extent(part)
		depth, count = max(depth, d+1), count+c
	}
	return depth, count
}

// sameValue fails where a value says something else than the JSON that it was
// made from.
func sameValue(t *testing.T, sent any, value attr.Value) {
	t.Helper()
	var same bool
	switch sent := sent.(type) {
	case nil:
		same = value == nil || value.IsNull()
	case bool:
		same = value.Equal(types.BoolValue(sent))
	case string:
		same = value.Equal(types.StringValue(norm.NFC.String(sent)))
	case json.Number:
		same = sameNumber(sent, value)
	case []any:
		tuple, ok := value.(types.Tuple)
		same = ok && len(tuple.Elements()) == len(sent)
		for i := 0; same && i < len(sent); i++ {
			sameValue(t, sent[i], tuple.Elements()[i])
		}
	case map[string]any:
		object, ok := value.(types.Object)
		same = ok && len(object.Attributes()) <= len(sent)
		for key := range object.Attributes() {
			same = same && norm.NFC.IsNormalString(key)
		}
		for key, part := range sent {
			got, kept := object.Attributes()[norm.NFC.String(key)]
			same = same && kept
			// Of two keys that Terraform takes for one, one is kept.
			if len(object.Attributes()) == len(sent) && kept {
				sameValue(t, part, got)
			}
		}
	}
	if !same {
		t.Fatalf("%#v became %s", sent, value)
	}
}

// sameNumber compares as fractions, to the precision that Terraform has. What
// cannot be written out sensibly is a text, and what is next to nothing is 0.
func sameNumber(sent json.Number, value attr.Value) bool {
	if s, ok := value.(types.String); ok {
		return s.ValueString() == sent.String() && strings.ContainsAny(sent.String(), "eE") || len(sent.String()) > 1000
	}
	number, ok := value.(types.Number)
	if !ok {
		return false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(sent.String()), "e"); ok && len(strings.TrimLeft(exponent, "+-0")) > 5 {
		return number.ValueBigFloat().Sign() == 0
	}
	want, ok := new(big.Rat).SetString(sent.String())
	got, _ := number.ValueBigFloat().Rat(nil)
	if !ok || got == nil {
		return false
	}
	difference := new(big.Rat).Sub(want, got)
	least := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), numberPrecision-2))
	return difference.Abs(difference).Cmp(least.Mul(least, new(big.Rat).Abs(want))) <= 0
}

// FuzzStoredStrength: what is stored of a report tells no password either, after
// all that is done to it on its way into the state.
func FuzzStoredStrength(f *testing.F) {
	for _, seed := range [][2]string{
		{"Zx81-qW7!kLmN", `{"password":"Zx81-qW7!kLmN","guesses":1e9}`}, {"123456789", `[123456789,"987654321"]`}, {"caf\u00e9-caf\u00e9", `{"cafe\u0301-cafe\u0301":"is cafe\u0301-cafe\u0301"}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, password, report string) {
		// The API's client takes no other; a shorter one is in ordinary words.
		if len(password) < 8 || len(password) > 100 || len(report) > 2000 || !norm.NFC.IsNormalString(password) || strings.ContainsAny(password, "()\ufffd\"\\") {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(report))
		decoder.UseNumber()
		var v any
		if decoder.Decode(&v) != nil {
			return
		}
		value, err := dynamicValue(redact.Value(v, password))
		if err != nil {
			return
		}
		if stored := value.String(); strings.Contains(stored, password) {
			t.Fatalf("%q is stored as %s", report, stored)
		}
	})
}
