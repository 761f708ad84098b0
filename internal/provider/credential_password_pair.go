package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/password"
)

// credentialPasswordPairResource is smtp_credential_password_pair: the managed password of
// two credentials that take turns.
type credentialPasswordPairResource struct{ credentialPasswordResource }

func newCredentialPasswordPairResource() resource.Resource {
	return &credentialPasswordPairResource{credentialPasswordResource{
		resourceBase: resourceBase{name: "credential_password_pair", noun: kirim.NounCredential},
		Lifecycle:    password.Lifecycle{New: func() password.Resource { return &credentialPasswordPairModel{} }},
	}}
}

// Schema is that of a managed password, and what names the two credentials and tells of
// their turns.
func (*credentialPasswordPairResource) Schema(
	ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse,
) {
	attributes := password.PairSchemaAttributes(ctx, "`domain/guid1,guid2`, in the API's spelling.")
	attributes["domain"] = passwordDomain()
	attributes["credential_guids"] = schema.ListAttribute{
		Required: true, ElementType: types.StringType,
		MarkdownDescription: "GUIDs of the two credentials (`user_smtp_guid` in the API). The first is active after " +
			"the creation. Changing a member forces a new resource and a new password; another order changes nothing.",
		Validators:    []validator.List{guidPair{}, listvalidator.ValueStringsAre(attribute.CredentialGUID)},
		PlanModifiers: []planmodifier.List{guidPair{}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rotates a password without downtime: two SMTP credentials of a domain take turns. A " +
			"rotation resets the standby and makes it active. The previous login goes on working.",
		Attributes: attributes,
	}
}

// IdentitySchema has the domain and the credentials, the first one first.
func (r *credentialPasswordPairResource) IdentitySchema(
	ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	r.resourceBase.IdentitySchema(ctx, req, resp)
	delete(resp.IdentitySchema.Attributes, "credential_guid")
	resp.IdentitySchema.Attributes["credential_guids"] = identityschema.ListAttribute{
		RequiredForImport: true, ElementType: types.StringType,
		Description: "GUIDs of the two credentials, UUIDs. The first one is the active one after an import.",
	}
}

// ImportState takes over two credentials that are in use, by id or identity. The first one
// becomes the active one.
func (r *credentialPasswordPairResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	domain, list, _ := strings.Cut(req.ID, "/")
	guids := strings.Split(list, ",")
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsFullyNull() {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("domain"), &domain)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("credential_guids"), &guids)...)
	}
	given := cmp.Or(req.ID, domain+"/"+strings.Join(guids, ","))
	var err error
	for i := 0; i < len(guids) && err == nil; i++ {
		var ref kirim.Ref
		ref, err = kirim.CredentialRef(domain, guids[i]).Normalize()
		domain, guids[i] = ref.Domain, ref.GUID
	}
	if err = cmp.Or(err, checkGUIDPair(guids)); err != nil {
		const first, second = "6f9619ff-8b86-4011-b42d-00c04fc964ff", "92703823-f3a4-48e2-8e87-7adf25454800"
		resp.Diagnostics.AddError(diagnostics.ImportID.Summary, diagnostics.Paragraphs(
			fmt.Sprintf("A pair is imported by domain/guid1,guid2. The id %.160q cannot be used: %s.", given, err),
			diagnostics.ImportID.Meaning,
			fmt.Sprintf("A good id looks like %q. As an identity, that is domain = %q and credential_guids = [%q, %q].",
				"example.com/"+first+","+second, "example.com", first, second)))
		return
	}
	members, diags := types.ListValueFrom(ctx, types.StringType, guids)
	resp.Diagnostics.Append(diags...)
	model := &credentialPasswordPairModel{Domain: types.StringValue(domain)}
	model.CredentialGUIDs = members
	r.Import(ctx, model, resp)
}

// guidPair is the validator and the plan modifier of credential_guids.
type guidPair struct{}

