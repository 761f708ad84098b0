package password

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

const (
	defaultTimeout     = 5 * time.Minute
	defaultReadTimeout = 2 * time.Minute
)

// Lifecycle is what a resource with a managed password embeds.
type Lifecycle struct {
	*Session
	// New gives an empty model of the resource.
	New func() Resource
}

// response is where an operation puts what came of it: the framework has another
// type for each operation's response.
type response struct {
	state   *tfsdk.State
	private privateData
	diags   *diag.Diagnostics
	created bool // then Terraform marks the resource as tainted if this fails
	standby bool // it is about a pair's standby: what fails leaves the active one as it is
}

// unlogged is the context for the timeouts module, which has no other use for one
// than to log by it, at INFO, for each resource, that there is no timeout.
func unlogged() context.Context { return context.Background() }

func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, of Resource, diags *diag.Diagnostics) {
	if identity != nil && !diags.HasError() {
		diags.Append(of.SetIdentity(ctx, identity)...)
	}
}

func existingPassword(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (existing types.String) {
	diags.Append(config.GetAttribute(ctx, path.Root("existing_password"), &existing)...)
	return existing
}

// begin gives an operation its time and its secrets.
func (s *Session) begin(ctx context.Context, timeout time.Duration, passwords ...types.String) context.Context {
	texts := make([]string, len(passwords))
	for i, password := range passwords {
		texts[i] = password.ValueString()
	}
	s.mu.Lock()
	s.known = append(s.known, texts...)
	s.mu.Unlock()
	return kirim.WithTimeout(kirim.WithPasswords(logging.Context(ctx, s.Secrets...), texts...), timeout)
}

// passwords are those that operations of this process were begun with: a creation is told
// nothing of the resource that it replaces.
func (s *Session) passwords() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.known)
}

// Import takes over a credential that is in use. It resets nothing, so that its
// password is not known. imported has its identifiers, in the spelling that is sent.
func (l *Lifecycle) Import(ctx context.Context, imported Resource, resp *resource.ImportStateResponse) {
	ref, diags := imported.Ref(), &resp.Diagnostics
	setIdentity(ctx, resp.Identity, imported, diags)
	ctx = l.begin(ctx, defaultReadTimeout)
	if l.Client == nil {
		diagnostics.Import.Fail(diags, diagnostics.ErrUnconfigured, ref)
		return
	}
	var credential *kirim.Credential // the first
	for _, each := range (instance{imported, imported.model(), imported.pair()}).refs() {
		found, err := l.Client.FindCredential(ctx, each.Domain, each.GUID)
		if err != nil {
			diagnostics.Import.Fail(diags, err, each)
			return
		}
		credential = cmp.Or(credential, found)
	}
	for _, identifier := range imported.Identifiers() {
		diags.Append(resp.State.SetAttribute(ctx, path.Root(identifier.Name), identifier.Value)...)
	}
	state := l.instance(ctx, resp.State, diags)
	state.Attributes = l.foundAttributes(*credential, 0, rotation.ReasonImported)
	state.setCredential(*credential)
	if state.pair != nil {
		state.pair.Active = state.pair.First()
	}
	diags.Append(resp.State.Set(ctx, state.Resource)...)
	known := privateState{Credential: ref.ID(), ChangeTime: changeTime(*credential, false)}
	diags.Append(known.write(ctx, resp.Private)...)
	diagnostics.Imported.Warn(diags, ref, "imported without a reset. The API cannot tell a password that "+
		"exists: until one is adopted or made, password is null and password_version 0.")
}
