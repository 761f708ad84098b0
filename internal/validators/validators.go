// Package validators refuses arguments in the provider's words: what the value of
// which argument must be, what is wrong with it, and how a good one looks.
package validators

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// String is a validator made of a function that says what is wrong with a value.
type String struct {
	// What completes the sentence "The value must be …".
	What string
	// Good is a sentence about a value that is right.
	Good string
	// Check gives what is wrong, as a phrase about "it".
	Check func(string) error
	// Secret keeps the error from pointing at the argument: the CLI would print
	// that line of the configuration.
	Secret bool
}

var _ validator.String = String{}

// Description is for the framework.
func (v String) Description(context.Context) string { return "must be " + v.What }

// MarkdownDescription is for the framework.
func (v String) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString adds an error if the value is not right.
func (v String) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueString()
	err := v.Check(value)
	if err == nil {
		return
	}
	summary, detail := Invalid(req.Path, v.What, err.Error(), v.Good)
	if v.Secret {
		resp.Diagnostics.AddError(summary, detail)
		return
	}
	// Secret ones say so themselves, or may end in white space.
	resp.Diagnostics.AddAttributeError(req.Path, summary, detail+FromFile(value, err, v.Check))
}

// Invalid is the text about an argument's value. good is a whole sentence.
func Invalid(argument path.Path, what, why, good string) (summary, detail string) {
	return diagnostics.Invalid.Of(argument).Summary, diagnostics.Paragraphs(
		fmt.Sprintf("The value of %s must be %s, but %s.", argument, what, why), diagnostics.NothingAsked, good)
}

// FromFile is the advice for white space around a value, if that is the trouble or
// part of it.
func FromFile(value string, err error, check func(string) error) string {
	trimmed := strings.TrimSpace(value)
	if trimmed == "" || trimmed == value {
		return ""
	}
	if other := check(trimmed); other != nil && other.Error() == err.Error() {
		return ""
	}
	return " Where it comes from a file, wrap it in trimspace()."
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
	Domain = String{
		What: "a domain name", Good: "A good value looks like \"example.com\".", Check: Parses(kirim.NormalizeDomain),
	}
	// CredentialGUID is for a credential's GUID.
	CredentialGUID = String{
		What:  "a credential's GUID",
		Good:  "A good value looks like \"6f9619ff-8b86-4011-b42d-00c04fc964ff\"; the API calls it user_smtp_guid.",
		Check: Parses(kirim.NormalizeGUID),
	}
	// Duration is for a duration longer than zero.
	Duration = String{
		What:  "a duration longer than zero",
		Good:  "A good value looks like \"90s\", \"5m\" or \"1h30m\".",
		Check: Parses(rotation.ParseTimeout),
	}
)
