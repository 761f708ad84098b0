package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// passwordModel are the attributes that belong to one password, for whatever
// resource holds it. A rotation replaces all of them.
type passwordModel struct {
	Password        types.String  `tfsdk:"password"`
	PasswordVersion types.Int64   `tfsdk:"password_version"`
	RotationReason  types.String  `tfsdk:"rotation_reason"`
	Strength        types.Dynamic `tfsdk:"strength"`
	RemoteSync      types.Bool    `tfsdk:"remote_sync"`
	ModifiedAt      types.String  `tfsdk:"modified_at"`
	RotatedAt       types.String  `tfsdk:"rotated_at"`
}

// unknownPassword is a password that is still to be made.
func unknownPassword() passwordModel {
	return passwordModel{
		Password: types.StringUnknown(), PasswordVersion: types.Int64Unknown(), RotationReason: types.StringUnknown(),
		Strength: types.DynamicUnknown(), RemoteSync: types.BoolUnknown(),
		ModifiedAt: types.StringUnknown(), RotatedAt: types.StringUnknown(),
	}
}

// rotate resets the password of a credential and puts what came back into the
// model, but for the reason, which is the caller's. before is the version of
// the password that this one replaces, 0 where there was none. The deadline of
// ctx is the operation's. The warnings are for after the state is set; until
// then nothing may fail.
func (d *providerData) rotate(
	ctx context.Context, of target, model *passwordModel, before int64,
) (credential kirim.Credential, warnings diag.Diagnostics, err error) {
	if d.client == nil {
		return kirim.Credential{}, nil, errUnconfigured
	}
	reset, err := d.client.ResetPassword(ctx, of.domain, of.guid)
	if err != nil {
		return kirim.Credential{}, nil, err
	}
	model.Password = types.StringValue(reset.Password)
	model.PasswordVersion = types.Int64Value(d.versions.next(before, reset.At.Unix()))
	model.ModifiedAt = timeOrNull(reset.Credential.ModifiedAt)
	model.RotatedAt = timeOrNull(reset.At)
	model.RemoteSync = types.BoolPointerValue(reset.RemoteSynced)
	strength, unstorable := dynamicValue(reset.Strength)
	model.Strength = strength
	if unstorable != nil {
		addStrengthLost(&warnings, unstorable, of)
	}
	if reset.RemoteSynced != nil && !*reset.RemoteSynced {
		addNotSynced(&warnings, of)
	}
	return reset.Credential, warnings, nil
}

// store sets a state that holds a new password. Of all that goes into it, only
// strength is of a form that nobody knows beforehand: should it ever be what
// keeps the state from being set, it must not take the password with it.
func store(ctx context.Context, state *tfsdk.State, model any, strength *types.Dynamic, of target) (diags diag.Diagnostics) {
	if diags = state.Set(ctx, model); diags.HasError() && !strength.IsNull() {
		*strength = types.DynamicNull()
		diags = state.Set(ctx, model)
		addStrengthLost(&diags, errUnstorable, of)
	}
	return diags
}
