// Package attribute has what the attributes of resources and data sources share.
package attribute

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Computed is an attribute that an update leaves as it is.
func Computed(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed: true, MarkdownDescription: description,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// Timeouts is the framework's timeouts, with a validator that names the argument and
// leaves some time: the module's own takes -5m. change is the default of a create, an
// update and a delete, read that of a read.
func Timeouts(ctx context.Context, change, read time.Duration) schema.Attribute {
	describe := func(timeout time.Duration) string {
		return fmt.Sprintf("A duration such as `90s`; default `%dm`.", int(timeout.Minutes()))
	}
	nested, ok := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: describe(change), ReadDescription: describe(read),
		UpdateDescription: describe(change), DeleteDescription: describe(change),
	}).(schema.SingleNestedAttribute)
	if !ok {
		panic("terraform-plugin-framework-timeouts no longer makes a nested attribute")
	}
	nested.MarkdownDescription = "Longest time with the API, repeats and pauses included. The queue for its rate " +
		"limit does not count."
	for name, one := range nested.Attributes {
		if text, ok := one.(schema.StringAttribute); ok {
			text.Validators = []validator.String{Duration}
			nested.Attributes[name] = text
		}
	}
	return nested
}

// TextOrNull is a text; the empty one is null.
func TextOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// TimeOrNull writes a time as RFC 3339 in UTC; the zero time is null.
func TimeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

// Check is a validator made of a function that says what is wrong with a value. It
// refuses an argument in the provider's words: what the value must be, what is wrong
// with it, and how a good one looks.
type Check struct {
	// What completes the sentence "The value must be …".
	What string
	// Good is a sentence about a value that is right.
	Good string
	// Find gives what is wrong, as a phrase about "it".
	Find func(string) error
	// Secret keeps the error from pointing at the argument: the CLI would print
	// that line of the configuration.
	Secret bool
}

var _ validator.String = Check{}

// Description is for the framework.
func (c Check) Description(context.Context) string { return "must be " + c.What }

// MarkdownDescription is for the framework.
func (c Check) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// ValidateString adds an error if the value is not right.
func (c Check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value, good := req.ConfigValue.ValueString(), c.Good
	err := c.Find(value)
	if err == nil {
		return
	}
	if strings.TrimSpace(value) != value {
		good += " If it comes from a file, wrap it in trimspace()."
	}
	summary, detail := Invalid(req.Path, c.What, err.Error(), good)
	if c.Secret {
		resp.Diagnostics.AddError(summary, detail)
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
}

// Invalid is the text about an argument's value. good is a whole sentence.
func Invalid(argument path.Path, what, why, good string) (summary, detail string) {
	return diagnostics.Invalid.Of(argument).Summary, diagnostics.Paragraphs(
		fmt.Sprintf("The value of %s must be %s, but %s.", argument, what, why), diagnostics.NothingAsked, good)
}

// Parses makes a check of a function that also gives the value.
func Parses[T any](parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := parse(s)
		return err
	}
}

var (
	// Domain is for the name of a sending domain.
	Domain = Check{
		What: "a domain name", Good: "A good value looks like \"example.com\".", Find: Parses(kirim.NormalizeDomain),
	}
	// CredentialGUID is for a credential's GUID.
	CredentialGUID = Check{
		What: "a credential's GUID",
		Good: "A good value looks like \"6f9619ff-8b86-4011-b42d-00c04fc964ff\"; the API calls it user_smtp_guid.",
		Find: Parses(kirim.NormalizeGUID),
	}
	// Duration is for a duration longer than zero.
	Duration = Check{
		What: "a duration longer than zero",
		Good: "A good value looks like \"90s\", \"5m\" or \"1h30m\".",
		Find: Parses(rotation.ParseTimeout),
	}
)

// EqualIfKnown reports whether a planned value equals a stored one if its unknown
// parts turn out to be the stored ones.
func EqualIfKnown(planned, stored tftypes.Value) bool {
	filled, err := tftypes.Transform(planned, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		was, _, err := tftypes.WalkAttributePath(stored, at)
		if value, ok := was.(tftypes.Value); ok && err == nil {
			return value, nil
		}
		return v, nil
	})
	return err == nil && filled.Equal(stored)
}
