package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// ModifyPlan decides what a plan shows as known. It is called twice for each
// update, the second time while applying with everything known, and must not
// come to anything that contradicts what it said the first time.
func (r *credentialPasswordResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	var plan credentialPasswordModel
	if req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
		if resp.Diagnostics.HasError() {
			return
		}
		planCreation(&plan)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}

	var state credentialPasswordModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	unfinished := isUnfinished(ctx, req.Private, state.PasswordVersion.ValueInt64(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() || (!unfinished && req.Plan.Raw.Equal(req.State.Raw)) {
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if keepSpelling(&plan.Domain, state.Domain, kirim.NormalizeDomain) {
		resp.RequiresReplace.Append(path.Root("domain"))
	}
	if keepSpelling(&plan.CredentialGUID, state.CredentialGUID, kirim.NormalizeGUID) {
		resp.RequiresReplace.Append(path.Root("credential_guid"))
	}
	if len(resp.RequiresReplace) > 0 {
		addForgets(&resp.Diagnostics, resp.RequiresReplace[0], state.target())
	} else {
		planUpdate(&plan, &state, unfinished)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func planCreation(plan *credentialPasswordModel) {
	plan.passwordModel = unknownPassword()
	plan.RotationReason = types.StringValue(rotation.ReasonCreated)
	if !plan.Domain.IsUnknown() && !plan.CredentialGUID.IsUnknown() {
		plan.ID = types.StringValue(plan.target().id())
	}
}

func planUpdate(plan, state *credentialPasswordModel, unfinished bool) {
	decision := rotation.Decide(rotation.Input{
		Before: state.triggers(), After: plan.triggers(), Unfinished: unfinished,
	})
	if decision.Verdict == rotation.Keep {
		plan.keepAll(state)
		return
	}
	plan.keepCredential(state)
	plan.passwordModel = unknownPassword()
	if decision.Reason != "" {
		plan.RotationReason = types.StringValue(decision.Reason)
	}
}

// keepSpelling tells whether a planned name is another one than the stored. One
// that is only spelled differently is planned as it is stored, which Terraform
// allows: so that nothing changes at all.
func keepSpelling(planned *types.String, stored types.String, normalize func(string) (string, error)) (differs bool) {
	if planned.IsUnknown() {
		return true
	}
	before, errBefore := normalize(stored.ValueString())
	after, errAfter := normalize(planned.ValueString())
	if errBefore != nil || errAfter != nil {
		return !planned.Equal(stored)
	}
	if before != after {
		return true
	}
	*planned = stored
	return false
}
