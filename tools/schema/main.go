// Command schema prints the provider's schema as `terraform providers schema
// -json` would, for tfplugindocs to write docs/ from.
//
// Not from a CLI, because what a CLI knows depends on its version: Terraform
// 1.11 leaves resource identities out, OpenTofu 1.12 list resources and
// actions. The docs, and the check that they are up to date, must come out the
// same on every machine.
//
// It belongs to the provider's own module, unlike the tools beside it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
)

// address is where tfplugindocs looks for a provider named smtp, whoever
// publishes it.
const address = "registry.terraform.io/hashicorp/smtp"

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	server := providerserver.NewProtocol6(provider.New("dev")())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	if len(schemas.ActionSchemas)+len(schemas.StateStoreSchemas) > 0 {
		return errors.New("the provider has an action or a state store, which this program cannot print")
	}
	return json.NewEncoder(os.Stdout).Encode(object{
		"format_version": "1.0",
		"provider_schemas": object{
			address: object{
				"provider":                   schema(schemas.Provider),
				"resource_schemas":           each(schemas.ResourceSchemas, schema),
				"resource_identity_schemas":  each(identities.IdentitySchemas, identity),
				"data_source_schemas":        each(schemas.DataSourceSchemas, schema),
				"ephemeral_resource_schemas": each(schemas.EphemeralResourceSchemas, schema),
				"list_resource_schemas":      each(schemas.ListResourceSchemas, schema),
				"functions":                  each(schemas.Functions, function),
			},
		},
	})
}

type object = map[string]any

func each[T any](in map[string]*T, convert func(*T) object) object {
	out := object{}
	for name, v := range in {
		out[name] = convert(v)
	}
	return out
}

func schema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": block(s.Block)}
}

func block(b *tfprotov6.SchemaBlock) object {
	blocks := object{}
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = object{
			"nesting_mode": strings.ToLower(nested.Nesting.String()),
			"min_items":    nested.MinItems,
			"max_items":    nested.MaxItems,
			"block":        block(nested.Block),
		}
	}
	return object{
		"attributes":          attributes(b.Attributes),
		"block_types":         blocks,
		"description":         b.Description,
		"description_kind":    strings.ToLower(b.DescriptionKind.String()),
		"deprecated":          b.Deprecated,
		"deprecation_message": b.DeprecationMessage,
	}
}

func attributes(in []*tfprotov6.SchemaAttribute) object {
	out := object{}
	for _, a := range in {
		o := object{
			"description":         a.Description,
			"description_kind":    strings.ToLower(a.DescriptionKind.String()),
			"deprecated":          a.Deprecated,
			"deprecation_message": a.DeprecationMessage,
			"required":            a.Required,
			"optional":            a.Optional,
			"computed":            a.Computed,
			"sensitive":           a.Sensitive,
			"write_only":          a.WriteOnly,
		}
		if a.NestedType != nil {
			o["nested_type"] = object{
				"attributes":   attributes(a.NestedType.Attributes),
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
			}
		} else {
			o["type"] = a.Type // Knows how to write itself in this notation.
		}
		out[a.Name] = o
	}
	return out
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	attributes := object{}
	for _, a := range s.IdentityAttributes {
		attributes[a.Name] = object{
			"type":                a.Type,
			"description":         a.Description,
			"required_for_import": a.RequiredForImport,
			"optional_for_import": a.OptionalForImport,
		}
	}
	return object{"version": s.Version, "attributes": attributes}
}

func function(f *tfprotov6.Function) object {
	parameters := []object{}
	for _, p := range f.Parameters {
		parameters = append(parameters, object{"name": p.Name, "description": p.Description, "type": p.Type})
	}
	return object{
		"summary":     f.Summary,
		"description": f.Description,
		"return_type": f.Return.Type,
		"parameters":  parameters,
	}
}
