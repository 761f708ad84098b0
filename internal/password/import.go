package password

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Import takes over a credential that is in use. It resets nothing, so that its
// password is not known. imported has its identifiers, in the spelling that is sent.
func (l *Lifecycle) Import(ctx context.Context, imported Resource, resp *resource.ImportStateResponse) {
	ref := imported.Ref()
	setIdentity(ctx, resp.Identity, imported, &resp.Diagnostics)
	ctx = l.begin(ctx, defaultReadTimeout)
	if l.Client == nil {
		diagnostics.Import.Fail(&resp.Diagnostics, diagnostics.ErrUnconfigured, ref, false)
		return
	}
	credential, err := l.Client.FindCredential(ctx, ref.Domain, ref.GUID)
	if err != nil {
		diagnostics.Import.Fail(&resp.Diagnostics, err, ref, false)
		return
	}
	found := l.foundAttributes(credential, rotation.ReasonImported)
	values := map[string]any{
		"id":               imported.ResourceID(),
		"username":         attribute.TextOrNull(credential.Username),
		"login":            attribute.TextOrNull(credential.Login(ref.Domain)),
		"created_at":       attribute.TimeOrNull(credential.CreatedAt),
		"password_version": types.Int64Value(0),
		"rotation_reason":  found.RotationReason,
		"modified_at":      found.ModifiedAt,
		"rotated_at":       found.RotatedAt,
	}
	for _, identifier := range imported.Identifiers() {
		values[identifier.Name] = identifier.Value
	}
	for name, value := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(privateStateOfFound(0, *credential).write(ctx, resp.Private, privateState{})...)
	diagnostics.Imported.Warn(&resp.Diagnostics, ref, "imported without a reset. The API cannot tell a password that "+
		"exists already, so that password is null and password_version 0.")
}
