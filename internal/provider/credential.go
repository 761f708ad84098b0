package provider

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
)

// credentialResource is smtp_credential: an SMTP credential of a domain, with its first
// password.
type credentialResource struct{ crudResource }

var (
	_ resource.ResourceWithConfigure   = (*credentialResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*credentialResource)(nil)
	_ resource.ResourceWithIdentity    = (*credentialResource)(nil)
	_ resource.ResourceWithImportState = (*credentialResource)(nil)
)

func newCredentialResource() resource.Resource {
	return &credentialResource{crudResource{
		resourceBase: resourceBase{name: "credential", noun: kirim.NounCredential},
		newModel:     func() crudModel { return &credentialModel{} },
	}}
}

// Schema is a domain and a user name.
func (r *credentialResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := r.baseAttributes(ctx, "`domain/credential_guid`, in the API's spelling.")
	attributes["username"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{credentialUsername},
		PlanModifiers: []planmodifier.String{
			spelling(foldUsername), stringplanmodifier.RequiresReplaceIf(isNamed, "", ""),
		},
		MarkdownDescription: "User name, unique within the domain: `myuser` or `myuser@example.com`. Changing this " +
			"forces a new resource and a new password.",
	}
	attributes["credential_guid"] = attribute.Computed(userSMTPGUIDText)
	attributes["login"] = attribute.Computed("User name at the mail server, such as `myuser@example.com`.")
	initial := attribute.Computed("First password. Null after an import, and from the first refresh after a " +
		"reset on.")
	initial.Sensitive = true
	attributes["initial_password"] = initial
	attributes["remote_sync"] = schema.BoolAttribute{
		Computed: true, PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		MarkdownDescription: "Whether the mail servers had `initial_password` when it was made, or null.",
	}
	attributes["created_at"] = attribute.Computed(createdAtText)
	attributes["modified_at"] = attribute.Computed(modifiedAtText)
	attributes["password_changed_at"] = attribute.Computed(passwordChangedAtText)
	resp.Schema = schema.Schema{
		MarkdownDescription: "An SMTP credential of a domain, with its first password.",
		Attributes:          attributes,
	}
}

// foldUsername gives a user name one spelling. What follows the @ is the domain, and a
// change of that replaces the resource by itself.
func foldUsername(username string) (string, error) {
	local, err := kirim.LocalUsername(username, "")
	return strings.ToLower(local), err
}

// isNamed requires a replacement only if the state has a user name: of a credential that was
// imported, the API may have given none.
func isNamed(
	_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
) {
	resp.RequiresReplace = !req.StateValue.IsNull()
}

var credentialUsername = usernameCheck{attribute.Check{
	What: "a credential's user name", Good: "A good value looks like \"myuser\".",
}}

// usernameCheck checks a user name against the domain in the same configuration.
type usernameCheck struct{ attribute.Check }

// ValidateString adds an error if the value is not right.
func (c usernameCheck) ValidateString(
	ctx context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	var domain types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("domain"), &domain)...)
	c.Find = attribute.Parses(func(username string) (string, error) {
		return kirim.LocalUsername(username, domain.ValueString())
	})
	c.Check.ValidateString(ctx, req, resp)
}

// ImportState accepts domain/username, too, and looks up the GUID.
func (r *credentialResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	domain, username, _ := strings.Cut(req.ID, "/")
	if _, err := kirim.NormalizeGUID(username); err != nil && username != "" {
		guid := r.findGUID(ctx, domain, username, &resp.Diagnostics)
		if guid == "" {
			return
		}
		req.ID = domain + "/" + guid
	}
	r.crudResource.ImportState(ctx, req, resp)
}

// findGUID returns the GUID of the credential with a user name. That there is none is an error.
func (r *credentialResource) findGUID(
	ctx context.Context, domain, username string, diags *diag.Diagnostics,
) (guid string) {
	ref := kirim.DomainRef(domain)
	ctx = r.data.begin(ctx, diagnostics.Import, ref, diags)
	if diags.HasError() {
		return ""
	}
	all, err := r.data.client.ListCredentials(ctx, domain)
	if err != nil {
		diagnostics.Import.Fail(diags, err, ref)
		return ""
	}
	for _, credential := range all {
		if credential.HasUsername(username, ref.Normalized().Domain) && !credential.Deleted {
			return credential.GUID
		}
	}
	diagnostics.Import.Advises("Import by domain/username or domain/credential_guid. The data source smtp_credentials "+
		"lists what there is.").Err(diags, ref, "none of its credentials has the user name %.120q.", username)
	return ""
}

