package provider

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// described is anything that has a description.
type described interface {
	GetMarkdownDescription() string
	GetDescription() string
}

func resourceAttributes(t *testing.T) map[string]schema.Attribute {
	t.Helper()
	var resp resource.SchemaResponse
	newCredentialPasswordResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	return resp.Schema.Attributes
}

// flat gives all attributes, nested ones by their paths.
func flat(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for name, attribute := range attributes {
		all[name] = attribute
		if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
			for inner, attribute := range flat(nested.Attributes) {
				all[name+"."+inner] = attribute
			}
		}
	}
	return all
}

// TestEveryAttributeIsDocumented keeps an attribute without a description, or
// half a sentence for one, from getting into the docs. That what is written
// there is what the schema says, check-docs sees to.
func TestEveryAttributeIsDocumented(t *testing.T) {
	t.Parallel()
	all := map[string]described{}
	for name, attribute := range flat(resourceAttributes(t)) {
		all[name] = attribute
	}
	var settings provider.SchemaResponse
	New("test")().Schema(t.Context(), provider.SchemaRequest{}, &settings)
	for name, attribute := range settings.Schema.Attributes {
		all["provider."+name] = attribute
	}
	var identity resource.IdentitySchemaResponse
	newCredentialPasswordResource().(resource.ResourceWithIdentity).IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identity)
	for name, attribute := range identity.IdentitySchema.Attributes {
		if text := attribute.GetDescription(); !isProse(text) {
			t.Errorf("identity %s: %q is no sentence", name, text)
		}
	}
	for name, attribute := range all {
		text := attribute.GetMarkdownDescription()
		if text == "" {
			text = attribute.GetDescription() // the timeouts module has that alone
		}
		if !isProse(text) {
			t.Errorf("%s: %q is no sentence", name, text)
		}
	}
	if len(all) < 30 {
		t.Errorf("only %d attributes were found", len(all))
	}
}

func isProse(text string) bool {
	return len(text) > 10 && strings.HasSuffix(text, ".") && strings.TrimSpace(text) == text
}

// validated gives the arguments whose values are looked at, and what each must
// be by its validators' own descriptions.
func validated(t *testing.T) map[string][]string {
	t.Helper()
	must := map[string][]string{}
	add := func(name string, v any) {
		if _, other := v.(oneTiming); other {
			return // has a first line of its own
		}
		text := v.(validator.Describer).Description(context.Background())
		must[name] = append(must[name], strings.TrimPrefix(text, "must be "))
	}
	for name, attribute := range flat(resourceAttributes(t)) {
		switch a := attribute.(type) {
		case schema.StringAttribute:
			for _, v := range a.Validators {
				add(name, v)
			}
		case schema.NumberAttribute:
			for _, v := range a.Validators {
				add(name, v)
			}
		case schema.SingleNestedAttribute:
			for _, v := range a.Validators {
				if _, ok := v.(protectedLine); !ok {
					t.Errorf("%s: whose error is that of %T?", name, v)
				}
				add(name+".security", v)
			}
		case schema.MapAttribute, schema.BoolAttribute, schema.Int64Attribute, schema.DynamicAttribute, schema.ObjectAttribute:
			if found := judges(reflect.ValueOf(a)); len(found) > 0 {
				t.Errorf("%s (%T) has a validator that is not looked at here: %s", name, a, found)
			}
		default:
			t.Errorf("%s is a %T", name, attribute)
		}
	}
	return must
}

// judges are the types of all that may find fault with a value of a schema, or
// of a part of it: its validators and types other than the framework's own.
func judges(of reflect.Value) (found []reflect.Type) {
	switch of.Kind() {
	case reflect.Interface:
		if !of.IsNil() {
			found = judges(of.Elem())
		}
	case reflect.Map:
		for _, key := range of.MapKeys() {
			found = append(found, judges(of.MapIndex(key))...)
		}
	case reflect.Slice:
		for i := range of.Len() {
			found = append(found, judges(of.Index(i))...)
		}
	case reflect.Struct:
		for i := range of.NumField() {
			value := of.Field(i)
			switch of.Type().Field(i).Name {
			case "Validators":
				for j := range value.Len() {
					found = append(found, value.Index(j).Elem().Type())
				}
			case "CustomType":
				if !value.IsNil() {
					found = append(found, value.Elem().Type())
				}
			default:
				found = append(found, judges(value)...)
			}
		}
	default:
	}
	return found
}

// TestNobodyElseFindsFault keeps an error of the framework's from getting past
// the page Troubleshooting: only our own validators say what is on it.
func TestNobodyElseFindsFault(t *testing.T) {
	t.Parallel()
	others := map[reflect.Type]string{
		reflect.TypeFor[timeouts.Type](): "it looks at nothing: the timeouts within have a validator of ours",
	}
	var settings provider.SchemaResponse
	New("test")().Schema(t.Context(), provider.SchemaRequest{}, &settings)
	var of resource.SchemaResponse
	newCredentialPasswordResource().Schema(t.Context(), resource.SchemaRequest{}, &of)
	found := append(judges(reflect.ValueOf(settings.Schema)), judges(reflect.ValueOf(of.Schema))...)
	if len(found) < 18 {
		t.Errorf("only %d validators were found", len(found))
	}
	for _, judge := range found {
		if others[judge] == "" && judge.PkgPath() != reflect.TypeFor[stringCheck]().PkgPath() {
			t.Errorf("%s says in words of its own what is wrong", judge)
		}
	}
	if _, more := New("test")().(provider.ProviderWithConfigValidators); more {
		t.Error("the provider has validators that are not looked at here")
	}
	if _, more := newCredentialPasswordResource().(resource.ResourceWithConfigValidators); more {
		t.Error("the resource has validators that are not looked at here")
	}
}
