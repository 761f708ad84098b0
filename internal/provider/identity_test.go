package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const passwordType, pairType = "smtp_credential_password", "smtp_credential_password_pair"

// protocol is the provider as a CLI sees it. Not every CLI that this is tested
// with knows identities.
type protocol struct {
	tfprotov6.ProviderServer
	resource, identity tftypes.Type
}

func startProtocol(tb testing.TB, s *simulator.Server) protocol {
	tb.Helper()
	return startProtocolOf(tb, s, passwordType)
}

// startProtocolOf is startProtocol with the types of a resource.
func startProtocolOf(tb testing.TB, s *simulator.Server, resourceType string) protocol {
	tb.Helper()
	ctx := tb.Context()
	p := protocol{ProviderServer: providerserver.NewProtocol6(New("test")())()}
	schemas, err := p.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	identities, err := p.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	p.resource = schemas.ResourceSchemas[resourceType].ValueType()
	p.identity = identities.IdentitySchemas[resourceType].ValueType()
	configType := schemas.Provider.ValueType()
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	none := tftypes.NewValue(tftypes.String, nil)
	configured, err := p.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{
		Config: dynamic(tb, configType, tftypes.NewValue(configType, map[string]tftypes.Value{
			"base_url": text(s.URL()), "username": text(s.Username()), "token": text(s.Token()),
			"domain_api_key": none, "domain_api_secret": none,
		})),
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		tb.Fatal(err, configured)
	}
	return p
}

func dynamic(tb testing.TB, of tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	tb.Helper()
	d, err := tfprotov6.NewDynamicValue(of, value)
	if err != nil {
		tb.Fatal(err)
	}
	return &d
}

func (p protocol) identityOf(t *testing.T, domain, guid string) *tfprotov6.ResourceIdentityData {
	t.Helper()
	return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(t, p.identity, tftypes.NewValue(p.identity, map[string]tftypes.Value{
		"domain": tftypes.NewValue(tftypes.String, domain), "credential_guid": tftypes.NewValue(tftypes.String, guid),
	}))}
}

// attributes are the strings in a value of the protocol, null as "".
func attributes(tb testing.TB, of tftypes.Type, value *tfprotov6.DynamicValue) map[string]string {
	tb.Helper()
	if value == nil {
		return nil
	}
	decoded, err := value.Unmarshal(of)
	if err != nil {
		tb.Fatal(err)
	}
	var all map[string]tftypes.Value
	if decoded.IsNull() || decoded.As(&all) != nil {
		return nil
	}
	texts := map[string]string{}
	for name, value := range all {
		var s string
		if value.Type().Is(tftypes.String) && value.As(&s) == nil {
			texts[name] = s
		}
	}
	return texts
}

