package provider

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// core does with one resource what the CLIs' core does, over the real protocol and without a CLI: the same calls in the
// same processes, with the state and the private state that core hands to each, and core's checks of the answers.
type core struct {
	tb           testing.TB
	kind         string
	schema       *tfprotov6.Schema
	object       tftypes.Object
	newProcess   func() tfprotov6.ProviderServer // a configured provider
	unconfigured func() tfprotov6.ProviderServer // one that is not configured, as for a validation
	stored       instance                        // what the state file has
}

// instance is a resource in a state. Its value is null if there is none.
type instance struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

// attributeValues are the arguments of a configuration, or the attributes of a state.
type attributeValues map[string]tftypes.Value

// kill is the end of a process in the middle of an apply.
type kill string

const (
	noKill kill = ""
	// The provider's answer never comes. Core keeps the attributes of a resource whose update broke off so, and drops
	// its private state.
	providerBefore kill = "the provider, before it is asked to apply"
	providerAfter  kill = "the provider, before it answers"
	// The state file stays as it was before the command, its private state included.
	cliAfter kill = "the CLI, before it stores the answer"
)

// command is one `plan` or `apply`.
type command struct {
	config    attributeValues
	unknown   []string // arguments that are not known while planning
	noRefresh bool     // -refresh=false
	apply     bool
	replace   bool   // the plan may replace the resource; else that is an error
	between   func() // between the plan and its apply
	kill      kill
}

// outcome is what a command showed, and what it did.
type outcome struct {
	refreshed   instance // what the plan went by
	plan        attributeValues
	changes     bool // the plan is not empty
	asked       bool // the provider was asked to apply
	failed      bool
	diagnostics []*tfprotov6.Diagnostic
	broken      []string // rules of core that the provider has broken
}

func newCore(tb testing.TB, s *simulator.Server, kind string, now func() time.Time) *core {
	tb.Helper()
	c := &core{tb: tb, kind: kind}
	c.unconfigured = func() tfprotov6.ProviderServer { return providerserver.NewProtocol6(WithClock("test", now)())() }
	schemas, err := c.unconfigured().GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || schemas.ResourceSchemas[kind] == nil {
		tb.Fatalf("no schema of %s: %v", kind, err)
	}
	c.schema = schemas.ResourceSchemas[kind]
	c.object = c.schema.ValueType().(tftypes.Object)
	c.stored = instance{value: tftypes.NewValue(c.object, nil)}
	of := schemas.Provider.ValueType()
	settings := map[string]tftypes.Value{}
	for name, of := range of.(tftypes.Object).AttributeTypes {
		settings[name] = tftypes.NewValue(of, nil)
	}
	for name, text := range map[string]string{"base_url": s.URL(), "username": s.Username(), "token": s.Token()} {
		settings[name] = tftypes.NewValue(tftypes.String, text)
	}
	configuration := dynamic(tb, of, tftypes.NewValue(of, settings))
	c.newProcess = func() tfprotov6.ProviderServer {
		p := c.unconfigured()
		answer, err := p.ConfigureProvider(c.context(), &tfprotov6.ConfigureProviderRequest{Config: configuration})
		if err != nil || len(answer.Diagnostics) > 0 {
			tb.Error(err, answer)
		}
		return p
	}
	return c
}

// context outlives no test: its providers end with the test's simulator.
func (c *core) context() context.Context { return c.tb.Context() }

func (c *core) encode(v tftypes.Value) *tfprotov6.DynamicValue { return dynamic(c.tb, c.object, v) }

func (c *core) decode(d *tfprotov6.DynamicValue) tftypes.Value {
	v, err := d.Unmarshal(c.object)
	if err != nil {
		c.tb.Fatal(err)
	}
	return v
}

// attributesIn are the attributes of a resource, none if it is null.
func attributesIn(v tftypes.Value) attributeValues {
	var all map[string]tftypes.Value
	if v.IsNull() || v.As(&all) != nil {
		return nil
	}
	return all
}

