package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// credentialDataSource is smtp_credential: one credential, by its GUID or user name.
type credentialDataSource struct{ dataSourceBase }

var credentialNotFound = diagnostics.ReadData.Of("SMTP credential")

func newCredentialDataSource() datasource.DataSource {
	return &credentialDataSource{dataSourceBase{name: "credential", noun: kirim.NounCredential}}
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

func attributesOf(ref kirim.Ref, c kirim.Credential) credentialAttributes {
	ref.GUID = c.GUID
	return credentialAttributes{
		ID: types.StringValue(ref.ID()), CredentialGUID: types.StringValue(c.GUID),
		Username: attribute.TextOrNull(c.Username), Login: attribute.TextOrNull(c.Login(ref.Normalized().Domain)),
		CreatedAt: attribute.TimeOrNull(c.CreatedAt), ModifiedAt: attribute.TimeOrNull(c.ModifiedAt),
		PasswordChangedAt: attribute.TimeOrNull(c.LastPasswordChanged),
	}
}

// credentialSchema has the attributes of one credential.
func credentialSchema() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                  computedOfData("`domain/credential_guid`, in the API's spelling."),
		"credential_guid":     computedOfData(userSMTPGUIDText),
		"username":            computedOfData("User name as the API gives it, or null."),
		"login":               computedOfData("User name at the mail server, such as `mailer@example.com`, or null."),
		"created_at":          computedOfData(createdAtText),
		"modified_at":         computedOfData(modifiedAtText),
		"password_changed_at": computedOfData(passwordChangedAtText),
	}
}

// Schema is a domain and one of GUID and user name.
func (d *credentialDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := credentialSchema()
	attributes["domain"] = domainOfData()
	attributes["credential_guid"] = schema.StringAttribute{
		Optional: true, Computed: true,
		Validators: []validator.String{
			attribute.CredentialGUID,
			stringvalidator.ExactlyOneOf(path.MatchRoot("credential_guid"), path.MatchRoot("username")),
		},
		MarkdownDescription: userSMTPGUIDText + " Give this or `username`.",
	}
	attributes["username"] = schema.StringAttribute{
		Optional: true, Computed: true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "User name, with or without `@domain`. Give this or `credential_guid`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One SMTP credential of a domain, without its password.",
		Attributes:          attributes,
	}
}

// computedOfData is a computed attribute of a data source.
func computedOfData(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// domainOfData is the argument domain of a data source.
func domainOfData() schema.Attribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{attribute.Domain},
		MarkdownDescription: "Sending domain, such as `example.com`.",
	}
}

// Read finds the credential. That there is none is an error.
func (d *credentialDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model struct {
		Domain types.String `tfsdk:"domain"`
		credentialAttributes
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	given := model.credentialAttributes
	ref := kirim.CredentialRef(model.Domain.ValueString(), given.CredentialGUID.ValueString())
	ctx = d.data.begin(ctx, credentialNotFound, kirim.DomainRef(ref.Domain), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	credential := d.find(ctx, ref, given.Username.ValueString(), &resp.Diagnostics)
	if credential == nil {
		return
	}
	model.credentialAttributes = attributesOf(ref, *credential)
	// As the configuration spells it.
	if given.CredentialGUID.IsNull() {
		model.Username = given.Username
	} else {
		model.CredentialGUID = given.CredentialGUID
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// find reads the credential by the GUID of ref, or by its user name if there is none.
func (d *credentialDataSource) find(
	ctx context.Context, ref kirim.Ref, username string, diags *diag.Diagnostics,
) *kirim.Credential {
	if ref.GUID != "" {
		credential, err := d.data.client.FindCredential(ctx, ref.Domain, ref.GUID)
		switch {
		case err != nil:
			credentialNotFound.Fail(diags, err, ref)
		case credential.Deleted:
			credentialNotFound.Err(diags, ref, "the API marks it as deleted.")
		default:
			return credential
		}
		return nil
	}
	for _, credential := range d.list(ctx, ref.Domain, diags) {
		if credential.HasUsername(username, ref.Normalized().Domain) {
			return &credential
		}
	}
	if !diags.HasError() {
		message := credentialNotFound.Advises("Check username and domain. The data source smtp_credentials lists " +
			"what there is.")
		diags.AddAttributeError(path.Root("username"), message.Summary, message.Detail(kirim.DomainRef(ref.Domain),
			fmt.Sprintf("none of its credentials has the user name %.120q.", username)))
	}
	return nil
}
