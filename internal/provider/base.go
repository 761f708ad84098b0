package provider

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
)

// resourceBase is what a resource embeds. noun names what it is about at the API.
type resourceBase struct {
	name, noun string
	data       *providerData
}

// Metadata gives the resource its name.
func (b *resourceBase) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.name
}

// Configure takes over what the provider has made.
func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.data = configured(req.ProviderData, &resp.Diagnostics)
}

// IdentitySchema is the domain and, if it is not about the domain itself, a GUID.
func (b *resourceBase) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	attributes := map[string]identityschema.Attribute{
		"domain": identityschema.StringAttribute{
			RequiredForImport: true,
			Description:       "Name of the sending domain that the " + b.noun + " belongs to, such as example.com.",
		},
	}
	if b.noun != kirim.NounDomain {
		attributes[b.noun+"_guid"] = identityschema.StringAttribute{
			RequiredForImport: true,
			Description: fmt.Sprintf("GUID of the %s, a UUID; the API calls it %s.", b.noun,
				cmp.Or(guidFields[b.noun], b.noun+"_guid")),
		}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// guidFields are what the API calls GUIDs, if not by their noun.
var guidFields = map[string]string{kirim.NounCredential: "user_smtp_guid"}

// dataSourceBase is what a data source embeds.
type dataSourceBase struct {
	name string
	data *providerData
}

// Metadata gives the data source its name.
func (b *dataSourceBase) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_" + b.name
}

// Configure takes over what the provider has made.
func (b *dataSourceBase) Configure(
	_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse,
) {
	b.data = configured(req.ProviderData, &resp.Diagnostics)
}

// readTimeout is how long a read without a timeouts argument may take.
const readTimeout = 2 * time.Minute

// begin gives an operation its time and its log. If a setting of the provider is
// unknown, the operation has failed: diags gets the message.
func (d *providerData) begin(
	ctx context.Context, timeout time.Duration, failed diagnostics.Message, ref kirim.Ref, diags *diag.Diagnostics,
) context.Context {
	if d.client == nil {
		failed.Fail(diags, diagnostics.ErrUnconfigured, ref, false)
	}
	return kirim.WithTimeout(logging.Context(ctx, d.passwords.Secrets...), timeout)
}

// configured gives what the provider made, or nil before that (while a configuration
// is validated).
func configured(raw any, diags *diag.Diagnostics) *providerData {
	data, ok := raw.(*providerData)
	if raw != nil && !ok {
		diags.AddError(diagnostics.Defect.Summary, diagnostics.Paragraphs(
			"The resource was given something else than the provider's own "+
				"settings.", diagnostics.Defect.Meaning, diagnostics.Defect.Advice))
	}
	return data
}

// domainAttribute is the domain that a resource is about.
func domainAttribute(description string) schema.Attribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{attribute.Domain},
		PlanModifiers: []planmodifier.String{
			spelling(kirim.NormalizeDomain), stringplanmodifier.RequiresReplace(),
		},
	}
}

// guidAttribute is the GUID of what a resource is about.
func guidAttribute(description string) schema.Attribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{attribute.CredentialGUID},
		PlanModifiers:       []planmodifier.String{spelling(kirim.NormalizeGUID), stringplanmodifier.RequiresReplace()},
	}
}

// spelling plans a name as it is stored if it is only spelled differently, so that
// nothing changes at all. It gives a name its one spelling.
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
	attributes := map[string]attr.Type{"domain": types.StringType}
	values := map[string]attr.Value{"domain": types.StringValue(n.Domain)}
	if n.Noun != kirim.NounDomain {
		attributes[n.Noun+"_guid"], values[n.Noun+"_guid"] = types.StringType, types.StringValue(n.GUID)
	}
	object, diags := types.ObjectValue(attributes, values)
	if !diags.HasError() {
		diags = identity.Set(ctx, object)
	}
	return diags
}

// importRef reads what an import names, by id or identity, in the spelling that is
// sent.
func (b *resourceBase) importRef(
	ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (ref kirim.Ref, ok bool,
) {
	ref = kirim.Ref{Noun: b.noun}
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsFullyNull() {
		diags.Append(req.Identity.GetAttribute(ctx, path.Root("domain"), &ref.Domain)...)
		diags.Append(req.Identity.GetAttribute(ctx, path.Root(b.noun+"_guid"), &ref.GUID)...)
	} else {
		var found bool
		if ref.Domain, ref.GUID, found = strings.Cut(req.ID, "/"); !found {
			addBadImport(diags, ref, req.ID, "it has no slash")
			return kirim.Ref{}, false
		}
	}
	if diags.HasError() {
		return kirim.Ref{}, false
	}
	given := ref.Domain + "/" + ref.GUID
	if _, err := kirim.NormalizeDomain(ref.Domain); err != nil {
		addBadImport(diags, ref, given, "of its domain: "+err.Error())
		return kirim.Ref{}, false
	}
	if _, err := kirim.NormalizeGUID(ref.GUID); err != nil {
		addBadImport(diags, ref, given, fmt.Sprintf("of its %s_guid: %s", b.noun, err))
		return kirim.Ref{}, false
	}
	return ref.Normalized(), true
}

// addBadImport says that what is to be imported is not named as it should be. given
// is what names it, because the CLI shows no address there.
func addBadImport(diags *diag.Diagnostics, ref kirim.Ref, given, why string) {
	const domain, guid = "example.com", "6f9619ff-8b86-4011-b42d-00c04fc964ff"
	diags.AddError(diagnostics.ImportID.Summary, diagnostics.Paragraphs(
		fmt.Sprintf("The %s to import is named by domain/%s_guid, and this one by %.120q, but "+
			"%s.", ref.Noun, ref.Noun, given, why),
		diagnostics.ImportID.Meaning,
		fmt.Sprintf("A good id looks like %q; as an identity that is domain = %q and %s_guid = %q. The API calls the "+
			"GUID %s.",
			domain+"/"+guid, domain, ref.Noun, guid, cmp.Or(guidFields[ref.Noun], ref.Noun+"_guid"))))
}