// configuration is all of a resource's arguments, with null for those that are not given.
func (c *core) configuration(given attributeValues, unknown ...string) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, of := range c.object.AttributeTypes {
		all[name] = tftypes.NewValue(of, nil)
		if value, has := given[name]; has {
			all[name] = value
		}
	}
	for _, name := range unknown {
		all[name] = tftypes.NewValue(c.object.AttributeTypes[name], tftypes.UnknownValue)
	}
	return tftypes.NewValue(c.object, all)
}

// importID imports a resource and refreshes it, as `import` does.
func (c *core) importID(id string) (diagnostics []*tfprotov6.Diagnostic) {
	p := c.newProcess()
	answer, err := p.ImportResourceState(c.context(), &tfprotov6.ImportResourceStateRequest{TypeName: c.kind, ID: id})
	if err != nil || len(answer.ImportedResources) != 1 {
		c.tb.Fatal(err, answer.Diagnostics)
	}
	one := answer.ImportedResources[0]
	c.stored = instance{value: c.decode(one.State), private: one.Private, identity: one.Identity}
	out := &outcome{diagnostics: answer.Diagnostics}
	c.stored = c.refresh(p, out)
	return out.diagnostics
}

// run runs a command.
func (c *core) run(cmd command) *outcome {
	out := &outcome{refreshed: c.stored}
	planned := c.configuration(cmd.config, cmd.unknown...)
	answer, err := c.unconfigured().ValidateResourceConfig(c.context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: c.kind, Config: c.encode(planned),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if c.addError(out, "validation", err); err != nil || out.add(answer.Diagnostics) {
		return out
	}
	p := c.newProcess()
	if !cmd.noRefresh && !c.stored.value.IsNull() {
		if out.refreshed = c.refresh(p, out); out.failed {
			return out
		}
	}
	first := c.plan(p, planned, out.refreshed, out)
	if out.failed {
		return out
	}
	out.plan, out.changes = attributesIn(first.value), !first.value.Equal(out.refreshed.value)
	if out.refreshed.tainted && !cmd.replace {
		out.violates("the resource is replaced")
	}
	if !cmd.apply {
		return out
	}
	if cmd.between != nil {
		cmd.between()
	}
	before := c.stored
	c.stored = out.refreshed // an apply stores what its plan has found
	if out.changes {
		c.apply(cmd, first, out)
	}
	if cmd.kill == cliAfter && out.asked {
		c.stored, out.failed = before, true
	}
	return out
}

// refresh is what a plan's refresh makes of the stored resource.
func (c *core) refresh(p tfprotov6.ProviderServer, out *outcome) instance {
	answer, err := p.ReadResource(c.context(), &tfprotov6.ReadResourceRequest{
		TypeName: c.kind, CurrentState: c.encode(c.stored.value), Private: c.stored.private,
		CurrentIdentity: c.stored.identity,
	})
	if c.addError(out, "refresh", err); err != nil || out.add(answer.Diagnostics) {
		return c.stored
	}
	return instance{c.decode(answer.NewState), answer.Private, answer.NewIdentity, c.stored.tainted}
}

// plan is the planned resource, with its private state.
func (c *core) plan(p tfprotov6.ProviderServer, config tftypes.Value, from instance, out *outcome) (planned instance) {
	prior, identity := from.value, from.identity
	if from.tainted { // core plans a creation then, without anything of what was there
		prior, from.private, identity = tftypes.NewValue(c.object, nil), nil, nil
	}
	answer, err := p.PlanResourceChange(c.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.kind, PriorState: c.encode(prior), Config: c.encode(config), PriorPrivate: from.private,
		ProposedNewState: c.encode(c.proposed(prior, config)), PriorIdentity: identity,
	})
	if c.addError(out, "plan", err); err != nil || out.add(answer.Diagnostics) {
		return from
	}
	planned = instance{c.decode(answer.PlannedState), answer.PlannedPrivate, answer.PlannedIdentity, false}
	was, is := attributesIn(prior), attributesIn(planned.value)
	for name, given := range attributesIn(config) {
		switch value := is[name]; {
		case c.attribute(name).WriteOnly:
			if !value.IsNull() {
				out.violates("the plan has a write-only %s", name)
			}
		case given.IsNull() && c.attribute(name).Computed, value.Equal(given), was != nil && value.Equal(was[name]):
		default:
			out.violates("%s is planned as neither the configured nor the stored value", name)
		}
	}
	if len(answer.RequiresReplace) > 0 && was != nil {
		for _, at := range answer.RequiresReplace {
			if name, ok := at.Steps()[0].(tftypes.AttributeName); ok && !is[string(name)].Equal(was[string(name)]) {
				out.violates("%s forces a new resource", name)
			}
		}
	}
	return planned
}

