package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/password"
)

// credentialPasswordResource is smtp_credential_password: the managed password of
// one credential.
type credentialPasswordResource struct {
	resourceBase
	password.Lifecycle
}

var (
	_ resource.ResourceWithConfigure   = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithIdentity    = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithImportState = (*credentialPasswordResource)(nil)
)

func newCredentialPasswordResource() resource.Resource {
	return &credentialPasswordResource{
		resourceBase: resourceBase{name: "credential_password", noun: kirim.NounCredential},
		Lifecycle:    password.Lifecycle{New: func() password.Resource { return &credentialPasswordModel{} }},
	}
}

// Configure takes over what the provider has made.
func (r *credentialPasswordResource) Configure(
	ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse,
) {
	r.resourceBase.Configure(ctx, req, resp)
	if r.data != nil {
		r.Session = r.data.passwords
	}
}

// Schema is that of a managed password, and what names its credential.
func (r *credentialPasswordResource) Schema(
	ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse,
) {
	attributes := password.SchemaAttributes(ctx, "`domain/credential_guid`, in the API's spelling.")
	attributes["domain"] = passwordDomain()
	attributes["credential_guid"] = identifier(userSMTPGUIDText+" "+
		"Changing this forces a new resource and a new password.",
		attribute.CredentialGUID, kirim.NormalizeGUID)
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rotates the password of an SMTP credential and stores it, sensitive, in the state. The " +
			"server makes each password and tells it once.",
		Attributes: attributes,
	}
}

// passwordDomain is the domain of a managed password.
func passwordDomain() schema.Attribute {
	return identifier("Sending domain, such as `example.com`. Changing this forces a new resource and a new "+
		"password. Another spelling of the same name changes nothing.", attribute.Domain, kirim.NormalizeDomain)
}

// ImportState takes over a credential that is in use, by its id or identity.
func (r *credentialPasswordResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if ref, ok := r.importRef(ctx, req, &resp.Diagnostics); ok {
		r.Import(ctx, &credentialPasswordModel{
			Domain: types.StringValue(ref.Domain), CredentialGUID: types.StringValue(ref.GUID),
		}, resp)
	}
}

// credentialPasswordModel is the resource's configuration, plan or state.
type credentialPasswordModel struct {
	Domain         types.String `tfsdk:"domain"`
	CredentialGUID types.String `tfsdk:"credential_guid"`
	password.Model
}

// Ref is the credential.
func (m *credentialPasswordModel) Ref() kirim.Ref {
	return kirim.CredentialRef(m.Domain.ValueString(), m.CredentialGUID.ValueString())
}

// ResourceID is domain/credential_guid.
func (m *credentialPasswordModel) ResourceID() types.String {
	if m.Domain.IsUnknown() || m.CredentialGUID.IsUnknown() {
		return types.StringUnknown()
	}
	return types.StringValue(m.Ref().ID())
}

// SetIdentity sets the resource's identity.
func (m *credentialPasswordModel) SetIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	return setIdentity(ctx, identity, m.Ref())
}

// Identifiers are the domain and the GUID.
func (m *credentialPasswordModel) Identifiers() []password.Identifier {
	return []password.Identifier{{Name: "domain", Value: m.Domain}, {Name: "credential_guid", Value: m.CredentialGUID}}
}
