package server

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// forgetful is a framework's server that does not hold on to what a call came
// with. The framework (v1.19) keeps a cancel function of each call's context
// until the process ends, and with it the whole context: some 70 KiB a
// resource, most of what a large plan would have in memory. It is handed one that
// lets go instead, for the calls that come once a resource in a plan.
//
// What embeds an interface has no methods beside it: once the provider has list
// resources, actions or state stores, their interfaces of tfprotov6 belong here.
type forgetful struct{ tfprotov6.ProviderServer }

func (f forgetful) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return letGo(ctx, f.ProviderServer.ValidateResourceConfig, req)
}

func (f forgetful) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return letGo(ctx, f.ProviderServer.UpgradeResourceState, req)
}

func (f forgetful) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return letGo(ctx, f.ProviderServer.UpgradeResourceIdentity, req)
}

func (f forgetful) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return letGo(ctx, f.ProviderServer.ReadResource, req)
}

func (f forgetful) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return letGo(ctx, f.ProviderServer.PlanResourceChange, req)
}

// letGo makes a call with a context that knows nothing once that is over.
func letGo[Request, Response any](
	ctx context.Context, call func(context.Context, Request) (Response, error), req Request,
) (Response, error) {
	c := newCallContext(ctx)
	defer c.forget()
	return call(c, req)
}

// callContext is the context of a call for as long as that lasts, and afterwards
// one that is over and knows nothing.
type callContext struct {
	of atomic.Pointer[context.Context]
}

var _ context.Context = (*callContext)(nil)

func newCallContext(ctx context.Context) *callContext {
	c := &callContext{}
	c.of.Store(&ctx)
	return c
}

var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (c *callContext) forget() { c.of.Store(&over) }

func (c *callContext) current() context.Context { return *c.of.Load() }

func (c *callContext) Deadline() (time.Time, bool) { return c.current().Deadline() }
func (c *callContext) Done() <-chan struct{}       { return c.current().Done() }
func (c *callContext) Err() error                  { return c.current().Err() }
func (c *callContext) Value(key any) any           { return c.current().Value(key) }
