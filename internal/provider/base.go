package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
)

// resourceBase is what every resource embeds. noun is the API's word for what it is about.
type resourceBase struct {
	name, noun string
	// changeTimeout is the default of timeouts for a create, an update and a delete;
	// defaultTimeout if it is zero.
	changeTimeout time.Duration
	data          *providerData
}

// thing returns the resource's name in words, for messages.
func (b *resourceBase) thing() string { return strings.ReplaceAll(b.name, "_", " ") }

// Metadata gives the resource its name.
func (b *resourceBase) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.name
}

// Configure takes the provider's client, and refuses what a domain's key does not reach.
func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.data, _ = req.ProviderData.(*providerData) // nil while a configuration is validated
	b.data.checkLogin("smtp_"+b.name, b.noun, &resp.Diagnostics)
}

// baseAttributes returns the attributes of baseModel.
func (b *resourceBase) baseAttributes(ctx context.Context, id string) map[string]schema.Attribute {
	change := cmp.Or(b.changeTimeout, defaultTimeout)
	return map[string]schema.Attribute{
		"id": attribute.Computed(id),
		"domain": identifier("Sending domain, such as `example.com`. Changing this forces a new resource; another "+
			"spelling changes nothing.", attribute.Domain, kirim.NormalizeDomain),
		"timeouts": attribute.Timeouts(ctx, change, defaultReadTimeout),
	}
}

// IdentitySchema has the domain and, except for the domain itself, the thing's GUID.
func (b *resourceBase) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	required := func(description string) identityschema.Attribute {
		return identityschema.StringAttribute{RequiredForImport: true, Description: description}
	}
	attributes := map[string]identityschema.Attribute{
		"domain": required("Sending domain, such as example.com."),
	}
	if b.noun != kirim.NounDomain {
		attributes[b.noun+"_guid"] = required("UUID of the " + b.noun + ".")
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// dataSourceBase is what every data source embeds. noun is as in resourceBase, empty if the
// data source needs the account.
type dataSourceBase struct {
	name, noun string
	data       *providerData
}

// Metadata gives the data source its name.
func (b *dataSourceBase) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_" + b.name
}

// Configure takes the provider's client, and refuses what a domain's key does not reach.
func (b *dataSourceBase) Configure(
	_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse,
) {
	b.data, _ = req.ProviderData.(*providerData) // nil while a configuration is validated
	b.data.checkLogin("smtp_"+b.name, b.noun, &resp.Diagnostics)
}

// checkLogin refuses, in the plan already, a resource or data source that a domain's key
// does not reach. A nil providerData refuses nothing.
func (d *providerData) checkLogin(name, noun string, diags *diag.Diagnostics) {
	if d != nil && d.domainKey && noun != kirim.NounCredential {
		diags.AddError(diagnostics.Configuration.Summary, diagnostics.Paragraphs(
			fmt.Sprintf("%s needs the account: %v.", name, kirim.ErrAccountOnly),
			diagnostics.NothingAsked, diagnostics.NeedsAccount))
	}
}

// defaultTimeout and defaultReadTimeout are how long an operation may take if timeouts
// does not say.
const defaultTimeout, defaultReadTimeout = 5 * time.Minute, 2 * time.Minute

// begin returns the context of an operation, with its timeout and its log. If a setting of
// the provider is unknown, begin adds the error failed.
func (d *providerData) begin(
	ctx context.Context, failed diagnostics.Message, ref kirim.Ref, diags *diag.Diagnostics,
) context.Context {
	if d.client == nil {
		failed.Fail(diags, diagnostics.ErrUnconfigured, ref)
	}
	return kirim.WithTimeout(logging.Context(ctx, d.passwords.Secrets...), defaultTimeout)
}

// Descriptions of attributes that several resources and data sources have.
const (
	createdAtText         = "Creation time (RFC 3339, UTC), or null."
	modifiedAtText        = "Time of the last change (RFC 3339, UTC), or null."
	passwordChangedAtText = "Time of the last password reset (RFC 3339, UTC), or null."
	userSMTPGUIDText      = "UUID, the API's `user_smtp_guid`."
	webhookGUIDText       = "UUID of the webhook."
)

// identifier is an argument that names what a resource is about.
func identifier(description string, check attribute.Check, normalize spelling) schema.Attribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{check},
		PlanModifiers:       []planmodifier.String{normalize, stringplanmodifier.RequiresReplace()},
	}
}

// spelling is a plan modifier that keeps a stored name if the new one differs only in
// spelling, so that nothing changes. The function gives a name its one spelling.
type spelling func(string) (string, error)

// Description is for the framework.
func (spelling) Description(context.Context) string {
	return "another spelling of the same name changes nothing"
}

// MarkdownDescription is for the framework.
func (s spelling) MarkdownDescription(ctx context.Context) string { return s.Description(ctx) }

// PlanModifyString keeps the stored spelling.
func (s spelling) PlanModifyString(
	_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse,
) {
	if req.StateValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	before, errBefore := s(req.StateValue.ValueString())
	after, errAfter := s(req.PlanValue.ValueString())
	if errBefore == nil && errAfter == nil && before == after {
		resp.PlanValue = req.StateValue
	}
}

// setIdentity sets the identity in the spelling that is sent, so that it is the same
// however a configuration spells it.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, ref kirim.Ref) diag.Diagnostics {
	n := ref.Normalized()
	diags := identity.SetAttribute(ctx, path.Root("domain"), n.Domain)
	if n.Noun != kirim.NounDomain {
		diags.Append(identity.SetAttribute(ctx, path.Root(n.Noun+"_guid"), n.GUID)...)
	}
	return diags
}

// importRef returns what an import names, by id or identity, in the spelling that is
// sent. The error quotes the id, because the CLI shows no address there.
func (b *resourceBase) importRef(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (ref kirim.Ref, ok bool,
) {
	names := []string{"domain"}
	good := kirim.Ref{Noun: b.noun, Domain: "example.com"}
	identity := `domain = "example.com"`
	if b.noun != kirim.NounDomain {
		names = append(names, b.noun+"_guid")
		good.GUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
		identity += fmt.Sprintf(" and %s_guid = %q", b.noun, good.GUID)
	}
	given := strings.SplitN(req.ID, "/", len(names))
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsFullyNull() {
		given = make([]string, len(names))
		for i, name := range names {
			diags.Append(req.Identity.GetAttribute(ctx, path.Root(name), &given[i])...)
		}
	}
	err := errors.New("it has no slash")
	if len(given) == len(names) {
		ref = kirim.Ref{Noun: b.noun, Domain: given[0], GUID: strings.Join(given[1:], "")}
		if ref, err = ref.Normalize(); err == nil {
			return ref, true
		}
	}
	diags.AddError(diagnostics.ImportID.Summary, diagnostics.Paragraphs(
		fmt.Sprintf("A %s is imported by %s. The id %.120q cannot be used: %s.",
			b.noun, strings.Join(names, "/"), strings.Join(given, "/"), err),
		diagnostics.ImportID.Meaning,
		fmt.Sprintf("A good id looks like %q. As an identity, that is %s.", good.ID(), identity)))
	return kirim.Ref{}, false
}
