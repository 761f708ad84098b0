package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func (p protocol) identityOfPair(t *testing.T, domain string, guids ...string) *tfprotov6.ResourceIdentityData {
	t.Helper()
	list := make([]tftypes.Value, len(guids))
	for i, guid := range guids {
		list[i] = tftypes.NewValue(tftypes.String, guid)
	}
	value := tftypes.NewValue(p.identity, map[string]tftypes.Value{
		"domain":           tftypes.NewValue(tftypes.String, domain),
		"credential_guids": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, list),
	})
	return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(t, p.identity, value)}
}

// checkIdentityOfPair checks that an identity names credentials, the first one first.
func (p protocol) checkIdentityOfPair(
	t *testing.T, identity *tfprotov6.ResourceIdentityData, want ...simulator.Credential,
) {
	t.Helper()
	if identity == nil {
		t.Fatal("there is no identity")
	}
	decoded, err := identity.IdentityData.Unmarshal(p.identity)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]tftypes.Value
	var list []tftypes.Value
	if err := decoded.As(&all); err != nil {
		t.Fatal(err)
	}
	if err := all["credential_guids"].As(&list); err != nil {
		t.Fatal(err)
	}
	got := []string{attributes(t, p.identity, identity.IdentityData)["domain"]}
	named := []string{want[0].Domain}
	for i := range list {
		var guid string
		if err := list[i].As(&guid); err != nil {
			t.Fatal(err)
		}
		got = append(got, guid)
	}
	for i := range want {
		named = append(named, want[i].GUID)
	}
	if !slices.Equal(got, named) {
		t.Errorf("the identity is %v, want %v", got, named)
	}
}

// TestImportOfAPairByIdentity takes the first one named as the active one. The identity is
// that of the import from then on, also through a refresh that finds nothing.
func TestImportOfAPairByIdentity(t *testing.T) {
	t.Parallel()
	s, one := startSimulator(t)
	two := s.AddCredential("example.com", "other")
	p := startProtocolOf(t, s, pairType)
	imported, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: pairType, Identity: p.identityOfPair(t, "Example.COM.", strings.ToUpper(two.GUID), one.GUID),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(imported.ImportedResources) != 1 || len(imported.Diagnostics) != 1 ||
		imported.Diagnostics[0].Summary != "SMTP password is not known" {
		t.Fatalf("imported %d, with %v", len(imported.ImportedResources), imported.Diagnostics)
	}
	it := imported.ImportedResources[0]
	p.checkIdentityOfPair(t, it.Identity, two, one)
	state := attributes(t, p.resource, it.State)
	if state["id"] != "example.com/"+two.GUID+","+one.GUID || state["login"] != two.Login || state["password"] != "" ||
		state["rotation_reason"] != "imported" || state["active_credential_guid"] != two.GUID ||
		state["previous_credential_guid"] != "" {
		t.Errorf("imported %v", state)
	}
	if s.Count(simulator.KindReset) != 0 {
		t.Error("it was reset")
	}
	read := func(state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData) *tfprotov6.DynamicValue {
		t.Helper()
		answer, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: pairType, CurrentState: state, CurrentIdentity: identity, Private: it.Private,
		})
		if err != nil {
			t.Fatal(err)
		}
		p.checkIdentityOfPair(t, answer.NewIdentity, two, one)
		return answer.NewState
	}
	read(it.State, it.Identity)
	read(it.State, nil)
	read(p.spelled(t, it.State, "Example.COM"), nil) // as a configuration may have it
	s.RemoveCredential(one.Domain, one.GUID)
	if attributes(t, p.resource, read(it.State, it.Identity)) == nil {
		t.Error("the resource is gone with its standby")
	}
	s.RemoveCredential(two.Domain, two.GUID)
	if attributes(t, p.resource, read(it.State, it.Identity)) != nil {
		t.Error("what is gone is still there")
	}
}

func TestBadIdentitiesOfAPairAreExplained(t *testing.T) {
	t.Parallel()
	s, one := startSimulator(t)
	two := s.AddCredential("example.com", "other")
	p := startProtocolOf(t, s, pairType)
	for name, test := range map[string]struct {
		domain string
		guids  []string
		want   string
	}{
		"no domain":    {"", []string{one.GUID, two.GUID}, "the domain cannot be sent: it is empty"},
		"a numeric id": {"example.com", []string{one.GUID, "17"}, "numeric id"},
		"one":          {"example.com", []string{one.GUID}, "it has 1"},
		"none":         {"example.com", nil, "it has 0"},
		"twice":        {"example.com", []string{one.GUID, strings.ToUpper(one.GUID)}, "both are the same"},
	} {
		answer, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: pairType, Identity: p.identityOfPair(t, test.domain, test.guids...),
		})
		if err != nil {
			t.Fatal(err)
		}
		const good = `credential_guids = ["6f9619ff-8b86-4011-b42d-00c04fc964ff", "`
		if len(answer.Diagnostics) != 1 || !strings.Contains(answer.Diagnostics[0].Detail, test.want) ||
			!strings.Contains(answer.Diagnostics[0].Detail, good) {
			t.Errorf("%s: %v", name, answer.Diagnostics)
		}
	}
	if n := len(s.Journal()); n > 0 {
		t.Errorf("%d requests", n)
	}
}
