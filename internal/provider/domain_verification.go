package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// domainVerificationResource is smtp_domain_verification: a wait until the API finds a
// domain's DNS records. It makes nothing at the API.
type domainVerificationResource struct{ crudResource }

var (
	_ resource.ResourceWithConfigure   = (*domainVerificationResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*domainVerificationResource)(nil)
	_ resource.ResourceWithIdentity    = (*domainVerificationResource)(nil)
	_ resource.ResourceWithImportState = (*domainVerificationResource)(nil)
)

func newDomainVerificationResource() resource.Resource {
	return &domainVerificationResource{crudResource{
		resourceBase: resourceBase{
			name: "domain_verification", noun: kirim.NounDomain, changeTimeout: 30 * time.Minute,
		},
		newModel: func() crudModel { return &domainVerificationModel{} },
	}}
}

// Schema is a domain, and its records.
func (r *domainVerificationResource) Schema(
	ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse,
) {
	holds := schema.BoolAttribute{
		Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		MarkdownDescription: "True, or null if the domain is no longer verified.",
	}
	attributes := r.baseAttributes(ctx, "The domain in the API's spelling.")
	attributes["dkim"], attributes["spf"], attributes["mx"] = holds, holds, holds
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits until Kirim.Email finds the DNS records of a domain, so that it can send. " +
			"Destroying it changes nothing.",
		Attributes: attributes,
	}
}

// ModifyPlan plans a wait for a domain that is not verified any more.
func (r *domainVerificationResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	r.crudResource.ModifyPlan(ctx, req, resp)
	if resp.Plan.Raw.IsNull() {
		return
	}
	var planned domainVerificationModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &planned)...)
	if !planned.Domain.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), planned.ref().ID())...)
	}
	for name, holds := range map[string]types.Bool{"dkim": planned.DKIM, "spf": planned.SPF, "mx": planned.MX} {
		if holds.IsNull() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(name), types.BoolUnknown())...)
		}
	}
}

// domainVerificationModel is the resource's configuration, plan or state.
type domainVerificationModel struct {
	baseModel
	DKIM types.Bool `tfsdk:"dkim"`
	SPF  types.Bool `tfsdk:"spf"`
	MX   types.Bool `tfsdk:"mx"`
}

func (m *domainVerificationModel) ref() kirim.Ref { return kirim.DomainRef(m.Domain.ValueString()) }

// set makes all three records true, or null: the API does not say which one is missing.
func (m *domainVerificationModel) set(verified bool) {
	value := types.BoolNull()
	if verified {
		value = types.BoolValue(true)
	}
	m.DKIM, m.SPF, m.MX = value, value, value
}

// lastVerifyTime is left for the last look.
const firstVerifyPause, longestVerifyPause, lastVerifyTime = 2 * time.Second, 30 * time.Second, time.Second

// create has the API look for the records until it finds them all.
func (m *domainVerificationModel) create(ctx context.Context, op operation) error {
	var before *kirim.Records // nil until the first answer
	for pause := firstVerifyPause; ; pause = min(2*pause, longestVerifyPause) {
		records, err := op.client.VerifyDomain(ctx, m.Domain.ValueString())
		kind := kirim.Details(err).Kind
		switch {
		case before != nil && (kind == kirim.KindCanceled || kind == kirim.KindTimeout):
			return m.unverified(ctx, op, *before)
		case err != nil:
			return err
		case records.Hold():
			m.ID = types.StringValue(m.ref().ID())
			m.set(true)
			return nil
		case !kirim.Pause(ctx, max(min(pause, kirim.TimeLeft(ctx)-lastVerifyTime), firstVerifyPause)):
			return m.unverified(ctx, op, records)
		}
		before = &records
	}
}

// unverified adds the error of a wait that ended before all records were found.
func (m *domainVerificationModel) unverified(ctx context.Context, op operation, records kirim.Records) error {
	ended := "its time ran out"
	if ctx.Err() != nil {
		ended = "it was interrupted"
	}
	var missing []string
	for _, record := range []struct {
		name  string
		holds bool
	}{{"DKIM", records.DKIM}, {"SPF", records.SPF}, {"MX", records.MX}} {
		if !record.holds {
			missing = append(missing, record.name)
		}
	}
	diagnostics.Unverified.Err(op.diags, m.ref(), "the API does not find its DNS records for %s. The wait ended "+
		"because %s.", strings.Join(missing, ", "), ended)
	return errTold
}

// read goes by what the API has found before, and has it look up no record.
func (m *domainVerificationModel) read(ctx context.Context, op operation) error {
	domain, err := op.client.GetDomain(ctx, m.Domain.ValueString())
	if err == nil && domain.IsVerified != nil {
		m.set(*domain.IsVerified)
	}
	return err
}

// update waits again if the plan says so. Another timeout changes nothing.
func (m *domainVerificationModel) update(ctx context.Context, op operation) error {
	if m.DKIM.ValueBool() {
		return nil
	}
	return m.create(ctx, op)
}

func (m *domainVerificationModel) remove(context.Context, operation) error { return nil }
