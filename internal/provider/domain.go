package provider

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// domainResource is smtp_domain: a sending domain of the account.
type domainResource struct{ crudResource }

var (
	_ resource.ResourceWithConfigure   = (*domainResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*domainResource)(nil)
	_ resource.ResourceWithIdentity    = (*domainResource)(nil)
	_ resource.ResourceWithImportState = (*domainResource)(nil)
)

func newDomainResource() resource.Resource {
	return &domainResource{crudResource{
		resourceBase: resourceBase{name: "domain", noun: kirim.NounDomain},
		newModel:     func() crudModel { return &domainModel{} },
	}}
}

const (
	// defaultKeyLength is sent if the configuration has none: the API wants one.
	defaultKeyLength = 2048
	// protection is the name of an argument, and of what the private state has of it.
	protection = "deletion_protection"
)

// Schema is a domain, and what the API says of it.
func (r *domainResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.baseAttributes(ctx, "The domain in the API's spelling; unknown while the domain is created or "+
		"replaced.")
	attributes["dkim_key_length"] = schema.Int64Attribute{
		Optional: true, Computed: true, Validators: []validator.Int64{int64validator.OneOf(1024, 2048)},
		MarkdownDescription: domainDescriptions["dkim_key_length"] + " Default `2048` for a new domain. Changing " +
			"this forces a new resource.",
		PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown(), replaceIfStored},
	}
	for _, name := range []string{"open_track", "click_track", "unsub_track"} {
		attributes[name] = schema.BoolAttribute{
			Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			MarkdownDescription: domainDescriptions[name] + " Unchanged if not set.",
		}
	}
	attributes[protection] = schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Refuses to delete or replace the domain; default `true`. The value in the state counts.",
	}
	attributes["is_verified"] = schema.BoolAttribute{
		Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		MarkdownDescription: domainDescriptions["is_verified"],
	}
	attributes["created_at"] = attribute.Computed(domainDescriptions["created_at"])
	attributes["modified_at"] = schema.StringAttribute{
		Computed: true, MarkdownDescription: domainDescriptions["modified_at"],
	}
	attributes["dns_records"] = schema.MapNestedAttribute{
		Computed: true, PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
		MarkdownDescription: domainDescriptions["dns_records"],
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"type":  attribute.Computed(domainDescriptions["type"]),
			"name":  attribute.Computed(domainDescriptions["name"]),
			"value": attribute.Computed(domainDescriptions["value"]),
		}},
	}
	attributes["mx_records"] = schema.ListAttribute{
		Computed: true, ElementType: types.StringType,
		PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
		MarkdownDescription: domainDescriptions["mx_records"],
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A sending domain of the account, and its DNS records.",
		Attributes:          attributes,
	}
}

// replaceIfStored requires a replacement only if the state has a key length to differ from.
var replaceIfStored = int64planmodifier.RequiresReplaceIf(
	func(_ context.Context, req planmodifier.Int64Request, resp *int64planmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.StateValue.IsNull()
	}, "a known value that changes replaces the domain", "a known value that changes replaces the domain",
)

// ModifyPlan refuses to delete a protected domain, by what the state says. Delete alone
// would be too late: what belongs to the domain is destroyed first.
func (r *domainResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	r.crudResource.ModifyPlan(ctx, req, resp)
	if req.State.Raw.IsNull() {
		r.planCreation(ctx, req, resp)
		return
	}
	var state, plan domainModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !state.DeletionProtection.ValueBool() {
		return
	}
	if req.Plan.Raw.IsNull() {
		refuse(&resp.Diagnostics, protection, state.ref(), "this plan deletes it.")
		return
	}
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if !plan.Domain.Equal(state.Domain) {
		refuse(&resp.Diagnostics, "domain", state.ref(), "another domain replaces it, and so deletes it.")
	}
	if !plan.DKIMKeyLength.Equal(state.DKIMKeyLength) && !state.DKIMKeyLength.IsNull() {
		refuse(&resp.Diagnostics, "dkim_key_length", state.ref(), "another key length replaces it, and so deletes it.")
	}
}

// planCreation plans the DNS records of a new domain, as far as they are known. The plan of
// a replacement has no state, but the private state of the domain that is replaced. If that
// domain is tainted, the plan has neither, and planCreation goes by what the refresh noted.
func (r *domainResource) planCreation(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var domain types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("domain"), &domain)...)
	ref := kirim.DomainRef(domain.ValueString())
	before, diags := req.Private.GetKey(ctx, protection)
	resp.Diagnostics.Append(diags...)
	if _, refreshed := r.data.protected.Load(ref.ID()); refreshed || string(before) == "true" {
		refuse(&resp.Diagnostics, protection, ref, "this plan replaces it, and so deletes it. Or another resource has "+
			"the domain already: then remove one of the two.")
	}
	if !domain.IsUnknown() {
		domain = types.StringValue(ref.ID())
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("dns_records"), dnsRecords(domain))...)
}

// refuse adds the error at the argument at fault.
func refuse(diags *diag.Diagnostics, argument string, ref kirim.Ref, happened string) {
	m := diagnostics.Protected
	diags.AddAttributeError(path.Root(argument), m.Summary, m.Detail(ref, happened))
}

// Create makes the domain, and notes whether it is protected.
func (r *domainResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.crudResource.Create(ctx, req, resp)
	noteProtection(ctx, resp.State, resp.Private, &resp.Diagnostics)
}

