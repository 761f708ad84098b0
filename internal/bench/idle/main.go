// Command idle is the provider with resources that have its schemas and do nothing. A plan with it costs what the
// schema, the framework and the CLI cost; what a plan costs beyond that is ours. internal/bench gives it the states of
// the provider; it is not run by hand.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	smtp "github.com/kirimemail/terraform-provider-smtp/internal/provider"
	"github.com/kirimemail/terraform-provider-smtp/internal/server"
)

func main() {
	if err := server.Serve(func() provider.Provider { return idleProvider{smtp.New("idle")()} }, false); err != nil {
		log.Fatal(err)
	}
}

type idleProvider struct{ provider.Provider }

func (p idleProvider) Resources(ctx context.Context) []func() resource.Resource {
	factories := p.Provider.Resources(ctx)
	for i, factory := range factories {
		if has, ok := factory().(resource.ResourceWithIdentity); ok {
			factories[i] = func() resource.Resource { return idleResource{has} }
		}
	}
	return factories
}

// idleResource hides all methods but those of this interface.
type idleResource struct{ resource.ResourceWithIdentity }

// Read does no more than the framework insists on, which is an identity.
func (idleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	for name := range resp.Identity.Schema.GetAttributes() {
		var value types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &value)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
}
