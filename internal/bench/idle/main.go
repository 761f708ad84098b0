// Command idle is the provider with a resource that has our schema and does
// nothing. What a plan costs with it is the price of the schema, the framework
// and the CLI; what a plan costs beyond that is ours. internal/bench puts it in
// the provider's place, with the provider's own states; it is not run by hand.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	smtp "github.com/kirimemail/terraform-provider-smtp/internal/provider"
	"github.com/kirimemail/terraform-provider-smtp/internal/server"
)

func main() {
	// As main.go serves the real one, but for what that does about signals.
	if err := server.Serve(newProvider, false); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newProvider() provider.Provider { return idleProvider{smtp.New("idle")()} }

// idleProvider has the real one's settings, and is configured as it is.
type idleProvider struct{ provider.Provider }

// Resources are the real one's, idle.
func (p idleProvider) Resources(ctx context.Context) []func() resource.Resource {
	factories := p.Provider.Resources(ctx)
	for i, factory := range factories {
		factories[i] = func() resource.Resource { return &idleResource{real: factory()} }
	}
	return factories
}

// idleResource has a name and schemas. It is never created: the states are the
// real one's.
type idleResource struct{ real resource.Resource }

var _ resource.ResourceWithIdentity = (*idleResource)(nil)

func (r *idleResource) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.real.Metadata(ctx, req, resp)
}

func (r *idleResource) Schema(ctx context.Context, req resource.SchemaRequest, resp *resource.SchemaResponse) {
	r.real.Schema(ctx, req, resp)
}

// IdentitySchema is the real one's: having an identity has its price too.
func (r *idleResource) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	if has, ok := r.real.(resource.ResourceWithIdentity); ok {
		has.IdentitySchema(ctx, req, resp)
	}
}

// Read does no more than the framework insists on, which is an identity.
func (r *idleResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	for name := range resp.Identity.Schema.GetAttributes() {
		var value types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &value)...)
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
}

func (r *idleResource) Create(_ context.Context, _ resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.AddError("Idle", "This resource is for plans in which nothing has changed.")
}

func (r *idleResource) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError("Idle", "This resource is for plans in which nothing has changed.")
}

func (r *idleResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