// Read reads the domain, and notes whether it is protected.
func (r *domainResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.crudResource.Read(ctx, req, resp)
	if state := noteProtection(ctx, resp.State, resp.Private, &resp.Diagnostics); state.DeletionProtection.ValueBool() {
		r.data.protected.Store(state.ref().ID(), true)
	}
}

// Update changes the domain, and notes whether it is protected.
func (r *domainResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.crudResource.Update(ctx, req, resp)
	noteProtection(ctx, resp.State, resp.Private, &resp.Diagnostics)
}

// Delete refuses to delete a protected domain once more: without a refresh, the plan of a
// tainted domain cannot know of its protection.
func (r *domainResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state domainModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if state.DeletionProtection.ValueBool() {
		refuse(&resp.Diagnostics, protection, state.ref(), "this apply would delete it.")
		return
	}
	r.crudResource.Delete(ctx, req, resp)
}

// ImportState protects what it imports, as the default is.
func (r *domainResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	r.crudResource.ImportState(ctx, req, resp)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(protection), true)...)
}

// noteProtection notes in the private state whether the domain in a state is protected. A
// domain that a refresh finds gone is not: Terraform gives its private state to the plan of
// the next one.
func noteProtection(
	ctx context.Context, from tfsdk.State, private privateWriter, diags *diag.Diagnostics,
) (state domainModel) {
	if !from.Raw.IsNull() {
		diags.Append(from.Get(ctx, &state)...)
	}
	value := strconv.FormatBool(state.DeletionProtection.ValueBool())
	diags.Append(private.SetKey(ctx, protection, []byte(value))...)
	return state
}

// privateWriter is the framework's private state, which has no exported type.
type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// domainModel is the resource's configuration, plan or state.
type domainModel struct {
	baseModel
	domainAttributes
	DeletionProtection types.Bool `tfsdk:"deletion_protection"`
}

func (m *domainModel) ref() kirim.Ref { return kirim.DomainRef(m.Domain.ValueString()) }

func (m *domainModel) importID() string { return m.ref().ID() }

// create makes a domain. If anything fails afterwards, the domain is stored without
// protection: the next apply has to replace it.
func (m *domainModel) create(ctx context.Context, op operation) error {
	length := cmp.Or(m.DKIMKeyLength.ValueInt64(), defaultKeyLength)
	if err := op.client.CreateDomain(ctx, m.Domain.ValueString(), int(length)); err != nil {
		return err
	}
	protected := m.DeletionProtection
	m.DeletionProtection, m.ID = types.BoolValue(false), types.StringValue(m.ref().ID())
	m.set(&kirim.Domain{Name: m.ref().ID()}) // nothing is left unknown
	// An interrupt does not leave it half-made: the next apply would make it anew, with
	// another key.
	if err := m.conform(context.WithoutCancel(ctx), op); err != nil {
		return unfinished{err}
	}
	if m.DKIMKeyLength.IsNull() { // the key cannot be read
		m.DKIMKeyLength = types.Int64Value(length)
	}
	m.DeletionProtection = protected
	return nil
}

func (m *domainModel) read(ctx context.Context, op operation) error {
	domain, err := op.client.GetDomain(ctx, m.Domain.ValueString())
	if err == nil {
		m.set(domain)
	}
	return err
}

// update leaves all else as planned, until the next refresh reads it.
func (m *domainModel) update(ctx context.Context, op operation) error {
	now := *m
	err := now.conform(ctx, op)
	m.ModifiedAt = now.ModifiedAt
	return err
}

func (m *domainModel) remove(ctx context.Context, op operation) error {
	return op.client.DeleteDomain(ctx, m.Domain.ValueString())
}

// conform reads the domain. If it is not tracked as planned, conform changes that, and reads
// it again.
func (m *domainModel) conform(ctx context.Context, op operation) error {
	name, planned := m.Domain.ValueString(), m.domainAttributes
	domain, err := op.client.GetDomain(ctx, name)
	if err != nil {
		return err
	}
	if tracking := planned.tracking(domain.Tracking); !reflect.DeepEqual(tracking, domain.Tracking) {
		if err := op.client.UpdateDomain(ctx, name, tracking); err != nil {
			return err
		}
		if domain, err = op.client.GetDomain(ctx, name); err != nil {
			return err
		}
	}
	m.set(domain)
	for _, argument := range []struct {
		name         string
		planned, now attr.Value
	}{
		{"dkim_key_length", planned.DKIMKeyLength, m.DKIMKeyLength},
		{"open_track", planned.OpenTrack, m.OpenTrack},
		{"click_track", planned.ClickTrack, m.ClickTrack},
		{"unsub_track", planned.UnsubTrack, m.UnsubTrack},
	} {
		if !argument.planned.IsNull() && !argument.planned.Equal(argument.now) {
			return fmt.Errorf("%s was set to %s, and the API has %s", argument.name, argument.planned, argument.now)
		}
	}
	return nil
}

// tracking returns the planned values, and what the domain has where none is planned.
func (a *domainAttributes) tracking(has kirim.Tracking) kirim.Tracking {
	or := func(planned types.Bool, has *bool) *bool {
		if planned.IsNull() {
			return has
		}
		return planned.ValueBoolPointer()
	}
	return kirim.Tracking{
		Open: or(a.OpenTrack, has.Open), Click: or(a.ClickTrack, has.Click), Unsub: or(a.UnsubTrack, has.Unsub),
	}
}
