package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// stored is a resource that has been created, as a CLI keeps it.
type stored struct {
	config, state *tfprotov6.DynamicValue
	private       []byte
}

func createStored(tb testing.TB, p protocol, c simulator.Credential) stored {
	tb.Helper()
	object, ok := p.resource.(tftypes.Object)
	if !ok {
		tb.Fatalf("the resource is %s", p.resource)
	}
	values := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
	}
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	values["domain"], values["credential_guid"] = text(c.Domain), text(c.GUID)
	values["rotation_triggers"] = tftypes.NewValue(object.AttributeTypes["rotation_triggers"], map[string]tftypes.Value{"release": text("1")})
	config := dynamic(tb, object, tftypes.NewValue(object, values))
	nothing := dynamic(tb, object, tftypes.NewValue(object, nil))
	planned, err := p.PlanResourceChange(tb.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: passwordType, PriorState: nothing, ProposedNewState: config, Config: config,
	})
	if err != nil || hasErrors(planned.Diagnostics) { // a creation warns of what it resets
		tb.Fatal(err, planned)
	}
	applied, err := p.ApplyResourceChange(tb.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: passwordType, PriorState: nothing, PlannedState: planned.PlannedState, Config: config, PlannedPrivate: planned.PlannedPrivate,
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		tb.Fatal(err, applied)
	}
	return stored{config, applied.NewState, applied.Private}
}

func hasErrors(all []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(all, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityError
	})
}

// The benchmarks below are a plan's calls for a resource in which nothing has
// changed: the framework's work and ours, without the CLI and gRPC.

func BenchmarkValidate(b *testing.B) {
	s, c := startSimulator(b)
	p := startProtocol(b, s)
	made := createStored(b, p, c)
	b.ReportAllocs()
	for b.Loop() {
		got, err := p.ValidateResourceConfig(b.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: passwordType, Config: made.config})
		if err != nil || len(got.Diagnostics) > 0 {
			b.Fatal(err, got)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	s, c := startSimulator(b)
	p := startProtocol(b, s)
	made := createStored(b, p, c)
	b.ReportAllocs()
	for b.Loop() {
		got, err := p.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: passwordType, CurrentState: made.state, Private: made.private,
		})
		if err != nil || len(got.Diagnostics) > 0 {
			b.Fatal(err, got)
		}
		if s.ClearJournal(); got.NewState == nil {
			b.Fatal("it is gone")
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	s, c := startSimulator(b)
	p := startProtocol(b, s)
	made := createStored(b, p, c)
	b.ReportAllocs()
	for b.Loop() {
		got, err := p.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: passwordType, PriorState: made.state, ProposedNewState: made.state, Config: made.config, PriorPrivate: made.private,
		})
		if err != nil || hasErrors(got.Diagnostics) { // what is planned once more seems to be another resource
			b.Fatal(err, got)
		}
	}
}
