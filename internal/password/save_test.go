package password

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// unstorable is a value that the framework cannot write.
type unstorable struct{ attr.Value }

func (unstorable) ToTerraformValue(context.Context) (tftypes.Value, error) {
	return tftypes.Value{}, errors.New("it cannot be stored")
}

func TestAStrengthThatCannotBeStoredDoesNotTakeThePasswordWithIt(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	attributes := SchemaAttributes(t.Context(), "The id.")
	resource := schema.Schema{Attributes: attributes}
	object, ok := resource.Type().TerraformType(ctx).(tftypes.Object)
	if !ok {
		t.Fatal("the schema's type is no object")
	}
	nulls := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, attributeType := range object.AttributeTypes {
		nulls[name] = tftypes.NewValue(attributeType, nil)
	}
	state := tfsdk.State{Schema: resource, Raw: tftypes.NewValue(object, nulls)}

	plan := testInstance()
	if diags := state.Get(ctx, plan.Resource); diags.HasError() {
		t.Fatal(diags)
	}
	plan.Password = types.StringValue("the password")
	plan.Strength = types.DynamicValue(unstorable{types.StringValue("x")})
	diags := store(ctx, &state, plan)
	if diags.HasError() || len(diags) != 1 || diags[0].Summary() != "Password strength not stored" {
		t.Fatalf("want one warning: %v", diags)
	}
	stored := testInstance()
	if diags := state.Get(ctx, stored.Resource); diags.HasError() {
		t.Fatal(diags)
	}
	if stored.Password.ValueString() != "the password" || !stored.Strength.IsNull() {
		t.Errorf("password kept: %v, strength: %s", stored.Password.ValueString() != "", stored.Strength)
	}
}
