package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
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

// unknownPassword is a password that is still to come. reason is why, empty
// where that is not known either.
func unknownPassword(reason string) passwordModel {
	m := passwordModel{
		Password: types.StringUnknown(), PasswordVersion: types.Int64Unknown(), RotationReason: types.StringUnknown(),
		Strength: types.DynamicUnknown(), RemoteSync: types.BoolUnknown(),
		ModifiedAt: types.StringUnknown(), RotatedAt: types.StringUnknown(),
	}
	if reason != "" {
		m.RotationReason = types.StringValue(reason)
	}
	return m
}

// resetResult is how a password came: what goes into the state besides the
// passwordModel, once that is set.
type resetResult struct {
	deed       operation // it ends when the state is set
	credential kirim.Credential
	notes      privateState
	// unfinished is why the password may have ended before it is stored; nil
	// where it is live as far as is known.
	unfinished error
	// warnings are for after the state is set; until then nothing may fail.
	warnings diag.Diagnostics
}

// rotate resets the password of a credential and puts what came back into the
// model. before is the version of the password that this one replaces, 0 where
// there was none; checked tells that its login will be. The deadline of ctx is
// the operation's.
func (d *providerData) rotate(
	ctx context.Context, of target, model *passwordModel, before int64, reason string, checked bool,
) (came *resetResult, err error) {
	what := operation{what: doesRotate, of: of, reason: reason, began: d.now()}
	defer func() {
		if err != nil {
			d.logFailed(ctx, what, err)
		}
	}()
	if d.client == nil {
		return nil, errUnconfigured
	}
	done, err := d.lockCredential(ctx, of)
	if err != nil {
		return nil, err
	}
	defer done()
	first, err := d.client.ResetPassword(ctx, of.domain, of.guid)
	if err != nil {
		return nil, err
	}
	last := d.confirm(ctx, of, first, checked)
	reset := last.reset
	version := d.memory.nextVersion(before, reset.At.Unix())
	twice := d.memory.issued(of)
	d.memory.noteIssued(of)
	what.resets, what.attempts = last.resets, last.attempts
	came = &resetResult{
		deed: what, credential: reset.Credential, notes: privateStateOfReset(version, last),
		unfinished: last.unfinished, warnings: last.warnings,
	}
	if twice {
		addGivenTwice(&came.warnings, of)
	}
	model.Password = types.StringValue(reset.Password)
	model.PasswordVersion = types.Int64Value(version)
	model.RotationReason = types.StringValue(reason)
	model.ModifiedAt = timeOrNull(reset.Credential.ModifiedAt)
	model.RotatedAt = timeOrNull(reset.At)
	model.RemoteSync = types.BoolPointerValue(reset.RemoteSynced)
	strength, unstorable := dynamicValue(reset.Strength)
	model.Strength = strength
	if unstorable != nil {
		addStrengthLost(&came.warnings, unstorable, of)
	}
	if reset.RemoteSynced != nil && !*reset.RemoteSynced {
		addNotSynced(&came.warnings, of, checked)
	}
	return came, nil
}

// adopt stores a password that is in use already. It resets nothing, and reads
// the rest from the credential.
func (d *providerData) adopt(
	ctx context.Context, of target, model *passwordModel, password string, before int64,
) (came *resetResult, err error) {
	what := operation{what: doesAdopt, of: of, began: d.now()}
	defer func() {
		if err != nil {
			d.logFailed(ctx, what, err)
		}
	}()
	if d.client == nil {
		return nil, errUnconfigured
	}
	done, err := d.lockCredential(ctx, of)
	if err != nil {
		return nil, err
	}
	defer done()
	if d.memory.revoked(of) {
		return nil, errRevoked
	}
	// By itself: it may be a change by this same apply that is adopted, and what a
	// list said before that would have it look like somebody else's.
	credential, err := d.client.GetCredential(ctx, of.domain, of.guid)
	if err != nil {
		return nil, err
	}
	*model = d.existingAttributes(credential, rotation.ReasonAdopted)
	d.memory.noteIssued(of)
	model.Password = types.StringValue(password)
	version := d.memory.nextVersion(before, d.now().Unix())
	model.PasswordVersion = types.Int64Value(version)
	return &resetResult{deed: what, credential: *credential, notes: privateStateOfFound(version, *credential)}, nil
}

// errRevoked is for a password that is to be adopted and cannot be live.
var errRevoked = errors.New("this same apply has ended its password by revoke_on_destroy")

// lockCredential is memory.lockCredential with an error that can be told. The wait does not count
// against the operation's time: the other one may be queued for the rate limit.
func (d *providerData) lockCredential(ctx context.Context, of target) (done func(), err error) {
	resume := kirim.PauseTimeout(ctx)
	defer resume(0)
	done, err = d.memory.lockCredential(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("another change of its password by this same apply had not ended yet: %w", err)
	}
	return done, nil
}

// existingAttributes is about a password that was there before; the password itself and
// its version are left open.
func (d *providerData) existingAttributes(credential *kirim.Credential, reason string) passwordModel {
	return passwordModel{
		RotationReason: types.StringValue(reason),
		ModifiedAt:     timeOrNull(credential.ModifiedAt),
		RotatedAt:      timeOrNull(d.now()),
	}
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