func startSimulator(tb testing.TB) (*simulator.Server, simulator.Credential) {
	tb.Helper()
	s, err := simulator.Start(simulator.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	c := s.AddCredential("example.com", "mailer")
	return s, c
}

func checkIdentity(t *testing.T, p protocol, identity *tfprotov6.ResourceIdentityData, c simulator.Credential) {
	t.Helper()
	if identity == nil {
		t.Fatal("there is no identity")
	}
	got := attributes(t, p.identity, identity.IdentityData)
	if got["domain"] != c.Domain || got["credential_guid"] != c.GUID || len(got) != 2 {
		t.Errorf("the identity is %v", got)
	}
}

// spelled is a state with another spelling of the domain.
func (p protocol) spelled(t *testing.T, state *tfprotov6.DynamicValue, domain string) *tfprotov6.DynamicValue {
	t.Helper()
	value, err := state.Unmarshal(p.resource)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]tftypes.Value
	if err := value.As(&all); err != nil {
		t.Fatal(err)
	}
	all["domain"] = tftypes.NewValue(tftypes.String, domain)
	return dynamic(t, p.resource, tftypes.NewValue(p.resource, all))
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	s, c := startSimulator(t)
	p := startProtocol(t, s)
	imported, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: passwordType, Identity: p.identityOf(t, "Example.COM.", strings.ToUpper(c.GUID)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(imported.ImportedResources) != 1 || len(imported.Diagnostics) != 1 ||
		imported.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning || imported.Diagnostics[0].Summary != "SMTP "+
		"password is not known" {
		t.Fatalf("imported %d, with %v", len(imported.ImportedResources), imported.Diagnostics)
	}
	one := imported.ImportedResources[0]
	checkIdentity(t, p, one.Identity, c)
	state := attributes(t, p.resource, one.State)
	if state["id"] != "example.com/"+c.GUID || state["login"] != "mailer@example.com" || state["password"] != "" ||
		state["rotation_reason"] != "imported" {
		t.Errorf("imported %v", state)
	}
	if s.Count(simulator.KindReset) != 0 {
		t.Error("it was reset")
	}

	// The identity stays through refreshes, that of a state from before there
	// were identities, and the one that finds nothing.
	read := func(state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData) *tfprotov6.ReadResourceResponse {
		t.Helper()
		answer, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: passwordType, CurrentState: state, CurrentIdentity: identity, Private: one.Private,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range answer.Diagnostics {
			if d.Severity == tfprotov6.DiagnosticSeverityError {
				t.Fatalf("%s: %s", d.Summary, d.Detail)
			}
		}
		checkIdentity(t, p, answer.NewIdentity, c)
		return answer
	}
	read(one.State, one.Identity)
	read(one.State, nil)
	read(p.spelled(t, one.State, "Example.COM"), nil) // as a configuration may have it
	s.RemoveCredential(c.Domain, c.GUID)
	if gone := read(one.State, one.Identity); attributes(t, p.resource, gone.NewState) != nil {
		t.Error("what is gone is still there")
	}
}

func TestBadIdentitiesAreExplained(t *testing.T) {
	t.Parallel()
	s, c := startSimulator(t)
	p := startProtocol(t, s)
	for name, test := range map[string]struct{ domain, guid, want string }{
		"no domain":    {"", c.GUID, "the domain cannot be sent: it is empty"},
		"a numeric id": {"example.com", "17", "numeric id"},
	} {
		answer, err := p.ImportResourceState(context.WithoutCancel(t.Context()), &tfprotov6.ImportResourceStateRequest{
			TypeName: passwordType, Identity: p.identityOf(t, test.domain, test.guid),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Diagnostics) != 1 || !strings.Contains(answer.Diagnostics[0].Detail, test.want) ||
			!strings.Contains(answer.Diagnostics[0].Detail, `credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"`) {
			t.Errorf("%s: %v", name, answer.Diagnostics)
		}
	}
}

// TestAWriteOnlyArgumentNeedsACLIThatKnowsIt has a CLI that would store what is
// not to be stored.
func TestAWriteOnlyArgumentNeedsACLIThatKnowsIt(t *testing.T) {
	t.Parallel()
	s, c := startSimulator(t)
	p := startProtocol(t, s)
	object, ok := p.resource.(tftypes.Object)
	if !ok {
		t.Fatal("the schema's type is no object")
	}
	values := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, of := range object.AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
	}
	values["domain"] = tftypes.NewValue(tftypes.String, c.Domain)
	values["credential_guid"] = tftypes.NewValue(tftypes.String, c.GUID)
	values["existing_password"] = tftypes.NewValue(tftypes.String, "a password")
	config := dynamic(t, p.resource, tftypes.NewValue(p.resource, values))
	for _, knows := range []bool{true, false} {
		answer, err := p.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: passwordType, Config: config,
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: knows},
		})
		if err != nil {
			t.Fatal(err)
		}
		if refused := len(answer.Diagnostics) == 1 && strings.Contains(answer.Diagnostics[0].Detail, "existing_password"); refused == knows {
			t.Errorf("a CLI that knows write-only arguments (%t): %v", knows, answer.Diagnostics)
		}
	}
}
