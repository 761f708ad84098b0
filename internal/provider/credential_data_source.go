package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/validators"
)

// credentialDataSource is smtp_credential: one credential, by its GUID or user name.
type credentialDataSource struct{ dataSourceBase }

func newCredentialDataSource() datasource.DataSource {
	return &credentialDataSource{dataSourceBase{name: "credential"}}
}

// credentialAttributes are what is known of a credential.
type credentialAttributes struct {
	ID                types.String `tfsdk:"id"`
	CredentialGUID    types.String `tfsdk:"credential_guid"`
	Username          types.String `tfsdk:"username"`
	Login             types.String `tfsdk:"login"`
	CreatedAt         types.String `tfsdk:"created_at"`
	ModifiedAt        types.String `tfsdk:"modified_at"`
	PasswordChangedAt types.String `tfsdk:"password_changed_at"`
}

func attributesOf(domain string, c kirim.Credential) credentialAttributes {
	ref := kirim.CredentialRef(domain, c.GUID)
	return credentialAttributes{
		ID: types.StringValue(ref.ID()), CredentialGUID: types.StringValue(c.GUID),
		Username: textOrNull(c.Username), Login: textOrNull(c.Login(ref.Normalized().Domain)),
		CreatedAt: timeOrNull(c.CreatedAt), ModifiedAt: timeOrNull(c.ModifiedAt), PasswordChangedAt: timeOrNull(c.LastPasswordChanged),
	}
}

func textOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// timeOrNull writes a time as RFC 3339 in UTC; the zero time is null.
func timeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

// credentialSchema has the attributes of one credential.
func credentialSchema() map[string]schema.Attribute {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"id":                  computed("`domain/credential_guid`, in the spelling that is sent to the API."),
		"credential_guid":     computed("GUID of the credential, a UUID; the API calls it `user_smtp_guid`."),
		"username":            computed("User name of the credential as the API gives it."),
		"login":               computed("What the mail server takes as user name: `username@domain`, or `username` if it has an `@`."),
		"created_at":          computed("When the credential was created: RFC 3339, UTC; null if the API does not say."),
		"modified_at":         computed("When the credential was last modified: RFC 3339, UTC; null if the API does not say."),
		"password_changed_at": computed("When its password was last reset: RFC 3339, UTC; null if never, or if the API does not say."),
	}
}

// Schema is a domain and one of GUID and user name.
func (d *credentialDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := credentialSchema()
	attributes["domain"] = domainOfData()
	attributes["credential_guid"] = schema.StringAttribute{
		Optional: true, Computed: true,
		Validators: []validator.String{validators.CredentialGUID},
		MarkdownDescription: "GUID of the credential, a UUID; the API calls it `user_smtp_guid`. Give this or " +
			"`username`.",
	}
	attributes["username"] = schema.StringAttribute{
		Optional: true, Computed: true,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "User name of the credential, with or without `@domain`. Give this or " +
			"`credential_guid`. The API is asked for all credentials of the domain.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One SMTP credential of a domain, by its GUID or its user name. It does not tell the " +
			"password: the API cannot.",
		Attributes: attributes,
	}
}

// ConfigValidators refuse both, and neither.
func (d *credentialDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("credential_guid"), path.MatchRoot("username")),
	}
}

func domainOfData() schema.Attribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{validators.Domain},
		MarkdownDescription: "Name of the sending domain, such as `example.com`.",
	}
}

// Read finds the credential. That there is none is an error.
func (d *credentialDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model struct {
		Domain types.String `tfsdk:"domain"`
		credentialAttributes
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := d.begin(ctx)
	defer cancel()
	var credential *kirim.Credential
	if domain := model.Domain.ValueString(); model.CredentialGUID.IsNull() {
		credential = d.byUsername(ctx, domain, model.Username.ValueString(), &resp.Diagnostics)
	} else {
		credential = d.byGUID(ctx, kirim.CredentialRef(domain, model.CredentialGUID.ValueString()), &resp.Diagnostics)
	}
	if credential == nil {
		return
	}
	given := model.credentialAttributes
	model.credentialAttributes = attributesOf(model.Domain.ValueString(), *credential)
	// What the configuration has is stored as it is spelled there.
	if !given.CredentialGUID.IsNull() {
		model.CredentialGUID = given.CredentialGUID
	} else {
		model.Username = given.Username
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (d *credentialDataSource) byGUID(ctx context.Context, ref kirim.Ref, diags *diag.Diagnostics) *kirim.Credential {
	if d.data.client == nil {
		diagnostics.ReadData.Fail(diags, diagnostics.ErrUnconfigured, ref, false)
		return nil
	}
	credential, err := d.data.client.FindCredential(ctx, ref.Domain, ref.GUID)
	if err != nil {
		diagnostics.ReadData.Fail(diags, err, ref, false)
		return nil
	}
	return credential
}

func (d *credentialDataSource) byUsername(ctx context.Context, domain, username string, diags *diag.Diagnostics) *kirim.Credential {
	wanted := kirim.Credential{Username: username}.Login(kirim.DomainRef(domain).Normalized().Domain)
	for _, credential := range d.list(ctx, domain, diags) {
		if strings.EqualFold(credential.Login(kirim.DomainRef(domain).Normalized().Domain), wanted) {
			return &credential
		}
	}
	if !diags.HasError() {
		message := diagnostics.ReadData.Advises("Check username and domain. The data source smtp_credentials lists " +
			"the domain's credentials.")
		diags.AddAttributeError(path.Root("username"), message.Summary,
			message.Detail(kirim.DomainRef(domain), fmt.Sprintf("none of its credentials has the user name "+
				"%.120q.", username)))
	}
	return nil
}
