package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// identityModel tells a credential from every other, whatever becomes of its
// password.
type identityModel struct {
	Domain         types.String `tfsdk:"domain"`
	CredentialGUID types.String `tfsdk:"credential_guid"`
}

func (r *credentialPasswordResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"domain": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "Name of the sending domain that the credential belongs to, such as example.com.",
			},
			"credential_guid": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "GUID of the credential, a UUID; the API calls it user_smtp_guid.",
			},
		},
	}
}

// setIdentity sets the identity in the spelling that is sent, so that it is the
// same however a configuration spells it.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, of target, diags *diag.Diagnostics) {
	if identity == nil || diags.HasError() {
		return
	}
	n := of.normalized()
	diags.Append(identity.Set(ctx, identityModel{Domain: types.StringValue(n.domain), CredentialGUID: types.StringValue(n.guid)})...)
}

// ImportState takes over a credential that is in use, by its id or identity. It
// resets nothing, so that its password is not known.
func (r *credentialPasswordResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	of, ok := importTarget(ctx, req, &resp.Diagnostics)
	if !ok {
		return
	}
	setIdentity(ctx, resp.Identity, of, &resp.Diagnostics)
	ctx, cancel := kirim.WithTimeout(r.data.logContext(ctx), defaultReadTimeout)
	defer cancel()
	if r.data.client == nil {
		addImportError(&resp.Diagnostics, errUnconfigured, of)
		return
	}
	credential, err := r.data.client.FindCredential(ctx, of.domain, of.guid)
	if err != nil {
		addImportError(&resp.Diagnostics, err, of)
		return
	}
	found := r.data.existingAttributes(credential, rotation.ReasonImported)
	for name, value := range map[string]any{
		"domain":           types.StringValue(of.domain),
		"credential_guid":  types.StringValue(of.guid),
		"id":               types.StringValue(of.id()),
		"username":         stringOrNull(credential.Username),
		"login":            stringOrNull(credential.Login(of.domain)),
		"created_at":       timeOrNull(credential.CreatedAt),
		"password_version": types.Int64Value(0),
		"rotation_reason":  found.RotationReason,
		"modified_at":      found.ModifiedAt,
		"rotated_at":       found.RotatedAt,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(privateStateOfFound(0, *credential).write(ctx, resp.Private, privateState{})...)
	addImported(&resp.Diagnostics, of)
}

// importTarget reads what an import names, and gives it normalized.
func importTarget(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (of target, ok bool) {
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsFullyNull() {
		var identity identityModel
		diags.Append(req.Identity.Get(ctx, &identity)...)
		of = target{identity.Domain.ValueString(), identity.CredentialGUID.ValueString()}
	} else {
		domain, guid, found := strings.Cut(req.ID, "/")
		if !found {
			addBadImport(diags, req.ID, "it has no slash")
			return target{}, false
		}
		of = target{domain, guid}
	}
	if diags.HasError() {
		return target{}, false
	}
	if _, err := kirim.NormalizeDomain(of.domain); err != nil {
		addBadImport(diags, of.domain+"/"+of.guid, "of its domain: "+err.Error())
		return target{}, false
	}
	if _, err := kirim.NormalizeGUID(of.guid); err != nil {
		addBadImport(diags, of.domain+"/"+of.guid, "of its credential_guid: "+err.Error())
		return target{}, false
	}
	return of.normalized(), true
}
