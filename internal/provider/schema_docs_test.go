package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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
