package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

const (
	defaultCreateTimeout = 5 * time.Minute
	defaultReadTimeout   = 2 * time.Minute
	defaultUpdateTimeout = 5 * time.Minute
	defaultDeleteTimeout = 5 * time.Minute

	completionPatience = 10 * time.Second
)

// credentialPasswordResource is smtp_credential_password.
type credentialPasswordResource struct{ data *providerData }

var (
	_ resource.ResourceWithConfigure  = (*credentialPasswordResource)(nil)
	_ resource.ResourceWithModifyPlan = (*credentialPasswordResource)(nil)
)

func newCredentialPasswordResource() resource.Resource { return &credentialPasswordResource{} }

func (r *credentialPasswordResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = configured(req.ProviderData, &resp.Diagnostics)
}

// Create makes the first password.
func (r *credentialPasswordResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model credentialPasswordModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	timeout, diags := model.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.RotationReason = types.StringValue(rotation.ReasonCreated)
	ctx, cancel := context.WithTimeout(r.data.logContext(ctx), timeout)
	defer cancel()
	credential, warnings, err := r.data.rotate(ctx, model.target(), &model.passwordModel, 0)
	if err != nil {
		addResetError(&resp.Diagnostics, err, model.target(), noPassword)
		return
	}
	model.setCredential(credential)
	resp.Diagnostics.Append(store(ctx, &resp.State, &model, &model.Strength, model.target())...)
	resp.Diagnostics.Append(warnings...)
	r.complete(ctx, &resp.State, &model, &resp.Diagnostics)
}

// complete asks for what the answer to a reset has left out of the credential,
// so that it is there before anything depends on it. The state is set already,
// and should this fail, the next refresh brings it.
func (r *credentialPasswordResource) complete(
	ctx context.Context, state *tfsdk.State, model *credentialPasswordModel, diags *diag.Diagnostics,
) {
	if !model.Login.IsNull() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	credential, err := r.data.client.GetCredential(ctx, model.Domain.ValueString(), model.CredentialGUID.ValueString())
	if err != nil || !refreshLogin(model, *credential) {
		addLoginUnknown(diags, model.target())
		return
	}
	if model.CreatedAt.IsNull() {
		model.CreatedAt = timeOrNull(credential.CreatedAt)
	}
	completed := tfsdk.State{Schema: state.Schema, Raw: state.Raw}
	if !completed.Set(ctx, model).HasError() {
		*state = completed
	}
}

// Read sees whether the credential is still there. It writes the state only
// where something has changed.
func (r *credentialPasswordResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if isUnfinished(ctx, req.Private, state.PasswordVersion.ValueInt64(), &resp.Diagnostics) {
		addUnfinished(&resp.Diagnostics, state.target())
	}
	if r.data.client == nil {
		addNotRefreshed(&resp.Diagnostics, state.target())
		return
	}
	ctx, cancel := context.WithTimeout(r.data.logContext(ctx), timeout)
	defer cancel()
	credential, err := r.data.client.GetCredential(ctx, state.Domain.ValueString(), state.CredentialGUID.ValueString())
	switch {
	case isGone(err):
		addGone(&resp.Diagnostics, state.target())
		resp.State.RemoveResource(ctx)
	case err != nil:
		addReadError(&resp.Diagnostics, err, state.target())
	case refreshLogin(&state, *credential):
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// refreshLogin takes over a user name that has come to be another one. The API
// gives one name in two forms (with and without its domain), so that the name
// alone is no sign of a change; the login is.
func refreshLogin(state *credentialPasswordModel, credential kirim.Credential) (changed bool) {
	login := credential.Login(state.target().normalized().domain)
	if login == "" || strings.EqualFold(login, state.Login.ValueString()) {
		return false
	}
	state.Username, state.Login = types.StringValue(credential.Username), types.StringValue(login)
	return true
}

// Update rotates the password where the plan says so, and otherwise stores the
// settings alone.
func (r *credentialPasswordResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state credentialPasswordModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, defaultUpdateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	version := state.PasswordVersion.ValueInt64()
	unfinished := isUnfinished(ctx, req.Private, version, &resp.Diagnostics)
	if plan.Password.IsUnknown() {
		// By now everything is known; what a plan could not decide is decided.
		planUpdate(&plan, &state, unfinished)
	}
	if !plan.Password.IsUnknown() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	ctx, cancel := context.WithTimeout(r.data.logContext(ctx), timeout)
	defer cancel()
	credential, warnings, err := r.data.rotate(ctx, plan.target(), &plan.passwordModel, version)
	if err != nil {
		stored := livePassword
		if unfinished {
			stored = doubtfulPassword
		}
		if mayHaveActed(err) {
			resp.Diagnostics.Append(markUnfinished(ctx, resp.Private, version)...)
		}
		addResetError(&resp.Diagnostics, err, state.target(), stored)
		return
	}
	plan.setCredential(credential)
	diags = store(ctx, &resp.State, &plan, &plan.Strength, plan.target())
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		resp.Diagnostics.Append(markUnfinished(ctx, resp.Private, version)...)
	} else {
		resp.Diagnostics.Append(clearUnfinished(ctx, resp.Private)...)
	}
	resp.Diagnostics.Append(warnings...)
	r.complete(ctx, &resp.State, &plan, &resp.Diagnostics)
}

// Delete forgets the password and says nothing to the API: the credential and
// its password go on working.
func (r *credentialPasswordResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() {
		r.data.versions.forget(state.PasswordVersion.ValueInt64())
	}
}
