package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// completionPatience is for asking what an answer has left out.
const completionPatience = 10 * time.Second

// response is where what an operation comes to is put: the framework has
// another type for each operation's response.
type response struct {
	state   *tfsdk.State
	private privateWriter
	diags   *diag.Diagnostics
}

// saveResult stores a password that has come, and only then does what may fail.
// operation is ctx with the operation's own time; before are the notes that are
// stored.
func (r *credentialPasswordResource) saveResult(
	ctx, operation context.Context, model *credentialPasswordModel, came *resetResult, before privateState, out response, created bool,
) {
	model.setCredential(came.credential)
	model.NextRotationAt = model.next(model.RotatedAt)
	model.LoginVerifiedAt = types.StringNull()
	diags := store(ctx, out.state, model, &model.Strength, model.target())
	r.data.logSettled(ctx, came, diags.HasError())
	out.diags.Append(diags...)
	if diags.HasError() {
		lost := before
		lost.Unfinished = true
		out.diags.Append(lost.write(ctx, out.private, before)...)
		return
	}
	now := came.notes.succeeding(before, r.data.now())
	now.LoginPending = !model.LoginCheck.IsNull()
	now.Revokes = model.RevokeOnDestroy.ValueBool()
	out.diags.Append(now.write(ctx, out.private, before)...)
	out.diags.Append(came.warnings...)
	if came.unfinished != nil {
		addOvertakenError(out.diags, came.unfinished, model.target(), created)
		return
	}
	r.complete(operation, model, out)
	r.finishLogin(ctx, model, now, out, created)
}

// complete asks for what the answer to a reset has left out of the credential,
// so that it is there before anything depends on it. The state is set already,
// and should this fail, the next refresh brings it.
func (r *credentialPasswordResource) complete(ctx context.Context, model *credentialPasswordModel, out response) {
	if !model.Login.IsNull() {
		return
	}
	ctx, cancel := kirim.WithTimeout(kirim.Urgent(ctx), completionPatience)
	defer cancel()
	credential, err := r.data.client.GetCredential(ctx, model.Domain.ValueString(), model.CredentialGUID.ValueString())
	if err != nil || !refreshLogin(model, *credential) {
		addLoginUnknown(out.diags, model.target())
		return
	}
	if model.CreatedAt.IsNull() {
		model.CreatedAt = timeOrNull(credential.CreatedAt)
	}
	setAgain(ctx, model, out)
}

// finishLogin waits until the mail server takes the password, where that is
// pending.
func (r *credentialPasswordResource) finishLogin(
	ctx context.Context, model *credentialPasswordModel, stored privateState, out response, created bool,
) {
	if !stored.LoginPending {
		return
	}
	check := model.check(ctx, model.Login, out.diags)
	if check == nil {
		return
	}
	now := stored
	verifiedAt, diags := r.data.verify(ctx, check, model.target(), model.Password, &now, checked{
		created: created, adopted: model.RotationReason.ValueString() == rotation.ReasonAdopted,
	})
	out.diags.Append(diags...)
	if diags.HasError() {
		return
	}
	model.LoginVerifiedAt = verifiedAt
	setAgain(ctx, model, out)
	out.diags.Append(now.write(ctx, out.private, stored)...)
}

// setAgain sets a state that holds the password already. Should it fail, what
// was set before stays.
func setAgain(ctx context.Context, model *credentialPasswordModel, out response) {
	again := tfsdk.State{Schema: out.state.Schema, Raw: out.state.Raw}
	if diags := again.Set(ctx, model); diags.HasError() {
		out.diags.Append(diags...)
		return
	}
	*out.state = again
}