// proposed is the configuration, with the stored value for what is computed.
func (c *core) proposed(prior, config tftypes.Value) tftypes.Value {
	was, all := attributesIn(prior), map[string]tftypes.Value{}
	for name, given := range attributesIn(config) {
		all[name] = given
		if given.IsNull() && c.attribute(name).Computed && was != nil {
			all[name] = was[name]
		}
		if c.attribute(name).WriteOnly {
			all[name] = tftypes.NewValue(c.object.AttributeTypes[name], nil)
		}
	}
	return tftypes.NewValue(c.object, all)
}

func (c *core) attribute(name string) *tfprotov6.SchemaAttribute {
	for _, a := range c.schema.Block.Attributes {
		if a.Name == name {
			return a
		}
	}
	return &tfprotov6.SchemaAttribute{}
}

// apply plans once more, in another process and with everything known, and applies that plan.
func (c *core) apply(cmd command, first instance, out *outcome) {
	p, config := c.newProcess(), c.configuration(cmd.config)
	prior := out.refreshed
	final := c.plan(p, config, prior, out)
	if out.failed {
		return
	}
	for name, value := range out.plan {
		if !compatible(value, attributesIn(final.value)[name]) {
			out.violates("the plan and the final plan differ in %s", name)
		}
	}
	if len(out.broken) > 0 || final.value.Equal(prior.value) {
		return
	}
	out.asked = true
	if cmd.kill == providerBefore {
		c.stored.private, c.stored.identity, out.failed = nil, nil, true
		return
	}
	before := prior.value
	if prior.tainted {
		before = tftypes.NewValue(c.object, nil)
	}
	answer, err := p.ApplyResourceChange(c.context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: c.kind, PriorState: c.encode(before), PlannedState: c.encode(final.value), Config: c.encode(config),
		PlannedPrivate: final.private, PlannedIdentity: final.identity,
	})
	if c.addError(out, "apply", err); err != nil {
		return
	}
	if cmd.kill == providerAfter {
		c.stored.private, c.stored.identity, out.failed = nil, nil, true
		return
	}
	failed := out.add(answer.Diagnostics)
	value := c.decode(answer.NewState)
	if !failed {
		for name, planned := range attributesIn(final.value) {
			if !compatible(planned, attributesIn(value)[name]) {
				out.violates("the apply has another %s than its plan", name)
			}
		}
	}
	switch {
	case value.IsNull() && failed:
	case !value.IsFullyKnown():
		out.violates("something is unknown after the apply")
	default:
		c.stored = instance{value, answer.Private, answer.NewIdentity, failed && before.IsNull()}
	}
}

// compatible reports whether a value is what a plan has promised.
func compatible(planned, actual tftypes.Value) bool {
	if !planned.IsKnown() {
		return true
	}
	if planned.IsFullyKnown() {
		return planned.Equal(actual)
	}
	var promised, came map[string]tftypes.Value // a map, or an object
	if planned.As(&promised) != nil || actual.As(&came) != nil || len(promised) != len(came) {
		return false
	}
	for key, value := range promised {
		if has, ok := came[key]; !ok || !compatible(value, has) {
			return false
		}
	}
	return true
}

// addError notes an error of the protocol itself.
func (c *core) addError(out *outcome, what string, err error) {
	if err != nil {
		out.failed = true
		out.violates("%s: %v", what, err)
	}
}

// add notes diagnostics, and reports whether one is an error.
func (o *outcome) add(diagnostics []*tfprotov6.Diagnostic) bool {
	o.diagnostics = append(o.diagnostics, diagnostics...)
	failed := hasErrors(diagnostics)
	o.failed = o.failed || failed
	return failed
}

func (o *outcome) violates(format string, arguments ...any) {
	o.broken = append(o.broken, fmt.Sprintf(format, arguments...))
}
