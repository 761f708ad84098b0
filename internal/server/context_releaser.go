package server

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// frameworkServer is everything that the framework's server can do. terraform-plugin-go asks a server for the
// optional interfaces by type assertion, so that a wrapper hides each interface that it does not embed.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// contextReleaser is the framework's server without the contexts of calls that are over.
//
// The framework (v1.19) keeps a cancel function for each call's context until the process ends. That holds the whole
// context: some 70 KiB a resource, most of a large plan's memory. The calls that come once a resource in a plan get a
// context that can be released instead.
type contextReleaser struct{ frameworkServer }

func (c contextReleaser) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return withReleasedContext(ctx, c.frameworkServer.ValidateResourceConfig, req)
}

func (c contextReleaser) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return withReleasedContext(ctx, c.frameworkServer.UpgradeResourceState, req)
}

func (c contextReleaser) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return withReleasedContext(ctx, c.frameworkServer.UpgradeResourceIdentity, req)
}

func (c contextReleaser) ReadResource(
	ctx context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	return withReleasedContext(ctx, c.frameworkServer.ReadResource, req)
}

func (c contextReleaser) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return withReleasedContext(ctx, c.frameworkServer.PlanResourceChange, req)
}

// withReleasedContext makes a call with a context that is released when the call returns.
func withReleasedContext[Request, Response any](
	ctx context.Context, call func(context.Context, Request) (Response, error), req Request,
) (Response, error) {
	c := &callContext{}
	c.current.Store(&ctx)
	defer c.release()
	return call(c, req)
}

// callContext is the context of one call.
type callContext struct {
	current atomic.Pointer[context.Context]
}

var _ context.Context = (*callContext)(nil)

// release leaves a context that is canceled and holds no value.
func (c *callContext) release() {
	released, cancel := context.WithCancel(context.Background())
	cancel()
	c.current.Store(&released)
}

func (c *callContext) Deadline() (time.Time, bool) { return (*c.current.Load()).Deadline() }
func (c *callContext) Done() <-chan struct{}       { return (*c.current.Load()).Done() }
func (c *callContext) Err() error                  { return (*c.current.Load()).Err() }
func (c *callContext) Value(key any) any           { return (*c.current.Load()).Value(key) }