// credentialModel is the resource's configuration, plan or state.
type credentialModel struct {
	baseModel
	Username          types.String `tfsdk:"username"`
	CredentialGUID    types.String `tfsdk:"credential_guid"`
	Login             types.String `tfsdk:"login"`
	InitialPassword   types.String `tfsdk:"initial_password"`
	RemoteSync        types.Bool   `tfsdk:"remote_sync"`
	CreatedAt         types.String `tfsdk:"created_at"`
	ModifiedAt        types.String `tfsdk:"modified_at"`
	PasswordChangedAt types.String `tfsdk:"password_changed_at"`
}

func (m *credentialModel) ref() kirim.Ref {
	return kirim.CredentialRef(m.Domain.ValueString(), m.CredentialGUID.ValueString())
}

func (m *credentialModel) importID() string {
	domain, _ := kirim.NormalizeDomain(m.Domain.ValueString())
	username, _ := kirim.LocalUsername(m.Username.ValueString(), domain)
	return domain + "/" + username
}

// withPassword keeps the stored password out of errors, which may quote the API, and
// masks it in the log.
func (m *credentialModel) withPassword(ctx context.Context) context.Context {
	password := m.InitialPassword.ValueString()
	return logging.WithPassword(kirim.WithPasswords(ctx, password), password)
}

// set takes over what the API says, except for the arguments: another username would replace
// the credential, and stop its mail.
func (m *credentialModel) set(credential kirim.Credential) {
	domain := m.ref().Normalized().Domain
	m.CredentialGUID = types.StringValue(credential.GUID)
	m.ID = types.StringValue(m.ref().ID())
	if m.Username.IsNull() { // after an import
		username, err := kirim.LocalUsername(credential.Username, domain)
		if err != nil {
			username = credential.Username
		}
		m.Username = attribute.TextOrNull(username)
	}
	credential.Username = cmp.Or(credential.Username, m.Username.ValueString())
	m.Login = attribute.TextOrNull(credential.Login(domain))
	m.CreatedAt = attribute.TimeOrNull(credential.CreatedAt)
	m.ModifiedAt = attribute.TimeOrNull(credential.ModifiedAt)
	if credential.TellsPasswordChange || m.PasswordChangedAt.IsUnknown() {
		m.PasswordChangedAt = attribute.TimeOrNull(credential.LastPasswordChanged)
	}
}

// hasReset reports whether the password was reset after the credential was made, and after
// what is stored: a create whose answer was lost resets it once, too.
func (m *credentialModel) hasReset(credential kirim.Credential) bool {
	changed := credential.LastPasswordChanged
	stored, _ := time.Parse(time.RFC3339, m.PasswordChangedAt.ValueString())
	return !credential.CreatedAt.IsZero() && changed.After(credential.CreatedAt) && changed.After(stored)
}

func (m *credentialModel) create(ctx context.Context, op operation) error {
	// The domain may not have been known when the configuration was validated.
	username, err := kirim.LocalUsername(m.Username.ValueString(), m.Domain.ValueString())
	if err != nil {
		return fmt.Errorf("username cannot be sent: %w", err)
	}
	made, err := op.client.CreateCredential(ctx, m.Domain.ValueString(), username)
	if made == nil {
		return err
	}
	m.InitialPassword = attribute.TextOrNull(made.Password)
	m.RemoteSync = types.BoolPointerValue(made.RemoteSynced)
	m.set(made.Credential)
	op.passwords.NoteMade(m.ref(), made.Password)
	if err != nil {
		return unfinished{err}
	}
	if made.RemoteSynced != nil && !*made.RemoteSynced {
		diagnostics.NotSynced.Means("The password is stored. For a while the mail servers may refuse it.").
			Advises("Try a login before you rely on it, or let login_check of smtp_credential_password wait for it. "+
				"If it is still refused after some minutes, ask Kirim.Email's support.").
			Warn(op.diags, m.ref(), "the API made it and says that it has not reached the mail servers (remote_sync "+
				"is false).")
	}
	return nil
}

func (m *credentialModel) read(ctx context.Context, op operation) error {
	ctx = m.withPassword(ctx)
	domain, guid := m.Domain.ValueString(), m.CredentialGUID.ValueString()
	credential, err := op.client.FindCredential(ctx, domain, guid)
	if err == nil && credential.Listed && !m.InitialPassword.IsNull() && m.hasReset(*credential) {
		// A list alone is not enough to forget a password.
		credential, err = op.client.GetCredential(ctx, domain, guid)
	}
	switch {
	case err != nil:
		return err
	case credential.Deleted:
		return errDeleted
	case m.hasReset(*credential):
		m.InitialPassword = types.StringNull()
	}
	m.set(*credential)
	return nil
}

// update asks nothing of the API: all that can be updated is timeouts.
func (m *credentialModel) update(context.Context, operation) error { return nil }

func (m *credentialModel) remove(ctx context.Context, op operation) error {
	return op.client.DeleteCredential(m.withPassword(ctx), m.Domain.ValueString(), m.CredentialGUID.ValueString())
}
