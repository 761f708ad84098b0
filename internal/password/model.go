// Package password holds the life of one managed password, for whatever resource
// has it: when it is planned, made, adopted, confirmed, checked and ended. It
// knows no resource by name.
//
// The way of a changed trigger: [Lifecycle.ModifyPlan] asks rotation.Decide and
// marks the password as unknown; [Lifecycle.Update] has [Session.issue] reset it, stores
// what came back, and only then does what may fail.
package password

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Resource is the model of a resource that holds a managed password: its
// configuration, plan or state. It embeds [Model].
type Resource interface {
	// Ref is the credential whose password it holds. A plan names the one that it resets.
	Ref() kirim.Ref
	// ResourceID is the resource's id, unknown while a part of it is.
	ResourceID() types.String
	// SetIdentity sets the resource's identity.
	SetIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity) diag.Diagnostics
	// Identifiers are the arguments whose change replaces the resource.
	Identifiers() []Identifier

	model() *Model
	// pair is nil for a resource of one credential.
	pair() *Pair
}

// Identifier is an argument that tells one resource from another.
type Identifier struct {
	Name  string
	Value attr.Value
}

// Model has the attributes of a managed password.
type Model struct {
	RotationTriggers       types.Map      `tfsdk:"rotation_triggers"`
	RotationPeriod         types.String   `tfsdk:"rotation_period"`
	RotationSchedule       types.String   `tfsdk:"rotation_schedule"`
	RotationTimezone       types.String   `tfsdk:"rotation_timezone"`
	RotateOnExternalChange types.Bool     `tfsdk:"rotate_on_external_change"`
	RevokeOnDestroy        types.Bool     `tfsdk:"revoke_on_destroy"`
	ExistingPassword       types.String   `tfsdk:"existing_password"`
	LoginCheck             types.Object   `tfsdk:"login_check"`
	Timeouts               timeouts.Value `tfsdk:"timeouts"`

	NextRotationAt  types.String `tfsdk:"next_rotation_at"`
	LoginVerifiedAt types.String `tfsdk:"login_verified_at"`

	CredentialAttributes
	Attributes
}

func (m *Model) model() *Model { return m }

func (*Model) pair() *Pair { return nil }

// CredentialAttributes are what a rotation leaves as it is. That of a pair changes all but ID.
type CredentialAttributes struct {
	ID        types.String `tfsdk:"id"`
	Username  types.String `tfsdk:"username"`
	Login     types.String `tfsdk:"login"`
	CreatedAt types.String `tfsdk:"created_at"`
}

// Attributes belong to one password. A rotation replaces all of them.
type Attributes struct {
	Password        types.String  `tfsdk:"password"`
	PasswordVersion types.Int64   `tfsdk:"password_version"`
	RotationReason  types.String  `tfsdk:"rotation_reason"`
	Strength        types.Dynamic `tfsdk:"strength"`
	RemoteSync      types.Bool    `tfsdk:"remote_sync"`
	ModifiedAt      types.String  `tfsdk:"modified_at"`
	RotatedAt       types.String  `tfsdk:"rotated_at"`
}

// instance is a resource's model, and the part of it that is about the password.
type instance struct {
	Resource
	*Model
	pair *Pair // nil for one credential
}

// source is a configuration, a plan or a state.
type source interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

func (l *Lifecycle) instance(ctx context.Context, from source, diags *diag.Diagnostics) instance {
	resource := l.New()
	diags.Append(from.Get(ctx, resource)...)
	return instance{resource, resource.model(), resource.pair()}
}

// timing is the period or the schedule. What cannot be read counts as none; the
// schema's validators have refused it before.
func (m *Model) timing() rotation.Timing {
	if m.RotationPeriod.IsUnknown() || m.RotationSchedule.IsUnknown() ||
		(m.RotationTimezone.IsUnknown() && !m.RotationSchedule.IsNull()) {
		return rotation.Timing{Unknown: true}
	}
	var timing rotation.Timing
	if !m.RotationPeriod.IsNull() {
		timing.Period, _ = rotation.ParsePeriod(m.RotationPeriod.ValueString())
	}
	if !m.RotationSchedule.IsNull() {
		timing.Expression, timing.Zone = m.RotationSchedule.ValueString(), rotation.DefaultTimezone
		if !m.RotationTimezone.IsNull() {
			timing.Zone = m.RotationTimezone.ValueString()
		}
		if zone, err := rotation.ParseTimezone(timing.Zone); err == nil {
			if schedule, err := rotation.ParseSchedule(timing.Expression, zone); err == nil {
				timing.Schedule = &schedule
			}
		}
	}
	return timing
}

// next is the next_rotation_at of a password of a given rotated_at.
func (m *Model) next(rotatedAt types.String) types.String {
	timing := m.timing()
	if timing.Unknown || (rotatedAt.IsUnknown() && timing.Setting() != "") {
		return types.StringUnknown()
	}
	return attribute.TimeOrNull(timing.Next(parsedTime(rotatedAt)))
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parsedTime reads a time of the state; the zero time if there is none.
func parsedTime(s types.String) time.Time {
	t, _ := time.Parse(time.RFC3339, s.ValueString())
	return t
}

// isSet tells whether a write-only argument is there.
func isSet(s types.String) rotation.Tristate { return tristate(s, !s.IsNull()) }

// tristate is yes or no, unless an argument is not known yet.
func tristate(argument attr.Value, yes bool) rotation.Tristate {
	switch {
	case argument.IsUnknown():
		return rotation.Unknown
	case yes:
		return rotation.Yes
	}
	return rotation.No
}
