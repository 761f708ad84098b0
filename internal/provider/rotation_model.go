package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// rotationModel are the attributes that say when a password is rotated, for
// whatever resource holds it.
type rotationModel struct {
	RotationTriggers       types.Map    `tfsdk:"rotation_triggers"`
	RotationPeriod         types.String `tfsdk:"rotation_period"`
	RotationSchedule       types.String `tfsdk:"rotation_schedule"`
	RotationTimezone       types.String `tfsdk:"rotation_timezone"`
	RotateOnExternalChange types.Bool   `tfsdk:"rotate_on_external_change"`
	NextRotationAt         types.String `tfsdk:"next_rotation_at"`
}

func (m *rotationModel) triggers() rotation.Triggers {
	triggers := rotation.Triggers{
		Unknown: m.RotationTriggers.IsUnknown(),
		Values:  make(map[string]rotation.Value, len(m.RotationTriggers.Elements())),
	}
	for key, element := range m.RotationTriggers.Elements() {
		value := rotation.Value{Unknown: element.IsUnknown(), Null: element.IsNull()}
		if text, ok := element.(types.String); ok {
			value.Text = text.ValueString()
		}
		triggers.Values[key] = value
	}
	return triggers
}

// timing is the period or the schedule. What cannot be read counts as none; the
// schema's validators have refused it before.
func (m *rotationModel) timing() rotation.Timing {
	if m.RotationPeriod.IsUnknown() || m.RotationSchedule.IsUnknown() ||
		(m.RotationTimezone.IsUnknown() && !m.RotationSchedule.IsNull()) {
		return rotation.Timing{Unknown: true}
	}
	var timing rotation.Timing
	if !m.RotationPeriod.IsNull() {
		timing.Period, _ = rotation.ParsePeriod(m.RotationPeriod.ValueString())
	}
	if !m.RotationSchedule.IsNull() {
		timing.Zone = timezone(m.RotationTimezone)
		timing.Expression = m.RotationSchedule.ValueString()
		if zone, err := rotation.ParseTimezone(timing.Zone); err == nil {
			if schedule, err := rotation.ParseSchedule(timing.Expression, zone); err == nil {
				timing.Schedule = &schedule
			}
		}
	}
	return timing
}

func timezone(name types.String) string {
	if name.IsNull() {
		return rotation.DefaultTimezone
	}
	return name.ValueString()
}

// next is the next_rotation_at of a password that was made at a given moment.
func (m *rotationModel) next(rotatedAt types.String) types.String {
	timing := m.timing()
	if timing.Unknown || (rotatedAt.IsUnknown() && timing.Setting() != "") {
		return types.StringUnknown()
	}
	return timeOrNull(timing.Next(parsedTime(rotatedAt)))
}

// switchOf is a boolean argument, which counts as false where it is not set.
func switchOf(b types.Bool) rotation.Tristate {
	switch {
	case b.IsUnknown():
		return rotation.Unknown
	case b.ValueBool():
		return rotation.Yes
	}
	return rotation.No
}

// parsedTime reads a time of the state; the zero time where there is none.
func parsedTime(s types.String) time.Time {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return time.Time{}
	}
	return t
}