// Description is for the framework.
func (guidPair) Description(context.Context) string {
	return "must be two different credentials; another order changes nothing"
}

// MarkdownDescription is for the framework.
func (p guidPair) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

// ValidateList refuses what is not two different credentials.
func (guidPair) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	addGUIDPairError(&resp.Diagnostics, req.Path, req.ConfigValue)
}

// PlanModifyList keeps the stored list if the members are the same. What was not known to
// the validator is refused here.
func (guidPair) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	addGUIDPairError(&resp.Diagnostics, req.Path, req.PlanValue)
	before, after := password.Pair{CredentialGUIDs: req.StateValue}, password.Pair{CredentialGUIDs: req.PlanValue}
	stored, _ := before.GUIDs()
	planned, areKnown := after.GUIDs()
	slices.Sort(stored)
	slices.Sort(planned)
	switch {
	case req.State.Raw.IsNull():
	case areKnown && slices.Equal(stored, planned):
		resp.PlanValue = req.StateValue
	default:
		resp.RequiresReplace = true
	}
}

func addGUIDPairError(diags *diag.Diagnostics, at path.Path, list types.List) {
	pair := password.Pair{CredentialGUIDs: list}
	guids, areKnown := pair.GUIDs()
	if list.IsNull() || list.IsUnknown() || !areKnown && len(guids) == 2 {
		return
	}
	err := checkGUIDPair(guids)
	if slices.ContainsFunc(list.Elements(), attr.Value.IsNull) {
		err = errors.New("one is null")
	}
	if err != nil {
		summary, detail := attribute.Invalid(at, "the GUIDs of two different credentials", err.Error(),
			"A good value is a list of two, such as two credential_guid of smtp_credential.")
		diags.AddAttributeError(at, summary, detail)
	}
}

// checkGUIDPair says what is wrong with GUIDs in the spelling that is sent.
func checkGUIDPair(guids []string) error {
	switch {
	case len(guids) != 2:
		return fmt.Errorf("it has %d", len(guids))
	case guids[0] == guids[1]:
		return errors.New("both are the same")
	}
	return nil
}

// credentialPasswordPairModel is the resource's configuration, plan or state.
type credentialPasswordPairModel struct {
	Domain types.String `tfsdk:"domain"`
	password.PairModel
}

// Ref is the active credential; without one yet, the first.
func (m *credentialPasswordPairModel) Ref() kirim.Ref {
	guid := m.Active
	if guid.IsNull() || guid.IsUnknown() {
		guid = m.First()
	}
	ref := kirim.CredentialRef(m.Domain.ValueString(), guid.ValueString())
	ref.Argument = "credential_guids"
	return ref
}

// ResourceID is domain/guid1,guid2.
func (m *credentialPasswordPairModel) ResourceID() types.String {
	guids, areKnown := m.GUIDs()
	if m.Domain.IsUnknown() || !areKnown {
		return types.StringUnknown()
	}
	return types.StringValue(kirim.DomainRef(m.Domain.ValueString()).ID() + "/" + strings.Join(guids, ","))
}

// SetIdentity sets the resource's identity, in the spelling that is sent.
func (m *credentialPasswordPairModel) SetIdentity(
	ctx context.Context, identity *tfsdk.ResourceIdentity,
) diag.Diagnostics {
	guids, _ := m.GUIDs()
	diags := identity.SetAttribute(ctx, path.Root("domain"), kirim.DomainRef(m.Domain.ValueString()).ID())
	diags.Append(identity.SetAttribute(ctx, path.Root("credential_guids"), guids)...)
	return diags
}

// Identifiers are the domain and the GUIDs.
func (m *credentialPasswordPairModel) Identifiers() []password.Identifier {
	guids := password.Identifier{Name: "credential_guids", Value: m.CredentialGUIDs}
	if _, areKnown := m.GUIDs(); !areKnown {
		guids.Value = types.ListUnknown(types.StringType)
	}
	return []password.Identifier{{Name: "domain", Value: m.Domain}, guids}
}
