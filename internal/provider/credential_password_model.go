package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// credentialPasswordModel is the resource's configuration, plan or state.
type credentialPasswordModel struct {
	Domain           types.String   `tfsdk:"domain"`
	CredentialGUID   types.String   `tfsdk:"credential_guid"`
	RevokeOnDestroy  types.Bool     `tfsdk:"revoke_on_destroy"`
	ExistingPassword types.String   `tfsdk:"existing_password"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`

	// What a rotation leaves as it is.
	ID        types.String `tfsdk:"id"`
	Username  types.String `tfsdk:"username"`
	Login     types.String `tfsdk:"login"`
	CreatedAt types.String `tfsdk:"created_at"`

	passwordModel
	rotationModel
	loginModel
}

// keepCredential takes over what a rotation leaves as it is. What the state
// lacks (the API had not said it) stays unknown where a new answer may bring
// it.
func (m *credentialPasswordModel) keepCredential(from *credentialPasswordModel) {
	m.ID = from.ID
	for _, attribute := range []struct{ to, from *types.String }{
		{&m.Username, &from.Username}, {&m.Login, &from.Login}, {&m.CreatedAt, &from.CreatedAt},
	} {
		*attribute.to = *attribute.from
		if attribute.from.IsNull() {
			*attribute.to = types.StringUnknown()
		}
	}
}

// keepAll takes over everything that is computed; the settings are the plan's.
func (m *credentialPasswordModel) keepAll(from *credentialPasswordModel, pending bool) {
	m.ID, m.Username, m.Login, m.CreatedAt = from.ID, from.Username, from.Login, from.CreatedAt
	m.passwordModel = from.passwordModel
	m.NextRotationAt = m.next(from.RotatedAt)
	m.keepLogin(from.LoginVerifiedAt, pending)
}

// target is the credential that the model is about.
func (m *credentialPasswordModel) target() target {
	return target{domain: m.Domain.ValueString(), guid: m.CredentialGUID.ValueString()}
}

// setCredential sets what the API says about a credential where that is not
// known yet. What is known stays: a plan has promised it.
func (m *credentialPasswordModel) setCredential(credential kirim.Credential) {
	if m.ID.IsUnknown() {
		m.ID = types.StringValue(m.target().id())
	}
	if m.Username.IsUnknown() {
		m.Username = stringOrNull(credential.Username)
	}
	if m.Login.IsUnknown() {
		m.Login = stringOrNull(credential.Login(m.target().normalized().domain))
	}
	if m.CreatedAt.IsUnknown() {
		m.CreatedAt = timeOrNull(credential.CreatedAt)
	}
}

func stringOrNull(s string) types.String {
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

// target names a credential as a configuration spells it.
type target struct{ domain, guid string }

// normalized is the target in the one spelling that is sent. What cannot be
// normalized stays as it is; it is refused before anything is sent.
func (t target) normalized() target {
	if domain, err := kirim.NormalizeDomain(t.domain); err == nil {
		t.domain = domain
	}
	if guid, err := kirim.NormalizeGUID(t.guid); err == nil {
		t.guid = guid
	}
	return t
}

// id is the resource's id.
func (t target) id() string {
	n := t.normalized()
	return n.domain + "/" + n.guid
}
